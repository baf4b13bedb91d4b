"""Tables that live as long as one message is worked on, each connection its own.

`work` has the viewers as they were reported, `step` what the message does to each session, `bill` what each account
has watched at each price, `charge` what that costs.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.type_api import TypeEngine

from billing.db import MARIADB, BigId, Instant
from ppv_module.streams.models import LONGEST_ADDRESS, LONGEST_NAME
from ppv_module.streams.syncs.players import LONGEST_SESSION

TEMPORARY: dict[str, Any] = MARIADB | {"prefixes": ["TEMPORARY"]}
PORTION = 10_000
SPECIAL = re.compile(r"['\\]")
"""What ends a text in a statement, or means something else in it."""

BIG, NAME = BigInteger(), String(LONGEST_NAME)

_own = MetaData()


def _table(name: str, *parts: Any) -> Table:
    return Table(f"ppv_work_{name}", _own, *parts, **TEMPORARY)


def _column(name: str, kind: TypeEngine[Any], *, nullable: bool = False) -> Column[Any]:
    return Column(name, kind, nullable=nullable)


def _numbers(*names: str, nullable: bool = False) -> list[Column[Any]]:
    return [_column(name, BIG, nullable=nullable) for name in names]


def _instants(*names: str, nullable: bool = False) -> list[Column[Any]]:
    return [_column(name, Instant(), nullable=nullable) for name in names]


PLACE = _table(
    "place",
    Column("number", Integer(), primary_key=True, autoincrement=False),
    *_numbers("place_id"),
    *_numbers("price_id", "tariff_id", nullable=True),
    _column("entitled", String(16)),
)
AGENTS = _table(
    "agents",
    Column("number", Integer(), primary_key=True, autoincrement=False),
    _column("digest", String(32)),
    _column("names", Text()),
    *_numbers("agents_id", nullable=True),
)
WORK = _table(
    "player",
    _column("place", Integer()),
    _column("agents", Integer()),
    _column("session", String(LONGEST_SESSION)),
    _column("name", NAME),
    _column("ip", String(LONGEST_ADDRESS)),
    *_numbers("ms", "bytes"),
    _column("marks", SmallInteger()),
)
STEP = _table(
    "step",
    Column("id", BigId, primary_key=True),
    *_numbers("viewing_id", nullable=True),
    *_numbers("place_id"),
    _column("session", String(LONGEST_SESSION)),
    _column("name", NAME),
    *_numbers("account_id", nullable=True),
    _column("entitled", String(16)),
    *_numbers("price_id", "ticket_id", nullable=True),
    _column("ip", String(LONGEST_ADDRESS)),
    *_numbers("agents_id", nullable=True),
    *_instants("started_at", "since"),
    *_instants("active_at", "steady_at", "viewed_at", nullable=True),
    *_numbers("view_of", nullable=True),
    *_numbers("delta_ms", "newest_bytes", "before_ms", "counter_ms", "counter_bytes", "disputed_ms"),
    _column("flags", SmallInteger()),
    _column("changed", SmallInteger()),
    _column("was_live", SmallInteger()),
    _column("altered", SmallInteger()),
)
BILL = _table(
    "bill",
    *_numbers("account_id", "price_id", "ms", "largest_ms", "minutes", "sessions"),
    _column("first", String(LONGEST_SESSION)),
    PrimaryKeyConstraint("account_id", "price_id"),
)
CHARGE = _table(
    "charge",
    Column("meter_id", BigInteger(), primary_key=True, autoincrement=False),
    *_numbers("account_id", "price_id", "watched_ms", "due", "pay", "bonus"),
    _column("login", NAME),
    _column("note", String(200)),
    *_instants("until", nullable=True),
)
TABLES = (PLACE, AGENTS, WORK, STEP, BILL, CHARGE)


def make_ready(connection: Connection) -> None:
    """Make the tables anew: a try before may have left its own."""
    clear_away(connection)
    for statement in _creation(connection.dialect.name):
        connection.exec_driver_sql(statement)


def clear_away(connection: Connection) -> None:
    """A table that is emptied gets slower and slower on MariaDB: each message has new ones."""
    word = "TEMPORARY TABLE" if connection.dialect.name == "mysql" else "TABLE"
    for table in TABLES:
        connection.exec_driver_sql(f"DROP {word} IF EXISTS {table.name}")


@cache
def _creation(kind: str) -> list[str]:
    dialect = mysql.dialect() if kind == "mysql" else sqlite.dialect()
    return [str(CreateTable(table).compile(dialect=dialect)) for table in TABLES]


def fill(connection: Connection, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """Insert `rows` by statements of many rows each."""
    if not rows:
        return
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    marks = ", ".join([mark] * len(columns))
    connection.exec_driver_sql(f"{_insert(table, columns)} ({marks})", rows)


def fill_plain(connection: Connection, table: Table, columns: Sequence[str], rows: list[tuple[Any, ...]]) -> None:
    """As `fill`, for very many rows of whole numbers and texts, all alike.

    The driver of MariaDB takes longer to write such statements than the server to carry them out. Where no text has
    anything to be escaped, which is nearly always, they are written here.
    """
    if connection.dialect.name == "sqlite" or not rows or _wants_escaping(rows):
        fill(connection, table, columns, rows)
        return
    row = "(" + ", ".join("'%s'" if isinstance(value, str) else "%d" for value in rows[0]) + ")"
    cursor: Any = connection.connection.cursor()
    for first in range(0, len(rows), PORTION):
        values = ", ".join([row % each for each in rows[first : first + PORTION]])
        cursor.execute(f"{_insert(table, columns)} {values}")
    cursor.close()


def _insert(table: Table, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES"


def _wants_escaping(rows: list[tuple[Any, ...]]) -> bool:
    texts = [number for number, value in enumerate(rows[0]) if isinstance(value, str)]
    return any(SPECIAL.search("".join([row[number] for row in rows])) for number in texts)
