"""What the worker does for media servers, over a clock that stands still."""

from dataclasses import replace
from threading import Event as Flag

import pytest
from sqlalchemy import select

from cron import jobs
from ppv_module.options import PpvOptions
from ppv_module.streams.alerts import open_alerts
from ppv_module.streams.figures.models import HourPeak
from ppv_module.streams.models import AlertKind, SyncRecord
from ppv_module.streams.syncs.receiving import receive
from suite.runtime import Runtime
from tests.streams.make import MakeStreams, player, sync_body
from tests.support import Make


@pytest.fixture
def runtime(runtime):
    """The same operator, with pay-per-view switched on."""
    return Runtime(replace(runtime.settings, ppv=PpvOptions(enabled=True)), runtime.clock)


@pytest.fixture
def streams(runtime):
    made = MakeStreams(Make(runtime.billing, runtime.clock))
    made.tariff()
    made.viewer("ivan", credits=600, name="p-1")
    return made


def post(runtime, body):
    answer = receive(
        runtime.billing, body=body, remote_ip="203.0.113.1", received_at=runtime.clock(), spool=runtime.stream_spool
    )
    assert answer.status in (200, 400)


def rows(runtime, kind):
    with runtime.billing.reading() as session:
        return session.scalars(select(kind)).all()


def lies_there(runtime, record):
    return bool(record.raw) and runtime.stream_spool.read(record.raw) is not None


def kinds(runtime):
    with runtime.billing.reading() as session:
        return [alert.kind for alert in open_alerts(session)]


def test_a_server_that_falls_silent_is_told_of_until_it_is_back(runtime, streams, clock):
    post(runtime, sync_body(players=[player("p-1")]))
    jobs.watch_servers(runtime, Flag())
    assert kinds(runtime) == []

    clock.advance(seconds=76)
    jobs.watch_servers(runtime, Flag())
    jobs.watch_servers(runtime, Flag())
    assert kinds(runtime) == [AlertKind.SILENT]

    post(runtime, sync_body(players=[player("p-1")]))
    jobs.watch_servers(runtime, Flag())
    assert kinds(runtime) == []


def test_the_viewers_of_a_moment_are_noted(runtime, streams):
    post(runtime, sync_body(players=[player("p-1")]))

    jobs.note_viewers(runtime, Flag())

    assert {row.viewers for row in rows(runtime, HourPeak)} == {1}


def test_bodies_go_when_their_time_is_over_but_not_those_that_could_not_be_read(runtime, streams, clock):
    post(runtime, sync_body(players=[player("p-1")]))
    post(runtime, b'{"ID": "srv-1", ')
    clock.advance(minutes=11)

    jobs.forget_messages(runtime, Flag())
    kept = {row.outcome.value: lies_there(runtime, row) for row in rows(runtime, SyncRecord)}
    assert kept == {"applied": False, "malformed": True}

    clock.advance(days=31)
    jobs.forget_messages(runtime, Flag())
    assert not any(lies_there(runtime, row) for row in rows(runtime, SyncRecord))

    jobs.forget_old(runtime, Flag())
    assert len(rows(runtime, SyncRecord)) == 1  # the newest: its number stands in keys of the ledger


def test_days_are_kept_and_clocks_are_compared(runtime, streams, clock):
    post(runtime, sync_body(players=[player("p-1")]))
    clock.advance(days=1)

    jobs.keep_stream_days(runtime, Flag())
    jobs.keep_stream_days(runtime, Flag())
    jobs.watch_clock(runtime, Flag())

    assert AlertKind.DRIFT in kinds(runtime)  # this clock stands still, the database's does not
