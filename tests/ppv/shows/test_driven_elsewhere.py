"""Shows that a media gateway drives: the pages of both may look on, but neither starts nor stops the meter."""

import pytest

from ppv_module.chat.shows.models import EndReason, ShowState, Source
from ppv_module.chat.shows.running import arrive, touch
from tests.support import assert_books_balance

DRIVEN = [Source.API, Source.HOOK]


def page_of(stage, show, person_id, step=touch):
    return step(stage.billing.uow(), show_id=show.id, person_id=person_id, now=stage.clock())


@pytest.mark.parametrize("source", DRIVEN)
@pytest.mark.parametrize("side", ["viewer", "performer"])
def test_a_page_that_ticks_in_between_costs_the_performer_nothing(billing, clock, on_stage, source, side):
    stage = on_stage()
    show = stage.live(source)
    person_id = stage.viewer.id if side == "viewer" else stage.performer.person_id
    for _ in range(6):
        clock.advance(seconds=9)
        assert page_of(stage, show, person_id).action == "continue"
        clock.advance(seconds=1)
        answer = stage.tick(show)
    assert (answer.billed_seconds, answer.credits_charged) == (60, 60)
    assert stage.now(show).lost is None
    assert_books_balance(billing)


def test_a_page_does_not_keep_a_show_alive_whose_gateway_is_gone(clock, on_stage):
    stage = on_stage()
    show = stage.live(Source.API)
    for _ in range(3):
        clock.advance(seconds=10)
        page_of(stage, show, stage.viewer.id)
    assert stage.sweep() == 1
    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged) == (EndReason.TICK_TIMEOUT, 0)
    assert page_of(stage, show, stage.viewer.id).action == "end"


@pytest.mark.parametrize("step", [arrive, touch])
def test_two_pages_do_not_begin_what_the_gateway_has_not(on_stage, step):
    stage = on_stage()
    show = stage.accept(stage.ask(source=Source.API))
    page_of(stage, show, stage.viewer.id, step)
    assert page_of(stage, show, stage.performer.person_id, step).state is ShowState.ACCEPTED
    assert stage.now(show).ready_at is None
