"""What a performer is told of her own earnings. Of viewers she learns the nickname, never the login."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from billing.money import Money
from billing.paging import Key, Page, page
from billing.periods import Month
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action, Earning, Payout, PayoutState
from ppv_module.chat.models import Performer, Person
from ppv_module.chat.reports.earnings import Sums, WantedEarnings, earnings
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import Show

MONTHS = 12
LATEST_TIPS = 10
ROW_KEYS = [Key(Earning.at, descending=True), Key(Earning.id, descending=True)]
PAYOUT_KEYS = [Key(Payout.id, descending=True)]


@dataclass(frozen=True)
class OwnMonth:
    """Her earnings of a month at the operator's place, for each currency."""

    month: Month
    sums: Sequence[Sums]


@dataclass(frozen=True, kw_only=True)
class OwnRow:
    """A tip, a show or an adjustment of hers. `seconds` are those that a show was charged for."""

    id: int
    at: datetime
    action: Action
    viewer: str
    seconds: int
    credits: int
    price: Mills
    benefit: Mills
    percent_bp: int
    note: str
    is_paid: bool
    is_reversed: bool


@dataclass(frozen=True, kw_only=True)
class OwnPayout:
    """A payout of hers. A draft is not paid yet."""

    id: int
    begins_at: datetime
    ends_at: datetime
    amount: Money
    is_paid: bool
    paid_at: datetime | None
    reference: str


@dataclass(frozen=True, kw_only=True)
class Today:
    """What the day has brought so far, in the tenant's currency."""

    shows: int
    credits: int
    tips: int
    benefit: Mills


@dataclass(frozen=True)
class OwnTip:
    """A tip as her page shows it when it comes."""

    id: int
    at: datetime
    viewer: str
    credits: int


def total(session: Session, performer: Performer, span: Span | None = None) -> Sequence[Sums]:
    """Her earnings in `span`, by currency; of all times unless told."""
    wanted = WantedEarnings(span=span or Span(), tenant_id=performer.tenant_id, performer_id=performer.person_id)
    return earnings(session, wanted).totals


def months(session: Session, performer: Performer, *, now: datetime, zone: tzinfo) -> list[OwnMonth]:
    """The newest months since she earned something for the first time, the newest first."""
    month, found = Month.of(now, zone), list[OwnMonth]()
    first = session.scalar(select(func.min(Earning.at)).where(*_hers(performer)))
    while first is not None and Month.of(first, zone) <= month and len(found) < MONTHS:
        found.append(OwnMonth(month, total(session, performer, Span.of_month(month, zone))))
        month = month.previous()
    return found


def today(session: Session, performer: Performer, *, currency: str, now: datetime, zone: tzinfo) -> Today:
    """What she has earned since midnight at the operator's place."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    sums = total(session, performer, Span(midnight))
    found = next((each for each in sums if each.currency == currency), Sums(currency=currency))
    return Today(
        shows=found.shows,
        credits=found.show_credits + found.tip_credits,
        tips=found.tip_credits,
        benefit=found.benefit,
    )


def rows(session: Session, performer: Performer, span: Span, *, cursor: str | None = None) -> Page[OwnRow]:
    """Everything that makes up her earnings of `span`, the newest first; reversed tips too, which count for nothing.

    :raises InvalidInput: the cursor is none of this list
    """
    wanted = _rows().where(*_hers(performer), *span.holds(Earning.at))
    found = page(session, wanted, keys=ROW_KEYS, cursor=cursor)
    return Page([_row(*each) for each in found.rows], found.next, found.previous)


def payouts(session: Session, performer: Performer, *, cursor: str | None = None) -> Page[OwnPayout]:
    """Her payouts, the newest first, without those that are void.

    :raises InvalidInput: the cursor is none of this list
    """
    hers = (Payout.tenant_id == performer.tenant_id, Payout.performer_id == performer.person_id)
    query = select(Payout).where(*hers, Payout.state != PayoutState.VOID)
    found = page(session, query, keys=PAYOUT_KEYS, cursor=cursor)
    return Page([_payout(each) for each in found.rows], found.next, found.previous)


def latest_tips(session: Session, performer: Performer) -> list[OwnTip]:
    """The newest tips, the newest first."""
    query = select(Earning.id, Earning.at, Person.nickname, Earning.credits).select_from(Earning)
    query = query.outerjoin(Person, Person.id == Earning.payer_id)
    query = query.where(*_hers(performer), Earning.action == Action.TIPS, Earning.reversed_at.is_(None))
    newest = query.order_by(Earning.at.desc(), Earning.id.desc()).limit(LATEST_TIPS)
    return [OwnTip(number, at, viewer or "", credits) for number, at, viewer, credits in session.execute(newest)]


def _hers(performer: Performer) -> tuple[Any, ...]:
    return (Earning.performer_id == performer.person_id, Earning.tenant_id == performer.tenant_id)


def _rows() -> Select[Any]:
    payer = aliased(Person)
    query = select(Earning, payer.nickname, Show.billed_ms, Payout.state).select_from(Earning)
    query = query.outerjoin(payer, payer.id == Earning.payer_id).outerjoin(Show, Show.id == Earning.closes_show)
    return query.outerjoin(Payout, Payout.id == Earning.payout_id)


def _row(earning: Earning, viewer: str | None, billed_ms: int | None, payout: PayoutState | None) -> OwnRow:
    return OwnRow(
        id=earning.id,
        at=earning.at,
        action=earning.action,
        viewer=viewer or "",
        seconds=(billed_ms or 0) // 1000,
        credits=earning.credits,
        price=Mills(earning.price_mills, earning.currency),
        benefit=Mills(earning.benefit_mills, earning.currency),
        percent_bp=earning.percent_bp,
        note=earning.note,
        is_paid=payout is PayoutState.PAID,
        is_reversed=earning.reversed_at is not None,
    )


def _payout(payout: Payout) -> OwnPayout:
    return OwnPayout(
        id=payout.id,
        begins_at=payout.begins_at,
        ends_at=payout.ends_at,
        amount=Money(payout.amount_minor, payout.currency),
        is_paid=payout.state is PayoutState.PAID,
        paid_at=payout.paid_at,
        reference=payout.reference,
    )
