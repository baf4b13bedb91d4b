"""Rows of media servers: their messages, what streams they have, and who watches there."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, SmallInteger, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words
from billing.versions import Versioned

LONGEST_NAME, LONGEST_ADDRESS = 64, 45


class DeltaMode(StrEnum):
    """What a server reports: the time since its last report, or all of the session so far."""

    INCREMENT = "increment"
    CUMULATIVE = "cumulative"


class Verdict(StrEnum):
    """What is known of a message's sender. `unverified`: there is no token."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


class Outcome(StrEnum):
    """What became of a message. `received` is one whose work is not finished, or was broken off."""

    RECEIVED = "received"
    APPLIED = "applied"
    REPLAY = "replay"
    CONFLICT = "conflict"
    MALFORMED = "malformed"
    REFUSED = "refused"
    FAILED = "failed"


class Right(StrEnum):
    """By what somebody watches. The last five let nobody in, or count for nothing."""

    FREE = "free"
    PACKAGE = "package"
    TICKET = "ticket"
    MINUTE = "minute"
    NONE = "none"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    ANONYMOUS = "anonymous"
    INTERNAL = "internal"


class Server(Versioned, Base):
    """A media server, known by the `ID` of its messages; it is made by its first genuine one.

    Tokens are secrets, empty where the common ones count; `addresses` are networks, empty where any is good.
    `interval_s` of 0 is the common interval. `failures` counts messages in a row that were not genuine.
    The row is locked by every message of the server, before all else.
    """

    __tablename__ = "ppv_stream_server"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    title: Mapped[str] = mapped_column(String(64), default="", server_default="")
    token: Mapped[str] = mapped_column(String(128), default="", server_default="")
    token_older: Mapped[str] = mapped_column(String(128), default="", server_default="")
    addresses: Mapped[list[str]] = mapped_column(JSON, default=list)
    delta_mode: Mapped[DeltaMode] = mapped_column(words(DeltaMode), default=DeltaMode.INCREMENT)
    interval_s: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True, server_default="1")
    failures: Mapped[int] = mapped_column(default=0, server_default="0")
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime | None] = mapped_column(Instant)
    sync_id: Mapped[int | None] = mapped_column(BigInteger)


