"""Staff sign in with a second factor, and can be edited."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant
from suite.migration_steps import add_column

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    for column in (
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("name", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("theme", sa.String(length=8), nullable=False, server_default="auto"),
        sa.Column("password_changed_at", Instant(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("last_sign_in_at", Instant(), nullable=True),
        sa.Column("session_epoch", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_confirmed_at", Instant(), nullable=True),
        sa.Column("last_totp_step", sa.BigInteger(), nullable=True),
    ):
        add_column("staff", column)
    op.create_table(
        "staff_recovery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_staff_recovery"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_recovery_staff_id"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_staff_recovery_staff_id", "staff_recovery", ["staff_id"], if_not_exists=True)
