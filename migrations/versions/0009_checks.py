"""Comparisons with the partner and what they found."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "olltv_check",
        sa.Column("id", BigId, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_check"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_difference",
        sa.Column("id", BigId, nullable=False),
        sa.Column("check_id", BigId, nullable=False),
        sa.Column("live_key", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("login", sa.String(length=255), nullable=False),
        sa.Column("service", sa.String(length=255), nullable=False),
        sa.Column("ours", sa.String(length=255), nullable=False),
        sa.Column("theirs", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["check_id"], ["olltv_check.id"], name="fk_olltv_difference_check_id"),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_difference"),
        sa.UniqueConstraint("live_key", name="uq_olltv_difference_live_key"),
        **MARIADB,
        if_not_exists=True,
    )
    indexes = (("state", "kind", "id"), ("state", "id"), ("check_id",))
    for columns in indexes:
        name = f"ix_olltv_difference_{'_'.join(columns)}"
        op.create_index(name, "olltv_difference", list(columns), if_not_exists=True)
    _fee_reviews()


def _fee_reviews() -> None:
    """What is found out about a monthly run after its end, and its lines by outcome."""
    numbers = ("started", "stopped", "other_sum", "posted", "lines")
    op.create_table(
        "olltv_fee_review",
        sa.Column("run_id", BigId, nullable=False, autoincrement=False),
        sa.Column("previous", sa.String(length=7), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("done_at", Instant(), nullable=True),
        *(
            sa.Column(name, kind, nullable=False)
            for number in numbers
            for name, kind in ((number, sa.Integer()), (f"{number}_minor", sa.BigInteger()))
        ),
        sa.ForeignKeyConstraint(["run_id"], ["olltv_fee_run.id"], name="fk_olltv_fee_review_run_id"),
        sa.PrimaryKeyConstraint("run_id", name="pk_olltv_fee_review"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_fee_change",
        sa.Column("run_id", BigId, nullable=False, autoincrement=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("before_minor", sa.BigInteger(), nullable=False),
        sa.Column("after_minor", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["olltv_fee_run.id"], name="fk_olltv_fee_change_run_id"),
        sa.PrimaryKeyConstraint("run_id", "kind", "subscriber_id", name="pk_olltv_fee_change"),
        **MARIADB,
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_fee_unpaid",
        sa.Column("run_id", BigId, nullable=False, autoincrement=False),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(["run_id"], ["olltv_fee_run.id"], name="fk_olltv_fee_unpaid_run_id"),
        sa.PrimaryKeyConstraint("run_id", "outcome", "subscriber_id", name="pk_olltv_fee_unpaid"),
        **MARIADB,
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.execute(
        "INSERT INTO olltv_fee_unpaid (run_id, outcome, subscriber_id) "
        "SELECT run_id, outcome, subscriber_id FROM olltv_fee_line AS line WHERE outcome <> 'charged' "
        "AND NOT EXISTS (SELECT 1 FROM olltv_fee_unpaid AS known WHERE known.run_id = line.run_id "
        "AND known.outcome = line.outcome AND known.subscriber_id = line.subscriber_id)"
    )
