"""Rows of what performers earn. Prices and benefits are in thousandths of the currency (mills), as they are shared."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words


class Action(StrEnum):
    TIPS = "tips"
    LIVESHOW = "liveshow"
    ADJUSTMENT = "adjustment"


class PayoutState(StrEnum):
    DRAFT = "draft"
    PAID = "paid"
    VOID = "void"


class Earning(Base):
    """A tip, a closed show that was charged, or an adjustment of the staff.

    `bonus` of the `credits` had been a gift. `price_mills` is what the credits are worth, `benefit_mills` the
    performer's part of it; the rest is the house's. `key` names the fact; a reversed tip counts for nobody.
    """

    __tablename__ = "ppv_tips"
    __table_args__ = (
        Index(None, "date"),
        Index(None, "performer_id", "date"),
        Index(None, "payer_id", "date"),
        Index(None, "tenant_id", "date"),
        Index(None, "payout_id"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column("date", Instant)
    action: Mapped[Action] = mapped_column(words(Action))
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_person.id"))
    performer_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"))
    credits: Mapped[int] = mapped_column(BigInteger)
    bonus: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    price_mills: Mapped[int] = mapped_column(BigInteger)
    benefit_mills: Mapped[int] = mapped_column(BigInteger)
    percent_bp: Mapped[int]
    currency: Mapped[str] = mapped_column(String(8))
    show_id: Mapped[str | None] = mapped_column(ForeignKey("ppv_show.id"))
    closes_show: Mapped[str | None] = mapped_column(String(36), unique=True)
    """The show of a `liveshow` row: there is one such row a show at most."""
    payout_id: Mapped[int | None] = mapped_column(ForeignKey("ppv_payout.id"))
    key: Mapped[str] = mapped_column("idem_key", String(160), unique=True)
    reversed_at: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")


class Payout(Base):
    """What a performer is paid for a period: her rows are locked by naming it. A void payout has let them go.

    The amount is the sum of her mills and of `brought_mills`, which earlier payouts left, rounded half up to the
    currency's minor units; `carried_mills` is what this rounding leaves for the next one (negative when it gave more).
    """

    __tablename__ = "ppv_payout"
    __table_args__ = (Index(None, "performer_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    performer_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"))
    begins_at: Mapped[datetime] = mapped_column("from", Instant)
    ends_at: Mapped[datetime] = mapped_column("to", Instant)
    amount_minor: Mapped[int] = mapped_column(BigInteger)
    brought_mills: Mapped[int] = mapped_column(BigInteger, default=0)
    carried_mills: Mapped[int] = mapped_column(BigInteger, default=0)
    currency: Mapped[str] = mapped_column(String(8))
    state: Mapped[PayoutState] = mapped_column("status", words(PayoutState), default=PayoutState.DRAFT)
    created_at: Mapped[datetime] = mapped_column(Instant)
    created_by: Mapped[str] = mapped_column(String(64))
    paid_at: Mapped[datetime | None] = mapped_column(Instant)
    reference: Mapped[str] = mapped_column(String(128), default="", server_default="")
