"""Rows of payments, and where their money comes from."""

from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.db import insert_missing
from billing.ledger.models import Account
from billing.uow import UnitOfWork
from ppv_module.credits.means import FOLLOWING, Told
from ppv_module.credits.models import Notice, Payment


def outside(uow: UnitOfWork, provider: str, currency: str) -> Account:
    """Where the money of a provider comes from and goes back to."""
    return uow.ledger.system(f"outside:{provider}:{currency}", currency)


def row_of(uow: UnitOfWork, notice: Notice, told: Told) -> Payment:
    """The locked payment of this transaction id, made when it is told of for the first time."""
    insert_missing(
        uow.session,
        Payment,
        provider=told.provider,
        txn_id=told.txn_id,
        parent_txn_id=told.parent_txn_id if told.status in FOLLOWING else "",
        at=notice.received_at,
        status=told.status.value,
        pending_reason=told.pending_reason,
        gross_minor=told.gross.minor,
        fee_minor=told.fee.minor,
        currency=told.gross.unit,
        payer_email=told.payer,
        receiver_email=told.receiver,
        is_sandbox=told.is_test,
        notice_id=notice.id,
    )
    mine = (Payment.provider == told.provider, Payment.txn_id == told.txn_id)
    query = select(Payment).where(*mine).with_for_update().execution_options(populate_existing=True)
    return uow.session.scalars(query).one()


def has_followers(uow: UnitOfWork, payment: Payment) -> bool:
    """Whether money of this payment was told to have gone back, which it can before it was granted."""
    after = select(Payment.id).where(Payment.provider == payment.provider, Payment.parent_txn_id == payment.txn_id)
    return uow.session.scalar(after.limit(1)) is not None


def say(uow: UnitOfWork, what: str, payment: Payment, *, actor: Actor, now: datetime) -> None:
    """A line of the event log about a payment: its number here and its buyer, nothing of who has paid."""
    template = f"PPV PAYMENT [{{payment}}] OF ({{login}}) {what}"
    uow.events.write(template, payment=payment.id, login=payment.login or None, actor=actor, at=now)
