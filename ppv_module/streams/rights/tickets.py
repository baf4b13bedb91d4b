"""Tickets: bought from the wallet or with credits, given by staff, taken back by staff."""

from datetime import datetime, timedelta

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import N_, InvalidInput, KeyReused, NotFound, WrongState
from billing.ledger.models import Refs
from billing.money import CREDITS, Money
from billing.uow import UnitOfWork, use_case
from ppv_module.credits.accounts import Purse, give_back, lock_credits, spend
from ppv_module.credits.buying import LONGEST_KEY, BuyerDown, income
from ppv_module.credits.reasons import checked_reason
from ppv_module.streams.rights.holding import MINUTE_MS, UnknownTicket
from ppv_module.streams.rights.models import Offer, Ticket
from ppv_module.streams.rights.offers import UnknownOffer, validity

MOST_GIVEN_HOURS = 24 * 400
WALLET, CREDIT, GRANT = "wallet", "credits", "grant"
"""How a ticket was paid for: from the wallet, with credits, not at all."""


class OfferNotOnSale(NotFound):
    """Facts: `offer`."""

    code = "offer_not_on_sale"
    text = N_("This ticket is not on sale any more.")


class NotSoldThisWay(InvalidInput):
    """Facts: `field`, `value`."""

    code = "not_sold_this_way"
    text = N_("This ticket cannot be paid this way.")


class PriceChanged(WrongState):
    """Facts: `price` (Money)."""

    code = "price_changed"
    text = N_("The price has changed meanwhile: it is %(price)s now. Look again and decide.")


@use_case
def buy_ticket(
    uow: UnitOfWork,
    *,
    login: str,
    offer_id: int,
    means: str = WALLET,
    key: str,
    actor: Actor,
    now: datetime,
    seen: Money | None = None,
) -> Ticket:
    """Sell a ticket for money of the wallet or for credits, once per `key` of the buyer. `seen` is the price shown.

    The credit limit of the wallet is for the provider's own services: it does not pay for tickets.

    :raises UnknownLogin, BuyerDown: there is no such subscriber, or staff have switched him off
    :raises OfferNotOnSale, NotSoldThisWay, PriceChanged: it is not sold, not so, or not for that
    :raises NotEnoughMoney, InsufficientCredits, WalletFrozen: it cannot be paid; nothing has changed
    :raises KeyReused: the key stands for another ticket
    """
    person = uow.host.lock(login)
    if (known := _known(uow, login, key)) is not None:
        return _same(known, offer_id, means)
    if person.down:
        raise BuyerDown(login=login)
    offer = _on_sale(uow, offer_id, now)
    price = price_of(offer, means, uow.billing.unit)
    if seen not in (None, price):
        raise PriceChanged(price=price)
    purse = lock_credits(uow, login)  # before the ticket: its row would share the lock of the account
    ticket = _ticket(uow, offer, purse, means=means, price=price, key=key, now=now)
    if means == CREDIT:
        _pay_with_credits(uow, purse, ticket, actor, now)
    else:
        _pay_from_wallet(uow, ticket, person.wallet_id, actor, now)
    template = "PPV STREAM BUY TICKET ({login}) [{ticket}] OFFER [{offer}] FOR `{price}`"
    _note(uow, template, ticket, actor=actor, now=now, price=price)
    return ticket


@use_case
def grant_ticket(
    uow: UnitOfWork,
    *,
    login: str,
    offer_id: int,
    reason: str,
    key: str,
    hours: int | None = None,
    actor: Actor,
    now: datetime,
) -> Ticket:
    """Give a ticket of an offer for nothing, also of one that is not on sale, once per `key` of the subscriber.

    It is valid as if it were bought now, or for `hours` from now.

    :raises UnknownLogin, UnknownOffer, ReasonNeeded, InvalidInput: nothing has changed
    :raises OfferNotOnSale: the time of the offer is over, and no hours are said
    :raises KeyReused: the key stands for another ticket
    """
    reason = checked_reason(reason)
    uow.host.lock(login)
    if (known := _known(uow, login, key)) is not None:
        return _same(known, offer_id, GRANT)
    offer = uow.session.get(Offer, offer_id)
    if offer is None:
        raise UnknownOffer(offer=offer_id)
    if hours is not None and not 1 <= hours <= MOST_GIVEN_HOURS:
        raise InvalidInput(field="hours", value=hours)
    if hours is None and validity(offer, now)[1] <= now:
        raise OfferNotOnSale(offer=offer_id)
    purse = lock_credits(uow, login)
    ticket = _ticket(uow, offer, purse, means=GRANT, price=Money(0, CREDITS), key=key, now=now)
    if hours is not None:
        ticket.valid_from, ticket.valid_to = now, now + timedelta(hours=hours)
    template = "PPV STREAM GIVE TICKET ({login}) [{ticket}] OFFER [{offer}] `{reason}`"
    _note(uow, template, ticket, actor=actor, now=now, reason=reason)
    return ticket


