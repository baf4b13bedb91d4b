"""The calendar of fee days.

Functions that take a `session` want one of `Billing.reading`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, func, select
from sqlalchemy.orm import Session

from billing.money import Money
from billing.periods import Month
from billing.uow import Billing
from olltv_module import queries
from olltv_module.fee_days.runs import preview_of
from olltv_module.fee_days.views import DayState, FeeMonth, NextDay
from olltv_module.services.fees.models import FeeRun, Kind


def years(session: Session, present: Month) -> list[int]:
    """The years that have runs, and those of the present and the next month, the oldest first."""
    first = session.scalar(select(func.min(FeeRun.period)).where(FeeRun.kind == Kind.RUN))
    oldest = Month.parse(first).year if first else present.year
    return list(range(min(oldest, present.year), present.next().year + 1))


def calendar(session: Session, billing: Billing, *, year: int, now: datetime) -> list[FeeMonth]:
    """The twelve months of `year`."""
    return _shown(session, billing, [Month(year, number) for number in range(1, 13)], now)


def of_month(session: Session, billing: Billing, *, month: Month, now: datetime) -> FeeMonth:
    """One month of the calendar."""
    return _shown(session, billing, [month], now)[0]


def _shown(session: Session, billing: Billing, months: Sequence[Month], now: datetime) -> list[FeeMonth]:
    """Months that follow each other."""
    meant = and_(FeeRun.period >= str(months[0]), FeeRun.period <= str(months[-1]))
    runs = {row.period: row for row in session.execute(_months().where(meant))}
    previews = session.scalars(select(FeeRun).where(FeeRun.kind == Kind.PREVIEW, meant))
    preview_ids = {each.period: each.id for each in previews if each.is_done}
    first = session.scalar(select(func.min(FeeRun.period)).where(FeeRun.kind == Kind.RUN))
    under_way = queries.charging(session, now=now)
    at = under_way.period if under_way else ""
    present, found = billing.month(now), list[FeeMonth]()
    for month in months:
        row = runs.get(str(month))
        state = _state(month, row, first=first, under_way=at == str(month), present=present)
        found.append(_month(month, state, row, preview_ids.get(str(month)), billing.unit))
    return found


def _months() -> Select[Any]:
    """One row a month that has runs."""
    sums = {
        "pays": FeeRun.charged + FeeRun.kept_main,
        "suspended": FeeRun.no_money + FeeRun.frozen + FeeRun.gone,
        "charged_minor": FeeRun.charged_minor,
        "lack_minor": FeeRun.lack_minor,
        "unfinished": case((FeeRun.finished_at.is_(None), 1), else_=0),
    }
    return (
        select(
            FeeRun.period,
            func.count().label("runs"),
            func.min(FeeRun.id).label("run_id"),
            func.min(FeeRun.started_at).label("started_at"),
            func.max(FeeRun.finished_at).label("finished_at"),
            func.min(FeeRun.actor).label("actor"),
            *(func.sum(column).label(name) for name, column in sums.items()),
        )
        .where(FeeRun.kind == Kind.RUN)
        .group_by(FeeRun.period)
    )


def _month(month: Month, state: DayState, row: Any, preview_id: int | None, unit: str) -> FeeMonth:
    return FeeMonth(
        month=month,
        state=state,
        run_id=row.run_id if row else None,
        preview_id=preview_id,
        runs=row.runs if row else 0,
        actor=row.actor if row else "",
        started_at=row.started_at if row else None,
        finished_at=row.finished_at if row and not row.unfinished else None,
        pays=int(row.pays) if row else 0,
        suspended=int(row.suspended) if row else 0,
        charged=Money(int(row.charged_minor) if row else 0, unit),
        lack=Money(int(row.lack_minor) if row else 0, unit),
    )


def _state(month: Month, row: Any, *, first: str | None, under_way: bool, present: Month) -> DayState:
    if under_way:
        return DayState.UNDER_WAY
    if row:
        return DayState.BROKEN_OFF if row.unfinished else DayState.DONE
    if month >= present:
        return DayState.DUE if month == present else DayState.AHEAD
    return DayState.MISSED if first and first < str(month) else DayState.BEFORE


def next_day(session: Session, billing: Billing, *, now: datetime) -> NextDay:
    """The fee day that comes next: of the present month as long as that is not charged, else of the next one."""
    present = billing.month(now)
    done = select(FeeRun.id).where(FeeRun.kind == Kind.RUN, FeeRun.period == str(present))
    is_due = session.scalar(done.where(FeeRun.finished_at.is_not(None)).limit(1)) is None
    month = present if is_due else present.next()
    preview = preview_of(session, billing, month=month, now=now)
    return NextDay(month, month.starts(billing.zone), is_due, preview)
