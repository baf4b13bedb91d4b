"""Corrections that wait for a second look; visits to the cabinet; statements read from their newest line."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant
from suite.migration_steps import add_column

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    _proposals()
    _tickets()
    add_column("olltv_subscriber", sa.Column("version", sa.Integer(), server_default="1", nullable=False))
    for side in ("source_id", "target_id"):
        op.create_index(f"ix_ledger_transfer_{side}_at", "ledger_transfer", [side, "at"], if_not_exists=True)
        op.drop_index(f"ix_ledger_transfer_{side}", "ledger_transfer", if_exists=True)


def _proposals() -> None:
    states = sa.Enum(
        "open", "approved", "not_approved", "withdrawn", name="proposalstate", native_enum=False, length=16
    )
    op.create_table(
        "money_proposal",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("state", states, nullable=False),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_money_proposal"),
        sa.UniqueConstraint("key", name="uq_money_proposal_key"),
        **MARIADB,
        if_not_exists=True,
    )
    for columns in (["state", "id"], ["login", "id"]):
        op.create_index(f"ix_money_proposal_{'_'.join(columns)}", "money_proposal", columns, if_not_exists=True)


def _tickets() -> None:
    op.create_table(
        "visit_ticket",
        sa.Column("id", BigId, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("staff", sa.String(length=64), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_visit_ticket"),
        sa.UniqueConstraint("digest", name="uq_visit_ticket_digest"),
        **MARIADB,
        if_not_exists=True,
    )
