"""One subscriber in two chats at once: his credits pay for both shows, and together they take no more than there is."""

import pytest
from sqlalchemy import func, select

from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import EndReason, ShowState, Source
from ppv_module.chat.shows.running import ready
from ppv_module.credits.freezing import freeze, take_back
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def stage(on_stage):
    return on_stage(rate=60, credits=60)


@pytest.fixture
def both(stage):
    """The same subscriber, live since this moment in his own chat and in another one."""
    return [stage.live(), elsewhere(stage)]


def elsewhere(stage):
    tenant = stage.chat.tenant(rules={"min_start_credits": 1})
    viewer = stage.chat.person(tenant, stage.viewer.login)
    performer = stage.chat.performer(tenant, rate=60)
    by = {"actor": STAFF, "now": stage.clock()}
    ids = {"viewer_id": viewer.id, "performer_id": performer.person_id}
    show = request_show(stage.billing.uow(), **ids, source=Source.API, **by)
    accept_show(stage.billing.uow(), show_id=show.id, by=None, room_id=1, **by)
    ready(stage.billing.uow(), show_id=show.id, now=stage.clock())
    return show


def ends(stage, shows):
    return [(each.state, each.end_reason, each.credits_charged) for each in map(stage.now, shows)]


def test_together_they_take_what_there_is(billing, clock, stage, both):
    while stage.balance():
        clock.advance(seconds=10)
        for show in both:
            stage.tick(show)
    clock.advance(seconds=10)
    stage.sweep()
    assert ends(stage, both) == [(ShowState.ENDED, EndReason.CREDITS_EXHAUSTED, 30)] * 2
    with billing.reading() as session:
        earned = select(func.sum(Earning.credits)).where(Earning.action == Action.LIVESHOW)
        assert session.scalar(earned) == 60
    assert_books_balance(billing)


def test_a_sweeper_judges_by_what_the_other_show_has_left(billing, clock, stage, both):
    clock.advance(seconds=10)
    stage.tick(both[0])  # both would last for some forty seconds yet
    for _ in range(4):
        clock.advance(seconds=10)
        stage.tick(both[0])
    stage.sweep()
    spent = [each.credits_charged for each in map(stage.now, both)]
    assert sum(spent) <= 60 and stage.balance() == 60 - sum(spent)
    assert_books_balance(billing)


@pytest.mark.parametrize("what", ["freeze", "debt"])
def test_both_end_when_the_credits_are_frozen(billing, clock, stage, both, what):
    clock.advance(seconds=10)
    common = {"login": stage.viewer.login, "actor": STAFF, "now": clock()}
    if what == "freeze":
        freeze(billing.uow(), reason="a look is needed", **common)
    else:
        with billing.uow() as uow:
            take_back(uow, credits=60, key="ppv.clawback:1", note="Reversed", **common)
    assert ends(stage, both) == [(ShowState.ENDED, EndReason.ADMIN_END, 10)] * 2
    assert stage.balance() == (40 if what == "freeze" else -20)
