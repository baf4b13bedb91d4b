"""News for subscribers."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "news",
        sa.Column("id", BigId, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("text", sa.JSON(), nullable=False),
        sa.Column("shown_from", Instant(), nullable=False),
        sa.Column("shown_until", Instant(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_news"),
        sa.UniqueConstraint("key", name="uq_news_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_news_shown_until", "news", ["shown_until"], if_not_exists=True)
