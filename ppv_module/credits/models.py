"""Rows of the credit shop. Credits and money themselves are in the ledger, never here."""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.dialects.mysql import MEDIUMBLOB
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.money import Money
from billing.versions import Versioned


class OrderState(StrEnum):
    NEW = "new"
    PAID = "paid"
    FAILED = "failed"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class Verdict(StrEnum):
    """What is known of a stored notification."""

    QUEUED = "queued"
    VERIFIED = "verified"
    INVALID = "invalid"
    ERROR = "error"


def _own_key() -> str:
    return secrets.token_urlsafe(18)


class CreditState(Base):
    """What the ledger does not know of a subscriber's credits. Its lock comes before that of the account.

    `frozen_by` is empty, `debt` (a clawback took more than there was; it ends with the debt) or `staff`. `bonus` of
    his credits were given, not bought.
    """

    __tablename__ = "ppv_credit_state"
    __table_args__ = (CheckConstraint("bonus >= 0", "bonus"), MARIADB)

    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), unique=True)
    frozen_by: Mapped[str] = mapped_column(String(8), default="", server_default="")
    frozen_reason: Mapped[str] = mapped_column(String(200), default="", server_default="")
    bonus: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")

    @property
    def is_frozen(self) -> bool:
        return bool(self.frozen_by)


class Pack(Versioned, Base):
    """So many credits for such a price, sold by one tenant. One that is not active stays readable."""

    __tablename__ = "ppv_item"
    __table_args__ = (
        CheckConstraint("credits > 0", "credits"),
        CheckConstraint("price_minor > 0", "price"),
        Index(None, "tenant_id"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    credits: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(8))
    description: Mapped[str] = mapped_column(String(200), default="", server_default="")
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    sort: Mapped[int] = mapped_column(default=0, server_default="0")

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Order(Base):
    """A pack as it was when somebody decided to buy it. `provider` takes the money: `wallet` or `paypal`.

    `key` names the decision among those of its buyer, so that a double click is one order. `invoice` is what the
    provider is told to name the order by; nobody can guess it.
    """

    __tablename__ = "ppv_order"
    __table_args__ = (
        UniqueConstraint("login", "idem_key"),
        Index(None, "login"),
        Index(None, "tenant_id", "created_at"),
        Index(None, "paid_at"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    login: Mapped[str] = mapped_column(String(64))
    pack_id: Mapped[int] = mapped_column(ForeignKey("ppv_item.id"))
    credits: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(8))
    item_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    provider: Mapped[str] = mapped_column(String(16))
    state: Mapped[OrderState] = mapped_column("status", words(OrderState), default=OrderState.NEW)
    key: Mapped[str] = mapped_column("idem_key", String(128), default=_own_key)
    invoice: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    paid_at: Mapped[datetime | None] = mapped_column(Instant)

    @property
    def price(self) -> Money:
        return Money(self.price_minor, self.currency)


class Payment(Base):
    """A movement that a payment provider has told of. `credited_at` is set when it granted its order's credits.

    `status` is a word of `PaymentStatus`. `flag` says in one word why it granted nothing: somebody has to look at it.
    `clawed_credits` were taken back because of it; they are negative where it gave them back. `restored_at` is when a
    reversal was cancelled.
    """

    __tablename__ = "ppv_payment"
    __table_args__ = (
        UniqueConstraint("provider", "txn_id"),
        Index(None, "parent_txn_id"),
        Index(None, "order_id"),
        Index(None, "at"),
        Index(None, "flag"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    txn_id: Mapped[str] = mapped_column(String(64))
    parent_txn_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    order_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_order.id"))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_tenant.id"))
    login: Mapped[str] = mapped_column(String(64), default="", server_default="")
    at: Mapped[datetime] = mapped_column(Instant)
    status: Mapped[str] = mapped_column(String(32))
    pending_reason: Mapped[str] = mapped_column(String(64), default="", server_default="")
    gross_minor: Mapped[int] = mapped_column(BigInteger)
    fee_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    currency: Mapped[str] = mapped_column(String(8))
    payer_email: Mapped[str] = mapped_column(String(128), default="", server_default="")
    receiver_email: Mapped[str] = mapped_column(String(128), default="", server_default="")
    is_sandbox: Mapped[bool] = mapped_column(default=False, server_default="0")
    credits: Mapped[int] = mapped_column(default=0, server_default="0")
    credited_at: Mapped[datetime | None] = mapped_column(Instant)
    clawed_credits: Mapped[int] = mapped_column(default=0, server_default="0")
    restored_at: Mapped[datetime | None] = mapped_column(Instant)
    flag: Mapped[str] = mapped_column(String(32), default="", server_default="")
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_ipn_log.id"))


class Notice(Base):
    """A notification exactly as it came in, and what became of it. `due_at` is when a worker looks at it (again).

    A worker that has taken it moves `due_at` ahead: should it die, another takes over then. `flag` says in one word
    why somebody of the staff has to look at it. `raw` is empty once its time of keeping is over.
    """

    __tablename__ = "ppv_ipn_log"
    __table_args__ = (
        Index(None, "verdict", "due_at"),
        Index(None, "received_at"),
        Index(None, "flag"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    provider: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime] = mapped_column(Instant)
    raw: Mapped[bytes] = mapped_column(LargeBinary().with_variant(MEDIUMBLOB(), "mysql"))
    content_type: Mapped[str] = mapped_column(String(128), default="", server_default="")
    remote_ip: Mapped[str] = mapped_column(String(64))
    verdict: Mapped[Verdict] = mapped_column(words(Verdict), default=Verdict.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    action_taken: Mapped[str] = mapped_column(Text, default="")
    flag: Mapped[str] = mapped_column(String(32), default="", server_default="")
