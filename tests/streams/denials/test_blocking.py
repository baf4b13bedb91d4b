"""What staff decide: blocks, with and without an end, and what they may end."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput
from billing.eventlog import Event
from billing.uow import UnitOfWork
from ppv_module.credits.reasons import ReasonNeeded
from ppv_module.streams.denials import blocking
from ppv_module.streams.denials.blocking import EndsWithItsCause, UnknownDenial, block, unblock
from ppv_module.streams.denials.models import Reason
from tests.streams.denials.stage import seen
from tests.support import STAFF, Crash, crash_after


def blocked(stage, name, note="abuse", until=None):
    return block(stage.billing.uow(), name=name, note=note, until=until, actor=STAFF, now=stage.clock())


def test_a_block_stands_until_somebody_ends_it(stage, streams):
    name = streams.viewer("ivan").name
    denial = blocked(stage, name)
    assert (denial.reason, denial.note, denial.by, denial.until) == (Reason.OPERATOR_BLOCK, "abuse", "olena", None)
    assert denial.account_id is not None
    stage.clock.advance(days=400)
    assert stage.sync() == [name]

    for _ in range(2):
        unblock(stage.billing.uow(), denial_id=denial.id, actor=STAFF, now=stage.clock())
    assert stage.sync() == []
    with stage.billing.reading() as session:
        lines = session.execute(select(Event.login, Event.text).where(Event.text.startswith("PPV STREAM"))).all()
    assert lines == [
        ("ivan", f"PPV STREAM [{name}] BLOCK `abuse`"),
        ("ivan", f"PPV STREAM [{name}] UNBLOCK operator_block"),
    ]


def test_a_name_that_nobody_issued_may_be_blocked(stage):
    blocked(stage, "x-1")
    assert stage.sync("srv-1", seen("x-1")) == ["x-1"]
    assert {each.reason for each in stage.denials()} == {Reason.OPERATOR_BLOCK, Reason.UNKNOWN_ID}


def test_blocking_again_changes_the_note_and_the_end(stage):
    first = blocked(stage, "x-1")
    again = blocked(stage, "x-1", "worse", stage.clock() + timedelta(hours=1))
    assert (again.id, again.note) == (first.id, "worse")
    stage.clock.advance(hours=1)
    assert stage.denied() == []
    third = blocked(stage, "x-1", "and again")
    assert (third.until, third.id == first.id) == (None, False)
    assert stage.denied() == ["x-1"]


@pytest.mark.parametrize("name", ["", "a b", "a" * 65, "a&b", "ж"])
def test_a_name_that_no_link_has_cannot_be_blocked(stage, name):
    with pytest.raises(InvalidInput):
        blocked(stage, name)
    assert stage.denials() == []


def test_a_block_wants_a_reason_and_an_end_that_is_to_come(stage):
    with pytest.raises(ReasonNeeded):
        blocked(stage, "x-1", " ")
    with pytest.raises(InvalidInput):
        blocked(stage, "x-1", until=stage.clock())
    assert stage.denials() == []


def test_what_ends_with_its_cause_is_not_for_staff_to_end(stage):
    stage.sync("srv-1", seen("x-1"))
    with pytest.raises(EndsWithItsCause):
        unblock(stage.billing.uow(), denial_id=stage.denials()[0].id, actor=STAFF, now=stage.clock())
    with pytest.raises(UnknownDenial):
        unblock(stage.billing.uow(), denial_id=77, actor=STAFF, now=stage.clock())
    assert stage.denied() == ["x-1"]


def lines(stage):
    """What the event log says of blocks."""
    with stage.billing.reading() as session:
        return session.scalars(select(Event.text).where(Event.text.startswith("PPV STREAM")).order_by(Event.id)).all()


def test_a_crash_in_a_block_blocks_nobody_and_trying_again_does(stage):
    with pytest.raises(Crash), crash_after(blocking, "put_into_slots"):
        blocked(stage, "x-1")
    assert (stage.denied(), stage.denials(), lines(stage)) == ([], [], [])

    blocked(stage, "x-1")
    assert (stage.denied(), lines(stage)) == (["x-1"], ["PPV STREAM [x-1] BLOCK `abuse`"])


def test_a_crash_in_an_unblock_leaves_the_block_and_trying_again_ends_it(stage):
    denial = blocked(stage, "x-1")
    facts = {"denial_id": denial.id, "actor": STAFF, "now": stage.clock()}
    with pytest.raises(Crash), crash_after(blocking, "end"):
        unblock(stage.billing.uow(), **facts)
    assert (stage.denied(), len(lines(stage))) == (["x-1"], 1)

    unblock(stage.billing.uow(), **facts)
    assert (stage.denied(), len(lines(stage))) == ([], 2)


def test_a_crash_after_the_end_has_blocked_and_repeating_it_is_harmless(stage):
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        blocked(stage, "x-1")
    assert stage.denied() == ["x-1"]
    blocked(stage, "x-1")
    assert len(stage.denials()) == 1
