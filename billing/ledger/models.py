"""Rows of the ledger. Transfers are only ever added; accounts and holds change by this package alone."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.money import Money


class HoldState(StrEnum):
    HELD = "held"
    CAPTURED = "captured"
    RELEASED = "released"


class Account(Base):
    """A purse of one unit.

    A subscriber's account keeps a balance and a floor; of the balance `held_minor` is reserved. A system account
    (income, outside) keeps none, so that it is never a hot row: its balance is summed on reading.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        CheckConstraint("balance_minor - held_minor >= floor_minor", "floor"),
        CheckConstraint("held_minor >= 0", "held"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    code: Mapped[str] = mapped_column(String(96), unique=True)
    unit: Mapped[str] = mapped_column(String(8))
    balance_minor: Mapped[int | None] = mapped_column(BigInteger)
    held_minor: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    floor_minor: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def balance(self) -> Money:
        """What a subscriber's account holds, reserved money included."""
        return Money(self.balance_minor or 0, self.unit)

    @property
    def available(self) -> Money:
        """What is not reserved; negative for a debtor."""
        return Money((self.balance_minor or 0) - self.held_minor, self.unit)


@dataclass(frozen=True)
class Refs:
    """What a transfer or hold is about; all of it optional but the actor."""

    actor: str
    login: str | None = None
    subscription_id: int | None = None
    tariff_id: int | None = None
    period: str | None = None
    note: str | None = None


class _Posting:
    """Columns that transfers and holds share."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    unit: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime] = mapped_column(Instant)
    actor: Mapped[str] = mapped_column(String(64))
    login: Mapped[str | None] = mapped_column(String(64))
    subscription_id: Mapped[int | None] = mapped_column(BigInteger)
    tariff_id: Mapped[int | None] = mapped_column(BigInteger)
    period: Mapped[str | None] = mapped_column(String(7))
    note: Mapped[str | None] = mapped_column(String(200))

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.unit)


class Transfer(_Posting, Base):
    """A positive amount moved from `source_id` to `target_id`, once per business `key`.

    `journal` ties transfers that belong together; `reverses_id` names the transfer that this one undoes.
    """

    __tablename__ = "ledger_transfer"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", "amount"),
        CheckConstraint("source_id <> target_id", "sides"),
        Index(None, "source_id", "at"),
        Index(None, "target_id", "at"),
        Index(None, "journal"),
        MARIADB,
    )

    key: Mapped[str] = mapped_column(String(120), unique=True)
    journal: Mapped[str | None] = mapped_column(String(64))
    source_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    reverses_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)


class Hold(_Posting, Base):
    """Money reserved in `source_id` until an outside answer is known.

    `live_key` is the business key while the hold stands or was captured; a released hold gives it free.
    """

    __tablename__ = "ledger_hold"
    __table_args__ = (Index(None, "source_id"), Index(None, "state", "expires_at"), MARIADB)

    key: Mapped[str] = mapped_column(String(120))
    live_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    state: Mapped[HoldState] = mapped_column(words(HoldState), default=HoldState.HELD)
    source_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    target_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    expires_at: Mapped[datetime] = mapped_column(Instant)
    settled_at: Mapped[datetime | None] = mapped_column(Instant)
    transfer_id: Mapped[int | None] = mapped_column(BigInteger)
