"""Sessions and second factors of subscribers, and the address by which they are known."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant
from suite.migration_steps import add_column

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    add_column("host_subscriber", sa.Column("ip", sa.String(length=45), nullable=False, server_default=""))
    op.create_index("ix_host_subscriber_ip", "host_subscriber", ["ip"], if_not_exists=True)
    op.create_table(
        "cabinet_account",
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("address_off", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("totp_secret", sa.String(length=64), nullable=True),
        sa.Column("totp_confirmed_at", Instant(), nullable=True),
        sa.Column("last_totp_step", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("login", name="pk_cabinet_account"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "cabinet_recovery",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["cabinet_account.login"], name="fk_cabinet_recovery_login"),
        sa.PrimaryKeyConstraint("id", name="pk_cabinet_recovery"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_cabinet_recovery_login", "cabinet_recovery", ["login"], if_not_exists=True)
    _sessions()


def _sessions() -> None:
    op.create_table(
        "cabinet_session",
        sa.Column("id", BigId, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("begun_by", sa.String(length=16), nullable=False),
        sa.Column("awaits_code", sa.Boolean(), nullable=False),
        sa.Column("begun_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("agent", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_cabinet_session"),
        **MARIADB,
        if_not_exists=True,
    )
    for column in ("login", "begun_at"):
        op.create_index(f"ix_cabinet_session_{column}", "cabinet_session", [column], if_not_exists=True)
