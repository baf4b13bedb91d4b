"""Ticks that are lost, come twice or in any order, on a real database: never too much, never below zero."""

from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ppv_module.chat.models import Rounding
from ppv_module.chat.shows.metering import affordable, due
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.chat.shows.running import tick
from ppv_module.chat.shows.sweeping import judge
from tests.ppv.shows.stage import Stage
from tests.ppv.shows.test_metering import terms
from tests.support import assert_books_balance

FEW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
COUNT = 12


@some.composite
def stories(draw):
    """Ticks at every tenth second with their numbers: some lost, some twice, in any order, some without a number."""
    times = [number for number in range(1, COUNT + 1) if draw(some.integers(0, 4))]
    twice = draw(some.lists(some.sampled_from(times), max_size=6)) if times else []
    order = draw(some.permutations(times + twice))
    return [(number, draw(some.sampled_from([number, None]))) for number in order]


def play(billing, clock, chat, rate, credits, rounding):
    tenant = chat.tenant(rules={"min_start_credits": 1, "rounding": rounding})
    viewer = chat.viewer(tenant, credits=credits)
    return Stage(billing, clock, chat, tenant, viewer, chat.performer(tenant, rate=rate))


@FEW
@given(
    story=stories(),
    rate=some.integers(1, 400),
    credits=some.integers(1, 300),
    rounding=some.sampled_from(Rounding),
)
def test_no_order_charges_more_than_the_clock_allows(billing, clock, chat, story, rate, credits, rounding):
    stage = play(billing, clock, chat, rate, credits, rounding)
    show, began, latest = stage.live(), clock(), 0
    for number, seq in story:
        latest = max(latest, 10 * number)
        tick(billing.uow(), show_id=show.id, now=began + timedelta(seconds=10 * number), seq=seq)
        now = stage.now(show)
        assert now.billed_ms <= latest * 1000
        assert now.credits_charged <= min(due(terms(rate, rounding=rounding), latest), credits)
        assert stage.balance() == credits - now.credits_charged >= 0
    judge(billing.uow(), show_id=show.id, now=began + timedelta(seconds=latest + 60))

    ended = stage.now(show)
    assert ended.state is ShowState.ENDED
    assert sum(each.credits for each in stage.earnings() if each.show_id == show.id) == ended.credits_charged
    assert_books_balance(billing)


@FEW
@given(
    rate=some.integers(1, 400),
    credits=some.integers(1, 300),
    rounding=some.sampled_from(Rounding),
    gaps=some.lists(some.integers(1, 25_000), min_size=1, max_size=10),
)
def test_where_nothing_is_lost_it_costs_the_closed_formula(billing, clock, chat, rate, credits, rounding, gaps):
    stage, agreed = play(billing, clock, chat, rate, credits, rounding), terms(rate, rounding=rounding)
    show, now = stage.live(), clock()
    for seq, gap in enumerate(gaps, start=1):
        now += timedelta(milliseconds=gap)
        tick(billing.uow(), show_id=show.id, now=now, seq=seq)
    ended = stage.now(show)
    seconds = min(sum(gaps) // 1000, affordable(agreed, credits))
    assert ended.credits_charged == due(agreed, seconds)
    assert stage.balance() == credits - ended.credits_charged
    is_over = sum(gaps) >= affordable(agreed, credits) * 1000
    assert ended.end_reason is (EndReason.CREDITS_EXHAUSTED if is_over else None)
    assert_books_balance(billing)
