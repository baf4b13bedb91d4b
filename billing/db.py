"""The database: one engine, two dialects (SQLite, MariaDB) made to behave alike."""

import time
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Enum,
    Integer,
    MetaData,
    create_engine,
    event,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

from billing.errors import Misconfigured

BigId = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only in an INTEGER key
MARIADB = {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": "utf8mb4_nopad_bin"}
"""Binary collation: a login or key compares byte by byte, as it does in SQLite."""

RETRY_CODES = {1020, 1205, 1213, 2006, 2013}
"""MariaDB asks for the whole transaction again: snapshot changed, lock wait, deadlock, connection gone."""

TRUSTED_S = 1.0
"""A connection that was used so lately is not asked whether the server is still there: a restart takes longer."""

IN_TRANSACTION = 1
"""Of the status that MariaDB sends with each answer."""

SQLITE_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000")


class Base(DeclarativeBase):
    """Parent of every mapped class. Constraint names are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant with microseconds. A naive value is refused: its meaning is unknown."""

    impl = DateTime
    cache_ok = True
    python_type = datetime

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        return dialect.type_descriptor(mysql.DATETIME(fsp=6) if dialect.name == "mysql" else DateTime())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"an instant without a time zone: {value}")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and value.replace(tzinfo=UTC)


def words(kind: type[StrEnum], *, length: int = 16) -> Enum:
    """A column type that stores the words of `kind`, of at most `length` characters, as plain text."""
    return Enum(kind, native_enum=False, length=length, values_callable=lambda members: [str(each) for each in members])


def open_engine(url: str) -> Engine:
    """An engine for `sqlite:///path` or `mysql+pymysql://user:password@host/name`.

    :raises Misconfigured: the address cannot be read or names another kind of database
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, pool_size=0, max_overflow=-1, connect_args={"timeout": 30})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    engine = create_engine(
        parsed,
        isolation_level="READ COMMITTED",
        pool_reset_on_return=None,  # see _end_transaction
        skip_autocommit_rollback=True,  # see _begin_mariadb
        pool_recycle=1800,
        pool_size=20,
        max_overflow=40,
        connect_args={
            "charset": "utf8mb4",
            "init_command": "SET sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'",
            **_without_tls(parsed),
        },
    )
    event.listen(engine, "checkout", _require_alive)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "reset", _end_transaction)
    event.listen(engine, "begin", _begin_mariadb)
    return engine


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        raise Misconfigured(what="DATABASE_URL is no database address; see config/alter.ini") from error
    if backend not in ("sqlite", "mysql", "mariadb"):
        raise Misconfigured(what=f"DATABASE_URL names {backend}; use sqlite:/// or mysql+pymysql://")
    return parsed if backend == "sqlite" else parsed.set(drivername="mysql+pymysql")


def _without_tls(url: URL) -> dict[str, bool]:
    """A socket leads to this machine, and making ready for TLS takes longer than all else of connecting."""
    return {"ssl_disabled": True} if "unix_socket" in url.query else {}


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver must not begin on its own: see _begin_sqlite
    for pragma in SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """Writers take the write lock at once: upgrading a read lock later fails under threads."""
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _begin_mariadb(connection: Connection) -> None:
    """Who only reads needs no transaction, and may not write: each statement sees what is committed then.

    So nothing has to be ended afterwards. The server is told only when a connection changes hands.
    """
    reading = bool(connection.get_execution_options().get("reading"))
    driver: Any = connection.connection.dbapi_connection
    if driver.get_autocommit() != reading:
        driver.query(f"SET autocommit = {reading:d}, tx_read_only = {reading:d}")


def _require_alive(connection: Any, record: Any, _proxy: object) -> None:
    """:raises InvalidatePoolError: the server has gone, or has hung up; the pool then opens new connections"""
    used_at = record.info.get("used_at")
    if used_at is None or time.monotonic() - used_at < TRUSTED_S:
        return
    try:
        connection.ping(reconnect=False)
    except connection.Error as error:
        raise InvalidatePoolError() from error


def _note_use(_connection: object, record: Any) -> None:
    record.info["used_at"] = time.monotonic()


def _end_transaction(connection: Any, _record: object, state: Any) -> None:
    """No connection goes back to the pool in a transaction. Most are in none: asking the server again costs time."""
    if not state.terminate_only and connection.server_status & IN_TRANSACTION:
        connection.rollback()


def wants_retry(error: DBAPIError) -> bool:
    """Whether the database asks for the whole transaction to be run again."""
    code = error.orig.args[0] if error.orig and error.orig.args else None
    return code in RETRY_CODES or "database is locked" in str(error.orig)


def insert_missing(session: Session, model: type[Base], **values: object) -> None:
    """Insert a row unless its key is there already, without failing when a rival inserts it at the same moment.

    On MariaDB a row that is there is locked for writing at once: INSERT IGNORE would share its lock, so that rivals
    who go on to change the row deadlock, and would cut values that are too long.
    """
    if session.get_bind().dialect.name == "sqlite":
        session.execute(sqlite.insert(model).values(**values).on_conflict_do_nothing())
        return
    key = model.__mapper__.primary_key[0]
    session.execute(mysql.insert(model).values(**values).on_duplicate_key_update({key.name: key}))
