"""Fifty, or a hundred, at once: one effect each, however many try."""

from datetime import timedelta

import pytest

from ppv_module.chat.earnings.tips import Tipped, send_tip
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import EndReason, Show, ShowState, Source
from ppv_module.chat.shows.running import ready, tick
from ppv_module.chat.shows.sweeping import sweep
from ppv_module.errors import BadState, InsufficientCredits, PerformerBusy, UserInShow
from tests.billing.books import at_once
from tests.support import STAFF, assert_books_balance


def count(outcomes, kind):
    return sum(isinstance(each, kind) for each in outcomes)


@pytest.fixture
def stage(on_stage):
    return on_stage()


def tip(stage, key, credits=10):
    return send_tip(
        stage.billing.uow(),
        viewer_id=stage.viewer.id,
        performer_id=stage.performer.person_id,
        credits=credits,
        key=key,
        actor=STAFF,
        now=stage.clock(),
    )


def test_a_hundred_times_the_same_tip_is_one(billing, stage):
    outcomes = at_once(100, lambda _: tip(stage, "same"))
    assert set(outcomes) == {Tipped(stage.earnings()[0].id, 590)}
    assert (stage.balance(), len(stage.earnings())) == (590, 1)
    assert_books_balance(billing)


def test_fifty_tips_give_what_there_is_and_no_more(billing, stage):
    outcomes = at_once(50, lambda number: tip(stage, f"tip {number}", credits=50))
    assert (count(outcomes, Tipped), count(outcomes, InsufficientCredits)) == (12, 38)
    assert stage.balance() == 0
    assert_books_balance(billing)


def test_a_hundred_requests_of_one_viewer_are_one(billing, stage):
    performers = [stage.performer, stage.another()]
    outcomes = at_once(100, lambda number: stage.ask(performer=performers[number % 2]))
    assert count(outcomes, Show) == count(outcomes, UserInShow) == 50
    assert len({each.id for each in outcomes if isinstance(each, Show)}) == 1
    [asked] = {each.id: each for each in outcomes if isinstance(each, Show)}.values()
    assert stage.log(asked) == ["requested"]
    assert_books_balance(billing)


def test_fifty_accepts_of_one_request_are_one(billing, stage):
    asked = stage.ask()
    outcomes = at_once(50, lambda _: stage.accept(asked))
    assert {each.state for each in outcomes} == {ShowState.ACCEPTED}
    assert stage.log(asked) == ["requested", "accepted"]
    assert_books_balance(billing)


def test_of_many_requests_that_are_accepted_at_once_one_is(billing, stage, chat):
    asked = [stage.ask(viewer=chat.viewer(stage.tenant, credits=100)) for _ in range(10)]
    outcomes = at_once(10, lambda number: stage.accept(asked[number]))
    assert count(outcomes, Show) == 1
    assert count(outcomes, BadState | PerformerBusy) == 9
    states = sorted(stage.now(each).state for each in asked)
    assert states == [ShowState.ACCEPTED] + [ShowState.CANCELLED] * 9
    assert_books_balance(billing)


def test_fifty_begins_are_one(billing, stage):
    show = stage.accept(stage.ask())
    outcomes = at_once(50, lambda _: ready(billing.uow(), show_id=show.id, now=stage.clock()))
    assert {each.state for each in outcomes} == {ShowState.LIVE}
    assert stage.log(show).count("ready") == 1


@pytest.mark.parametrize("seq", [None, 1])
def test_ticks_at_the_same_time_charge_its_seconds_once(billing, clock, stage, seq):
    show = stage.live()
    clock.advance(seconds=10)
    outcomes = at_once(50, lambda _: stage.tick(show, seq=seq))
    assert {each.credits_charged for each in outcomes} == {10}
    assert sum(each.ignored for each in outcomes) == (0 if seq is None else 49)
    assert stage.balance() == 590
    assert_books_balance(billing)


def test_ticks_that_overtake_each_other_charge_up_to_the_latest(billing, clock, stage):
    show, began = stage.live(), clock()
    at_once(
        20, lambda number: tick(billing.uow(), show_id=show.id, now=began + timedelta(seconds=(7 * number) % 20 + 1))
    )
    assert (stage.now(show).credits_charged, stage.balance()) == (20, 580)
    assert_books_balance(billing)


def test_an_end_a_tick_and_a_sweeper_at_the_last_second_close_it_once(billing, clock, on_stage):
    stage = on_stage(credits=15)
    show = stage.live()
    stage.play(show, 10)
    clock.advance(seconds=5)
    steps = (lambda: stage.tick(show), lambda: stage.end(show, EndReason.VIEWER_END), stage.sweep)
    at_once(30, lambda number: steps[number % 3]())
    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged, stage.balance()) == (EndReason.CREDITS_EXHAUSTED, 15, 0)
    assert (len(stage.earnings()), stage.log(show).count("end")) == (1, 1)
    assert_books_balance(billing)


def test_two_sweepers_end_what_one_would(billing, clock, stage, chat):
    shows = [stage.ask(viewer=chat.viewer(stage.tenant, credits=100)) for _ in range(20)]
    clock.advance(seconds=60)
    outcomes = at_once(5, lambda _: sweep(billing, clock()))
    assert sum(outcomes) == 20
    assert {stage.now(each).state for each in shows} == {ShowState.EXPIRED}
    assert {tuple(stage.log(each)) for each in shows} == {("requested", "expired")}


def test_tips_and_ticks_of_one_viewer_never_spend_more_than_there_is(billing, clock, on_stage, chat):
    """Two shows in two chats and tips beside them, all paid from the same credits."""
    stage = on_stage(credits=100)
    other = chat.tenant(rules={"min_start_credits": 1})
    elsewhere = chat.person(other, stage.viewer.login)
    first = stage.live()
    second = request_show(
        billing.uow(),
        viewer_id=elsewhere.id,
        performer_id=chat.performer(other).person_id,
        source=Source.API,
        actor=STAFF,
        now=clock(),
    )
    stage.accept(second)
    ready(billing.uow(), show_id=second.id, now=clock())
    began = clock()

    def step(number):
        now = began + timedelta(seconds=number)
        if number % 5 == 0:
            return tip(stage, f"tip {number}", credits=7)
        return tick(billing.uow(), show_id=(first if number % 2 else second).id, now=now)

    at_once(40, step)
    assert stage.balance() >= 0
    assert_books_balance(billing)


def test_a_show_that_cannot_be_judged_holds_up_no_other(billing, clock, stage, chat):
    broken, sound = (stage.ask(viewer=chat.viewer(stage.tenant, credits=100)) for _ in range(2))
    with billing.uow() as uow:
        uow.session.get_one(Show, broken.id).rules = {}
    clock.advance(seconds=61)

    assert stage.sweep() == 1
    assert (stage.now(broken).state, stage.now(sound).state) == (ShowState.REQUESTED, ShowState.EXPIRED)
