"""Which add-ons go with which mains; editions of a tariff."""

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId
from suite.migration_steps import add_column

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    add_column("olltv_tariff", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "olltv_tariff_pair",
        sa.Column("addon_id", BigId, nullable=False),
        sa.Column("main_id", BigId, nullable=False),
        sa.ForeignKeyConstraint(["addon_id"], ["olltv_tariff.id"], name="fk_olltv_tariff_pair_addon_id"),
        sa.ForeignKeyConstraint(["main_id"], ["olltv_tariff.id"], name="fk_olltv_tariff_pair_main_id"),
        sa.PrimaryKeyConstraint("addon_id", "main_id", name="pk_olltv_tariff_pair"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_olltv_tariff_pair_main_id", "olltv_tariff_pair", ["main_id"], if_not_exists=True)
