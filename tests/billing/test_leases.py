"""At most one process does a thing at a time, and a dead one does not block the next."""

import signal
import socket
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from billing.errors import Busy
from billing.events import Event
from billing.leases import LEASE, Lease, held, is_held, renew, this_process
from billing.uow import use_case
from tests.billing.books import at_once
from tests.support import STAFF

PROJECT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys
from datetime import datetime, UTC
from billing.db import open_engine
from billing.events import Event
from billing.leases import held
from billing.uow import Billing

billing = Billing(engine=open_engine(sys.argv[1]), unit="UAH", zone=UTC, host=lambda *_: None)
with held(billing, name="fees", clock=lambda: datetime.fromisoformat(sys.argv[2])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(billing, clock):
    return lambda name="fees": held(billing, name=name, clock=clock)


@pytest.fixture
def taken(billing, clock):
    """Whether somebody living holds the lease."""

    def ask(name="fees"):
        with billing.reading() as session:
            return is_held(session, name=name, now=clock())

    return ask


def owned_by(billing, clock, owner):
    """Put a lease of `owner` into the database, fresh now."""
    with billing.uow() as unit:
        unit.session.add(Lease(name="fees", token="t", owner=owner, until=clock() + LEASE))


@contextmanager
def another_process(url, now):
    command = [sys.executable, "-c", HOLDER, url, now.isoformat()]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=PROJECT, **pipes) as process:
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_lease_has_one_holder_and_is_free_at_the_end(hold, taken):
    assert not taken()
    with hold():
        assert taken()
        with pytest.raises(Busy) as refusal, hold():
            pass
        assert refusal.value.facts == {"name": "fees"}
    assert not taken()
    with hold():
        assert taken()


def test_leases_of_other_names_do_not_meet(hold, taken):
    with hold("fees"), hold("expiry"):
        assert taken("expiry")
    assert not taken("expiry")


def test_a_lease_is_free_again_when_its_work_fails(hold, taken):
    with pytest.raises(ValueError, match="bug"), hold():
        raise ValueError("bug")
    assert not taken()


def test_of_twenty_who_want_it_one_gets_it(hold):
    with ExitStack() as stack:
        outcomes = at_once(20, lambda _: stack.enter_context(hold()))
        assert sum(isinstance(each, str) for each in outcomes) == 1
        assert sum(isinstance(each, Busy) for each in outcomes) == 19


@use_case
def work(unit, token, *, actor=STAFF, now):
    """One transaction of a holder: it writes, and makes sure that it still holds the lease."""
    unit.events.write("worked", actor=actor, at=now)
    renew(unit.session, name="fees", token=token, now=now)


def test_a_lease_ends_by_the_clock_and_what_its_old_holder_does_then_is_rolled_back(billing, uow, clock, hold):
    with hold() as token:
        clock.advance(seconds=LEASE.total_seconds())
        with hold() as newer:
            with pytest.raises(Busy):
                work(uow(), token, now=clock())
            work(uow(), newer, now=clock())
    with billing.reading() as session:
        assert session.scalars(select(Event.text)).all() == ["worked"]
        assert session.scalars(select(Lease.token)).all() == [None]


def test_whoever_lost_his_lease_does_not_free_the_next_holders(hold, clock, taken):
    with ExitStack() as outer, ExitStack() as inner:
        inner.enter_context(hold())
        clock.advance(seconds=LEASE.total_seconds())
        outer.enter_context(hold())
        inner.close()
        assert taken()


def test_renewing_prolongs(uow, clock, hold):
    with hold() as token:
        clock.advance(seconds=50)
        work(uow(), token, now=clock())
        clock.advance(seconds=50)
        with pytest.raises(Busy), hold():
            pass


def test_a_living_process_is_waited_for_and_a_killed_one_is_not(database_url, clock, hold, taken):
    with another_process(database_url, clock()) as process:
        assert taken()
        with pytest.raises(Busy), hold():
            pass
        process.send_signal(signal.SIGKILL)
        process.wait(10)
        assert not taken()
        with hold():
            assert taken()


@pytest.mark.parametrize("owner", ["elsewhere:1:1", "elsewhere:999999999:1", f"{socket.gethostname()}:who:1", None])
def test_an_owner_who_cannot_be_seen_is_waited_for_until_the_time_is_over(billing, clock, hold, taken, owner):
    owned_by(billing, clock, owner)
    assert taken()
    with pytest.raises(Busy), hold():
        pass
    clock.advance(seconds=LEASE.total_seconds())
    assert not taken()
    with hold():
        assert taken()


def test_a_process_that_has_the_dead_owners_number_is_not_the_owner(billing, clock, hold, taken):
    owned_by(billing, clock, this_process() + "1")
    assert not taken()
    with hold():
        assert taken()


def test_a_process_of_another_user_lives(billing, clock, taken, monkeypatch):
    def forbidden(*_):
        raise PermissionError

    owned_by(billing, clock, this_process() + "1")
    monkeypatch.setattr("billing.leases.os.kill", forbidden)
    assert taken()


def test_where_the_kernel_tells_no_start_a_running_process_counts_as_the_owner(billing, clock, taken, monkeypatch):
    monkeypatch.setattr("billing.leases.Path", lambda _: Path("/nowhere"))
    owned_by(billing, clock, this_process())
    assert this_process().endswith(":")
    assert taken()


def test_a_lease_of_the_past_is_not_held(billing, uow, clock, taken):
    owned_by(billing, clock, this_process())
    with uow() as unit:
        unit.session.execute(update(Lease).values(until=clock() - timedelta(microseconds=1)))
    assert not taken()
