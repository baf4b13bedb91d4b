"""A process that dies leaves all of a step or nothing of it, and the next one goes on as if it had been there."""

import pytest
from sqlalchemy import event

from billing.uow import UnitOfWork
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.models import EndReason
from ppv_module.chat.shows.running import ready
from tests.olltv.support import dump
from tests.support import STAFF, Crash, assert_books_balance, crash_after

STEPS = ("ask", "accept", "ready", "tick", "last tick", "end", "sweep", "tip")


@pytest.fixture
def stage(on_stage):
    return on_stage(credits=100)


def prepared(stage, name):
    """The step, ready to go; the clock stands where it has something to do."""
    if name == "ask":
        return stage.ask
    show = stage.ask()
    if name == "accept":
        return lambda: stage.accept(show)
    stage.accept(show)
    if name == "ready":
        return lambda: ready(stage.billing.uow(), show_id=show.id, now=stage.clock())
    ready(stage.billing.uow(), show_id=show.id, now=stage.clock())
    stage.play(show, 90)
    stage.clock.advance(seconds=15 if name in ("last tick", "sweep") else 5)
    steps = {
        "tick": lambda: stage.tick(show),
        "last tick": lambda: stage.tick(show),
        "end": lambda: stage.end(show, EndReason.VIEWER_END),
        "sweep": stage.sweep,
        "tip": lambda: send_tip(
            stage.billing.uow(),
            viewer_id=stage.viewer.id,
            performer_id=stage.performer.person_id,
            credits=5,
            key="tip",
            show_id=show.id,
            actor=STAFF,
            now=stage.clock(),
        ),
    }
    return steps[name]


@pytest.mark.parametrize("name", STEPS)
def test_a_crash_before_any_one_statement_leaves_no_trace_and_a_repeat_succeeds(billing, stage, name):
    step = prepared(stage, name)
    before, statements = dump(billing), 0
    while dies_before(billing, statements, step):
        statements += 1
        assert dump(billing) == before
        assert statements < 100
    assert statements >= 4
    assert dump(billing) != before
    assert_books_balance(billing)


@pytest.mark.parametrize("name", STEPS)
def test_a_crash_right_after_the_commit_leaves_all_of_it(billing, stage, name):
    step = prepared(stage, name)
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        step()
    charged = stage.balance()
    assert_books_balance(billing)
    step()
    assert stage.balance() == charged
    assert_books_balance(billing)


@pytest.mark.parametrize("name", ["take", "note"])
def test_a_crash_inside_a_tick_takes_nothing(billing, stage, name):
    step = prepared(stage, "tick")
    before = dump(billing)
    with pytest.raises(Crash), crash_after(meters, name):
        step()
    assert dump(billing) == before
    step()
    assert stage.balance() == 5
    assert_books_balance(billing)


def dies_before(billing, number, step):
    """Run `step` in a process that dies when it has sent `number` statements; False when it needs no more."""
    seen = iter(range(number))

    def count(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN") and next(seen, None) is None:
            raise Crash

    event.listen(billing.engine, "before_cursor_execute", count)
    try:
        step()
        return False
    except Crash:
        return True
    finally:
        event.remove(billing.engine, "before_cursor_execute", count)
