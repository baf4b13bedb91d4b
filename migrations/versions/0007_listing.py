"""Lists of a million subscribers: state, tariff and words to search by; actions on many of them.

The new columns are filled before their indexes are made, which is several times faster.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from billing.db import MARIADB, BigId, Instant
from billing.host.words import words_of
from suite.migration_steps import add_column

revision = "0007"
down_revision = "0006"

TV = ("no_tv", "pending", "active", "no_money", "frozen", "staff", "vacation", "gone")
ACTIONS = ("suspend", "resume", "resume_free", "deliver", "leave")
PORTION = 2000
LONG_AGO = "2000-01-01 00:00:00.000000"


def upgrade() -> None:
    _subscribers()
    _words()
    _bulk()


def _subscribers() -> None:
    kind = sa.Enum(*TV, name="tvstate", native_enum=False, length=16)
    add_column("olltv_subscriber", sa.Column("tv", kind, nullable=False, server_default="no_tv"))
    add_column("olltv_subscriber", sa.Column("tariff_id", sa.BigInteger(), nullable=False, server_default="0"))
    add_column("olltv_subscriber", sa.Column("tv_since", Instant(), nullable=False, server_default=LONG_AGO))
    _fill_columns()
    for columns in (
        ("created_at", "id"),
        ("tv_since", "id"),
        ("tv", "login"),
        ("tv", "created_at", "id"),
        ("tv", "tv_since", "id"),
        ("tariff_id", "tv", "login"),
        ("tariff_id", "tv", "created_at", "id"),
        ("tariff_id", "tv", "tv_since", "id"),
    ):
        name = f"ix_olltv_subscriber_{'_'.join(columns)}"
        op.create_index(name, "olltv_subscriber", list(columns), unique=False, if_not_exists=True)


def _fill_columns() -> None:
    """Say what the subscriptions say. When somebody was suspended is not kept anywhere: his newest order stands in."""
    main = "FROM olltv_subscription AS main WHERE main.subscriber_id = olltv_subscriber.id AND main.slot = 'main'"
    any_of = "FROM olltv_subscription AS any_of WHERE any_of.subscriber_id = olltv_subscriber.id"
    word = "CASE WHEN main.state = 'suspended' THEN COALESCE(main.reason, 'staff') ELSE main.state END"
    since = "COALESCE(any_of.ended_at, any_of.active_since, any_of.ordered_at)"
    op.execute(
        f"UPDATE olltv_subscriber SET tv = COALESCE((SELECT {word} {main}), 'no_tv'),"  # noqa: S608
        f" tariff_id = COALESCE((SELECT main.tariff_id {main}), 0),"
        f" tv_since = COALESCE((SELECT COALESCE(main.active_since, main.ordered_at) {main}),"
        f" (SELECT MAX({since}) {any_of}), created_at)"
    )


def _words() -> None:
    add_column("host_subscriber", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "host_word",
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("word", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("subscriber_id", "word", name="pk_host_word"),
        **MARIADB,
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    _fill_words(op.get_bind())
    op.create_index(
        "ix_host_word_word_subscriber_id", "host_word", ["word", "subscriber_id"], unique=False, if_not_exists=True
    )


def _fill_words(connection: sa.Connection) -> None:
    word = sa.table("host_word", sa.column("subscriber_id"), sa.column("word"))
    for people in _portions(connection):
        connection.execute(sa.delete(word).where(word.c.subscriber_id.between(people[0].id, people[-1].id)))
        rows = [
            {"subscriber_id": each.id, "word": text}
            for each in people
            for text in words_of(each.name, each.address, each.mobile)
        ]
        if rows:
            connection.execute(sa.insert(word), rows)


def _portions(connection: sa.Connection) -> Iterator[list[sa.Row]]:
    names = ("id", "name", "address", "mobile")
    person = sa.table("host_subscriber", *[sa.column(name) for name in names])
    query, last = sa.select(person).order_by(person.c.id).limit(PORTION), 0
    while people := list(connection.execute(query.where(person.c.id > last))):
        yield people
        last = people[-1].id


def _bulk() -> None:
    action = sa.Enum(*ACTIONS, name="action", native_enum=False, length=16)
    op.create_table(
        "olltv_bulk",
        sa.Column("id", BigId, nullable=False),
        sa.Column("action", action, nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_olltv_bulk"),
        sa.UniqueConstraint("key", name="uq_olltv_bulk_key"),
        **MARIADB,
        if_not_exists=True,
    )
    op.create_table(
        "olltv_bulk_line",
        sa.Column("bulk_id", BigId, autoincrement=False, nullable=False),
        sa.Column("subscriber_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("login", sa.String(length=64), nullable=False),
        sa.Column("result", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["olltv_bulk.id"], name="fk_olltv_bulk_line_bulk_id"),
        sa.PrimaryKeyConstraint("bulk_id", "subscriber_id", name="pk_olltv_bulk_line"),
        **MARIADB,
        sqlite_with_rowid=False,
        if_not_exists=True,
    )
    op.create_index(
        "ix_olltv_bulk_line_bulk_id_result_subscriber_id",
        "olltv_bulk_line",
        ["bulk_id", "result", "subscriber_id"],
        unique=False,
        if_not_exists=True,
    )
