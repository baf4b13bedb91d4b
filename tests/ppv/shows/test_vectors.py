"""Whole shows by the numbers: what is charged, when they end, and what the books say then."""

import pytest

from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.credits.accounts import grant, lock_credits
from tests.ppv.shows.stage import seconds_after
from tests.support import STAFF, assert_books_balance


@pytest.mark.parametrize(
    ("rate", "credits", "seconds", "rounding", "charged"),
    [
        (60, 600, 90, "per_second", 90),
        (20, 100, 61, "per_second", 21),
        (1, 10, 59, "per_second", 1),
        (1, 10, 61, "per_second", 2),
        (30, 100, 61, "per_started_minute", 60),
    ],
)
def test_a_show_that_is_ended_costs_its_seconds(billing, clock, on_stage, rate, credits, seconds, rounding, charged):
    stage = on_stage(rate=rate, credits=credits, rounding=rounding)
    show = stage.live()
    stage.play(show, seconds - 1)
    clock.advance(seconds=1)
    ended = stage.end(show, EndReason.VIEWER_END, by=stage.viewer.id)

    assert (ended.state, ended.end_reason, ended.ended_by) == (ShowState.ENDED, EndReason.VIEWER_END, "viewer")
    assert (ended.credits_charged, ended.billed_ms) == (charged, seconds * 1000)
    assert stage.balance() == credits - charged
    [earned] = stage.earnings()
    assert (earned.credits, earned.closes_show) == (charged, show.id)
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("rate", "credits", "rounding", "charged", "ends_at"),
    [
        (7, 10, "per_second", 10, 85),
        (120, 99, "per_second", 98, 49),
        (30, 89, "per_started_minute", 60, 120),
    ],
)
@pytest.mark.parametrize("by", ["tick", "sweeper"])
def test_credits_that_run_out_end_it_at_the_last_second_they_pay_for(
    billing, clock, on_stage, rate, credits, rounding, charged, ends_at, by
):
    stage = on_stage(rate=rate, credits=credits, rounding=rounding)
    began = clock()
    show = stage.live()
    last_tick = (ends_at - 1) // 10 * 10
    assert stage.play(show, last_tick).action in ("continue", "warn")
    if by == "tick":
        clock.advance(seconds=10)
        answer = stage.tick(show)
        assert (answer.action, answer.reason, answer.seconds_left) == ("end", EndReason.CREDITS_EXHAUSTED, 0)
    else:
        clock.advance(seconds=ends_at - last_tick - 0.001)
        assert stage.sweep() == 0
        clock.advance(seconds=0.001)
        assert stage.sweep() == 1

    ended = stage.now(show)
    assert (ended.state, ended.end_reason) == (ShowState.ENDED, EndReason.CREDITS_EXHAUSTED)
    assert (ended.credits_charged, stage.balance()) == (charged, credits - charged)
    assert seconds_after(began, ended) == ends_at
    assert_books_balance(billing)


def test_ticks_that_come_twice_or_late_add_nothing(billing, clock, on_stage):
    stage = on_stage()
    show = stage.live()
    began = clock()
    clock.advance(seconds=10)
    assert stage.tick(show, seq=1).credits_charged == 10
    assert stage.tick(show, seq=1).ignored
    clock.advance(seconds=10)
    assert stage.tick(show, seq=3).credits_charged == 20
    clock.now = began.replace(second=15)
    late = stage.tick(show, seq=2)

    assert (late.ignored, late.credits_charged, late.seq) == (True, 20, 3)
    assert stage.balance() == 580
    assert stage.log(show) == ["requested", "accepted", "ready", "tick", "-tick", "tick", "-tick"]
    assert_books_balance(billing)


def test_a_gap_costs_the_longest_gap_where_no_sweeper_came(clock, on_stage):
    stage = on_stage()
    show = stage.live()
    stage.play(show, 10)
    clock.advance(seconds=90)
    assert stage.tick(show).credits_charged == 35


