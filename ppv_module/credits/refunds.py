"""Money that goes back to a buyer, and comes again: refunds, reversals, reversals that are cancelled.

What is taken of a grant follows from all that has been told of its payment, so the order in which it is told does not
matter: the sum of the shares of refunds and of reversals that stand, never more than was granted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.ledger.models import Refs
from billing.money import Money
from billing.uow import UnitOfWork
from ppv_module.credits.accounts import grant, lock_credits
from ppv_module.credits.buying import income
from ppv_module.credits.checks import CURRENCY, REUSED, SUM, TEST
from ppv_module.credits.freezing import take_back
from ppv_module.credits.means import TAKING, UNDER_WAY, PaymentStatus, Told
from ppv_module.credits.models import Notice, Order, OrderState, Payment
from ppv_module.credits.movements import outside, row_of, say
from ppv_module.credits.notices import Outcome
from ppv_module.options import PpvOptions


@dataclass(frozen=True)
class Taken:
    """What is taken of an order by now: credits, and minor units of its currency."""

    credits: int = 0
    minor: int = 0


def share(order: Order, minor: int) -> int:
    """The credits that such a part of the price stands for, rounded up."""
    return -(-order.credits * minor // order.price_minor)


def taken(order: Order, rows: Sequence[Payment]) -> Taken:
    """What the refunds and the standing reversals among `rows` take together, at most all of `order`."""
    parts = [-each.gross_minor for each in rows if _stands(each)]
    credits = sum(share(order, each) for each in parts)
    return Taken(min(credits, order.credits), min(sum(parts), order.price_minor))


def follow(uow: UnitOfWork, notice: Notice, told: Told, *, actor: Actor, now: datetime) -> Outcome:
    """Let money go back, or come again, for a payment that was told of before; else wait for that.

    Takes the lock of the order.
    """
    original = _original(uow, told)
    if original is None or _is_under_way(original):
        return Outcome(f"waits for payment {told.parent_txn_id}", waits=True)
    if original.order_id is None:
        row_of(uow, notice, told)
        return Outcome("follows a payment that granted nothing")
    order = uow.session.get_one(Order, original.order_id, with_for_update=True, populate_existing=True)
    uow.session.refresh(original)
    known = select(Payment.parent_txn_id).where(Payment.provider == told.provider, Payment.txn_id == told.txn_id)
    if (parent := uow.session.scalar(known)) is not None:
        return Outcome("told before") if parent else Outcome(f"not done: {REUSED}", flag=REUSED)
    rows = _rows(uow, original)
    if told.status is PaymentStatus.CANCELED_REVERSAL and original.credited_at and not _open_reversal(rows, told):
        return Outcome("waits for the reversal", waits=True)
    row = row_of(uow, notice, told)
    row.parent_txn_id, row.order_id, row.tenant_id = original.txn_id, order.id, order.tenant_id
    row.login = order.login
    if not original.credited_at:
        return Outcome("follows a payment that granted nothing")
    return _move(uow, order, row, rows, told, actor=actor, now=now)


def _move(
    uow: UnitOfWork, order: Order, row: Payment, rows: Sequence[Payment], told: Told, *, actor: Actor, now: datetime
) -> Outcome:
    if flag := _wrong(told, order, uow.option(PpvOptions)):
        row.flag = flag
        say(uow, f"NOT TAKEN `{flag}`", row, actor=actor, now=now)
        return Outcome(f"not taken: {flag}")
    before = taken(order, rows)
    if reversal := _open_reversal(rows, told):
        reversal.restored_at = now
    after = taken(order, [*rows, row])
    credits, minor = after.credits - before.credits, after.minor - before.minor
    row.clawed_credits = credits
    if minor:
        _move_money(uow, order, row, minor, actor=actor, now=now)
    if credits > 0:
        take_back(
            uow,
            login=order.login,
            credits=credits,
            key=f"ppv.clawback:{row.id}",
            note=told.status,
            actor=actor,
            now=now,
        )
        say(uow, f"{told.status.upper()} CLAWED BACK `{credits}`", row, actor=actor, now=now)
    elif credits < 0:
        purse = lock_credits(uow, order.login)
        grant(uow, purse, credits=-credits, key=f"ppv.restore:{row.id}", actor=actor, at=now, note=told.status)
        say(uow, f"{told.status.upper()} RESTORED `{-credits}`", row, actor=actor, now=now)
    order.state = OrderState.REFUNDED if after.minor == order.price_minor else OrderState.PAID
    return Outcome(f"took {credits} of order {order.id}" if credits >= 0 else f"restored {-credits}")


def _move_money(uow: UnitOfWork, order: Order, row: Payment, minor: int, *, actor: Actor, now: datetime) -> None:
    """`minor` goes back to the provider, or comes again when it is negative."""
    own, theirs = income(uow, order.currency), outside(uow, order.provider, order.currency)
    goes = minor > 0
    journal = f"ppv.clawback:{row.id}" if goes else f"ppv.restore:{row.id}"
    uow.ledger.transfer(
        source=own if goes else theirs,
        target=theirs if goes else own,
        amount=Money(abs(minor), order.currency),
        key=f"{journal}:money",
        refs=Refs(actor=actor.name, login=order.login, note=order.item_name or None),
        at=now,
        journal=journal,
    )


def _stands(row: Payment) -> bool:
    return PaymentStatus(row.status) in TAKING and row.restored_at is None and not row.flag


def _is_under_way(original: Payment) -> bool:
    return original.status in UNDER_WAY and not original.flag


def _open_reversal(rows: Sequence[Payment], told: Told) -> Payment | None:
    """The reversal that `told` cancels: the one that it names, else one of the same sum, else the oldest."""
    if told.status is not PaymentStatus.CANCELED_REVERSAL:
        return None
    standing = [each for each in rows if each.status == PaymentStatus.REVERSED and _stands(each)]

    def distance(each: Payment) -> tuple[bool, bool, int]:
        return each.txn_id != told.parent_txn_id, -each.gross_minor != told.gross.minor, each.id

    return min(standing, key=distance, default=None)


def _original(uow: UnitOfWork, told: Told) -> Payment | None:
    """The payment that was made, also where `told` names a reversal of it."""
    named = _payment(uow, told.provider, told.parent_txn_id)
    return _payment(uow, told.provider, named.parent_txn_id) if named and named.parent_txn_id else named


def _payment(uow: UnitOfWork, provider: str, txn_id: str) -> Payment | None:
    return uow.session.scalar(select(Payment).where(Payment.provider == provider, Payment.txn_id == txn_id))


def _rows(uow: UnitOfWork, original: Payment) -> Sequence[Payment]:
    """What was told of this payment afterwards, oldest first."""
    mine = (Payment.provider == original.provider, Payment.parent_txn_id == original.txn_id)
    query = select(Payment).where(*mine).order_by(Payment.id).execution_options(populate_existing=True)
    return uow.session.scalars(query).all()


def _wrong(told: Told, order: Order, options: PpvOptions) -> str:
    """The flag of what makes no sense; empty when everything does."""
    if told.is_test and not options.paypal_sandbox:
        return TEST
    if told.gross.unit != order.currency:
        return CURRENCY
    return SUM if told.status in TAKING and told.gross.minor >= 0 else ""
