"""Rows of the deny list: who is denied, why, and what was found."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words


class Reason(StrEnum):
    """Why an identifier is denied (streams guide, "The deny list")."""

    NO_CREDIT = "no_credit"
    NO_ENTITLEMENT = "no_entitlement"
    TICKET_EXPIRED = "ticket_expired"
    TOO_MANY_STREAMS = "too_many_streams"
    RESTREAM = "restream"
    OPERATOR_BLOCK = "operator_block"
    UNKNOWN_ID = "unknown_id"


class Denial(Base):
    """One cause for which `name` is denied. It stands while `slot` is set; a name may have several.

    The slot is `reason:name`, and `reason:name:place` where a right or credits are lacking: they are for one stream.
    `until` ends it by itself. `account_id` and `place_id` say whose money or right would end it. `evidence` is kept
    for staff: addresses, agents, sessions, servers, times.
    """

    __tablename__ = "ppv_stream_denial"
    __table_args__ = (
        Index(None, "name"),
        Index(None, "account_id", "reason"),
        Index(None, "ended_at"),
        Index(None, "since"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slot: Mapped[str | None] = mapped_column(String(96), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    reason: Mapped[Reason] = mapped_column(words(Reason, length=20))
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    place_id: Mapped[int | None] = mapped_column(BigInteger)
    since: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime | None] = mapped_column(Instant)
    note: Mapped[str] = mapped_column(String(200), default="", server_default="")
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    by: Mapped[str] = mapped_column("denied_by", String(64), default="", server_default="")
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
