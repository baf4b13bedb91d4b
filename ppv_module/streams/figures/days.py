"""Figures of days that are over, kept by the worker, so that pages need not count them again."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.figures.clockwork import day_of
from ppv_module.streams.figures.models import DayRow, HourPeak, Scope
from ppv_module.streams.figures.recounting import COUNTED, Count, recount
from ppv_module.streams.models import Viewing

SETTLES = timedelta(hours=1)
"""A message that came before midnight is worked off by then."""

CHUNK = 1000


def keep_days(billing: Billing, now: datetime) -> list[int]:
    """Count the days that are over and not kept yet; gives them. For the worker; safe to repeat and to break off."""
    kept: list[int] = []
    limit = day_of(now - SETTLES, billing.zone)
    with billing.reading() as session:
        last = session.scalar(select(func.max(DayRow.day))) or 0
        waiting = list(days_watched(session, after=last, before=limit))
    for day in waiting:
        with billing.reading() as session:
            counts = {scope: recount(session, scope=scope, first=day, last=day) for scope in Scope}
        keep(billing.uow(), day=day, counts=counts)
        kept.append(day)
    return kept


def days_watched(session: Session, *, after: int, before: int) -> Iterator[int]:
    """The days between, both excluded, of which viewings are written down; a step of the index for each."""
    day = after
    while True:
        found = session.scalar(select(func.min(Viewing.day)).where(Viewing.day > day, Viewing.day < before))
        if found is None:
            return
        yield (day := found)


@use_case
def keep(uow: UnitOfWork, *, day: int, counts: dict[Scope, dict[int, Count]]) -> None:
    """Keep the figures of `day` in the place of what was kept of it."""
    rows: list[dict[str, Any]] = [
        {"day": day, "scope": scope, "ref": ref, **{name: getattr(count, name) for name in COUNTED}}
        for scope, found in counts.items()
        for ref, count in sorted(found.items())
    ]
    uow.session.execute(delete(DayRow).where(DayRow.day == day))
    for begin in range(0, len(rows), CHUNK):
        uow.session.execute(insert(DayRow), rows[begin : begin + CHUNK])


@use_case
def forget_days(uow: UnitOfWork, *, before: int) -> None:
    """Forget figures of the days before `before` (20261123)."""
    for model in (DayRow, HourPeak):
        uow.session.execute(delete(model).where(model.day < before))


def kept_days(session: Session, *, scope: Scope, first: int, last: int) -> dict[int, dict[int, Count]]:
    """What is kept of the days from `first` to `last`, by day and by what it is of."""
    query = select(DayRow).where(DayRow.day.between(first, last), DayRow.scope == scope)
    found: dict[int, dict[int, Count]] = {}
    for row in session.scalars(query):
        found.setdefault(row.day, {})[row.ref] = Count(*(getattr(row, name) for name in COUNTED))
    return found
