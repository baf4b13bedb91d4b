"""One use case, one transaction: all of it, or nothing; once more when the database asks."""

import sqlite3
from contextlib import closing
from threading import Barrier

import pymysql
import pytest
from sqlalchemy import event, select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from billing.errors import NotFound, WrongState
from billing.events import Event
from billing.uow import TRIES, use_case
from olltv_module.options import OlltvOptions
from tests.billing.books import at_once, open_wallet
from tests.support import GUEST, NOV_10, STAFF, Crash


class NoTelly(WrongState):
    """A refusal that leaves a line."""

    code = "no_telly"
    event = "NO TELLY ({login}) [{tariff}]"


@pytest.fixture
def pauses(monkeypatch):
    """The pauses between tries; nobody really waits."""
    taken = []
    monkeypatch.setattr("billing.uow.time.sleep", taken.append)
    return taken


@use_case
def say(uow, what, *, actor=STAFF, now=NOV_10):
    uow.events.write(what, actor=actor, at=now)


@use_case
def say_and_fail(uow, what, error, *, actor=STAFF, now=NOV_10):
    uow.events.write(what, actor=actor, at=now)
    uow.session.flush()
    raise error


def lines(billing):
    with billing.reading() as session:
        return list(session.scalars(select(Event.text).order_by(Event.id)))


def asking(code):
    return OperationalError("SELECT 1", {}, pymysql.err.OperationalError(code, "again, please"))


def test_a_clean_exit_commits(billing, uow):
    say(uow(), "done")
    assert lines(billing) == ["done"]


@pytest.mark.parametrize("error", [NotFound(), ValueError("bug"), Crash()])
def test_any_exception_rolls_all_of_it_back(billing, uow, error):
    unit = uow()
    with pytest.raises(type(error)):
        say_and_fail(unit, "half done", error)
    assert lines(billing) == []
    assert not unit.is_open


def test_a_unit_may_be_used_again_after_its_end(billing, uow):
    unit = uow()
    say(unit, "one")
    with pytest.raises(NotFound):
        say_and_fail(unit, "half done", NotFound())
    say(unit, "two")
    assert lines(billing) == ["one", "two"]


def test_a_use_case_inside_another_joins_its_transaction(billing, uow):
    @use_case
    def outer(unit):
        say(unit, "inner")
        raise NotFound

    with pytest.raises(NotFound):
        outer(uow())
    assert lines(billing) == []

    with uow() as unit:
        say(unit, "first")
        say(unit, "second")
        assert lines(billing) == []
    assert lines(billing) == ["first", "second"]


def test_a_refusal_leaves_its_line_although_it_was_rolled_back(billing, uow):
    with pytest.raises(NoTelly):
        say_and_fail(uow(), "half done", NoTelly(login="ivan", tariff=7), actor=GUEST, now=NOV_10)
    with billing.reading() as session:
        line = session.scalars(select(Event)).one()
    assert (line.text, line.login, line.actor, line.at) == ("NO TELLY (ivan) [7]", "ivan", GUEST.name, NOV_10)


def test_a_refusal_of_an_inner_use_case_leaves_its_line_once(billing, uow):
    @use_case
    def outer(unit, *, actor, now):
        say_and_fail(unit, "half done", NoTelly(login="ivan", tariff=7))

    with pytest.raises(NoTelly):
        outer(uow(), actor=STAFF, now=NOV_10)
    assert lines(billing) == ["NO TELLY (ivan) [7]"]


@pytest.mark.parametrize("code", [1020, 1205, 1213, 2006, 2013])
def test_the_whole_transaction_is_run_again_when_mariadb_asks_for_it(billing, uow, pauses, code):
    errors = [asking(code), asking(code)]

    @use_case
    def step(unit):
        say(unit, "said")
        unit.session.flush()
        if errors:
            raise errors.pop()

    step(uow())
    assert lines(billing) == ["said"]
    assert len(pauses) == 2


@pytest.mark.parametrize("code", [1062, 1054, 1040])
def test_no_other_error_is_tried_again(uow, pauses, code):
    with pytest.raises(DBAPIError):
        say_and_fail(uow(), "half done", asking(code))
    assert pauses == []


def test_after_so_many_tries_it_gives_up_and_its_pauses_grow(billing, uow, pauses):
    tries = []

    @use_case
    def step(unit):
        tries.append(unit)
        raise asking(1213)

    with pytest.raises(DBAPIError):
        step(uow())
    assert len(tries) == TRIES
    assert all(0 <= pause <= 0.02 * 2**attempt for attempt, pause in enumerate(pauses))
    assert len(pauses) == TRIES - 1


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_both_sides_of_a_deadlock_get_through(billing, uow):
    ids = []
    for code in ("wallet:a", "wallet:b"):
        open_wallet(uow(), code)
        with uow() as unit:
            ids.append(unit.ledger.account(code).id)
    met, tries = Barrier(2), []

    @use_case
    def cross(unit, first, second):
        tries.append(first)
        unit.ledger.lock(first).floor_minor -= 1
        if tries.count(first) == 1:
            met.wait(20)
        unit.ledger.lock(second).floor_minor -= 1

    ways = (ids, ids[::-1])
    assert at_once(2, lambda number: cross(uow(), *ways[number])) == [None, None]
    assert len(tries) == 3
    with uow() as unit:
        assert [unit.ledger.lock(each).floor_minor for each in ids] == [-2, -2]


@pytest.mark.parametrize("database_url", ["mariadb"], indirect=True)
def test_a_connection_that_is_cut_is_replaced(billing, uow):
    cut = []

    @use_case
    def step(unit):
        say(unit, "said")
        unit.session.flush()
        if not cut:
            cut.append(unit.session.scalar(text("SELECT connection_id()")))
            with billing.engine.connect() as other:
                other.execute(text(f"KILL {cut[0]}"))
        unit.session.execute(text("SELECT 1"))

    step(uow())
    assert lines(billing) == ["said"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_locked_sqlite_is_tried_again(billing, uow, database_url, monkeypatch):
    event.listen(billing.engine, "connect", lambda connection, _: connection.execute("PRAGMA busy_timeout=0"))
    with closing(sqlite3.connect(database_url.removeprefix("sqlite:///"), isolation_level=None)) as rival:
        rival.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("billing.uow.time.sleep", lambda _: rival.in_transaction and rival.rollback())
        say(uow(), "said")
    assert lines(billing) == ["said"]


def test_a_unit_knows_the_operators_month_and_options(billing, uow, options):
    assert str(uow().month(NOV_10.replace(day=30, hour=22))) == "2026-12"
    assert uow().option(OlltvOptions) is options
