"""What a tick costs: a thousand shows are ticked every few seconds, so every statement counts."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from ppv_module.chat.shows.models import Source
from ppv_module.chat.shows.running import touch


@contextmanager
def statements(billing):
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement.split()[0])

    event.listen(billing.engine, "before_cursor_execute", note)
    yield seen
    event.remove(billing.engine, "before_cursor_execute", note)


def words(seen):
    return [each for each in seen if each != "BEGIN"]


@pytest.mark.parametrize(
    ("seconds", "given", "expected"),
    [
        (10, {}, ["SELECT", "INSERT", "UPDATE", "UPDATE", "INSERT"]),
        (0, {}, ["SELECT", "UPDATE", "INSERT"]),
        (10, {"seq": 1}, ["SELECT", "INSERT"]),
    ],
)
def test_a_tick_locks_once_and_writes_what_changes(billing, clock, on_stage, seconds, given, expected):
    """Transfer and balance where it costs something; show and its log; a number that was there only leaves a line."""
    stage = on_stage()
    show = stage.live()
    stage.play(show, 10)
    stage.tick(show, seq=1)
    clock.advance(seconds=seconds)
    with statements(billing) as seen:
        stage.tick(show, **given)
    assert words(seen) == expected


def test_a_tick_of_a_page_costs_no_more(billing, clock, on_stage):
    stage = on_stage()
    show = stage.accept(stage.ask(source=Source.SELF))
    for person_id in (stage.viewer.id, stage.performer.person_id):
        touch(billing.uow(), show_id=show.id, person_id=person_id, now=clock())
    clock.advance(seconds=10)
    with statements(billing) as seen:
        assert touch(billing.uow(), show_id=show.id, person_id=stage.viewer.id, now=clock()).credits_charged == 10
    assert words(seen) == ["SELECT", "INSERT", "UPDATE", "UPDATE", "INSERT"]
