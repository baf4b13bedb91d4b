"""Private shows, what happened in them, what performers earn."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _show()
    _show_event()
    _payout()
    _tips()


def _show() -> None:
    op.create_table(
        "ppv_show",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("viewer_id", BigId, nullable=False),
        sa.Column("performer_id", BigId, nullable=False),
        sa.Column("viewer_slot", sa.BigInteger(), nullable=True),
        sa.Column("performer_slot", sa.BigInteger(), nullable=True),
        sa.Column("account_id", BigId, nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_credits", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=True),
        sa.Column("ready_at", Instant(), nullable=True),
        sa.Column("last_mark_at", Instant(), nullable=True),
        sa.Column("lost", sa.String(length=32), nullable=True),
        sa.Column("viewer_seen_at", Instant(), nullable=True),
        sa.Column("performer_seen_at", Instant(), nullable=True),
        sa.Column("last_seq", sa.BigInteger(), nullable=True),
        sa.Column("ticks", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("billed_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("credits_charged", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("bonus_charged", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("resume_deadline", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("end_reason", sa.String(length=32), nullable=True),
        sa.Column("ended_by", sa.String(length=64), nullable=False, server_default=""),
        sa.CheckConstraint("credits_charged >= 0 AND billed_ms >= 0", name="ck_ppv_show_meter"),
        sa.ForeignKeyConstraint(["account_id"], ["ledger_account.id"], name="fk_ppv_show_account_id"),
        sa.ForeignKeyConstraint(["performer_id"], ["ppv_person.id"], name="fk_ppv_show_performer_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_show_tenant_id"),
        sa.ForeignKeyConstraint(["viewer_id"], ["ppv_person.id"], name="fk_ppv_show_viewer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_show"),
        sa.UniqueConstraint("performer_slot", name="uq_ppv_show_performer_slot"),
        sa.UniqueConstraint("viewer_slot", name="uq_ppv_show_viewer_slot"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index(
        "ix_ppv_show_performer_id_requested_at", "ppv_show", ["performer_id", "requested_at"], if_not_exists=True
    )
    op.create_index("ix_ppv_show_performer_id_state", "ppv_show", ["performer_id", "state"], if_not_exists=True)
    op.create_index("ix_ppv_show_requested_at", "ppv_show", ["requested_at"], if_not_exists=True)
    op.create_index("ix_ppv_show_state_due_at", "ppv_show", ["state", "due_at"], if_not_exists=True)
    op.create_index("ix_ppv_show_tenant_id_ended_at", "ppv_show", ["tenant_id", "ended_at"], if_not_exists=True)
    op.create_index("ix_ppv_show_viewer_id_requested_at", "ppv_show", ["viewer_id", "requested_at"], if_not_exists=True)


def _show_event() -> None:
    op.create_table(
        "ppv_show_event",
        sa.Column("id", BigId, nullable=False),
        sa.Column("show_id", sa.String(length=36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("type", sa.String(length=24), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("ms_added", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("credits_added", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("ignored", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("payload", sa.String(length=200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["show_id"], ["ppv_show.id"], name="fk_ppv_show_event_show_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_show_event"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_show_event_show_id", "ppv_show_event", ["show_id"], if_not_exists=True)


def _payout() -> None:
    op.create_table(
        "ppv_payout",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("performer_id", BigId, nullable=False),
        sa.Column("from", Instant(), nullable=False),
        sa.Column("to", Instant(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("brought_mills", sa.BigInteger(), nullable=False),
        sa.Column("carried_mills", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.String(length=64), nullable=False),
        sa.Column("paid_at", Instant(), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["performer_id"], ["ppv_person.id"], name="fk_ppv_payout_performer_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_payout_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_payout"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_payout_performer_id", "ppv_payout", ["performer_id"], if_not_exists=True)


def _tips() -> None:
    op.create_table(
        "ppv_tips",
        sa.Column("id", BigId, nullable=False),
        sa.Column("date", Instant(), nullable=False),
        sa.Column("action", sa.String(length=16), nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("payer_id", BigId, nullable=True),
        sa.Column("performer_id", BigId, nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("price_mills", sa.BigInteger(), nullable=False),
        sa.Column("benefit_mills", sa.BigInteger(), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("show_id", sa.String(length=36), nullable=True),
        sa.Column("closes_show", sa.String(length=36), nullable=True),
        sa.Column("payout_id", BigId, nullable=True),
        sa.Column("idem_key", sa.String(length=160), nullable=False),
        sa.Column("reversed_at", Instant(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["payer_id"], ["ppv_person.id"], name="fk_ppv_tips_payer_id"),
        sa.ForeignKeyConstraint(["payout_id"], ["ppv_payout.id"], name="fk_ppv_tips_payout_id"),
        sa.ForeignKeyConstraint(["performer_id"], ["ppv_person.id"], name="fk_ppv_tips_performer_id"),
        sa.ForeignKeyConstraint(["show_id"], ["ppv_show.id"], name="fk_ppv_tips_show_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_tips_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_tips"),
        sa.UniqueConstraint("closes_show", name="uq_ppv_tips_closes_show"),
        sa.UniqueConstraint("idem_key", name="uq_ppv_tips_idem_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_tips_date", "ppv_tips", ["date"], if_not_exists=True)
    op.create_index("ix_ppv_tips_payer_id_date", "ppv_tips", ["payer_id", "date"], if_not_exists=True)
    op.create_index("ix_ppv_tips_payout_id", "ppv_tips", ["payout_id"], if_not_exists=True)
    op.create_index("ix_ppv_tips_performer_id_date", "ppv_tips", ["performer_id", "date"], if_not_exists=True)
    op.create_index("ix_ppv_tips_tenant_id_date", "ppv_tips", ["tenant_id", "date"], if_not_exists=True)
