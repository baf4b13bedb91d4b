"""Long work that the worker does; views that staff have saved."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "job",
        sa.Column("id", BigId, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("args", sa.JSON(), nullable=False),
        sa.Column("singular", sa.String(length=128), nullable=True),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("started_at", Instant(), nullable=True),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("outcome", sa.JSON(), nullable=True),
        sa.Column("failure", sa.JSON(), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("token", sa.String(length=32), nullable=True),
        sa.Column("owner", sa.String(length=128), nullable=True),
        sa.Column("leased_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_job"),
        sa.UniqueConstraint("singular", name="uq_job_singular"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_job_finished_at", "job", ["finished_at"], unique=False, if_not_exists=True)
    op.create_index("ix_job_actor", "job", ["actor"], unique=False, if_not_exists=True)
    op.create_table(
        "panel_view",
        sa.Column("id", BigId, nullable=False),
        sa.Column("staff_id", BigId, nullable=False),
        sa.Column("page", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("query", sa.String(length=2000), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_panel_view"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_panel_view_staff_id"),
        sa.UniqueConstraint("staff_id", "page", "name", name="uq_panel_view_staff_id_page_name"),
        **MARIADB,
        if_not_exists=True,
    )
