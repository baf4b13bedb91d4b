"""Does the jobs that people ask for, one at a time. Any number of workers may share the database."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

import structlog
from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.clock import Clock
from billing.db import insert_missing
from billing.errors import BillingError
from billing.jobs import LEASE, Handler, Interrupted, Job, JobBroken, JobGivenUp, UnknownJob, Work
from billing.leases import Lease, is_held, owner_died, this_process
from billing.uow import Billing, UnitOfWork, use_case

TRIES = 3
KEPT = timedelta(days=90)
REST = timedelta(seconds=30)
"""How long a job waits for its next try after the database has broken it off."""

WORKER = "worker of jobs"
SEEN_FOR = timedelta(seconds=30)

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Tools:
    """What a worker gives to its handlers."""

    billing: Billing
    clock: Clock
    delivering: Callable[[], Any]
    exports_dir: Path


def work_one(tools: Tools, handlers: Mapping[str, Handler], stop: Flag) -> bool:
    """Do the job that has waited longest, if there is one; whether there was. Nothing that a handler raises gets out.

    :raises DBAPIError: the database does not answer; a job that was begun is taken up again later
    """
    for job_id in _waiting(tools.billing, tools.clock()):
        token = secrets.token_hex(16)
        job = _take(tools.billing.uow(), job_id=job_id, token=token, now=tools.clock())
        if job is not None:
            _do(tools, handlers, job, stop)
            return True
    return False


def _do(tools: Tools, handlers: Mapping[str, Handler], job: Job, stop: Flag) -> None:
    """Run the handler of a job that was taken, and store how that ended."""
    outcome, failure = None, None
    try:
        outcome = _handled(tools, handlers, job, stop)
    except Interrupted:
        _put_back(tools.billing.uow(), job=job)
        return
    except DBAPIError as error:
        log.warning("the database broke a job off", job=job.id, kind=job.kind, error=str(error.orig))
        _put_off(tools.billing.uow(), job=job, until=tools.clock() + REST)
        return
    except BillingError as refusal:
        failure = refusal
    except Exception:
        log.exception("a job has a defect", job=job.id, kind=job.kind)
        failure = JobBroken(job=job.id)
    if not _finish(tools.billing.uow(), job=job, outcome=outcome, failure=failure, now=tools.clock()):
        log.warning("a job was taken over by another worker", job=job.id, kind=job.kind)


def _handled(tools: Tools, handlers: Mapping[str, Handler], job: Job, stop: Flag) -> dict[str, object]:
    """:raises JobGivenUp: it was broken off too often
    :raises UnknownJob: no handler does this kind
    """
    if job.tries > TRIES:
        raise JobGivenUp(job=job.id, tries=TRIES)
    handler = handlers.get(job.kind)
    if handler is None:
        raise UnknownJob(kind=job.kind)
    work = Work(
        billing=tools.billing,
        clock=tools.clock,
        delivering=tools.delivering,
        exports_dir=tools.exports_dir,
        job_id=job.id,
        args=job.args,
        actor=Actor(job.actor, job.address),
        token=job.token or "",
        stop=stop,
    )
    outcome = handler(work)
    json.dumps(outcome)  # what cannot be stored is a defect of the handler
    return outcome


def _waiting(billing: Billing, now: datetime) -> list[int]:
    """The open jobs that nobody living is at, oldest first."""
    free = or_(Job.leased_until.is_(None), Job.leased_until < now, Job.owner.is_not(None))
    query = select(Job).where(Job.finished_at.is_(None), free).order_by(Job.id)
    with billing.reading() as session:
        return [job.id for job in session.scalars(query) if _is_free(job, now)]


def _is_free(job: Job, now: datetime) -> bool:
    return job.leased_until is None or job.leased_until < now or owner_died(job.owner)


@use_case
def _take(uow: UnitOfWork, *, job_id: int, token: str, now: datetime) -> Job | None:
    """The job, now leased under `token`; None when a rival was quicker."""
    job = uow.session.get_one(Job, job_id, with_for_update=True)
    if not job.is_open or not _is_free(job, now):
        return None
    job.token, job.owner, job.leased_until = token, this_process(), now + LEASE
    job.started_at, job.tries = job.started_at or now, job.tries + 1
    return job


@use_case
def _finish(
    uow: UnitOfWork, *, job: Job, outcome: dict[str, object] | None, failure: BillingError | None, now: datetime
) -> bool:
    """Store how the job ended, unless somebody else is at it by now; whether it was stored."""
    remembered = failure and failure.remembered()
    return _change(uow, job, outcome=outcome, failure=remembered, finished_at=now, singular=None, leased_until=None)


@use_case
def _put_back(uow: UnitOfWork, *, job: Job) -> None:
    """Whoever comes next goes on with it; being interrupted by the operator does not count as a try."""
    _change(uow, job, leased_until=None, tries=job.tries - 1)


@use_case
def _put_off(uow: UnitOfWork, *, job: Job, until: datetime) -> None:
    _change(uow, job, leased_until=until)


def _change(uow: UnitOfWork, job: Job, **values: object) -> bool:
    """Change a job that is still ours, and let go of it."""
    mine = update(Job).where(Job.id == job.id, Job.token == job.token)
    changed = uow.session.execute(mine.values(token=None, owner=None, **values))
    return bool(changed.rowcount)  # type: ignore[attr-defined]


@use_case
def show_up(uow: UnitOfWork, *, now: datetime) -> None:
    """Note that a worker for jobs is alive; to be repeated every few seconds."""
    insert_missing(uow.session, Lease, name=WORKER)
    seen = update(Lease).where(Lease.name == WORKER)
    uow.session.execute(seen.values(owner=this_process(), until=now + SEEN_FOR))


def is_there(session: Session, *, now: datetime) -> bool:
    """Whether a worker for jobs has shown up lately and has not died since."""
    return is_held(session, name=WORKER, now=now)


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Drop jobs that were finished long ago."""
    uow.session.execute(delete(Job).where(Job.finished_at < now - KEPT))
