"""What a verified notice does: grants the credits of its order once, or tells the staff why not.

Locks, in this order: the notice, the order, shows, the state of credits, accounts. All that happens to the payments of
an order happens under the lock of that order.
"""

from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Tenant
from ppv_module.credits import notices
from ppv_module.credits.buying import grant_order
from ppv_module.credits.checks import GONE, REUSED, UNKNOWN_ORDER, mismatch
from ppv_module.credits.means import BROKEN, FOLLOWING, UNDER_WAY, PaymentStatus, Told
from ppv_module.credits.models import Notice, Order, OrderState, Payment, Verdict
from ppv_module.credits.movements import has_followers, outside, row_of, say
from ppv_module.credits.notices import Outcome
from ppv_module.credits.refunds import follow
from ppv_module.options import PpvOptions

UNPAID = (OrderState.NEW, OrderState.FAILED)


@use_case
def settle(uow: UnitOfWork, *, notice_id: int, told: Told | None, actor: Actor, now: datetime) -> Outcome:
    """Let a notice that its provider has verified take effect, in one transaction. Repeating it is harmless.

    `told` is what it says; None when it is about no movement of money.

    :raises NotFound: there is no such notice
    """
    notice = notices.lock_notice(uow, notice_id)
    if notice.verdict is Verdict.VERIFIED and notice.due_at is None:
        return Outcome(notice.action_taken, flag=notice.flag)
    if told is None:
        outcome = Outcome("about no payment")
    elif told.status in FOLLOWING:
        outcome = follow(uow, notice, told, actor=actor, now=now)
    else:
        outcome = _payment(uow, notice, told, actor=actor, now=now)
    notices.conclude(uow, notice, outcome, actor=actor, now=now)
    return outcome


def _payment(uow: UnitOfWork, notice: Notice, told: Told, *, actor: Actor, now: datetime) -> Outcome:
    order = _locked_order(uow, told)
    payment = row_of(uow, notice, told)
    if order and (payment.status in FOLLOWING or payment.order_id not in (None, order.id)):
        _dispute(order)
        return _refused(uow, payment, order, REUSED, actor=actor, now=now)
    if order and payment.order_id is None:
        payment.order_id, payment.tenant_id, payment.login = order.id, order.tenant_id, order.login
    if payment.credited_at:
        return Outcome("granted before")
    if told.status is PaymentStatus.COMPLETED:
        return _completed(uow, payment, order, told, actor=actor, now=now)
    if payment.status == PaymentStatus.COMPLETED or (told.status in UNDER_WAY and payment.status in BROKEN):
        return Outcome(f"{told.status} came too late")
    payment.status, payment.pending_reason = told.status, told.pending_reason
    if told.status in BROKEN and order and order.state is OrderState.NEW:
        order.state = OrderState.FAILED
        say(uow, "FAILED", payment, actor=actor, now=now)
    return Outcome(f"{told.status}: nothing granted")


def _completed(
    uow: UnitOfWork, payment: Payment, order: Order | None, told: Told, *, actor: Actor, now: datetime
) -> Outcome:
    payment.status, payment.pending_reason = told.status, ""
    payment.gross_minor, payment.fee_minor, payment.currency = told.gross.minor, told.fee.minor, told.gross.unit
    if order is None:
        return _flagged(uow, payment, UNKNOWN_ORDER, actor=actor, now=now)
    tenant = uow.session.get_one(Tenant, order.tenant_id)
    gone = GONE if has_followers(uow, payment) else ""
    if flag := mismatch(told, order, tenant, uow.option(PpvOptions)) or gone:
        _dispute(order)
        return _flagged(uow, payment, flag, actor=actor, now=now)
    grant_order(uow, order, outside(uow, order.provider, order.currency), actor=actor, now=now)
    payment.credits, payment.credited_at, payment.flag = order.credits, now, ""
    return Outcome(f"granted {order.credits} for order {order.id}")


def _dispute(order: Order) -> None:
    """What was paid stays paid, whatever else is told of it."""
    if order.state in UNPAID:
        order.state = OrderState.DISPUTED


def _flagged(uow: UnitOfWork, payment: Payment, flag: str, *, actor: Actor, now: datetime) -> Outcome:
    """Keep the payment without a grant. A repeat does not alert the staff again."""
    if payment.flag != flag:
        payment.flag = flag
        say(uow, f"NOT GRANTED `{flag}`", payment, actor=actor, now=now)
    return Outcome(f"not granted: {flag}")


def _refused(uow: UnitOfWork, payment: Payment, order: Order, flag: str, *, actor: Actor, now: datetime) -> Outcome:
    """The payment is another order's and keeps what it did there; the flag goes to the notice."""
    say(uow, f"NOT GRANTED `{flag}` FOR ORDER [{order.id}]", payment, actor=actor, now=now)
    return Outcome(f"not granted: {flag}", flag=flag)


def _locked_order(uow: UnitOfWork, told: Told) -> Order | None:
    """The order by its invoice, which nobody can guess: whoever names another cannot touch it."""
    query = select(Order).where(Order.invoice == told.invoice, Order.provider == told.provider)
    return uow.session.scalar(query.with_for_update().execution_options(populate_existing=True))