def test_a_gap_costs_nothing_where_the_sweeper_came(billing, clock, on_stage):
    stage = on_stage()
    began = clock()
    show = stage.live()
    stage.play(show, 10)
    clock.advance(seconds=29)
    assert stage.sweep() == 0
    clock.advance(seconds=1)
    assert stage.sweep() == 1
    clock.advance(seconds=60)
    after = stage.tick(show)

    ended = stage.now(show)
    assert (ended.end_reason, ended.credits_charged, seconds_after(began, ended)) == (EndReason.TICK_TIMEOUT, 10, 40)
    assert (after.action, after.reason, after.credits_charged, after.balance) == (
        "end",
        EndReason.TICK_TIMEOUT,
        10,
        590,
    )
    assert_books_balance(billing)


def test_less_than_a_second_costs_nothing_and_earns_nothing(billing, clock, on_stage):
    stage = on_stage()
    show = stage.live()
    clock.advance(seconds=0.9)
    ended = stage.end(show, EndReason.PERFORMER_END, by=stage.performer.person_id)

    assert (ended.credits_charged, ended.billed_ms, ended.end_reason) == (0, 900, EndReason.PERFORMER_END)
    assert (stage.earnings(), stage.balance()) == ([], 600)
    assert_books_balance(billing)


def test_credits_fall_with_each_tick_and_the_answer_warns_in_time(clock, on_stage):
    stage = on_stage(credits=80)
    show = stage.live()
    seen = []
    for _ in range(8):
        clock.advance(seconds=10)
        answer = stage.tick(show)
        seen.append((answer.balance, answer.seconds_left, str(answer.action)))
    assert seen == [
        (70, 70, "continue"),
        (60, 60, "warn"),
        (50, 50, "warn"),
        (40, 40, "warn"),
        (30, 30, "warn"),
        (20, 20, "warn"),
        (10, 10, "warn"),
        (0, 0, "end"),
    ]


def test_credits_bought_in_a_show_prolong_it_at_once(clock, on_stage):
    stage = on_stage(credits=30)
    show = stage.live()
    stage.play(show, 10)
    stage.chat.give(stage.viewer.login, 100)
    clock.advance(seconds=20)
    assert stage.sweep() == 0, "they would have ended by now"
    assert stage.tick(show).seconds_left == 100


def test_her_part_follows_what_was_agreed_at_the_request(billing, clock, on_stage, chat):
    stage = on_stage()
    show = stage.live()
    with billing.uow() as uow:
        performer = uow.session.get(type(stage.performer), stage.performer.person_id)
        performer.rate, performer.percent_bp = 600, 10_000
        tenant = uow.session.get(type(stage.tenant), stage.tenant.id)
        tenant.value_minor = 9999
    stage.play(show, 90)
    stage.end(show)
    [earned] = stage.earnings()
    assert (earned.credits, earned.price_mills, earned.benefit_mills) == (90, 1500, 750)
    assert_books_balance(billing)


@pytest.mark.parametrize(("bonus_pays", "price", "benefit"), [(True, 1500, 750), (False, 1000, 500)])
def test_credits_that_were_a_gift_are_spent_first_and_may_pay_her_nothing(
    billing, on_stage, chat, bonus_pays, price, benefit
):
    stage = on_stage(credits=100, bonus_pays=bonus_pays)
    gift(stage, 30)
    show = stage.live()
    stage.play(show, 90)
    ended = stage.end(show)

    [earned] = stage.earnings()
    assert (ended.credits_charged, ended.bonus_charged) == (90, 30)
    assert (earned.credits, earned.bonus, earned.price_mills, earned.benefit_mills) == (90, 30, price, benefit)
    assert_books_balance(billing)


def gift(stage, credits):
    with stage.billing.uow() as uow:
        purse = lock_credits(uow, stage.viewer.login)
        grant(uow, purse, credits=credits, key="gift", actor=STAFF, at=stage.clock(), is_gift=True)
