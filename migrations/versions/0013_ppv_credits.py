"""Credits: packs, orders, payments and the notices that tell of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from billing.db import MARIADB, BigId, Instant

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    _credit_state()
    _item()
    _order()
    _ipn_log()
    _payment()


def _credit_state() -> None:
    op.create_table(
        "ppv_credit_state",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("frozen_by", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("frozen_reason", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("bonus", sa.BigInteger(), nullable=False, server_default="0"),
        sa.CheckConstraint("bonus >= 0", name="ck_ppv_credit_state_bonus"),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_credit_state_account_id"),
        sa.PrimaryKeyConstraint("login", name="pk_ppv_credit_state"),
        sa.UniqueConstraint("account_id", name="uq_ppv_credit_state_account_id"),
        **MARIADB,
        if_not_exists=True,
    )


def _item() -> None:
    op.create_table(
        "ppv_item",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("description", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("credits > 0", name="ck_ppv_item_credits"),
        sa.CheckConstraint("price_minor > 0", name="ck_ppv_item_price"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_item_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_item"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_item_tenant_id", "ppv_item", ["tenant_id"], if_not_exists=True)


def _order() -> None:
    op.create_table(
        "ppv_order",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("pack_id", BigId, nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("item_name", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("idem_key", sa.String(length=128), nullable=False),
        sa.Column("invoice", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["pack_id"], ["ppv_item.id"], name="fk_ppv_order_pack_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_order_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_order"),
        sa.UniqueConstraint("invoice", name="uq_ppv_order_invoice"),
        sa.UniqueConstraint("login", "idem_key", name="uq_ppv_order_login_idem_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_order_login", "ppv_order", ["login"], if_not_exists=True)
    op.create_index("ix_ppv_order_paid_at", "ppv_order", ["paid_at"], if_not_exists=True)
    op.create_index("ix_ppv_order_tenant_id_created_at", "ppv_order", ["tenant_id", "created_at"], if_not_exists=True)


def _ipn_log() -> None:
    op.create_table(
        "ppv_ipn_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("raw", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=False),
        sa.Column("content_type", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("remote_ip", sa.String(length=64), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("action_taken", sa.Text(), nullable=False),
        sa.Column("flag", sa.String(length=32), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_ipn_log"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_ipn_log_flag", "ppv_ipn_log", ["flag"], if_not_exists=True)
    op.create_index("ix_ppv_ipn_log_received_at", "ppv_ipn_log", ["received_at"], if_not_exists=True)
    op.create_index("ix_ppv_ipn_log_verdict_due_at", "ppv_ipn_log", ["verdict", "due_at"], if_not_exists=True)


def _payment() -> None:
    op.create_table(
        "ppv_payment",
        sa.Column("id", BigId, nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("txn_id", sa.String(length=64), nullable=False),
        sa.Column("parent_txn_id", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("order_id", BigId, nullable=True),
        sa.Column("tenant_id", BigId, nullable=True),
        sa.Column("login", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("pending_reason", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("gross_minor", sa.BigInteger(), nullable=False),
        sa.Column("fee_minor", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("payer_email", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("receiver_email", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("is_sandbox", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("credits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("credited_at", Instant(), nullable=True),
        sa.Column("clawed_credits", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("restored_at", Instant(), nullable=True),
        sa.Column("flag", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("notice_id", BigId, nullable=True),
        sa.ForeignKeyConstraint(["notice_id"], ["ppv_ipn_log.id"], name="fk_ppv_payment_notice_id"),
        sa.ForeignKeyConstraint(["order_id"], ["ppv_order.id"], name="fk_ppv_payment_order_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_payment_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_payment"),
        sa.UniqueConstraint("provider", "txn_id", name="uq_ppv_payment_provider_txn_id"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_payment_at", "ppv_payment", ["at"], if_not_exists=True)
    op.create_index("ix_ppv_payment_flag", "ppv_payment", ["flag"], if_not_exists=True)
    op.create_index("ix_ppv_payment_order_id", "ppv_payment", ["order_id"], if_not_exists=True)
    op.create_index("ix_ppv_payment_parent_txn_id", "ppv_payment", ["parent_txn_id"], if_not_exists=True)
