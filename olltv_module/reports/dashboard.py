"""What the first page shows: a handful of small rows, whatever the number of subscribers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import leases
from billing.jobs import Job
from billing.money import Money
from billing.paging import count_upto
from billing.periods import Month
from billing.uow import Billing
from olltv_module.delivery import queue
from olltv_module.delivery.queue import Length
from olltv_module.fee_days import calendar
from olltv_module.fee_days.views import NextDay
from olltv_module.models import Tariff
from olltv_module.reconcile.models import Found, Standing
from olltv_module.reports.figures import Snapshot, TariffCount, newest
from olltv_module.reports.health import PartnerHealth, partner_health
from olltv_module.reports.models import MonthFigures
from olltv_module.reports.months import months_kept
from olltv_module.services.fees.models import FeeRun, Kind
from olltv_module.services.fees.run import LEASE

STALE_AFTER = timedelta(minutes=5)
"""The worker counts every minute; figures older than this say that it does not run."""

FAILED_JOBS_FOR = timedelta(days=3)
MOST_JOBS = 100
RUNS_SHOWN = 5
MOST_DIFFERENCES = 1000


class Need(StrEnum):
    """What a person has to do something about."""

    NO_WORKER = "no_worker"
    PARTNER_DOWN = "partner_down"
    FEES_BROKEN_OFF = "fees_broken_off"
    FEES_MISSED = "fees_missed"
    PARKED = "parked"
    DIFFERENCES = "differences"
    FAILED_JOB = "failed_job"


@dataclass(frozen=True, kw_only=True)
class Task:
    """What needs a person. `number` of them (`is_more`: at least), `id` of the run or job, and what else is known."""

    need: Need
    number: int = 1
    is_more: bool = False
    id: int = 0
    month: Month | None = None
    since: datetime | None = None
    facts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TariffLine:
    """How many have a tariff."""

    tariff: Tariff
    counts: TariffCount


@dataclass(frozen=True)
class Dashboard:
    """Everything on the page. `snapshot` is None until the worker has counted for the first time."""

    now: datetime
    unit: str
    snapshot: Snapshot | None
    taken_at: datetime | None
    queue: Length
    health: PartnerHealth
    months: Sequence[MonthFigures]
    next_fee_day: NextDay
    runs: Sequence[FeeRun]
    tariffs: Sequence[TariffLine]
    tasks: Sequence[Task]

    def money(self, minor: int) -> Money:
        return Money(minor, self.unit)


def dashboard(billing: Billing, *, now: datetime) -> Dashboard:
    """Read all of it."""
    with billing.reading() as session:
        snapshot, taken_at = newest(session) or (None, None)
        length, health = queue.length(session, now), partner_health(session, now=now)
        next_day = calendar.next_day(session, billing, now=now)
        runs = session.scalars(select(FeeRun).order_by(FeeRun.id.desc()).limit(RUNS_SHOWN)).all()
        return Dashboard(
            now=now,
            unit=billing.unit,
            snapshot=snapshot,
            taken_at=taken_at,
            queue=length,
            health=health,
            months=months_kept(session),
            next_fee_day=next_day,
            runs=runs,
            tariffs=_tariffs(session, snapshot),
            tasks=[
                *_about_processes(taken_at, health, now),
                *_about_fees(session, next_day, now),
                *_about_subscribers(session, length),
                *_about_jobs(session, now),
            ],
        )


def _tariffs(session: Session, snapshot: Snapshot | None) -> list[TariffLine]:
    counts = {each.tariff_id: each for each in snapshot.tariffs} if snapshot else {}
    tariffs = session.scalars(select(Tariff).order_by(Tariff.main.desc(), Tariff.id)).all()
    return [TariffLine(each, counts[each.id]) for each in tariffs if each.id in counts]


def _about_processes(taken_at: datetime | None, health: PartnerHealth, now: datetime) -> Iterator[Task]:
    if taken_at is None or now - taken_at > STALE_AFTER:
        yield Task(need=Need.NO_WORKER, since=taken_at)
    if health.is_down:
        yield Task(need=Need.PARTNER_DOWN, since=health.last_success_at, facts={"trouble": health.last_trouble})


def _about_fees(session: Session, next_day: NextDay, now: datetime) -> Iterator[Task]:
    """Runs that were broken off and nobody is at, and whether the present month was charged at all."""
    of_runs = select(FeeRun).where(FeeRun.kind == Kind.RUN)
    if not leases.is_held(session, name=f"{LEASE}.{Kind.RUN}", now=now):
        for run in session.scalars(of_runs.where(FeeRun.finished_at.is_(None)).order_by(FeeRun.id)):
            yield Task(need=Need.FEES_BROKEN_OFF, id=run.id, month=Month.parse(run.period), since=run.started_at)
    earlier = of_runs.where(FeeRun.period < str(next_day.month)).limit(1)
    begun = of_runs.where(FeeRun.period == str(next_day.month)).limit(1)
    if next_day.is_due and session.scalar(earlier) and session.scalar(begun) is None:
        yield Task(need=Need.FEES_MISSED, month=next_day.month)


def _about_subscribers(session: Session, length: Length) -> Iterator[Task]:
    if length.parked:
        yield Task(need=Need.PARKED, number=length.parked)
    differences = count_upto(session, select(Found.id).where(Found.state == Standing.OPEN), limit=MOST_DIFFERENCES)
    if differences.number:
        yield Task(need=Need.DIFFERENCES, number=differences.number, is_more=differences.is_more)


def _about_jobs(session: Session, now: datetime) -> Iterator[Task]:
    """The newest failure of each kind of job, unless that has succeeded since."""
    lately = (
        select(Job).where(Job.finished_at > now - FAILED_JOBS_FOR).order_by(Job.finished_at.desc()).limit(MOST_JOBS)
    )
    seen = set[str]()
    for job in session.scalars(lately):
        if job.kind not in seen and job.failure is not None:
            yield Task(need=Need.FAILED_JOB, id=job.id, since=job.finished_at, facts={"kind": job.kind})
        seen.add(job.kind)
