"""The arithmetic of a show by itself: vectors, and what no order of ticks can change."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ppv_module.chat.models import Rounding, Rules
from ppv_module.chat.shows.metering import Meter, Terms, affordable, due, fate, seconds_left, step
from ppv_module.chat.shows.models import EndReason
from tests.support import NOV_10

PER_SECOND, PER_MINUTE = Rounding.PER_SECOND, Rounding.PER_STARTED_MINUTE


def terms(rate, **rules):
    return Terms.of(rate, asdict(Rules(**rules)))


def after(seconds):
    return NOV_10 + timedelta(seconds=seconds)


def run(agreed, balance, times, meter=None):
    """Ticks at these seconds, both sides present; gives the last meter, what is left and how it ended."""
    meter = meter or Meter(ready_at=NOV_10, mark_at=NOV_10)
    for seconds in times:
        done = step(agreed, meter, at=after(seconds), balance=balance)
        balance -= done.credits_added
        meter = done.meter
        if done.end:
            return meter, balance, done
    return meter, balance, None


@pytest.mark.parametrize(
    ("rate", "seconds", "rounding", "credits"),
    [
        (60, 90, PER_SECOND, 90),
        (7, 85, PER_SECOND, 10),
        (7, 84, PER_SECOND, 10),
        (20, 61, PER_SECOND, 21),
        (1, 59, PER_SECOND, 1),
        (1, 61, PER_SECOND, 2),
        (120, 49, PER_SECOND, 98),
        (30, 61, PER_MINUTE, 60),
        (30, 60, PER_MINUTE, 30),
        (30, 120, PER_MINUTE, 60),
        (60, 0, PER_SECOND, 0),
        (60, 0, PER_MINUTE, 0),
    ],
)
def test_what_seconds_cost(rate, seconds, rounding, credits):
    assert due(terms(rate, rounding=rounding), seconds) == credits


def test_the_first_seconds_may_be_free_and_the_first_paid_one_may_have_a_least_price():
    free = terms(60, grace_s=10)
    assert [due(free, seconds) for seconds in (9, 10, 11)] == [0, 0, 1]
    least = terms(60, min_charge_credits=30)
    assert [due(least, seconds) for seconds in (0, 1, 30, 31)] == [0, 30, 30, 31]


@pytest.mark.parametrize(
    ("rate", "budget", "rounding", "grace", "seconds"),
    [
        (7, 10, PER_SECOND, 0, 85),
        (120, 99, PER_SECOND, 0, 49),
        (30, 89, PER_MINUTE, 0, 120),
        (30, 29, PER_MINUTE, 0, 0),
        (60, 600, PER_SECOND, 15, 615),
        (60, 0, PER_SECOND, 0, 0),
        (60, -50, PER_SECOND, 5, 5),
    ],
)
def test_what_credits_pay_for(rate, budget, rounding, grace, seconds):
    assert affordable(terms(rate, rounding=rounding, grace_s=grace), budget) == seconds


@pytest.mark.parametrize(
    ("rate", "balance", "rounding", "seconds", "charged", "ended_at"),
    [
        (60, 600, PER_SECOND, 90, 90, None),
        (7, 10, PER_SECOND, 100, 10, 85),
        (20, 100, PER_SECOND, 61, 21, None),
        (1, 10, PER_SECOND, 59, 1, None),
        (1, 10, PER_SECOND, 61, 2, None),
        (120, 99, PER_SECOND, 100, 98, 49),
        (30, 100, PER_MINUTE, 61, 60, None),
        (30, 89, PER_MINUTE, 200, 60, 120),
    ],
)
def test_ticks_every_ten_seconds(rate, balance, rounding, seconds, charged, ended_at):
    times = [*range(10, seconds, 10), seconds]
    meter, left, end = run(terms(rate, rounding=rounding), balance, times)
    assert (meter.charged, left) == (charged, balance - charged)
    if ended_at is None:
        assert end is None
    else:
        assert (end.end, end.ended_at) == (EndReason.CREDITS_EXHAUSTED, after(ended_at))
        assert meter.seconds == ended_at


def test_a_gap_counts_as_far_as_the_longest_one_that_is_allowed():
    meter, _, _ = run(terms(60), 600, [10, 100])
    assert meter.charged == 35


def test_less_than_a_second_costs_nothing():
    meter, _, _ = run(terms(60), 600, [0.9])
    assert (meter.charged, meter.billed_ms) == (0, 900)


def test_milliseconds_add_up_whatever_the_ticks_between():
    microseconds = [each / 1_000_000 for each in (333_333, 666_666, 999_999, 1_333_332, 2_000_000)]
    meter, _, _ = run(terms(60), 600, microseconds)
    assert meter.billed_ms == 2000


def test_a_clock_that_goes_back_bills_nothing_and_nothing_twice():
    meter, _, _ = run(terms(60), 600, [10, 5, 10, 12])
    assert meter.charged == 12


def test_a_missing_side_stops_the_meter_until_it_is_back():
    agreed, meter = terms(60), Meter(ready_at=NOV_10, mark_at=NOV_10)
    first = step(agreed, meter, at=after(10), balance=600, absent=EndReason.VIEWER_LOST)
    assert (first.ms_added, first.meter.lost, first.meter.resume_deadline) == (0, EndReason.VIEWER_LOST, after(40))
    second = step(agreed, first.meter, at=after(20), balance=600, absent=EndReason.VIEWER_LOST)
    assert second.meter.resume_deadline == after(40)
    back = step(agreed, second.meter, at=after(40), balance=600)
    assert (back.ms_added, back.meter.lost, back.meter.resume_deadline, back.end) == (0, None, None, None)
    going = step(agreed, back.meter, at=after(50), balance=600)
    assert going.credits_added == 10
    too_late = step(agreed, second.meter, at=after(41), balance=600)
    assert (too_late.end, too_late.ended_at, too_late.ms_added) == (EndReason.VIEWER_LOST, after(40), 0)


def test_the_longest_show_is_charged_up_to_its_limit():
    meter, _, end = run(terms(60, max_show_s=25), 600, [10, 20, 30])
    assert (meter.charged, end.end, end.ended_at) == (25, EndReason.MAX_DURATION, after(25))


def test_what_ends_a_show_without_a_tick():
    meter = Meter(ready_at=NOV_10, mark_at=after(100), billed_ms=100_000, charged=100)
    assert fate(terms(60), meter, 26) == (after(130), EndReason.TICK_TIMEOUT)
    assert fate(terms(60), meter, 25) == (after(125), EndReason.CREDITS_EXHAUSTED)
    assert fate(terms(60), meter, 0) == (after(100), EndReason.CREDITS_EXHAUSTED)
    assert fate(terms(60, max_show_s=105), meter, 10) == (after(105), EndReason.MAX_DURATION)
    gone = Meter(ready_at=NOV_10, mark_at=after(100), lost=EndReason.PERFORMER_LOST, resume_deadline=after(130))
    assert fate(terms(60), gone, 5) == (after(130), EndReason.PERFORMER_LOST)


def test_what_is_left_is_counted_in_whole_seconds():
    meter = Meter(ready_at=NOV_10, mark_at=NOV_10, billed_ms=10_500, charged=10)
    assert seconds_left(terms(60), meter, 20) == 20
    assert seconds_left(terms(60), meter, -20) == 0


AGREED = some.builds(
    terms,
    some.integers(1, 10_000),
    rounding=some.sampled_from(Rounding),
    grace_s=some.integers(0, 30),
    min_charge_credits=some.integers(0, 50),
)


@given(agreed=AGREED, budget=some.integers(0, 10**7))
def test_affordable_seconds_are_never_more_than_the_budget_and_one_more_would_be(agreed, budget):
    seconds = affordable(agreed, budget)
    above_least = max(budget, agreed.min_charge_credits)
    assert due(agreed, seconds) <= above_least
    assert due(agreed, seconds + 1) > budget


@given(agreed=AGREED, seconds=some.integers(0, 10**6))
def test_more_seconds_never_cost_less(agreed, seconds):
    assert due(agreed, seconds) <= due(agreed, seconds + 1)


TICKS = some.lists(
    some.tuples(some.integers(0, 600_000), some.sampled_from([None, None, None, EndReason.VIEWER_LOST])), max_size=60
)


@settings(max_examples=500)
@given(agreed=AGREED, balance=some.integers(0, 5000), ticks=TICKS)
def test_no_order_loss_or_repeat_of_ticks_bills_more_than_the_clock_allows(agreed, balance, ticks):
    meter, left, latest = Meter(ready_at=NOV_10, mark_at=NOV_10), balance, 0
    for at_ms, absent in ticks:
        done = step(agreed, meter, at=after(at_ms / 1000), balance=left, absent=absent)
        latest = max(latest, at_ms)
        assert done.credits_added >= 0
        assert done.ms_added >= 0
        left -= done.credits_added
        meter = done.meter
        assert left >= 0
        assert meter.billed_ms <= latest
        assert meter.charged == balance - left <= min(due(agreed, latest // 1000), balance)
        if done.end:
            break


@settings(max_examples=300)
@given(
    agreed=AGREED,
    balance=some.integers(0, 5000),
    gaps=some.lists(some.integers(1, 25_000), min_size=1, max_size=60),
    repeats=some.integers(1, 3),
)
def test_where_nothing_is_lost_it_is_the_closed_formula(agreed, balance, gaps, repeats):
    meter, left, now_ms, end = Meter(ready_at=NOV_10, mark_at=NOV_10), balance, 0, None
    for gap in gaps:
        now_ms += gap
        for _ in range(repeats):
            done = step(agreed, meter, at=after(0) + timedelta(milliseconds=now_ms), balance=left)
            meter, left, end = done.meter, left - done.credits_added, done.end
            if end:
                break
        if end:
            break
    whole_ms = min(now_ms, affordable(agreed, balance) * 1000)
    assert meter.billed_ms == whole_ms
    assert balance - left == min(due(agreed, whole_ms // 1000), balance)
    assert bool(end) == (now_ms >= affordable(agreed, balance) * 1000)
