"""Media servers, their messages, streams and sessions."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    _stream_server()
    _stream_sync()
    _stream_place()
    _stream_agents()
    _stream_session()
    _stream_trace()
    _stream_event()
    _stream_alert()


def _stream_server() -> None:
    op.create_table(
        "ppv_stream_server",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("token", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("token_older", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.Column("delta_mode", sa.String(length=16), nullable=False),
        sa.Column("interval_s", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=True),
        sa.Column("sync_id", sa.BigInteger(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_server"),
        sa.UniqueConstraint("name", name="uq_ppv_stream_server_name"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_sync() -> None:
    op.create_table(
        "ppv_stream_sync",
        sa.Column("id", BigId, nullable=False),
        sa.Column("replay_key", sa.String(length=64), nullable=True),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("server_name", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("puzzle", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("remote_ip", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("players", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("set_aside", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("denied", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("took_ms", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("raw", sa.String(length=80), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_sync"),
        sa.UniqueConstraint("replay_key", name="uq_ppv_stream_sync_replay_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_sync_body_hash", "ppv_stream_sync", ["body_hash"], if_not_exists=True)
    op.create_index(
        "ix_ppv_stream_sync_outcome_received_at", "ppv_stream_sync", ["outcome", "received_at"], if_not_exists=True
    )
    op.create_index("ix_ppv_stream_sync_received_at", "ppv_stream_sync", ["received_at"], if_not_exists=True)
    op.create_index(
        "ix_ppv_stream_sync_server_name_received_at",
        "ppv_stream_sync",
        ["server_name", "received_at"],
        if_not_exists=True,
    )


def _stream_place() -> None:
    op.create_table(
        "ppv_stream_place",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("vhost", sa.String(length=255), nullable=False),
        sa.Column("application", sa.String(length=255), nullable=False),
        sa.Column("instance", sa.String(length=255), nullable=False),
        sa.Column("stream", sa.String(length=1000), nullable=False),
        sa.Column("tariff_id", sa.BigInteger(), nullable=True),
        sa.Column("bitrate_bps", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_place"),
        sa.UniqueConstraint("digest", name="uq_ppv_stream_place_digest"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_place_tariff_id", "ppv_stream_place", ["tariff_id"], if_not_exists=True)


def _stream_agents() -> None:
    op.create_table(
        "ppv_stream_agents",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("judged_by", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("suspect", sa.Boolean(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_agents"),
        sa.UniqueConstraint("digest", name="uq_ppv_stream_agents_digest"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_agents_judged_by", "ppv_stream_agents", ["judged_by"], if_not_exists=True)
    op.create_index("ix_ppv_stream_agents_suspect", "ppv_stream_agents", ["suspect"], if_not_exists=True)


def _stream_session() -> None:
    op.create_table(
        "ppv_stream_session",
        sa.Column("id", BigId, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("place_id", sa.BigInteger(), nullable=False),
        sa.Column("session", sa.String(length=120), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("entitled", sa.String(length=16), nullable=False),
        sa.Column("price_id", sa.BigInteger(), nullable=True),
        sa.Column("ticket_id", sa.BigInteger(), nullable=True),
        sa.Column("ip", sa.String(length=45), nullable=False, server_default=""),
        sa.Column("agents_id", sa.BigInteger(), nullable=True),
        sa.Column("live", sa.SmallInteger(), nullable=True),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("active_at", Instant(), nullable=True),
        sa.Column("steady_at", Instant(), nullable=True),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("viewed_at", Instant(), nullable=True),
        sa.Column("view_of", sa.BigInteger(), nullable=True),
        sa.Column("sync_id", sa.BigInteger(), nullable=False),
        sa.Column("delta_ms", sa.BigInteger(), nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), nullable=False),
        sa.Column("session_ms", sa.BigInteger(), nullable=False),
        sa.Column("bytes_sent", sa.BigInteger(), nullable=False),
        sa.Column("newest_bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("counter_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("counter_bytes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("disputed_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("flags", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_session"),
        sa.UniqueConstraint(
            *("server_id", "place_id", "session", "name", "day"),
            name="uq_ppv_stream_session_server_id_place_id_session_name_day",
        ),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        "ix_ppv_stream_session_account_id_live", "ppv_stream_session", ["account_id", "live"], if_not_exists=True
    )
    op.create_index(
        "ix_ppv_stream_session_view_of_place_id", "ppv_stream_session", ["view_of", "place_id"], if_not_exists=True
    )
    op.create_index("ix_ppv_stream_session_day", "ppv_stream_session", ["day"], if_not_exists=True)
    op.create_index(
        "ix_ppv_stream_session_server_id_live", "ppv_stream_session", ["server_id", "live"], if_not_exists=True
    )


def _stream_trace() -> None:
    op.create_table(
        "ppv_stream_trace",
        sa.Column("id", BigId, nullable=False),
        sa.Column("viewing_id", BigId, nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("agents_id", sa.BigInteger(), nullable=True),
        sa.Column("until", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["viewing_id"], ["ppv_stream_session.id"], name="fk_ppv_stream_trace_viewing_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_trace"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_trace_viewing_id", "ppv_stream_trace", ["viewing_id"], if_not_exists=True)


def _stream_event() -> None:
    op.create_table(
        "ppv_stream_event",
        sa.Column("id", BigId, nullable=False),
        sa.Column("server_id", BigId, nullable=False),
        sa.Column("sync_id", sa.BigInteger(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("event", sa.String(length=16), nullable=False),
        sa.Column("stream", sa.String(length=1000), nullable=False, server_default=""),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["server_id"], ["ppv_stream_server.id"], name="fk_ppv_stream_event_server_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_event"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_event_received_at", "ppv_stream_event", ["received_at"], if_not_exists=True)


def _stream_alert() -> None:
    op.create_table(
        "ppv_stream_alert",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("server_name", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("slot", sa.String(length=96), nullable=True),
        sa.Column("first_at", Instant(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closed_by", sa.String(length=64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_alert"),
        sa.UniqueConstraint("slot", name="uq_ppv_stream_alert_slot"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_alert_last_at", "ppv_stream_alert", ["last_at"], if_not_exists=True)
