"""Two databases that behave alike."""

from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, StatementError

from billing.db import open_engine, words
from billing.errors import Misconfigured
from billing.events import Event
from billing.uow import UnitOfWork
from tests.billing.books import open_wallet
from tests.support import NOV_10, STAFF


@pytest.mark.parametrize(
    "url",
    [
        "",
        "olltv.db",
        "postgresql://host/name",
        "oracle://host",
        "mysql://user:pass@host:port/name",
    ],
)
def test_an_address_that_cannot_be_used_is_said_in_one_line_without_the_password(url):
    with pytest.raises(Misconfigured) as refusal:
        open_engine(url)
    what = refusal.value.facts["what"]
    assert "DATABASE_URL" in what
    assert "\n" not in what
    assert "pass" not in what.replace("password", "")


@pytest.mark.parametrize("scheme", ["mysql", "mariadb", "mysql+pymysql", "mariadb+mariadbconnector"])
def test_mariadb_is_always_reached_through_the_pure_python_driver(scheme):
    engine = open_engine(f"{scheme}://user:secret@host/name")
    assert engine.url.drivername == "mysql+pymysql"
    assert engine.url.password == "secret"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_writes_durably_keeps_foreign_keys_and_waits_for_rivals(billing):
    with billing.reading() as session:
        pragmas = {name: session.scalar(text(f"PRAGMA {name}")) for name in ("journal_mode", "synchronous")}
        assert pragmas == {"journal_mode": "wal", "synchronous": 2}
        assert session.scalar(text("PRAGMA foreign_keys")) == 1
        assert session.scalar(text("PRAGMA busy_timeout")) == 30_000


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_mariadb_reads_what_is_committed_and_refuses_what_does_not_fit(billing):
    with billing.reading() as session:
        assert session.scalar(text("SELECT @@tx_isolation")) == "READ-COMMITTED"
        assert "STRICT_ALL_TABLES" in session.scalar(text("SELECT @@sql_mode"))


def test_readers_go_on_while_somebody_writes(billing, uow):
    with uow() as writer:
        writer.events.write("half done", actor=STAFF, at=NOV_10)
        writer.session.flush()
        with billing.reading() as session:
            assert session.scalars(select(Event)).all() == []


def test_nothing_can_be_changed_while_only_reading(billing, uow):
    open_wallet(uow(), "wallet:ivan")
    with suppress(DBAPIError), billing.reading() as session:  # SQLite throws it away, MariaDB refuses it
        session.execute(text("UPDATE ledger_account SET code = 'wallet:thief'"))
    with billing.reading() as session:
        assert session.scalar(text("SELECT code FROM ledger_account")) == "wallet:ivan"


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_connections_that_the_server_has_cut_meanwhile_are_replaced(billing, monkeypatch):
    monkeypatch.setattr("billing.db.TRUSTED_S", 0)
    with billing.engine.connect() as other:
        with billing.reading() as session:
            mine = session.scalar(text("SELECT connection_id()"))
        other.execute(text(f"KILL {mine}"))
    with billing.reading() as session:
        assert session.scalar(text("SELECT connection_id()")) != mine


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_no_connection_goes_back_to_the_pool_in_a_transaction(billing, uow):
    open_wallet(uow(), "wallet:ivan")
    with closing(billing.engine.raw_connection()) as connection:
        connection.cursor().execute("UPDATE ledger_account SET code = 'wallet:thief'")
    with billing.engine.connect() as connection:
        status = connection.connection.dbapi_connection.server_status
        assert connection.scalar(text("SELECT code FROM ledger_account")) == "wallet:ivan"
    assert status & 1 == 0


@pytest.mark.parametrize(
    "instant",
    [
        NOV_10,
        datetime(2026, 11, 30, 23, 59, 59, 999_999, UTC),
        datetime(2026, 12, 1, 1, 30, tzinfo=ZoneInfo("Europe/Kyiv")),
    ],
)
def test_an_instant_comes_back_as_it_was_to_the_microsecond(billing, uow, instant):
    with uow() as unit:
        unit.events.write("line", actor=STAFF, at=instant)
    with billing.reading() as session:
        stored = session.scalars(select(Event.at)).one()
    assert stored == instant
    assert stored.utcoffset() == timedelta(0)


def test_an_instant_without_a_time_zone_is_refused(uow):
    with pytest.raises(StatementError, match="without a time zone"), uow() as unit:
        unit.events.write("line", actor=STAFF, at=datetime(2026, 11, 10))


def test_words_are_stored_as_they_read():
    class Colour(StrEnum):
        DEEP_RED = "deep red"

    column = words(Colour)
    assert (column.enums, column.length, column.native_enum) == (["deep red"], 16, False)


def test_an_unused_unit_of_work_has_no_transaction(billing):
    assert not UnitOfWork(billing).is_open
