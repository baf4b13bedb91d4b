"""Figures for dashboard and reports, kept up to date in the background."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "ledger_day",
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("tariff_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("came_minor", sa.BigInteger(), nullable=False),
        sa.Column("went_minor", sa.BigInteger(), nullable=False),
        sa.Column("came_count", sa.Integer(), nullable=False),
        sa.Column("went_count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "day", "tariff_id", name="pk_ledger_day"),
        **(MARIADB | {"sqlite_with_rowid": False}),
        if_not_exists=True,
    )
    op.create_table(
        "ledger_rollup",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("through_id", sa.BigInteger(), nullable=False),
        sa.Column("candidate_id", sa.BigInteger(), nullable=False),
        sa.Column("candidate_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_rollup"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_figures",
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("taken_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_olltv_figures"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_month",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("ended", sa.Integer(), nullable=False),
        sa.Column("at_end", sa.Integer(), nullable=False),
        sa.Column("revenue_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_olltv_month"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_partner_hour",
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("refused", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("last_success_at", Instant(), nullable=True),
        sa.Column("last_trouble_at", Instant(), nullable=True),
        sa.Column("last_trouble", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("hour", name="pk_olltv_partner_hour"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_partner_report",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("fetched_at", Instant(), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", name="pk_olltv_partner_report"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_partner_month",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("service", sa.String(length=128), nullable=False),
        sa.Column("purchases", sa.Integer(), nullable=False),
        sa.Column("retail_minor", sa.BigInteger(), nullable=False),
        sa.Column("provider_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("month", "service", name="pk_olltv_partner_month"),
        **MARIADB,
        if_not_exists=True,
    )
