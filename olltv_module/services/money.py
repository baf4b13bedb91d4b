"""Fees: their keys, their reserves, and the lines that the event log keeps of them."""

from datetime import datetime, timedelta

from billing.actors import Actor
from billing.errors import NotEnoughMoney
from billing.host.base import Person
from billing.ledger.models import Hold, Refs
from billing.money import Money
from billing.periods import Month
from billing.uow import UnitOfWork
from olltv_module.errors import ReasonWanted
from olltv_module.models import Subscriber, Subscription
from olltv_module.options import OlltvOptions

INCOME = "income:olltv"
KEY_PREFIX = "olltv.fee:"
CHARGED = "OLLTV CHARGE TARIFF [{tariff}] FEE `{fee}` FOR ({login}) AS [{subscriber}]"
BALANCE = "BALANCEADD ({login}) ON {amount}"


def fee_key(subscription_id: int, month: Month) -> str:
    """The business key of a fee. It names the fact, so a subscription pays a month at most once."""
    return f"{KEY_PREFIX}{subscription_id}:{month}"


def reserve(uow: UnitOfWork, person: Person, sub: Subscription, *, actor: Actor, now: datetime) -> None:
    """Hold the fee of `sub` for the present month; a free tariff, or a month already paid, needs none.

    :raises NotEnoughMoney: the wallet is short
    """
    month, fee = uow.month(now), sub.tariff.fee(now, uow.billing.unit)
    if not sub.owes(month):
        return
    if not fee.minor:
        sub.paid_through = str(month)
        return
    sub.hold_id = uow.ledger.hold(
        source=uow.ledger.lock(person.wallet_id),
        target=uow.ledger.system(INCOME, fee.unit),
        amount=fee,
        key=fee_key(sub.id, month),
        refs=_refs(sub, person.login, month, actor),
        at=now,
        expires_at=now + timedelta(days=uow.option(OlltvOptions).order_days),
        keep=kept(uow, person),
    ).id


def settle(uow: UnitOfWork, subscriber: Subscriber, sub: Subscription, *, actor: Actor, now: datetime) -> None:
    """The partner has switched `sub` on: take the fee of the month in which that is.

    Usually that captures the order's hold. An order that waited into another month, or was made when the old
    month was paid, pays for the new one here.

    :raises NotEnoughMoney: nothing was held and the wallet is short
    """
    month = uow.month(now)
    if sub.hold_id is not None:
        transfer = uow.ledger.capture(sub.hold_id, at=now, key=fee_key(sub.id, month), period=str(month))
        amount = transfer.amount
    elif not sub.owes(month) or not (amount := sub.tariff.fee(now, uow.billing.unit)).minor:
        sub.paid_through = max(sub.paid_through, str(month))
        return
    else:
        _pay(uow, subscriber, sub, amount, actor=actor, now=now)
    sub.paid_through = str(month)
    say_charged(uow, subscriber, sub, amount, actor=actor, now=now)


def _pay(
    uow: UnitOfWork, subscriber: Subscriber, sub: Subscription, fee: Money, *, actor: Actor, now: datetime
) -> None:
    month, person = uow.month(now), uow.host.find(subscriber.login)
    uow.ledger.transfer(
        source=uow.ledger.lock(person.wallet_id),
        target=uow.ledger.system(INCOME, fee.unit),
        amount=fee,
        key=fee_key(sub.id, month),
        refs=_refs(sub, subscriber.login, month, actor),
        at=now,
        keep=kept(uow, person),
    )


def release(uow: UnitOfWork, sub: Subscription, now: datetime) -> None:
    """Give back what is held for `sub`, if anything is."""
    if sub.hold_id is not None:
        uow.ledger.release(sub.hold_id, at=now)
        sub.hold_id = None


def held_fee(uow: UnitOfWork, sub: Subscription) -> Money:
    """What is reserved for `sub` now."""
    hold = uow.session.get(Hold, sub.hold_id) if sub.hold_id else None
    return hold.amount if hold else Money(0, uow.billing.unit)


def kept(uow: UnitOfWork, person: Person) -> Money:
    """What an order must leave in the wallet: nothing less than zero, or down to the credit limit where it counts."""
    return -person.credit if uow.option(OlltvOptions).use_credit else Money(0, uow.billing.unit)


def require_all(uow: UnitOfWork, person: Person, total: Money) -> None:
    """Make sure that the wallet can pay `total` at once. A debtor can pay nothing, too.

    :raises NotEnoughMoney: it cannot
    """
    spendable = uow.ledger.lock(person.wallet_id).available - kept(uow, person)
    if total.minor and spendable < total:
        raise NotEnoughMoney(needed=total, available=spendable, lack=total - spendable)


def without_charge(free: str | None) -> str:
    """The event log's words for what is given without charge, for the reason `free`; no words when it is not.

    :raises ReasonWanted: the reason is empty
    """
    if free is not None and not free.strip():
        raise ReasonWanted(field="free", value=free)
    return f" WITHOUT CHARGE `{free}`" if free else ""


def say_charged(
    uow: UnitOfWork, subscriber: Subscriber, sub: Subscription, fee: Money, *, actor: Actor, now: datetime
) -> None:
    login = subscriber.login
    uow.events.write(BALANCE, login=login, amount=(-fee).short(), actor=actor, at=now)
    uow.events.write(
        CHARGED, login=login, tariff=sub.tariff_id, fee=fee.short(), subscriber=subscriber.id, actor=actor, at=now
    )


def _refs(sub: Subscription, login: str, month: Month, actor: Actor) -> Refs:
    return Refs(actor=actor.name, login=login, subscription_id=sub.id, tariff_id=sub.tariff_id, period=str(month))
