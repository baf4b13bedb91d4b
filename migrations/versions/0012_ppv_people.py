"""Tenants of the video chat, people, performers, photos, keys, hooks, support."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

from billing.db import MARIADB, BigId, Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    _tenant()
    _person()
    _performer()
    _photo()
    _role_policy()
    _signing_key()
    _hook_log()
    _ticket()
    _ticket_message()


def _tenant() -> None:
    op.create_table(
        "ppv_tenant",
        sa.Column("id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("webmaster_id", sa.Integer(), nullable=False),
        sa.Column("password", sa.String(length=128), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("currency", sa.String(length=8), nullable=False),
        sa.Column("value_minor", sa.BigInteger(), nullable=False),
        sa.Column("value_credits", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False, server_default="performer"),
        sa.Column("kind_titles", sa.JSON(), nullable=False),
        sa.Column("chat_url", sa.String(length=200), nullable=False),
        sa.Column("rest_url", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("rest_token", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("token_expires", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("hook_mode", sa.String(length=16), nullable=False),
        sa.Column("hook_token", sa.String(length=64), nullable=False),
        sa.Column("hook_json", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("hook_networks", sa.JSON(), nullable=False),
        sa.Column("field_map", sa.JSON(), nullable=False),
        sa.Column("paypal_business", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("paypal_receiver_id", sa.String(length=32), nullable=False, server_default=""),
        sa.Column("css_source", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=False),
        sa.Column("css", sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql"), nullable=False),
        sa.Column("polled_at", Instant(), nullable=True),
        sa.Column("poll_failed_since", Instant(), nullable=True),
        sa.Column("poll_trouble", sa.String(length=200), nullable=False, server_default=""),
        sa.Column("poll_asked_at", Instant(), nullable=True),
        sa.Column("poll_warned", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("last_performer", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_viewer", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("value_minor > 0 AND value_credits > 0", name="ck_ppv_tenant_value"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_tenant"),
        sa.UniqueConstraint("hook_token", name="uq_ppv_tenant_hook_token"),
        sa.UniqueConstraint("name", name="uq_ppv_tenant_name"),
        sa.UniqueConstraint("webmaster_id", name="uq_ppv_tenant_webmaster_id"),
        **MARIADB,
        if_not_exists=True,
    )


def _person() -> None:
    op.create_table(
        "ppv_person",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("login", sa.String(length=80), nullable=False),
        sa.Column("nickname", sa.String(length=64), nullable=False),
        sa.Column("nickname_key", sa.String(length=192), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("gender", sa.String(length=16), nullable=False, server_default="male"),
        sa.Column("avatar", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("banned_at", Instant(), nullable=True),
        sa.Column("ban_reason", sa.String(length=200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_person_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_person"),
        sa.UniqueConstraint("tenant_id", "login", name="uq_ppv_person_tenant_id_login"),
        sa.UniqueConstraint("tenant_id", "nickname_key", name="uq_ppv_person_tenant_id_nickname_key"),
        sa.UniqueConstraint("tenant_id", "number", name="uq_ppv_person_tenant_id_number"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_person_login", "ppv_person", ["login"], if_not_exists=True)
    op.create_index("ix_ppv_person_role_login", "ppv_person", ["role", "login"], if_not_exists=True)
    by_role = ["tenant_id", "role", "login"]
    op.create_index("ix_ppv_person_tenant_id_role_login", "ppv_person", by_role, if_not_exists=True)
    op.create_index("ix_ppv_person_banned_at", "ppv_person", ["banned_at"], if_not_exists=True)


def _performer() -> None:
    op.create_table(
        "ppv_performer",
        sa.Column("person_id", BigId, nullable=False, autoincrement=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("display_name", sa.String(length=64), nullable=False),
        sa.Column("bio", sa.Text(), nullable=False),
        sa.Column("avatar", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("big_photo", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("rate", sa.Integer(), nullable=False),
        sa.Column("percent_bp", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, server_default="1"),
        sa.Column("sort", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("told_status", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("told_at", Instant(), nullable=True),
        sa.Column("polled_status", sa.String(length=8), nullable=False, server_default=""),
        sa.Column("beat_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint("percent_bp BETWEEN 0 AND 10000", name="ck_ppv_performer_percent"),
        sa.CheckConstraint("rate BETWEEN 1 AND 10000", name="ck_ppv_performer_rate"),
        sa.ForeignKeyConstraint(["person_id"], ["ppv_person.id"], name="fk_ppv_performer_person_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_performer_tenant_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_ppv_performer"),
        sa.UniqueConstraint("tenant_id", "room_id", name="uq_ppv_performer_tenant_id_room_id"),
        **MARIADB,
        if_not_exists=True,
    )


def _photo() -> None:
    op.create_table(
        "ppv_photo",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("content", sa.LargeBinary().with_variant(mysql.MEDIUMBLOB(), "mysql"), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_photo_tenant_id"),
        sa.PrimaryKeyConstraint("name", name="pk_ppv_photo"),
        **MARIADB,
        if_not_exists=True,
    )


def _role_policy() -> None:
    op.create_table(
        "ppv_role_policy",
        sa.Column("tenant_id", BigId, nullable=False, autoincrement=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("may_kick", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("may_ban", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("live_typing", sa.Boolean(), nullable=False, server_default="0"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_role_policy_tenant_id"),
        sa.PrimaryKeyConstraint("tenant_id", "role", name="pk_ppv_role_policy"),
        **MARIADB,
        if_not_exists=True,
    )


def _signing_key() -> None:
    op.create_table(
        "ppv_signing_key",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("secret", sa.String(length=128), nullable=False),
        sa.Column("older_secret", sa.String(length=128), nullable=False, server_default=""),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_signing_key_tenant_id"),
        sa.PrimaryKeyConstraint("key_id", name="pk_ppv_signing_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_signing_key_tenant_id", "ppv_signing_key", ["tenant_id"], if_not_exists=True)


def _hook_log() -> None:
    op.create_table(
        "ppv_hook_log",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("remote_ip", sa.String(length=64), nullable=False),
        sa.Column("show_id", sa.String(length=36), nullable=True),
        sa.Column("vendor_claim", sa.String(length=64), nullable=False, server_default=""),
        sa.Column("our_result", sa.String(length=200), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_hook_log_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_hook_log"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_hook_log_tenant_id_at", "ppv_hook_log", ["tenant_id", "at"], if_not_exists=True)


def _ticket() -> None:
    op.create_table(
        "ppv_ticket",
        sa.Column("id", BigId, nullable=False),
        sa.Column("tenant_id", BigId, nullable=False),
        sa.Column("person_id", BigId, nullable=False),
        sa.Column("subject", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["ppv_person.id"], name="fk_ppv_ticket_person_id"),
        sa.ForeignKeyConstraint(["tenant_id"], ["ppv_tenant.id"], name="fk_ppv_ticket_tenant_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_ticket"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_ticket_person_id", "ppv_ticket", ["person_id"], if_not_exists=True)
    op.create_index("ix_ppv_ticket_tenant_id_state", "ppv_ticket", ["tenant_id", "state"], if_not_exists=True)


def _ticket_message() -> None:
    op.create_table(
        "ppv_ticket_message",
        sa.Column("id", BigId, nullable=False),
        sa.Column("ticket_id", BigId, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("author", sa.String(length=80), nullable=False),
        sa.Column("by_staff", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ppv_ticket.id"], name="fk_ppv_ticket_message_ticket_id"),
        sa.PrimaryKeyConstraint("id", name="pk_ppv_ticket_message"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_index("ix_ppv_ticket_message_ticket_id", "ppv_ticket_message", ["ticket_id"], if_not_exists=True)
