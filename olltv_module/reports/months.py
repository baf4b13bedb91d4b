"""How the months went: who began, who left, how many there were at the end, what came in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from billing.db import insert_missing
from billing.ledger.turnover import Step, turnover
from billing.periods import Month
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.models import Subscription
from olltv_module.reports.figures import first_day
from olltv_module.reports.models import MonthFigures
from olltv_module.services.money import INCOME

LONGEST_LOOK_BACK = 24
"""So many months are counted when there are no figures yet."""


def keep_months(billing: Billing, *, now: datetime) -> None:
    """Count the months that may have changed since the last time: the present one and the one before."""
    with billing.reading() as session:
        months = _due(session, billing.month(now), billing)
        figures = [
            MonthFigures(month=str(month), started=started, ended=ended, at_end=at_end, revenue_minor=revenue)
            for month, started, ended, at_end, revenue in zip(
                months,
                _counted(session, billing, months, began=True),
                _counted(session, billing, months, began=False),
                _at_end(session, billing, months),
                _revenue(session, billing, months),
                strict=True,
            )
        ]
    _store(billing.uow(), figures=figures)


def months_kept(session: Session, *, limit: int = 13) -> list[MonthFigures]:
    """The last months, the oldest first."""
    query = select(MonthFigures).order_by(MonthFigures.month.desc()).limit(limit)
    return list(reversed(session.scalars(query).all()))


@use_case
def note_revenue(uow: UnitOfWork, *, month: str, revenue_minor: int) -> None:
    """What has come in of a month that is kept already."""
    uow.session.execute(update(MonthFigures).where(MonthFigures.month == month).values(revenue_minor=revenue_minor))


@use_case
def _store(uow: UnitOfWork, *, figures: Sequence[MonthFigures]) -> None:
    for each in figures:
        values = {column.key: getattr(each, column.key) for column in MonthFigures.__mapper__.column_attrs}
        insert_missing(uow.session, MonthFigures, **values)
        row = uow.session.get_one(MonthFigures, each.month, with_for_update=True, populate_existing=True)
        for name, value in values.items():
            setattr(row, name, value)


def _due(session: Session, present: Month, billing: Billing) -> list[Month]:
    """From the last but one that is kept, since what happened at the very end of it may have come too late."""
    kept = session.scalars(select(MonthFigures.month).order_by(MonthFigures.month.desc()).limit(2)).all()
    if kept:
        first = Month.parse(kept[-1])
    else:
        began = session.scalar(select(func.min(Subscription.active_since)))
        first = present if began is None else billing.month(began)
    months = [present]
    while months[0] > first and len(months) < LONGEST_LOOK_BACK:
        months.insert(0, months[0].previous())
    return months


def _counted(session: Session, billing: Billing, months: Sequence[Month], *, began: bool) -> list[int]:
    """For each month the mains that began, or ended, in it; changing one main for another is neither."""
    this, other = aliased(Subscription), aliased(Subscription)
    at, same = (this.active_since, other.ended_at) if began else (this.ended_at, other.active_since)
    changed = exists().where(other.subscriber_id == this.subscriber_id, other.id != this.id, other.main, same == at)
    bounds = [month.starts(billing.zone) for month in [*months, months[-1].next()]]
    within = and_(this.main, this.active_since.is_not(None), at >= bounds[0], at < bounds[-1], ~changed)
    number = case(*[(at < bound, index) for index, bound in enumerate(bounds[1:])]).label("number")
    found = {row.number: row.times for row in session.execute(_per(number).where(within))}
    return [found.get(index, 0) for index in range(len(months))]


def _per(number: ColumnElement[int]) -> Any:
    return select(number, func.count().label("times")).group_by("number")


def _at_end(session: Session, billing: Billing, months: Sequence[Month]) -> list[int]:
    """For each month the subscribers whose main had begun and not ended when it was over."""

    def there(end: datetime) -> ColumnElement[bool]:
        return and_(Subscription.active_since < end, or_(Subscription.ended_at.is_(None), Subscription.ended_at >= end))

    ends = [month.next().starts(billing.zone) for month in months]
    query = select(*[func.count(case((there(end), 1))) for end in ends]).where(Subscription.main)
    return list(session.execute(query).one())


def _revenue(session: Session, billing: Billing, months: Sequence[Month]) -> list[int]:
    since, until = first_day(months[0]), first_day(months[-1].next())
    turned = turnover(session, account=INCOME, zone=billing.zone, since=since, until=until, step=Step.MONTH)
    return [sum(each.net.minor for each in turned if each.start == first_day(month)) for month in months]
