"""What is sold, as staff read it: fees now and to come, who has it, what goes with what, and what stands in the way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.errors import BillingError, NotFound
from billing.events import Event, EventMark
from billing.money import Money
from billing.paging import Count, count_upto
from billing.periods import Month
from billing.uow import Billing
from olltv_module import queries
from olltv_module.errors import DeletionProtected, NamedByAddon
from olltv_module.models import Price, State, Subscription, Tariff
from olltv_module.services import offers, pairs

LIVE = (State.PENDING, State.ACTIVE, State.SUSPENDED)
EVENTS_SHOWN = 20
KINDS = (
    "OLLTV CREATE TARIFF",
    "OLLTV SAVE TARIFF",
    "OLLTV SAVE TARIFF FEE FROM",
    "OLLTV SAVE TARIFF CANCEL FEE FROM",
    "OLLTV SAVE TARIFF ARCHIVED",
    "OLLTV SAVE TARIFF ON SALE",
    "OLLTV DELETE TARIFF FAIL IS_PROTECTED",
)
"""Kinds of lines in the event log that tell of a tariff itself."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A line of the price list. `next_fee` is in force from `next_from`; `mains` are those that an add-on goes with,
    none where it goes with all. Counting of `subscribers` stops at a thousand.
    """

    id: int
    name: str
    service: str
    main: bool
    fee: Money
    next_fee: Money | None
    next_from: datetime | None
    subscribers: Count
    partner_percent: int | None
    mains: Sequence[str]
    created_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class PriceRow:
    """A version of a fee. Monthly runs use it from `first_run` on; `is_to_come` ones can be taken back."""

    fee: Money
    starts_at: datetime
    first_run: Month
    is_present: bool
    is_to_come: bool


def price_list(session: Session, *, now: datetime, unit: str) -> list[Offer]:
    """Every tariff, archived ones too, in the order of their making."""
    tariffs, goes_with = queries.tariffs(session, archived=True), pairs.goes_with(session)
    names = {each.id: each.name for each in tariffs}
    return [
        _offer(session, each, [names[number] for number in goes_with.get(each.id, ())], now, unit) for each in tariffs
    ]


def find(session: Session, tariff_id: int) -> Tariff:
    """:raises NotFound: no such tariff"""
    if (tariff := session.get(Tariff, tariff_id)) is None:
        raise NotFound(tariff=tariff_id)
    return tariff


def prices(billing: Billing, tariff: Tariff, now: datetime) -> list[PriceRow]:
    """The versions of a tariff's fee, the newest first."""
    started = [each for each in tariff.prices if each.starts_at <= now] or tariff.prices[:1]
    return [_price_row(billing, each, present=started[-1], now=now) for each in reversed(tariff.prices)]


def first_run(billing: Billing, starts_at: datetime) -> Month:
    """The first monthly run that uses a fee: of the month that begins with it, or after it."""
    month = billing.month(starts_at)
    return month if month.starts(billing.zone) == starts_at else month.next()


def subscribers(session: Session, tariff_id: int) -> Count:
    """How many have a tariff, the suspended included; counting stops at a thousand."""
    having = select(Subscription.id).where(Subscription.tariff_id == tariff_id, Subscription.state.in_(LIVE))
    return count_upto(session, having)


def why_not_deleted(session: Session, tariff: Tariff) -> BillingError | None:
    """What `tariffs.delete` would refuse it for."""
    if offers.is_in_use(session, tariff):
        return DeletionProtected(tariff=tariff.id)
    if addons := pairs.addons_of(session, tariff.id):
        return NamedByAddon(tariff=tariff.id, addon=addons[0].name)
    return None


def events(session: Session, tariff_id: int) -> Sequence[Event]:
    """The newest lines of the event log that tell of a tariff itself."""
    named = (Event.text.contains(f"{words} [{tariff_id}]", autoescape=True) for words in (" TARIFF", " TARIFF FAIL"))
    about = select(Event).join(EventMark, EventMark.id == Event.id).where(EventMark.kind.in_(KINDS), or_(*named))
    return session.scalars(about.order_by(Event.id.desc()).limit(EVENTS_SHOWN)).all()


def _offer(session: Session, tariff: Tariff, mains: Sequence[str], now: datetime, unit: str) -> Offer:
    coming = next((each for each in tariff.prices[1:] if each.starts_at > now), None)
    return Offer(
        id=tariff.id,
        name=tariff.name,
        service=tariff.service,
        main=tariff.main,
        fee=tariff.fee(now, unit),
        next_fee=Money(coming.fee_minor, unit) if coming else None,
        next_from=coming.starts_at if coming else None,
        subscribers=subscribers(session, tariff.id),
        partner_percent=tariff.partner_percent,
        mains=mains,
        created_at=tariff.created_at,
        archived_at=tariff.archived_at,
    )


def _price_row(billing: Billing, price: Price, *, present: Price, now: datetime) -> PriceRow:
    return PriceRow(
        fee=Money(price.fee_minor, billing.unit),
        starts_at=price.starts_at,
        first_run=first_run(billing, price.starts_at),
        is_present=price is present,
        is_to_come=price.starts_at > now,
    )
