"""A message counts once, however often, in parallel and under whatever circumstances it is sent."""

import pytest

from ppv_module.streams.models import Outcome
from ppv_module.streams.options import DISTINCT, StreamOptions
from tests.billing.books import at_once
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import Stage
from tests.support import assert_books_balance


@pytest.fixture
def ivan(streams: MakeStreams) -> str:
    streams.tariff(per_minute=60)
    return streams.viewer("ivan", credits=1000).name


def test_the_same_message_again_changes_nothing(stage: Stage, ivan: str) -> None:
    stage.told(player(ivan))
    before = vars(stage.viewing())

    stage.streams.make.clock.advance(seconds=5)
    assert stage.put(stage.last).outcome is Outcome.REPLAY

    assert stage.debits("ivan") == [30]
    after = vars(stage.viewing())
    before.pop("_sa_instance_state"), after.pop("_sa_instance_state")
    assert before == after
    assert [each.outcome for each in stage.records()] == [Outcome.APPLIED, Outcome.REPLAY]
    assert [bool(each.replay_key) for each in stage.records()] == [True, False]


def test_ten_at_once_are_one(stage: Stage, ivan: str) -> None:
    body = sync_body("srv-1", [player(ivan)])

    answers = at_once(10, lambda _: stage.put(body).outcome)

    assert sorted(answers) == [Outcome.APPLIED, *[Outcome.REPLAY] * 9]  # type: ignore[type-var]
    assert stage.debits("ivan") == [30]
    assert_books_balance(stage.streams.make.billing)


def test_ten_at_once_without_a_puzzle_are_one(stage: Stage, ivan: str) -> None:
    body = sync_body("srv-1", [player(ivan)], puzzle=None)  # type: ignore[arg-type]

    answers = at_once(10, lambda _: stage.put(body).outcome)

    assert sorted(answers) == [Outcome.APPLIED, *[Outcome.REPLAY] * 9]  # type: ignore[type-var]
    assert stage.debits("ivan") == [30]


def test_another_message_with_a_known_puzzle_is_a_conflict(stage: Stage, ivan: str) -> None:
    stage.told(player(ivan), puzzle="p")

    assert stage.told(player(ivan, delta=5000), puzzle="p").outcome is Outcome.CONFLICT
    assert stage.told(player(ivan, delta=5000), puzzle="p", server="srv-2").outcome is Outcome.APPLIED

    assert stage.debits("ivan") == [30, 5]
    assert [each.outcome for each in stage.records()] == [Outcome.APPLIED, Outcome.CONFLICT, Outcome.APPLIED]


def test_where_puzzles_are_used_again_the_body_tells_messages_apart(stage: Stage, ivan: str) -> None:
    stage.streams.make.billing.options[StreamOptions] = StreamOptions(puzzle_reuse=DISTINCT)  # type: ignore[index]
    stage.told(player(ivan), puzzle="p")

    assert stage.put(stage.last).outcome is Outcome.REPLAY
    assert stage.told(player(ivan, delta=5000), puzzle="p").outcome is Outcome.APPLIED

    assert stage.debits("ivan") == [30, 5]


@pytest.mark.parametrize(("after_s", "outcome"), [(20, Outcome.REPLAY), (20.001, Outcome.APPLIED)])
def test_without_a_puzzle_the_same_body_is_a_retry_for_a_while(
    stage: Stage, ivan: str, after_s: float, outcome: Outcome
) -> None:
    stage.told(player(ivan), puzzle=None)

    stage.streams.make.clock.advance(seconds=after_s)

    assert stage.put(stage.last).outcome is outcome
    assert len(stage.debits("ivan")) == (1 if outcome is Outcome.REPLAY else 2)


def test_ids_and_puzzles_that_join_alike_are_not_the_same(stage: Stage, ivan: str) -> None:
    assert stage.told(player(ivan), server="ab", puzzle="c").outcome is Outcome.APPLIED
    assert stage.told(player(ivan), server="a", puzzle="bc").outcome is Outcome.APPLIED


def test_a_signature_is_good_for_one_message_however_its_text_is_cut(stage: Stage, ivan: str) -> None:
    """It is of ID and puzzle as one text: who has seen it could move the border between them."""
    stage.told(player(ivan), server="srv-1", puzzle="abcdef", token="tok")

    for server, puzzle in (("srv-1a", "bcdef"), ("srv", "-1abcdef"), ("srv-1abcde", "f")):
        answer = stage.told(player(ivan), server=server, puzzle=puzzle, token="tok")
        assert answer.outcome is Outcome.CONFLICT

    assert stage.told(player(ivan, delta=5000), server="srv-2", puzzle="abcdef", token="tok")
    assert stage.debits("ivan") == [30, 5]