class SyncRecord(Base):
    """A message of a server as it came in. Its body is the file `raw` of the spool, as long as that is kept.

    `replay_key` is set by the transaction that applies it, and by no other: two of the same cannot both be applied.
    `detail` has what staff want to know: `position`, `set_aside` (at most a few), `twice` (keys), `signature`.
    """

    __tablename__ = "ppv_stream_sync"
    __table_args__ = (
        Index(None, "received_at"),
        Index(None, "server_name", "received_at"),
        Index(None, "outcome", "received_at"),
        Index(None, "body_hash"),
        MARIADB,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    replay_key: Mapped[str | None] = mapped_column(String(64), unique=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    server_name: Mapped[str] = mapped_column(String(64), default="", server_default="")
    puzzle: Mapped[str] = mapped_column(String(128), default="", server_default="")
    received_at: Mapped[datetime] = mapped_column(Instant)
    remote_ip: Mapped[str] = mapped_column(String(64))
    form: Mapped[str] = mapped_column(String(8), default="", server_default="")
    size: Mapped[int] = mapped_column(BigInteger)
    verdict: Mapped[Verdict | None] = mapped_column(words(Verdict))
    outcome: Mapped[Outcome] = mapped_column(words(Outcome), default=Outcome.RECEIVED)
    reason: Mapped[str] = mapped_column(String(64), default="", server_default="")
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    players: Mapped[int] = mapped_column(default=0, server_default="0")
    set_aside: Mapped[int] = mapped_column(default=0, server_default="0")
    denied: Mapped[int] = mapped_column(default=0, server_default="0")
    took_ms: Mapped[int] = mapped_column(default=0, server_default="0")
    raw: Mapped[str] = mapped_column(String(80), default="", server_default="")


class Place(Base):
    """A stream that was ever reported. `digest` is of its four names, which may be long.

    `tariff_id` is the tariff whose pattern it fits, kept up to date by `rights.placing`; `bitrate_bps` is what the
    operator says that the stream has.
    """

    __tablename__ = "ppv_stream_place"
    __table_args__ = (Index(None, "tariff_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(32), unique=True)
    vhost: Mapped[str] = mapped_column(String(255))
    application: Mapped[str] = mapped_column(String(255))
    instance: Mapped[str] = mapped_column(String(255))
    stream: Mapped[str] = mapped_column(String(1000))
    tariff_id: Mapped[int | None] = mapped_column(BigInteger)
    bitrate_bps: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(Instant)


class Agents(Base):
    """The user agents of a session, a list that many sessions have alike.

    `suspect` says whether one of them fits a pattern of recorders and relays; `judged_by` names the patterns.
    """

    __tablename__ = "ppv_stream_agents"
    __table_args__ = (Index(None, "judged_by"), Index(None, "suspect"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(32), unique=True)
    names: Mapped[list[str]] = mapped_column(JSON)
    judged_by: Mapped[str] = mapped_column(String(32), default="", server_default="")
    suspect: Mapped[bool] = mapped_column(default=False, server_default="0")


class Viewing(Base):
    """A session on one server, on one day of the operator's (`day` is 20261123); the next day it goes on in a new row.

    `session` is the server's `sessionid`, or `id|ip`; a server that restarts counts anew, so that a session is one of a
    name. `live` is 1 until the server no longer reports it, then empty: one row of a session at most is live. `seen_at`
    and `sync_id` are of the newest report, `delta_ms` is its view time: above 0 it is active, since `active_at`;
    `steady_at` is since when it was watched nearly all the time, as far as its reports show.
    `since` is when it began to be reported without a break, on whatever day.
    `watched_ms` and `bytes_sent` are of this day, `session_ms` of the whole session; `counter_ms` and `counter_bytes`
    are what a server that counts on has said last. `disputed_ms` was reported but not counted. `viewed_at` is when it
    became a view, `view_of` the link (its viewer's id) or ticket (minus its id) of which a stream is viewed once.
    `flags` is a sum of `TWICE` (reported twice in one message), `LATE` (more than three intervals at once) and
    `CAPPED` (charged for less than was reported).
    """

    __tablename__ = "ppv_stream_session"
    __table_args__ = (
        UniqueConstraint("server_id", "place_id", "session", "name", "day"),
        Index(None, "server_id", "live"),
        Index(None, "account_id", "live"),
        Index(None, "view_of", "place_id"),
        Index(None, "day"),
        MARIADB,
    )

    TWICE, LATE, CAPPED = 1, 2, 4

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    server_id: Mapped[int] = mapped_column(BigInteger)
    place_id: Mapped[int] = mapped_column(BigInteger)
    session: Mapped[str] = mapped_column(String(120))
    day: Mapped[int]
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    account_id: Mapped[int | None] = mapped_column(BigInteger)
    right: Mapped[Right] = mapped_column("entitled", words(Right))
    price_id: Mapped[int | None] = mapped_column(BigInteger)
    ticket_id: Mapped[int | None] = mapped_column(BigInteger)
    ip: Mapped[str] = mapped_column(String(LONGEST_ADDRESS), default="", server_default="")
    agents_id: Mapped[int | None] = mapped_column(BigInteger)
    live: Mapped[int | None] = mapped_column(SmallInteger)
    started_at: Mapped[datetime] = mapped_column(Instant)
    since: Mapped[datetime] = mapped_column(Instant)
    active_at: Mapped[datetime | None] = mapped_column(Instant)
    steady_at: Mapped[datetime | None] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    viewed_at: Mapped[datetime | None] = mapped_column(Instant)
    view_of: Mapped[int | None] = mapped_column(BigInteger)
    sync_id: Mapped[int] = mapped_column(BigInteger)
    delta_ms: Mapped[int] = mapped_column(BigInteger)
    watched_ms: Mapped[int] = mapped_column(BigInteger)
    session_ms: Mapped[int] = mapped_column(BigInteger)
    bytes_sent: Mapped[int] = mapped_column(BigInteger)
    newest_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    counter_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    counter_bytes: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    disputed_ms: Mapped[int] = mapped_column(BigInteger, default=0, server_default="0")
    flags: Mapped[int] = mapped_column(SmallInteger, default=0, server_default="0")


class Trace(Base):
    """The address and agents that a session had before they changed."""

    __tablename__ = "ppv_stream_trace"
    __table_args__ = (Index(None, "viewing_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    viewing_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_session.id", ondelete="CASCADE"))
    ip: Mapped[str] = mapped_column(String(LONGEST_ADDRESS))
    agents_id: Mapped[int | None] = mapped_column(BigInteger)
    until: Mapped[datetime] = mapped_column(Instant)


class StreamEvent(Base):
    """A notice of a server that a stream began or ended: kept for the operator, never metered."""

    __tablename__ = "ppv_stream_event"
    __table_args__ = (Index(None, "received_at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    server_id: Mapped[int] = mapped_column(ForeignKey("ppv_stream_server.id"))
    sync_id: Mapped[int] = mapped_column(BigInteger)
    received_at: Mapped[datetime] = mapped_column(Instant)
    event: Mapped[str] = mapped_column(String(16))
    stream: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class AlertKind(StrEnum):
    SILENT = "silent"
    TOO_MUCH_TIME = "too_much_time"
    NOT_GENUINE = "not_genuine"
    SLOW = "slow"
    MALFORMED = "malformed"
    CONFLICT = "conflict"
    DRIFT = "drift"
    RESTREAM = "restream"


class Alert(Base):
    """What somebody of the staff should look at. `slot` (`kind:server`) is set while it is open: it is told once."""

    __tablename__ = "ppv_stream_alert"
    __table_args__ = (Index(None, "last_at"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[AlertKind] = mapped_column(words(AlertKind))
    server_name: Mapped[str] = mapped_column(String(64), default="", server_default="")
    slot: Mapped[str | None] = mapped_column(String(96), unique=True)
    first_at: Mapped[datetime] = mapped_column(Instant)
    last_at: Mapped[datetime] = mapped_column(Instant)
    count: Mapped[int] = mapped_column(default=1, server_default="1")
    facts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)
    closed_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
