"""Rows of private shows."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words


class ShowState(StrEnum):
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    LIVE = "live"
    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    ABORTED = "aborted"
    ENDED = "ended"


OPEN = (ShowState.ACCEPTED, ShowState.LIVE)
UNFINISHED = (ShowState.REQUESTED, *OPEN)


class EndReason(StrEnum):
    VIEWER_END = "viewer_end"
    PERFORMER_END = "performer_end"
    CREDITS_EXHAUSTED = "credits_exhausted"
    VIEWER_LOST = "viewer_lost"
    PERFORMER_LOST = "performer_lost"
    TICK_TIMEOUT = "tick_timeout"
    MAX_DURATION = "max_duration"
    ADMIN_END = "admin_end"
    ABORTED = "aborted"


class Source(StrEnum):
    """Who drives the show: the chat's hooks, our own pages, or the signed API."""

    HOOK = "hook"
    SELF = "self"
    API = "api"


class Show(Base):
    """One private session of one viewer and one performer, metered by our clock.

    `viewer_slot` is the viewer while he has asked for it or is in it, `performer_slot` the performer while it is
    accepted or live: both are unique, so that the database itself refuses a second one. `rate`, `percent_bp`, the
    credit's value and `rules` are those of the request.
    """

    __tablename__ = "ppv_show"
    __table_args__ = (
        CheckConstraint("credits_charged >= 0 AND billed_ms >= 0", "meter"),
        Index(None, "requested_at"),
        Index(None, "tenant_id", "ended_at"),
        Index(None, "performer_id", "requested_at"),
        Index(None, "performer_id", "state"),
        Index(None, "viewer_id", "requested_at"),
        Index(None, "state", "due_at"),
        MARIADB,
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    viewer_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"))
    performer_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"))
    viewer_slot: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    performer_slot: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    login: Mapped[str] = mapped_column(String(80))
    source: Mapped[Source] = mapped_column(words(Source))
    state: Mapped[ShowState] = mapped_column(words(ShowState))
    rate: Mapped[int]
    percent_bp: Mapped[int]
    value_minor: Mapped[int] = mapped_column(BigInteger)
    value_credits: Mapped[int]
    currency: Mapped[str] = mapped_column(String(8))
    rules: Mapped[dict[str, Any]] = mapped_column(JSON)
    room_id: Mapped[int | None] = mapped_column(BigInteger)
    requested_at: Mapped[datetime] = mapped_column(Instant)
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    ready_at: Mapped[datetime | None] = mapped_column(Instant)
    last_mark_at: Mapped[datetime | None] = mapped_column(Instant)
    lost: Mapped[EndReason | None] = mapped_column(words(EndReason, length=32))
    """How it would end if whoever was missing at the last mark did not come back; empty while both are there."""
    viewer_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    performer_seen_at: Mapped[datetime | None] = mapped_column(Instant)
    last_seq: Mapped[int | None] = mapped_column(BigInteger)
    ticks: Mapped[int] = mapped_column(default=0, server_default="0")
    billed_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    credits_charged: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    bonus_charged: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    resume_deadline: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    """When the sweeper has to look at it, unless something happens before; empty when it is over."""
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    end_reason: Mapped[EndReason | None] = mapped_column(words(EndReason, length=32))
    ended_by: Mapped[str] = mapped_column(String(64), default="", server_default="")

    @property
    def is_finished(self) -> bool:
        return self.state not in UNFINISHED

    def accept(self, *, room_id: int, at: datetime, due_at: datetime) -> None:
        self.state, self.accepted_at, self.due_at = ShowState.ACCEPTED, at, due_at
        self.performer_slot, self.room_id = self.performer_id, room_id

    def begin(self, *, at: datetime, due_at: datetime) -> None:
        """The meter starts at `at`."""
        self.state, self.ready_at, self.last_mark_at, self.due_at = ShowState.LIVE, at, at, due_at

    def leave(self, state: ShowState, *, at: datetime, by: str, reason: EndReason | None = None) -> None:
        """It is over: both are free for another one."""
        self.state, self.ended_at, self.ended_by, self.end_reason = state, at, by[:64], reason
        self.viewer_slot = self.performer_slot = self.due_at = self.resume_deadline = None


class ShowEvent(Base):
    """Something that happened to a show: a step, a tick with what it added, or one that was ignored."""

    __tablename__ = "ppv_show_event"
    __table_args__ = (Index(None, "show_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    show_id: Mapped[str] = mapped_column(ForeignKey("ppv_show.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    type: Mapped[str] = mapped_column(String(24))
    seq: Mapped[int | None] = mapped_column(BigInteger)
    ms_added: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    credits_added: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    ignored: Mapped[bool] = mapped_column(default=False, server_default="0")
    payload: Mapped[str] = mapped_column(String(200), default="", server_default="")
