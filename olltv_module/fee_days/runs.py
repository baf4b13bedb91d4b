"""One run: how far it is, what was found out about it, and its lines.

Functions that take a `session` want one of `Billing.reading`. None of them looks at more than a page of lines.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.money import Money
from billing.paging import Key, Page, page
from billing.periods import Month
from billing.uow import Billing
from olltv_module import queries
from olltv_module.fee_days.views import Changed, ChangeView, Review, Run
from olltv_module.models import Subscriber
from olltv_module.services.fees.models import Change, FeeChange, FeeLine, FeeReview, FeeRun, Kind, Outcome
from olltv_module.services.fees.unpaid import lines_of
from olltv_module.views import FeeLineView

LOGINS_LOOKED_UP = 100


def preview_of(session: Session, billing: Billing, *, month: Month, now: datetime) -> Run | None:
    """The finished preview of a month."""
    query = select(FeeRun).where(FeeRun.kind == Kind.PREVIEW, FeeRun.period == str(month))
    found = session.scalar(query.where(FeeRun.finished_at.is_not(None)).order_by(FeeRun.id.desc()).limit(1))
    return _shown(session, billing, found, now) if found else None


def run(session: Session, billing: Billing, *, run_id: int, now: datetime) -> Run:
    """One run or preview, as it stands now.

    :raises NotFound: no such run
    """
    return _shown(session, billing, queries.fee_run(session, run_id), now)


def runs(session: Session, billing: Billing, *, now: datetime, cursor: str | None = None) -> Page[Run]:
    """A page of runs and previews, the newest first, without what was found out about them.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, select(FeeRun), keys=[Key(FeeRun.id, descending=True)], cursor=cursor)
    return replace(found, rows=[_shown(session, billing, each, now) for each in found.rows])


def lines(*, run_id: int, outcome: Outcome | None = None, login: str = "") -> Select[Any]:
    """Lines of a run with their logins, without an order.

    With the beginning of a login: among the first `LOGINS_LOOKED_UP` subscribers whose logins begin so.
    """
    query = lines_of(run_id, outcome, FeeLine, Subscriber.login)
    query = query.join(Subscriber, Subscriber.id == FeeLine.subscriber_id)
    return query.where(FeeLine.subscriber_id.in_(_beginning_with(login))) if login else query


def line_view(line: FeeLine, login: str, unit: str) -> FeeLineView:
    """A row of `lines` for people."""
    due, charged, lack = (Money(minor, unit) for minor in (line.due_minor, line.charged_minor, line.lack_minor))
    return FeeLineView(line.subscriber_id, login, line.outcome, line.fees, due, charged, lack)


def changes(*, run_id: int, kind: Change, login: str = "") -> Select[Any]:
    """Who pays another sum than on the fee day before, of one kind, with their logins; narrowed down as `lines` is."""
    query = select(FeeChange, Subscriber.login).join(Subscriber, Subscriber.id == FeeChange.subscriber_id)
    query = query.where(FeeChange.run_id == run_id, FeeChange.kind == kind)
    return query.where(FeeChange.subscriber_id.in_(_beginning_with(login))) if login else query


def change_view(change: FeeChange, login: str, unit: str) -> ChangeView:
    """A row of `changes` for people."""
    return ChangeView(login, Money(change.before_minor, unit), Money(change.after_minor, unit))


def _beginning_with(login: str) -> Select[tuple[int]]:
    """The numbers of the first subscribers whose logins begin like this. MariaDB wants a LIMIT one level down."""
    query = select(Subscriber.id).where(Subscriber.login >= login, Subscriber.login < f"{login}\U0010ffff")
    return select(query.order_by(Subscriber.login).limit(LOGINS_LOOKED_UP).subquery().c.id)


def _shown(session: Session, billing: Billing, found: FeeRun, now: datetime) -> Run:
    unit = billing.unit
    at_it = None if found.is_done else queries.charging(session, now=now, kind=Kind(found.kind))
    review = session.get(FeeReview, found.id)
    return Run(
        id=found.id,
        is_preview=found.kind is Kind.PREVIEW,
        month=Month.parse(found.period),
        actor=found.actor,
        address=found.address,
        started_at=found.started_at,
        finished_at=found.finished_at,
        is_done=found.is_done,
        is_under_way=at_it is not None and at_it.id == found.id,
        percent=found.percent,
        outcomes={each: getattr(found, each.value) for each in Outcome},
        fees=found.fees,
        charged=Money(found.charged_minor, unit),
        lack=Money(found.lack_minor, unit),
        already_paid=found.already_paid,
        switched_off=found.switched_off,
        being_ordered=found.being_ordered,
        missed=[Month.parse(each) for each in found.missed.split(",") if each],
        review=_reviewed(review, unit) if review else None,
    )


def _reviewed(found: FeeReview, unit: str) -> Review:
    changes = list(_changed(found, unit))
    return Review(
        is_done=found.is_done,
        previous=Month.parse(found.previous) if found.previous else None,
        changes=changes,
        difference=sum((each.difference for each in changes), Money(0, unit)),
        posted=found.posted,
        posted_sum=Money(found.posted_minor, unit),
        lines=found.lines,
        lines_sum=Money(found.lines_minor, unit),
        is_proved=found.is_proved,
    )


def _changed(found: FeeReview, unit: str) -> Iterator[Changed]:
    yield Changed(Change.STARTED, found.started, Money(found.started_minor, unit))
    yield Changed(Change.STOPPED, found.stopped, Money(found.stopped_minor, unit))
    yield Changed(Change.OTHER_SUM, found.other_sum, Money(found.other_sum_minor, unit))