@use_case
def revoke_ticket(
    uow: UnitOfWork, *, ticket_id: int, reason: str, refund: bool = False, actor: Actor, now: datetime
) -> Ticket:
    """Take a ticket back from `now` on; with `refund` its price goes back to where it came from, once.

    Repeating it is harmless; a refund may also follow later.

    :raises UnknownTicket, ReasonNeeded: nothing has changed
    """
    reason = checked_reason(reason)
    found = uow.session.get(Ticket, ticket_id)
    if found is None:
        raise UnknownTicket(ticket=ticket_id)
    purse = lock_credits(uow, found.login)  # before the ticket: messages of servers lock in this order
    ticket = uow.session.get_one(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    back = refund_key(ticket)
    is_refunded = uow.ledger.transfer_of(back) is not None
    paid = uow.ledger.transfer_of(f"{journal_of(ticket)}:money") if refund and not is_refunded else None
    if ticket.revoked_at is not None and paid is None:
        return ticket
    ticket.revoked_at = ticket.revoked_at or now
    if paid is not None and ticket.means == CREDIT:
        give_back(uow, purse, paid, gift=ticket.gift, key=back, actor=actor, at=now, note=reason)
    elif paid is not None:
        refs = Refs(actor=actor.name, login=ticket.login, note=reason)
        uow.ledger.reverse(paid, key=back, refs=refs, at=now)
    template = "PPV STREAM REVOKE TICKET ({login}) [{ticket}] REFUND `{refund}` `{reason}`"
    _note(uow, template, ticket, actor=actor, now=now, refund=paid.amount if paid else "-", reason=reason)
    return ticket


def price_of(offer: Offer, means: str, unit: str) -> Money:
    """What a ticket costs when it is paid by `means`; `unit` is the operator's currency.

    :raises NotSoldThisWay: it is not sold so
    """
    minor = {WALLET: offer.price_minor, CREDIT: offer.price_credits}.get(means)
    if minor is None:
        raise NotSoldThisWay(field="means", value=means)
    return Money(minor, unit if means == WALLET else CREDITS)


def journal_of(ticket: Ticket) -> str:
    return f"ppv.ticket:{ticket.id}"


def refund_key(ticket: Ticket) -> str:
    """The key of the transfer by which the price went back."""
    return f"{journal_of(ticket)}:back"


def _known(uow: UnitOfWork, login: str, key: str) -> Ticket | None:
    """The ticket of an earlier click.

    :raises InvalidInput: the key is empty or too long
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(field="key", value=key)
    return uow.session.scalar(select(Ticket).where(Ticket.login == login, Ticket.key == key))


def _same(known: Ticket, offer_id: int, means: str) -> Ticket:
    if (known.offer_id, known.means) != (offer_id, means):
        raise KeyReused(key=known.key)
    return known


def _on_sale(uow: UnitOfWork, offer_id: int, now: datetime) -> Offer:
    """The offer, which does not change before the transaction ends."""
    offer = uow.session.get(Offer, offer_id, with_for_update={"read": True}, populate_existing=True)
    if offer is None or not offer.active or (offer.ends_at is not None and offer.ends_at <= now):
        raise OfferNotOnSale(offer=offer_id)
    return offer


def _ticket(
    uow: UnitOfWork, offer: Offer, purse: Purse, *, means: str, price: Money, key: str, now: datetime
) -> Ticket:
    begins, ends = validity(offer, now)
    ticket = Ticket(
        login=purse.state.login,
        account_id=purse.account.id,
        offer_id=offer.id,
        pattern_id=offer.pattern_id,
        title=offer.name,
        valid_from=begins,
        valid_to=ends,
        limit_ms=offer.minutes * MINUTE_MS if offer.minutes else None,
        used_ms=0,
        means=means,
        price_minor=price.minor,
        unit=price.unit,
        gift=0,
        key=key,
        bought_at=now,
    )
    uow.session.add(ticket)
    uow.session.flush()
    return ticket


def _pay_with_credits(uow: UnitOfWork, purse: Purse, ticket: Ticket, actor: Actor, now: datetime) -> None:
    purse.require_open()
    journal = journal_of(ticket)
    _, ticket.gift = spend(
        uow,
        purse,
        credits=ticket.price_minor,
        key=f"{journal}:money",
        actor=actor,
        at=now,
        note=ticket.title,
        journal=journal,
    )


def _pay_from_wallet(uow: UnitOfWork, ticket: Ticket, wallet_id: int, actor: Actor, now: datetime) -> None:
    journal = journal_of(ticket)
    uow.ledger.transfer(
        source=uow.ledger.lock(wallet_id),
        target=income(uow, ticket.unit),
        amount=Money(ticket.price_minor, ticket.unit),
        key=f"{journal}:money",
        refs=Refs(actor=actor.name, login=ticket.login, note=ticket.title),
        at=now,
        keep=Money(0, ticket.unit),
        journal=journal,
    )


def _note(uow: UnitOfWork, template: str, ticket: Ticket, *, actor: Actor, now: datetime, **facts: object) -> None:
    times = {"valid_from": ticket.valid_from.isoformat(), "valid_to": ticket.valid_to.isoformat()}
    facts |= {"ticket": ticket.id, "offer": ticket.offer_id}
    uow.events.write(template, login=ticket.login, actor=actor, at=now, after=times, **facts)  # type: ignore[arg-type]
