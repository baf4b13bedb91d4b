"""Long work that a person asks for and the worker does, so that no request has to wait for it.

A job is a row. A worker takes it by a lease with a time limit; what a killed worker had begun is taken up again by the
next one, so a handler has to be safe to run twice. `billing.worker` does the jobs.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event as Flag
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String, UniqueConstraint, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.clock import Clock
from billing.db import MARIADB, Base, BigId, Instant, insert_missing
from billing.errors import N_, BillingError, Busy, NotFound, recalled
from billing.uow import Billing, UnitOfWork, use_case

LEASE = timedelta(minutes=5)
"""A job that its worker has not renewed for so long is taken up by another one."""

RENEW_EVERY_S = 0.5


class JobBroken(BillingError):
    """The handler of a job has a defect. Facts: `job`."""

    code, http_status = "job_broken", 500
    text = N_("Something went wrong. The worker's log tells what, under the number of this job: %(job)s.")


class JobGivenUp(BillingError):
    """Whoever did this job died each time. Facts: `job`, `tries`."""

    code, http_status = "job_given_up", 500
    text = N_("This was broken off %(tries)s times and is given up. The worker's log tells more.")


class UnknownJob(BillingError):
    """No handler does this kind of job. Facts: `kind`."""

    code, http_status = "unknown_job", 500
    text = N_("The worker does not know this kind of job (%(kind)s). It may be older than the panel: restart it.")


class Interrupted(Exception):
    """The worker is to end: the job stays open, and the next worker takes it up."""


class Job(Base):
    """`done` of `total` steps are behind it. `singular` is the name of which only one job may be open.

    `outcome` is what the handler gave, `failure` the refusal that it ended with, as `BillingError.remembered`.
    """

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("singular"), Index(None, "finished_at"), Index(None, "actor"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    args: Mapped[dict[str, Any]] = mapped_column(JSON)
    singular: Mapped[str | None] = mapped_column(String(128))
    actor: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(Instant)
    started_at: Mapped[datetime | None] = mapped_column(Instant)
    finished_at: Mapped[datetime | None] = mapped_column(Instant)
    done: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    total: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    outcome: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    token: Mapped[str | None] = mapped_column(String(32))
    owner: Mapped[str | None] = mapped_column(String(128))
    leased_until: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def is_open(self) -> bool:
        """Whether it waits or is being done."""
        return self.finished_at is None

    @property
    def refusal(self) -> BillingError | None:
        """What it ended with instead of an outcome."""
        return None if self.failure is None else recalled(self.failure)


@dataclass(frozen=True, kw_only=True)
class Work:
    """What a handler gets: the job's arguments, and everything to do it with.

    Call `progress` between transactions, at least every few minutes: it keeps the job ours.
    """

    billing: Billing
    clock: Clock
    delivering: Callable[[], Any]
    exports_dir: Path
    job_id: int
    args: Mapping[str, Any]
    actor: Actor
    token: str
    stop: Flag = field(default_factory=Flag)
    said: dict[str, float] = field(default_factory=dict)

    def progress(self, done: int, total: int) -> None:
        """`done` of `total` steps are behind us. Cheap: it is written down at most twice a second.

        :raises Busy: somebody else has taken the job over; stop at once
        :raises Interrupted: the worker is to end; let this pass
        """
        if self.stopping():
            raise Interrupted
        if time.monotonic() - self.said.get("at", -RENEW_EVERY_S) >= RENEW_EVERY_S:
            _advance(self.billing.uow(), job_id=self.job_id, token=self.token, done=done, total=total, now=self.clock())
            self.said["at"] = time.monotonic()

    def stopping(self) -> bool:
        """Whether the worker is to end. A handler that does not call `progress` asks this and raises `Interrupted`."""
        return self.stop.is_set()


Handler = Callable[[Work], dict[str, object]]
"""Does one kind of job, safe to be run twice. Gives the outcome, JSON; its `url` is our page with the result."""


@use_case
def ask(
    uow: UnitOfWork, *, kind: str, args: Mapping[str, Any], actor: Actor, now: datetime, unique: str | None = None
) -> Job:
    """Have the worker do a job of this `kind`. While a job named `unique` is open, that one is given instead."""
    values = {"kind": kind, "args": dict(args), "actor": actor.name, "address": actor.address, "asked_at": now}
    if unique is None:
        job = Job(**values)
        uow.session.add(job)
        uow.session.flush()
        return job
    insert_missing(uow.session, Job, singular=unique, **values)
    return uow.session.scalars(select(Job).where(Job.singular == unique)).one()


def find(session: Session, job_id: int) -> Job:
    """:raises NotFound: there is no such job"""
    job = session.get(Job, job_id)
    if job is None:
        raise NotFound(job=job_id)
    return job


@use_case
def _advance(uow: UnitOfWork, *, job_id: int, token: str, done: int, total: int, now: datetime) -> None:
    mine = update(Job).where(Job.id == job_id, Job.token == token)
    renewed = uow.session.execute(mine.values(done=done, total=total, leased_until=now + LEASE))
    if not renewed.rowcount:  # type: ignore[attr-defined]
        raise Busy(name=f"job {job_id}")
