"""Tickets on sale. A ticket keeps what it was sold as, so an offer may change at any time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound
from billing.money import MAX_MINOR, Money
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.streams.rights.checked import MOST_SORT, check_number, checked_line
from ppv_module.streams.rights.models import Offer, Pattern
from ppv_module.streams.rights.placing import lock_places, pattern_of
from ppv_module.streams.rights.tariffs import NameTaken

LONGEST_NAME, LONGEST_DESCRIPTION = 64, 200
MOST_HOURS, MOST_MINUTES = 24 * 4000, 1_000_000
MOST_CREDITS = 10_000_000


class UnknownOffer(NotFound):
    """Facts: `offer`."""

    code = "unknown_offer"
    text = N_("There is no such ticket on sale.")


class OfferNeedsPrice(InvalidInput):
    """Facts: `field`, `value`."""

    code = "offer_needs_price"
    text = N_("A ticket needs a price in money, in credits, or both.")


class OfferNeedsEnd(InvalidInput):
    """Facts: `field`, `value`."""

    code = "offer_needs_end"
    text = N_("A ticket needs hours from the purchase, or an end.")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a ticket is: for what, for how long, for how much. See `Offer`; `price` is of the operator's currency."""

    vhost: str = "*"
    application: str = "*"
    stream: str = "*"
    hours: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    minutes: int | None = None
    price: Money | None = None
    credits: int | None = None


@use_case
def save_offer(
    uow: UnitOfWork,
    *,
    name: str,
    terms: Terms,
    description: str = "",
    sort: int = 0,
    offer_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Offer:
    """Put tickets on sale, or change the offer with `offer_id`; `seen` is the edition that a person was shown.

    Saving what is there already is harmless.

    :raises InvalidInput, NameTaken, OfferNeedsPrice, OfferNeedsEnd: a value cannot be used; `field` names it
    :raises UnknownOffer, ChangedMeanwhile: there is none, or somebody was faster
    """
    name = checked_line("name", name, LONGEST_NAME)
    description = checked_line("description", description, LONGEST_DESCRIPTION, may_be_empty=True)
    check_number("sort", sort, -MOST_SORT, MOST_SORT)
    _check(terms, uow.billing.unit)
    lock_places(uow)  # of two who take a name the second sees that it is taken
    pattern = pattern_of(uow, vhost=terms.vhost, application=terms.application, stream=terms.stream)
    offer = locked_offer(uow, offer_id) if offer_id is not None else Offer(active=True)
    _require_free_name(uow, name, offer_id)
    before = _facts(uow, offer) if offer_id is not None else {}
    offer.name, offer.description, offer.sort, offer.pattern_id = name, description, sort, pattern.id
    offer.hours, offer.starts_at, offer.ends_at = terms.hours, terms.starts_at, terms.ends_at
    offer.minutes, offer.price_credits = terms.minutes, terms.credits
    offer.price_minor = terms.price.minor if terms.price else None
    after = _facts(uow, offer)
    if before == after:
        return offer
    if offer_id is not None:
        check_seen(offer, seen)
    uow.session.add(offer)
    uow.session.flush()
    uow.events.write("PPV STREAM SAVE OFFER [{offer}]", offer=offer.id, actor=actor, at=now, before=before, after=after)
    return offer


@use_case
def set_offer_active(
    uow: UnitOfWork, *, offer_id: int, active: bool, actor: Actor, now: datetime, seen: int | None = None
) -> Offer:
    """Put tickets on sale or take them off; who has one keeps it. Repeating it is harmless.

    :raises UnknownOffer, ChangedMeanwhile: there is none, or somebody was faster
    """
    offer = locked_offer(uow, offer_id)
    if offer.active is not active:
        check_seen(offer, seen)
        offer.active = active
        word = "ON SALE" if active else "OFF SALE"
        uow.events.write("PPV STREAM SAVE OFFER [{offer}] {word}", offer=offer.id, word=word, actor=actor, at=now)
    return offer


def offers_of(session: Session, *, active: bool | None = None) -> Sequence[tuple[Offer, Pattern]]:
    """Offers with their patterns, in the order in which they are shown."""
    query = select(Offer, Pattern).join(Pattern, Pattern.id == Offer.pattern_id).order_by(Offer.sort, Offer.name)
    rows = session.execute(query if active is None else query.where(Offer.active.is_(active)))
    return [(row[0], row[1]) for row in rows]


def offers_on_sale(session: Session, now: datetime) -> Sequence[Offer]:
    """What can be bought at `now`, in the order in which it is shown."""
    query = select(Offer).where(Offer.active, or_(Offer.ends_at.is_(None), Offer.ends_at > now))
    return session.scalars(query.order_by(Offer.sort, Offer.name)).all()


def offer_of(session: Session, offer_id: int) -> Offer:
    """:raises UnknownOffer: there is none with this number"""
    if (offer := session.get(Offer, offer_id)) is None:
        raise UnknownOffer(offer=offer_id)
    return offer


def validity(offer: Offer, now: datetime) -> tuple[datetime, datetime]:
    """When a ticket bought at `now` begins and ends: within the offer's own time, `hours` long at most."""
    begins = max(now, offer.starts_at) if offer.starts_at else now
    ends = [begins + timedelta(hours=offer.hours)] if offer.hours else []
    return begins, min([*ends, offer.ends_at] if offer.ends_at else ends)


def locked_offer(uow: UnitOfWork, offer_id: int) -> Offer:
    """:raises UnknownOffer: there is none with this number"""
    offer = uow.session.get(Offer, offer_id, with_for_update=True, populate_existing=True)
    if offer is None:
        raise UnknownOffer(offer=offer_id)
    return offer


def _require_free_name(uow: UnitOfWork, name: str, offer_id: int | None) -> None:
    other = uow.session.scalar(select(Offer.id).where(Offer.name == name))
    if other is not None and other != offer_id:
        raise NameTaken(field="name", value=name)


def _check(terms: Terms, unit: str) -> None:
    check_number("hours", terms.hours, 1, MOST_HOURS)
    check_number("minutes", terms.minutes, 1, MOST_MINUTES)
    check_number("credits", terms.credits, 1, MOST_CREDITS)
    if terms.price is None and terms.credits is None:
        raise OfferNeedsPrice(field="price", value="")
    if terms.price is not None and not (terms.price.unit == unit and 0 < terms.price.minor <= MAX_MINOR):
        raise InvalidInput(field="price", value=terms.price)
    if terms.hours is None and terms.ends_at is None:
        raise OfferNeedsEnd(field="hours", value="")
    if terms.starts_at and terms.ends_at and terms.starts_at >= terms.ends_at:
        raise InvalidInput(field="ends_at", value=terms.ends_at)


def _facts(uow: UnitOfWork, offer: Offer) -> dict[str, object]:
    pattern = uow.session.get_one(Pattern, offer.pattern_id)
    names = ("name", "description", "hours", "minutes", "price_minor", "price_credits", "sort")
    return {
        **{name: getattr(offer, name) for name in names},
        "pattern": f"{pattern.vhost} {pattern.application}/{pattern.stream}",
        "starts_at": offer.starts_at.isoformat() if offer.starts_at else None,
        "ends_at": offer.ends_at.isoformat() if offer.ends_at else None,
    }
