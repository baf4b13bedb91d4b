"""The foundation: ledger, native subscribers, event log, keys, OllTV, monthly runs.

Every statement makes only what is missing, because MariaDB keeps what a killed migration had made: it is simply run
again.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from billing.db import MARIADB, BigId, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("ending", sa.String(length=4), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_api_key"),
        sa.UniqueConstraint("digest", name="uq_api_key_digest"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "event_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=True),
        sa.Column("text", sa.String(length=255), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_event_log"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_event_log_login", "event_log", ["login"], unique=False, if_not_exists=True)
    op.create_table(
        "idempotency",
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("claimed_at", Instant(), nullable=False),
        sa.Column("answered_at", Instant(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("content_type", sa.String(length=64), nullable=True),
        sa.Column("body", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=True),
        sa.PrimaryKeyConstraint("owner", "key", name="pk_idempotency"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "lease",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "ledger_account",
        sa.Column("id", BigId, nullable=False),
        sa.Column("code", sa.String(length=96), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("balance_minor", sa.BigInteger(), nullable=True),
        sa.Column("held_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("floor_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("balance_minor - held_minor >= floor_minor", name="ck_ledger_account_floor"),
        sa.CheckConstraint("held_minor >= 0", name="ck_ledger_account_held"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_account"),
        sa.UniqueConstraint("code", name="uq_ledger_account_code"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "login_attempt",
        sa.Column("door", sa.String(length=16), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("door", "login", "address", name="pk_login_attempt"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_login_attempt_address", "login_attempt", ["address"], unique=False, if_not_exists=True)
    op.create_table(
        "olltv_fee_run",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.Enum("run", "preview", name="kind", native_enum=False, length=16), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("missed", sa.String(length=200), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("charged", sa.Integer(), nullable=False),
        sa.Column("kept_main", sa.Integer(), nullable=False),
        sa.Column("no_money", sa.Integer(), nullable=False),
        sa.Column("frozen", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Integer(), nullable=False),
        sa.Column("fees", sa.Integer(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("lack_minor", sa.BigInteger(), nullable=False),
        sa.Column("already_paid", sa.Integer(), nullable=False),
        sa.Column("switched_off", sa.Integer(), nullable=False),
        sa.Column("being_ordered", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_fee_run"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        ("ix_olltv_fee_run_kind_period"), "olltv_fee_run", ["kind", "period"], unique=False, if_not_exists=True
    )
    op.create_table(
        "olltv_subscriber",
        sa.Column("id", BigId, nullable=False),
        sa.Column("host_id", sa.BigInteger(), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.String(length=32), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("remote_id", sa.String(length=32), nullable=True),
        sa.Column("autoresume", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_subscriber"),
        sa.UniqueConstraint("host_id", name="uq_olltv_subscriber_host_id"),
        sa.UniqueConstraint("login", name="uq_olltv_subscriber_login"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        ("ix_olltv_subscriber_remote_id"), "olltv_subscriber", ["remote_id"], unique=False, if_not_exists=True
    )
    op.create_table(
        "olltv_tariff",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("service", sa.String(length=128), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("description", sa.JSON(), nullable=False),
        sa.Column("partner_percent", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("archived_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_tariff"),
        sa.UniqueConstraint("service", name="uq_olltv_tariff_service"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "staff",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("rights", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_staff"),
        sa.UniqueConstraint("login", name="uq_staff_login"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "host_subscriber",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("address", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("mobile", sa.String(length=255), nullable=False),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("down", sa.Boolean(), nullable=False),
        sa.Column("credit_minor", sa.BigInteger(), nullable=False),
        sa.Column("wallet_id", BigId, nullable=False),
        sa.Column("removed_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["wallet_id"], ["ledger_account.id"], name="fk_host_subscriber_wallet_id"),
        sa.PrimaryKeyConstraint("id", name="pk_host_subscriber"),
        sa.UniqueConstraint("login", name="uq_host_subscriber_login"),
        sa.UniqueConstraint("wallet_id", name="uq_host_subscriber_wallet_id"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "ledger_hold",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("live_key", sa.String(length=120), nullable=True),
        sa.Column(
            "state",
            sa.Enum("held", "captured", "released", name="holdstate", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("source_id", BigId, nullable=False),
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("transfer_id", sa.BigInteger(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=True),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column("tariff_id", sa.BigInteger(), nullable=True),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["ledger_account.id"], name="fk_ledger_hold_source_id"),
        sa.ForeignKeyConstraint(["target_id"], ["ledger_account.id"], name="fk_ledger_hold_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_hold"),
        sa.UniqueConstraint("live_key", name="uq_ledger_hold_live_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ledger_hold_source_id", "ledger_hold", ["source_id"], unique=False, if_not_exists=True)
    op.create_index(
        ("ix_ledger_hold_state_expires_at"), "ledger_hold", ["state", "expires_at"], unique=False, if_not_exists=True
    )
    op.create_table(
        "ledger_transfer",
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("journal", sa.String(length=64), nullable=True),
        sa.Column("source_id", BigId, nullable=False),
        sa.Column("target_id", BigId, nullable=False),
        sa.Column("reverses_id", sa.BigInteger(), nullable=True),
        sa.Column("id", BigId, nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=True),
        sa.Column("subscription_id", sa.BigInteger(), nullable=True),
        sa.Column("tariff_id", sa.BigInteger(), nullable=True),
        sa.Column("period", sa.String(length=7), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.CheckConstraint("amount_minor > 0", name="ck_ledger_transfer_amount"),
        sa.CheckConstraint("source_id <> target_id", name="ck_ledger_transfer_sides"),
        sa.ForeignKeyConstraint(["source_id"], ["ledger_account.id"], name="fk_ledger_transfer_source_id"),
        sa.ForeignKeyConstraint(["target_id"], ["ledger_account.id"], name="fk_ledger_transfer_target_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transfer"),
        sa.UniqueConstraint("key", name="uq_ledger_transfer_key"),
        sa.UniqueConstraint("reverses_id", name="uq_ledger_transfer_reverses_id"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ledger_transfer_journal", "ledger_transfer", ["journal"], unique=False, if_not_exists=True)
    op.create_index(
        ("ix_ledger_transfer_source_id"), "ledger_transfer", ["source_id"], unique=False, if_not_exists=True
    )
    op.create_index(
        ("ix_ledger_transfer_target_id"), "ledger_transfer", ["target_id"], unique=False, if_not_exists=True
    )
    op.create_table(
        "olltv_delivery",
        sa.Column("subscriber_id", BigId, autoincrement=False, nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("leased_at", Instant(), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.Column("parked_at", Instant(), nullable=True),
        sa.Column("trouble", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["olltv_subscriber.id"], name="fk_olltv_delivery_subscriber_id"),
        sa.PrimaryKeyConstraint("subscriber_id", name="pk_olltv_delivery"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        ("ix_olltv_delivery_parked_at_due_at"),
        "olltv_delivery",
        ["parked_at", "due_at"],
        unique=False,
        if_not_exists=True,
    )
    op.create_index("ix_olltv_delivery_token", "olltv_delivery", ["token"], unique=False, if_not_exists=True)
    op.create_table(
        "olltv_fee_line",
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("wallet_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.Enum("charged", "kept_main", "no_money", "frozen", "gone", name="outcome", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("main_due", sa.Boolean(), nullable=False),
        sa.Column("fees", sa.Integer(), nullable=False),
        sa.Column("due_minor", sa.BigInteger(), nullable=False),
        sa.Column("charged_minor", sa.BigInteger(), nullable=False),
        sa.Column("lack_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["olltv_fee_run.id"], name="fk_olltv_fee_line_run_id"),
        sa.PrimaryKeyConstraint("run_id", "subscriber_id", name="pk_olltv_fee_line"),
        **MARIADB,
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_fee_price",
        sa.Column("run_id", BigId, nullable=False),
        sa.Column("tariff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_text", sa.String(length=24), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["olltv_fee_run.id"], name="fk_olltv_fee_price_run_id"),
        sa.PrimaryKeyConstraint("run_id", "tariff_id", name="pk_olltv_fee_price"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_price",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tariff_id", BigId, nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tariff_id"], ["olltv_tariff.id"], name="fk_olltv_price_tariff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_price"),
        sa.UniqueConstraint("tariff_id", "starts_at", name="uq_olltv_price_tariff_id_starts_at"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_subscription",
        sa.Column("id", BigId, nullable=False),
        sa.Column("subscriber_id", BigId, nullable=False),
        sa.Column("tariff_id", BigId, nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("slot", sa.String(length=32), nullable=True),
        sa.Column(
            "state",
            sa.Enum("pending", "active", "suspended", "ended", "refused", name="state", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column(
            "reason",
            sa.Enum("no_money", "frozen", "staff", "vacation", "gone", name="reason", native_enum=False, length=16),
            nullable=True,
        ),
        sa.Column(
            "fact", sa.Enum("off", "on", "kept", "unknown", name="fact", native_enum=False, length=16), nullable=False
        ),
        sa.Column("code", sa.String(length=64), nullable=True),
        sa.Column("paid_through", sa.String(length=7), nullable=False),
        sa.Column("hold_id", sa.BigInteger(), nullable=True),
        sa.Column("ordered_at", Instant(), nullable=False),
        sa.Column("active_since", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("refusal", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["subscriber_id"], ["olltv_subscriber.id"], name="fk_olltv_subscription_subscriber_id"),
        sa.ForeignKeyConstraint(["tariff_id"], ["olltv_tariff.id"], name="fk_olltv_subscription_tariff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_subscription"),
        sa.UniqueConstraint("subscriber_id", "slot", name="uq_olltv_subscription_subscriber_id_slot"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        ("ix_olltv_subscription_tariff_id_state"),
        "olltv_subscription",
        ["tariff_id", "state"],
        unique=False,
        if_not_exists=True,
    )
