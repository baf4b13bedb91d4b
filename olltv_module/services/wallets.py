"""What staff do with a wallet by hand: top up, correct, give back a fee. Each is booked once per business key."""

from datetime import datetime

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound
from billing.host.base import Person
from billing.ledger.models import Refs, Transfer
from billing.money import InvalidAmount, Money
from billing.uow import UnitOfWork, use_case
from olltv_module.services.money import BALANCE, INCOME

CASH_DESK = "cash"
CORRECTIONS = "outside:correction"
LONGEST_REASON = 200
LONGEST_KEY = 64


class ReasonNeeded(InvalidInput):
    """Facts: `field`, `longest`."""

    code = "reason_needed"
    text = N_("Say why, in at most %(longest)s characters.")


@use_case
def top_up(uow: UnitOfWork, *, login: str, amount: Money, key: str, actor: Actor, now: datetime) -> Money:
    """Put money that came in at the cash desk into the wallet, once per `key`; gives the new balance.

    :raises UnknownLogin, InvalidAmount, KeyReused: nothing has changed
    """
    key = f"desk:{usable_key(key)}"
    if amount.minor <= 0:
        raise InvalidAmount(field="amount", value=amount)
    person = uow.host.lock(login)
    before = uow.ledger.lock(person.wallet_id).balance
    is_new = uow.ledger.transfer_of(f"topup:{key}") is None
    balance = uow.host.top_up(login=login, amount=amount, key=key, source=CASH_DESK, actor=actor.name, at=now)
    if is_new:
        _say_balance(uow, BALANCE, login, amount, (before, balance), actor=actor, now=now)
    return balance


@use_case
def refund(uow: UnitOfWork, *, login: str, transfer_id: int, reason: str, actor: Actor, now: datetime) -> Transfer:
    """Give back a fee that was taken from this wallet, by the opposite of its transfer, once however often asked.

    The month stays marked as paid: it counts as given without charge, so no run charges it again.

    :raises UnknownLogin, NotFound, ReasonNeeded: no such subscriber, no such fee of his, no reason
    """
    reason, person = checked_reason(reason), uow.host.lock(login)
    fee = _fee_of(uow, person, transfer_id)
    key = f"refund:{fee.id}"
    before = uow.ledger.lock(person.wallet_id).balance
    is_new = uow.ledger.transfer_of(key) is None
    refs = Refs(actor.name, login, fee.subscription_id, fee.tariff_id, fee.period, reason)
    given = uow.ledger.reverse(fee, key=key, refs=refs, at=now)
    if is_new:
        _tighten(uow, person)
        after = uow.ledger.lock(person.wallet_id).balance
        text = "BALANCEADD ({login}) ON {amount} REFUND [{transfer}] `{reason}`"
        facts = {"transfer": fee.id, "reason": reason}
        _say_balance(uow, text, login, fee.amount, (before, after), actor=actor, now=now, **facts)
    return given


def book(
    uow: UnitOfWork, person: Person, *, amount: Money, reason: str, key: str, by: str, actor: Actor, now: datetime
) -> Transfer:
    """Book a correction of a locked person's wallet, plus or minus, once per `key`; `by` asked for it.

    :raises NotEnoughMoney: it would take the wallet below its floor; nothing has changed
    :raises KeyReused: the key stands for another correction
    """
    wallet = uow.ledger.lock(person.wallet_id)
    outside = uow.ledger.system(CORRECTIONS, amount.unit)
    before, is_new = wallet.balance, uow.ledger.transfer_of(f"correction:{key}") is None
    comes = amount.minor > 0
    transfer = uow.ledger.transfer(
        source=outside if comes else wallet,
        target=wallet if comes else outside,
        amount=amount if comes else -amount,
        key=f"correction:{key}",
        refs=Refs(actor=by, login=person.login, note=reason),
        at=now,
    )
    if is_new:
        if comes:
            _tighten(uow, person)
        text = "BALANCEADD ({login}) ON {amount} CORRECTION `{reason}`"
        _say_balance(uow, text, person.login, amount, (before, before + amount), actor=actor, now=now, reason=reason)
    return transfer


def checked_reason(reason: str) -> str:
    """:raises ReasonNeeded: it is empty or too long"""
    if not 0 < len(reason.strip()) <= LONGEST_REASON:
        raise ReasonNeeded(field="reason", value=reason, longest=LONGEST_REASON)
    return reason.strip()


def usable_key(key: str) -> str:
    """:raises InvalidInput: it is empty or too long"""
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(field="key", value=key)
    return key


def _fee_of(uow: UnitOfWork, person: Person, transfer_id: int) -> Transfer:
    fee = uow.session.get(Transfer, transfer_id)
    income = uow.ledger.system(INCOME, uow.billing.unit)
    if fee is None or (fee.source_id, fee.target_id) != (person.wallet_id, income.id):
        raise NotFound(transfer=transfer_id)
    return fee


def _tighten(uow: UnitOfWork, person: Person) -> None:
    """A debt below the credit limit has shrunk, so the wallet may not fall as deep as before."""
    uow.ledger.set_floor(person.wallet_id, -person.credit)


def _say_balance(
    uow: UnitOfWork,
    template: str,
    login: str,
    amount: Money,
    balances: tuple[Money, Money],
    *,
    actor: Actor,
    now: datetime,
    **facts: object,
) -> None:
    before, after = ({"balance": str(each)} for each in balances)
    uow.events.write(
        template, login=login, amount=amount.short(), actor=actor, at=now, before=before, after=after, **facts
    )
