"""Shows that our own pages drive: two pages that say they are there, and a meter that runs while both do."""

import pytest

from ppv_module.chat.shows.models import EndReason, ShowState, Source
from ppv_module.chat.shows.running import arrive, touch
from ppv_module.errors import BadState, NotYours
from tests.support import assert_books_balance


@pytest.fixture
def stage(on_stage):
    return on_stage()


def accepted(stage):
    return stage.accept(stage.ask(source=Source.SELF), by=stage.performer.person_id)


def viewer_is_here(stage, show, step=touch):
    return step(stage.billing.uow(), show_id=show.id, person_id=stage.viewer.id, now=stage.clock())


def performer_is_here(stage, show, step=touch):
    return step(stage.billing.uow(), show_id=show.id, person_id=stage.performer.person_id, now=stage.clock())


def going(stage):
    show = accepted(stage)
    viewer_is_here(stage, show, arrive)
    performer_is_here(stage, show, arrive)
    return show


def test_the_meter_starts_when_both_have_arrived(billing, clock, stage):
    show = accepted(stage)
    assert viewer_is_here(stage, show, arrive).state is ShowState.ACCEPTED
    clock.advance(seconds=5)
    assert viewer_is_here(stage, show, arrive).state is ShowState.ACCEPTED
    begun = performer_is_here(stage, show, arrive)
    assert (begun.state, begun.ready_at) == (ShowState.LIVE, clock())
    clock.advance(seconds=5)
    assert performer_is_here(stage, show, arrive).last_mark_at == begun.ready_at
    assert_books_balance(billing)


def test_a_tick_of_a_page_is_an_arrival_where_the_show_has_not_begun(stage):
    show = accepted(stage)
    assert performer_is_here(stage, show).state is ShowState.ACCEPTED
    assert viewer_is_here(stage, show).state is ShowState.LIVE


def test_whoever_arrives_too_late_is_refused(clock, stage):
    show = accepted(stage)
    viewer_is_here(stage, show, arrive)
    clock.advance(seconds=31)
    for step in (arrive, touch):
        with pytest.raises(BadState):
            performer_is_here(stage, show, step)
    assert stage.sweep() == 1
    assert stage.now(show).state is ShowState.ABORTED


def test_nobody_else_arrives_or_ticks(stage, chat):
    show = accepted(stage)
    stranger = chat.viewer(stage.tenant)
    for step in (arrive, touch):
        with pytest.raises(NotYours):
            step(stage.billing.uow(), show_id=show.id, person_id=stranger.id, now=stage.clock())


def test_two_pages_tick_and_the_time_counts_once(billing, clock, stage):
    show = going(stage)
    for _ in range(6):
        clock.advance(seconds=5)
        viewer_is_here(stage, show)
        clock.advance(seconds=5)
        answer = performer_is_here(stage, show)
    assert (answer.billed_seconds, answer.credits_charged, answer.balance) == (60, 60, 540)
    assert_books_balance(billing)


@pytest.mark.parametrize("alone", [viewer_is_here, performer_is_here])
def test_neither_side_runs_the_meter_alone(billing, clock, stage, alone):
    show = going(stage)
    for _ in range(2):
        clock.advance(seconds=10)
        viewer_is_here(stage, show)
        performer_is_here(stage, show)
    for _ in range(4):
        clock.advance(seconds=10)
        answer = alone(stage, show)
    assert answer.credits_charged == 30, "the other page was seen ten seconds ago at the first of these ticks"
    clock.advance(seconds=10)
    stage.sweep()
    lost = EndReason.PERFORMER_LOST if alone is viewer_is_here else EndReason.VIEWER_LOST
    assert stage.now(show).end_reason is lost
    assert stage.now(show).credits_charged == 30
    assert_books_balance(billing)


def test_a_page_that_comes_back_goes_on(clock, stage):
    show = going(stage)
    for seconds in (10, 10, 10):
        clock.advance(seconds=seconds)
        viewer_is_here(stage, show)
    assert performer_is_here(stage, show).state is ShowState.LIVE
    clock.advance(seconds=10)
    assert viewer_is_here(stage, show).credits_charged == 20


def test_an_end_charges_no_time_in_which_the_other_page_was_gone(clock, stage):
    show = going(stage)
    clock.advance(seconds=20)
    ended = stage.end(show, EndReason.VIEWER_END, by=stage.viewer.id)
    assert (ended.credits_charged, ended.end_reason) == (0, EndReason.VIEWER_END)


def test_both_pages_gone_end_as_a_timeout(clock, stage):
    show = going(stage)
    clock.advance(seconds=10)
    viewer_is_here(stage, show)
    clock.advance(seconds=30)
    assert stage.sweep() == 1
    assert (stage.now(show).end_reason, stage.now(show).credits_charged) == (EndReason.TICK_TIMEOUT, 10)


def test_a_whole_show_without_any_hook(billing, clock, stage):
    """Ask, accept, arrive, tick, run out, and nothing is left to do for anybody."""
    stage.viewer = stage.chat.viewer(stage.tenant, credits=25)
    show = going(stage)
    answers = []
    for _ in range(3):
        clock.advance(seconds=10)
        viewer_is_here(stage, show)
        answers.append(performer_is_here(stage, show))
    assert [each.balance for each in answers] == [15, 5, 0]
    assert (answers[-1].action, answers[-1].reason) == ("end", EndReason.CREDITS_EXHAUSTED)
    assert viewer_is_here(stage, show).action == "end"
    assert [(each.credits, each.price_mills, each.benefit_mills) for each in stage.earnings()] == [(25, 417, 209)]
    assert_books_balance(billing)
