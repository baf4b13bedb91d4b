"""What may be watched and what it costs, links, the deny list."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    _stream_pattern()
    _stream_cover()
    _stream_tariff()
    _stream_price()
    _stream_meter()
    _stream_offer()
    _stream_ticket()
    _stream_personal()
    _stream_rule()
    _stream_channel()
    _stream_viewer()
    _stream_denial()
    _stream_day()
    _stream_peak()


def _stream_pattern() -> None:
    op.create_table(
        "ppv_stream_pattern",
        sa.Column("id", BigId, nullable=False),
        sa.Column("vhost", sa.String(length=150), nullable=False),
        sa.Column("application", sa.String(length=150), nullable=False),
        sa.Column("stream", sa.String(length=250), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_pattern"),
        sa.UniqueConstraint("vhost", "application", "stream", name="uq_ppv_stream_pattern_vhost_application_stream"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_cover() -> None:
    op.create_table(
        "ppv_stream_cover",
        sa.Column("pattern_id", BigId, nullable=False, autoincrement=False),
        sa.Column("place_id", BigId, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["pattern_id"], ["ppv_stream_pattern.id"], name="fk_ppv_stream_cover_pattern_id"),
        sa.ForeignKeyConstraint(["place_id"], ["ppv_stream_place.id"], name="fk_ppv_stream_cover_place_id"),
        sa.PrimaryKeyConstraint("pattern_id", "place_id", name="pk_ppv_stream_cover"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_cover_place_id", "ppv_stream_cover", ["place_id"], if_not_exists=True)


def _stream_tariff() -> None:
    op.create_table(
        "ppv_stream_tariff",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("pattern_id", BigId, nullable=False),
        sa.Column("packages", sa.JSON(), nullable=False),
        sa.Column("max_streams", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["pattern_id"], ["ppv_stream_pattern.id"], name="fk_ppv_stream_tariff_pattern_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_tariff"),
        sa.UniqueConstraint("name", name="uq_ppv_stream_tariff_name"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_price() -> None:
    op.create_table(
        "ppv_stream_price",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tariff_id", BigId, nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("per_minute", sa.BigInteger(), nullable=False),
        sa.Column("rounding", sa.String(length=16), nullable=False),
        sa.Column("counting", sa.String(length=16), nullable=False),
        sa.CheckConstraint("per_minute >= 0", name="ck_ppv_stream_price_per_minute"),
        sa.ForeignKeyConstraint(["tariff_id"], ["ppv_stream_tariff.id"], name="fk_ppv_stream_price_tariff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_price"),
        sa.UniqueConstraint("tariff_id", "valid_from", name="uq_ppv_stream_price_tariff_id_valid_from"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_meter() -> None:
    op.create_table(
        "ppv_stream_meter",
        sa.Column("id", BigId, nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("price_id", BigId, nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("due", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("charged", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("until", Instant(), nullable=True),
        sa.CheckConstraint("charged >= 0 AND charged <= due", name="ck_ppv_stream_meter_charged"),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_stream_meter_account_id"),
        sa.ForeignKeyConstraint(["price_id"], ["ppv_stream_price.id"], name="fk_ppv_stream_meter_price_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_meter"),
        sa.UniqueConstraint("account_id", "price_id", name="uq_ppv_stream_meter_account_id_price_id"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_offer() -> None:
    op.create_table(
        "ppv_stream_offer",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("pattern_id", BigId, nullable=False),
        sa.Column("hours", sa.Integer(), nullable=True),
        sa.Column("starts_at", Instant(), nullable=True),
        sa.Column("ends_at", Instant(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=True),
        sa.Column("price_credits", sa.BigInteger(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("price_minor IS NOT NULL OR price_credits IS NOT NULL", name="ck_ppv_stream_offer_price"),
        sa.CheckConstraint("hours IS NOT NULL OR ends_at IS NOT NULL", name="ck_ppv_stream_offer_validity"),
        sa.ForeignKeyConstraint(["pattern_id"], ["ppv_stream_pattern.id"], name="fk_ppv_stream_offer_pattern_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_offer"),
        sa.UniqueConstraint("name", name="uq_ppv_stream_offer_name"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_ticket() -> None:
    op.create_table(
        "ppv_stream_ticket",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("offer_id", BigId, nullable=True),
        sa.Column("pattern_id", BigId, nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("valid_from", Instant(), nullable=False),
        sa.Column("valid_to", Instant(), nullable=False),
        sa.Column("limit_ms", sa.BigInteger(), nullable=True),
        sa.Column("used_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("means", sa.String(length=16), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("gift", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("buy_key", sa.String(length=128), nullable=False),
        sa.Column("bought_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_stream_ticket_account_id"),
        sa.ForeignKeyConstraint(["offer_id"], ["ppv_stream_offer.id"], name="fk_ppv_stream_ticket_offer_id"),
        sa.ForeignKeyConstraint(["pattern_id"], ["ppv_stream_pattern.id"], name="fk_ppv_stream_ticket_pattern_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_ticket"),
        sa.UniqueConstraint("login", "buy_key", name="uq_ppv_stream_ticket_login_buy_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        "ix_ppv_stream_ticket_account_id_valid_to", "ppv_stream_ticket", ["account_id", "valid_to"], if_not_exists=True
    )
    op.create_index(
        "ix_ppv_stream_ticket_pattern_id_valid_to", "ppv_stream_ticket", ["pattern_id", "valid_to"], if_not_exists=True
    )
    op.create_index("ix_ppv_stream_ticket_bought_at", "ppv_stream_ticket", ["bought_at"], if_not_exists=True)


def _stream_personal() -> None:
    op.create_table(
        "ppv_stream_personal",
        sa.Column("account_id", BigId, nullable=False, autoincrement=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("max_streams", sa.Integer(), nullable=True),
        sa.Column("cooldown_until", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_stream_personal_account_id"),
        sa.PrimaryKeyConstraint("account_id", name="pk_ppv_stream_personal"),
        sa.UniqueConstraint("login", name="uq_ppv_stream_personal_login"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_rule() -> None:
    op.create_table(
        "ppv_stream_rule",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("pattern_id", BigId, nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("bind_ip", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("bind_stream", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("viewer_id", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.ForeignKeyConstraint(["pattern_id"], ["ppv_stream_pattern.id"], name="fk_ppv_stream_rule_pattern_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_rule"),
        sa.UniqueConstraint("name", name="uq_ppv_stream_rule_name"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_channel() -> None:
    op.create_table(
        "ppv_stream_channel",
        sa.Column("id", BigId, nullable=False),
        sa.Column("title", sa.String(length=64), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("vhost", sa.String(length=255), nullable=False, server_default=""),
        sa.Column("application", sa.String(length=255), nullable=False),
        sa.Column("stream", sa.String(length=500), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_channel"),
        sa.UniqueConstraint("title", name="uq_ppv_stream_channel_title"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_viewer() -> None:
    op.create_table(
        "ppv_stream_viewer",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("identity", sa.String(length=16), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("device", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("ip", sa.String(length=45), nullable=False, server_default=""),
        sa.Column("issued_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_stream_viewer_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_viewer"),
        sa.UniqueConstraint("name", name="uq_ppv_stream_viewer_name"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_stream_viewer_account_id", "ppv_stream_viewer", ["account_id"], if_not_exists=True)
    op.create_index("ix_ppv_stream_viewer_issued_at", "ppv_stream_viewer", ["issued_at"], if_not_exists=True)


def _stream_denial() -> None:
    op.create_table(
        "ppv_stream_denial",
        sa.Column("id", BigId, nullable=False),
        sa.Column("slot", sa.String(length=96), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("place_id", sa.BigInteger(), nullable=True),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("evidence", sa.JSON(), nullable=True),
        sa.Column("denied_by", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_stream_denial"),
        sa.UniqueConstraint("slot", name="uq_ppv_stream_denial_slot"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        "ix_ppv_stream_denial_account_id_reason", "ppv_stream_denial", ["account_id", "reason"], if_not_exists=True
    )
    op.create_index("ix_ppv_stream_denial_ended_at", "ppv_stream_denial", ["ended_at"], if_not_exists=True)
    op.create_index("ix_ppv_stream_denial_name", "ppv_stream_denial", ["name"], if_not_exists=True)
    op.create_index("ix_ppv_stream_denial_since", "ppv_stream_denial", ["since"], if_not_exists=True)


def _stream_day() -> None:
    op.create_table(
        "ppv_stream_day",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("sessions", sa.BigInteger(), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("identifiers", sa.BigInteger(), nullable=False),
        sa.Column("pairs", sa.BigInteger(), nullable=False),
        sa.Column("views", sa.BigInteger(), nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), nullable=False),
        sa.Column("bytes_sent", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "scope", "ref", name="pk_ppv_stream_day"),
        **MARIADB,
        if_not_exists=True,
    )


def _stream_peak() -> None:
    op.create_table(
        "ppv_stream_peak",
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("hour", sa.SmallInteger(), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.BigInteger(), nullable=False),
        sa.Column("viewers", sa.Integer(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("begun_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("day", "hour", "scope", "ref", name="pk_ppv_stream_peak"),
        **MARIADB,
        if_not_exists=True,
    )
