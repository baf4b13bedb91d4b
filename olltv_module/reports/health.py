"""The partner's health: what all processes counted, by the hour, and what a page says of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from billing.db import insert_missing
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.reports.models import PartnerHour

SHOWN = timedelta(hours=24)
KEPT = timedelta(days=90)


class Tally(Protocol):
    """The calls of one hour, as a process counted them."""

    hour: datetime
    calls: int
    refused: int
    failed: int
    last_success_at: datetime | None
    last_trouble_at: datetime | None
    last_trouble: str | None


class Counter(Protocol):
    """Where a process counts its calls."""

    def take(self) -> Any: ...

    def put_back(self, tallies: Any) -> None: ...


@dataclass(frozen=True)
class Hour:
    """One hour of the last ones."""

    hour: datetime
    calls: int
    failed: int


@dataclass(frozen=True)
class PartnerHealth:
    """The last 24 hours; the moments are the newest that are known at all."""

    calls: int
    refused: int
    failed: int
    last_success_at: datetime | None
    last_trouble_at: datetime | None
    last_trouble: str
    hours: Sequence[Hour]

    @property
    def failed_percent(self) -> int | None:
        """How many of a hundred calls failed; None when nobody called. A single failure is never shown as none."""
        return -(-100 * self.failed // self.calls) if self.calls else None

    @property
    def is_down(self) -> bool:
        """Whether the newest that was heard of the partner is trouble."""
        if self.last_trouble_at is None:
            return False
        return self.last_success_at is None or self.last_success_at < self.last_trouble_at


def write_down(billing: Billing, counter: Counter) -> bool:
    """Write down what `counter` has counted since the last time; whether there was anything. What fails is kept."""
    tallies = counter.take()
    if not tallies:
        return False
    try:
        _add(billing.uow(), tallies=sorted(tallies, key=lambda each: each.hour))
    except BaseException:
        counter.put_back(tallies)
        raise
    return True


@use_case
def _add(uow: UnitOfWork, *, tallies: Sequence[Tally]) -> None:
    for tally in tallies:
        insert_missing(uow.session, PartnerHour, hour=tally.hour, calls=0, refused=0, failed=0)
        row = uow.session.get_one(PartnerHour, tally.hour, with_for_update=True, populate_existing=True)
        row.calls += tally.calls
        row.refused += tally.refused
        row.failed += tally.failed
        row.last_success_at = _newest(row.last_success_at, tally.last_success_at)
        if tally.last_trouble_at and _newest(row.last_trouble_at, tally.last_trouble_at) == tally.last_trouble_at:
            row.last_trouble_at, row.last_trouble = tally.last_trouble_at, tally.last_trouble


def _newest(*moments: datetime | None) -> datetime | None:
    return max(filter(None, moments), default=None)


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Drop hours that nobody looks at any more."""
    old = delete(PartnerHour).where(PartnerHour.hour < now - KEPT)
    uow.session.execute(old.execution_options(synchronize_session=False))


def partner_health(session: Session, *, now: datetime) -> PartnerHealth:
    """How the partner fares, as far as it was written down."""
    hours = session.scalars(select(PartnerHour).where(PartnerHour.hour > now - SHOWN).order_by(PartnerHour.hour)).all()
    success, trouble_at = session.execute(
        select(func.max(PartnerHour.last_success_at), func.max(PartnerHour.last_trouble_at))
    ).one()
    trouble = select(PartnerHour.last_trouble).where(PartnerHour.last_trouble_at == trouble_at).limit(1)
    return PartnerHealth(
        calls=sum(each.calls for each in hours),
        refused=sum(each.refused for each in hours),
        failed=sum(each.failed for each in hours),
        last_success_at=success,
        last_trouble_at=trouble_at,
        last_trouble=(session.scalar(trouble) if trouble_at else None) or "",
        hours=[Hour(each.hour, each.calls, each.failed) for each in hours],
    )
