"""However the process dies, a message is applied as a whole or not at all, and sending it again finishes it."""

import os
import random
import signal
import time
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from billing.db import open_engine
from billing.ledger.models import Account, Transfer
from billing.uow import UnitOfWork
from ppv_module.streams.models import Outcome, Server, StreamEvent, SyncRecord, Viewing
from ppv_module.streams.rights.models import Kind, Meter, Ticket
from ppv_module.streams.syncs import applying
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import Stage
from tests.support import Crash, assert_books_balance, crash_after

KILLS, VIEWERS, DELTA_MS = 100, 30, 1000
INSIDE = ("write_steps", "entitle", "write_sessions", "use_tickets", "charge", "keep_events", "judge", "clear_away")


def told(stage: Stage) -> dict[str, Any]:
    """Everything that a message changes."""
    sums = {
        "watched": func.sum(Viewing.watched_ms),
        "sessions": func.count(Viewing.id),
        "metered": select(func.sum(Meter.watched_ms)).scalar_subquery(),
        "charged": select(func.sum(Meter.charged)).scalar_subquery(),
        "entries": select(func.count(Transfer.id)).where(Transfer.key.startswith("ppv.watch:")).scalar_subquery(),
        "balances": select(func.sum(Account.balance_minor)).scalar_subquery(),
        "used": select(func.sum(Ticket.used_ms)).scalar_subquery(),
        "events": select(func.count(StreamEvent.id)).scalar_subquery(),
        "servers": select(func.count(Server.id)).scalar_subquery(),
        "applied": select(func.count(SyncRecord.replay_key)).scalar_subquery(),
    }
    with stage.reading() as session:
        row = session.execute(select(*(each.label(name) for name, each in sums.items()))).one()
    return {name: int(value or 0) for name, value in row._mapping.items()}


@pytest.fixture
def body(streams: MakeStreams) -> bytes:
    streams.tariff(pattern="live/*", per_minute=60)
    streams.tariff(Kind.TICKET, "films/*")
    streams.ticket("ivan", "films/*")
    ivan = streams.viewer("ivan", credits=1000).name
    players = [player(ivan), player(ivan, "films/one", sessionid="2"), player("nobody", sessionid="3")]
    return sync_body("srv-1", players, publish=[{"stream": "live/one"}])


@pytest.mark.parametrize("point", INSIDE)
def test_a_crash_inside_leaves_no_trace_and_a_retry_finishes(stage: Stage, body: bytes, point: str) -> None:
    before = told(stage)

    with pytest.raises(Crash), crash_after(applying, point):
        stage.put(body)

    assert told(stage) == before
    assert stage.put(body).outcome is Outcome.APPLIED
    after = told(stage)
    assert (after["sessions"], after["charged"], after["used"], after["events"]) == (3, 30, 30_000, 1)
    assert stage.put(body).outcome is Outcome.REPLAY
    assert told(stage) == after


def test_a_crash_after_the_end_has_applied_it(stage: Stage, body: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    original = applying._apply

    def dies(*given: Any) -> None:
        with crash_after(UnitOfWork, "commit"):
            original(*given)

    with monkeypatch.context() as patch:
        patch.setattr(applying, "_apply", dies)
        with pytest.raises(Crash):
            stage.put(body)

    assert told(stage)["charged"] == 30
    assert stage.put(body).outcome is Outcome.REPLAY
    assert stage.debits("ivan") == [30]


def test_a_hundred_kills_at_random_points(stage: Stage, streams: MakeStreams) -> None:
    chance = random.Random(6)
    streams.tariff(per_minute=60)
    names = [streams.viewer(f"user{number % 10}", credits=10_000).name for number in range(VIEWERS)]

    def message() -> bytes:
        return sync_body("srv-1", [player(name, delta=DELTA_MS, sessionid=name) for name in names])

    _worked_on(stage, message())
    began = time.perf_counter()
    _worked_on(stage, message())
    lasts_s, applied, early = time.perf_counter() - began, 2, 0
    for _ in range(KILLS):
        streams.make.clock.advance(seconds=30)
        body = message()
        _worked_on(stage, body, kill_after_s=chance.uniform(0, 1.5 * lasts_s))
        was_applied = _is_whole(stage, applied)
        assert stage.put(body).outcome is (Outcome.REPLAY if was_applied else Outcome.APPLIED)
        applied, early = applied + 1, early + (not was_applied)
        assert _is_whole(stage, applied - 1)

    assert 0 < early < KILLS, "kills must come before the end, and after it"
    assert_books_balance(streams.make.billing)


def _is_whole(stage: Stage, before: int) -> bool:
    """Whether one message more than `before` has been applied; fails where it is a part of one."""
    found = told(stage)
    number = found["applied"]
    assert number in (before, before + 1)
    total_ms = number * VIEWERS * DELTA_MS
    assert (found["watched"], found["metered"], found["charged"]) == (total_ms, total_ms, total_ms // 1000)
    return number == before + 1


def _worked_on(stage: Stage, body: bytes, *, kill_after_s: float | None = None) -> None:
    """Another process, with a connection of its own, works on the message to its end, or until it is killed."""
    billing = stage.streams.make.billing
    url = billing.engine.url
    billing.engine.dispose()
    child = os.fork()
    if child == 0:
        try:
            stage.streams.make.billing = replace(billing, engine=open_engine(url.render_as_string(hide_password=False)))
            stage.put(body)
        finally:
            os._exit(0)
    if kill_after_s is not None:
        time.sleep(kill_after_s)
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
