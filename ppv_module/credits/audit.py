"""What must hold between orders, payments and frozen credits and the ledger."""

from collections.abc import Iterator

from sqlalchemy import BigInteger, ColumnElement, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from billing.errors import N_
from billing.ledger.audit import Check, Finding, findings
from billing.ledger.models import Account, Transfer
from ppv_module.credits.accounts import DEBT
from ppv_module.credits.means import FOLLOWING
from ppv_module.credits.models import CreditState, Order, OrderState, Payment

SALE = "ppv.order:"
"""How the keys of sales begin; the order's number follows."""


def _key(before: str, number: InstrumentedAttribute[int], after: str = "") -> ColumnElement[str]:
    """A key of the ledger, made of a row's number."""
    return literal(before) + cast(number, String(20)) + literal(after)


def _orders_have_their_transfers(session: Session) -> Iterator[Finding]:
    """An order that was paid has moved its price and its credits, each once; another one has moved nothing."""
    money, credits = aliased(Transfer), aliased(Transfer)
    query = select(Order.id, Order.login, Order.state.label("state"))
    query = query.outerjoin(money, money.key == _key(SALE, Order.id, ":money"))
    query = query.outerjoin(credits, credits.key == _key(SALE, Order.id, ":credits"))
    paid = Order.paid_at.is_not(None)
    unpaid_moved = and_(~paid, or_(money.id.is_not(None), credits.id.is_not(None)))
    right = and_(
        *(func.coalesce(money.amount_minor, 0) == Order.price_minor, money.unit == Order.currency),
        func.coalesce(credits.amount_minor, 0) == Order.credits,
    )
    wrong = or_(unpaid_moved, and_(paid, case((right, 0), else_=1) == 1))
    text = N_("The order %(id)s of %(login)s (%(state)s) and its transfers do not agree.")
    yield from findings(session, query.where(wrong), "order_differs", text)


def _orders_know_their_state(session: Session) -> Iterator[Finding]:
    """`paid` and `refunded` are orders that were paid, and no others."""
    done = Order.state.in_((OrderState.PAID, OrderState.REFUNDED))
    wrong = or_(and_(done, Order.paid_at.is_(None)), and_(~done, Order.paid_at.is_not(None)))
    query = select(Order.id, Order.login, Order.state.label("state")).where(wrong)
    text = N_("The order %(id)s of %(login)s is “%(state)s”, which its time of payment does not bear out.")
    yield from findings(session, query, "order_state", text)


def _transfers_have_their_orders(session: Session) -> Iterator[Finding]:
    """No credits were sold without an order."""
    number = cast(func.substr(Transfer.journal, len(SALE) + 1), BigInteger)
    query = select(Transfer.id, Transfer.key).outerjoin(Order, Order.id == number)
    query = query.where(Transfer.key.startswith(SALE), Order.id.is_(None))
    yield from findings(session, query, "sale_without_order", N_("The transfer %(key)s belongs to no order."))


def _granted_once(session: Session) -> Iterator[Finding]:
    """At most one payment has granted the credits of an order, and exactly those; where there is one, it is paid."""
    granted = Payment.credited_at.is_not(None)
    query = select(Order.id, Order.login, func.count(Payment.id).label("times"))
    query = query.join(Payment, and_(Payment.order_id == Order.id, granted))
    query = query.group_by(Order.id, Order.login, Order.credits, Order.paid_at)
    wrong = or_(func.count(Payment.id) > 1, func.max(Payment.credits) != Order.credits, Order.paid_at.is_(None))
    text = N_("The order %(id)s of %(login)s was granted by %(times)s payments, or not as it was sold.")
    yield from findings(session, query.having(wrong), "granted_wrongly", text)


def _clawed_within_grant(session: Session) -> Iterator[Finding]:
    """What was taken back for an order is never negative and never more than was granted, and is in the ledger."""
    taken = func.coalesce(func.sum(Payment.clawed_credits), 0)
    query = select(Order.id, Order.login, taken.label("taken")).join(Payment, Payment.order_id == Order.id)
    query = query.group_by(Order.id, Order.login, Order.credits).having(or_(taken < 0, taken > Order.credits))
    text = N_("%(taken)s credits were taken back for the order %(id)s of %(login)s, which is not between none and all.")
    yield from findings(session, query, "clawed_wrongly", text)


def _clawbacks_posted(session: Session) -> Iterator[Finding]:
    """What a payment took back or gave again stands in the ledger, and nothing else does."""
    posted = aliased(Transfer)
    key = case((Payment.clawed_credits > 0, _key("ppv.clawback:", Payment.id)), else_=_key("ppv.restore:", Payment.id))
    query = select(Payment.id, Payment.login, Payment.clawed_credits.label("credits"))
    query = query.outerjoin(posted, posted.key == key)
    following = Payment.status.in_([str(each) for each in FOLLOWING])
    wrong = func.coalesce(posted.amount_minor, 0) != func.abs(cast(Payment.clawed_credits, BigInteger))
    text = N_("The payment %(id)s of %(login)s moved %(credits)s credits, but the ledger says otherwise.")
    yield from findings(session, query.where(following, wrong), "clawback_differs", text)


def _frozen_by_debt(session: Session) -> Iterator[Finding]:
    """Credits below zero are frozen, and a debt freezes only while there is one."""
    query = select(CreditState.login, CreditState.frozen_by.label("frozen_by"), Account.balance_minor.label("credits"))
    query = query.join(Account, Account.id == CreditState.account_id)
    free_debtor = and_(Account.balance_minor < 0, CreditState.frozen_by == "")
    debtless = and_(Account.balance_minor >= 0, CreditState.frozen_by == DEBT)
    text = N_("%(login)s has %(credits)s credits, which does not go with the freezing “%(frozen_by)s”.")
    yield from findings(session, query.where(or_(free_debtor, debtless)), "frozen_wrongly", text)


def _gifts_are_there(session: Session) -> Iterator[Finding]:
    """Of what somebody has no more was given than there is."""
    query = select(CreditState.login, CreditState.bonus.label("bonus"), Account.balance_minor.label("credits"))
    query = query.join(Account, Account.id == CreditState.account_id)
    there = case((Account.balance_minor > 0, Account.balance_minor), else_=0)
    text = N_("%(login)s has %(credits)s credits, but %(bonus)s of them are kept as given.")
    yield from findings(session, query.where(CreditState.bonus > there), "gifts_differ", text)


CHECKS: tuple[Check, ...] = (
    _orders_have_their_transfers,
    _orders_know_their_state,
    _transfers_have_their_orders,
    _granted_once,
    _clawed_within_grant,
    _clawbacks_posted,
    _frozen_by_debt,
    _gifts_are_there,
)
