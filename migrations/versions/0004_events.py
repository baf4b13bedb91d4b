"""What was before and after stands in the event log; lines of a person or a kind are found fast."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId
from suite.migration_steps import add_column

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    for column in (
        sa.Column("kind", sa.String(length=48), nullable=True),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
    ):
        add_column("event_log", column)
    op.create_table(
        "event_mark",
        sa.Column("id", BigId, autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=True),
        sa.ForeignKeyConstraint(["id"], ["event_log.id"], name="fk_event_mark_id"),
        sa.PrimaryKeyConstraint("id", name="pk_event_mark"),
        **MARIADB,
        if_not_exists=True,
    )
    for name in ("actor", "kind"):
        op.create_index(f"ix_event_mark_{name}", "event_mark", [name], unique=False, if_not_exists=True)
    _mark_old_lines()


def _mark_old_lines() -> None:
    """All but the two kinds that monthly runs write by the million."""
    op.execute(
        "INSERT INTO event_mark (id, actor) SELECT id, actor FROM event_log "
        "WHERE text NOT LIKE 'OLLTV CHARGE TARIFF%' AND text NOT LIKE 'BALANCEADD%' "
        "AND id > (SELECT COALESCE(MAX(id), 0) FROM event_mark)"
    )
