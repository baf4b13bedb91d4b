"""Figures that the worker keeps, the most at once, and ranges of days."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, update

from ppv_module.streams.figures import days
from ppv_module.streams.figures import statistics as page
from ppv_module.streams.figures.days import forget_days, keep, keep_days
from ppv_module.streams.figures.models import DayRow, HourPeak, Scope
from ppv_module.streams.figures.peaks import note_concurrent, peaks
from ppv_module.streams.figures.recounting import Count, recount
from ppv_module.streams.figures.statistics import statistics
from ppv_module.streams.models import Right, Server, Viewing
from tests.support import Crash, crash_after

NOON = datetime(2026, 11, 10, 10, tzinfo=UTC)
TODAY = date(2026, 11, 10)


@pytest.fixture
def figures(billing):
    """`figures(Scope.STREAM, 7)`: of the last week, by stream."""

    def read(by=Scope.ALL, days=1, now=NOON):
        with billing.reading() as session:
            return statistics(session, billing, first=TODAY - timedelta(days=days - 1), last=TODAY, by=by, now=now)

    return read


@pytest.fixture
def week(made, streams):
    """Somebody who watches on three days, which is one view, and others who do on one."""
    server, place = streams.server(seen_at=NOON), streams.place()
    for back in (2, 1, 0):
        ivan = made.viewing("u-ivan", server=server, place=place, at=NOON - timedelta(days=back), account_id=1)
        leave(made.streams.make.billing, [ivan], viewed_at=ivan.viewed_at if back == 2 else None)
        made.viewing(f"p-{back}", server=server, place=place, at=NOON - timedelta(days=back), live=None)
    return place


def rows_of(billing, model):
    with billing.reading() as session:
        return session.scalars(select(model)).all()


def forget_viewings(billing):
    uow = billing.uow()
    with uow:
        uow.session.execute(delete(Viewing))


def test_the_worker_keeps_each_day_that_is_over_once(billing, week):
    assert keep_days(billing, NOON) == [20261108, 20261109]
    assert keep_days(billing, NOON) == []
    assert {(row.day, row.scope, row.accounts, row.identifiers) for row in rows_of(billing, DayRow)} == {
        (day, scope, 1, 2) for day in (20261108, 20261109) for scope in Scope
    }


def test_a_day_is_kept_when_its_last_messages_have_been_worked_off(billing, week):
    midnight = datetime(2026, 11, 10, 22, tzinfo=UTC)
    assert 20261110 not in keep_days(billing, midnight + timedelta(minutes=59))
    assert keep_days(billing, midnight + timedelta(minutes=61)) == [20261110]


def test_a_worker_that_dies_between_two_days_goes_on_behind_the_first(billing, week):
    with pytest.raises(Crash), crash_after(days, "keep"):
        keep_days(billing, NOON)
    assert keep_days(billing, NOON) == [20261109]


def test_keeping_a_day_again_puts_it_in_the_place_of_what_was_kept(billing, week):
    keep_days(billing, NOON)
    with billing.reading() as session:
        counts = {scope: recount(session, scope=scope, first=20261109, last=20261109) for scope in Scope}
    before = len(rows_of(billing, DayRow))
    keep(billing.uow(), day=20261109, counts=counts)
    assert len(rows_of(billing, DayRow)) == before


def test_kept_days_give_what_counting_gives(billing, week, figures):
    counted = [figures(scope, days=3) for scope in Scope]
    keep_days(billing, NOON)
    assert [figures(scope, days=3) for scope in Scope] == counted


def test_days_stay_known_when_their_viewings_are_forgotten(billing, week, figures):
    keep_days(billing, datetime(2026, 11, 11, 10, tzinfo=UTC))
    forget_viewings(billing)
    assert figures().overall.count == Count(2, 1, 2, 1, 1, 120_000, 2000)


def test_who_is_unique_in_a_range_is_no_sum_of_its_days(billing, week, figures):
    found = figures(Scope.STREAM, days=3)
    assert found.overall.count == Count(6, 1, 4, 1, 4, 360_000, 6000)
    assert [(line.ref, line.count) for line in found.lines] == [(week, found.overall.count)]
    assert [(line.day.day, line.count.identifiers) for line in found.days] == [(8, 2), (9, 2), (10, 2)]


def test_too_many_viewings_leave_sums_alone(billing, week, figures, monkeypatch):
    monkeypatch.setattr(page, "MOST_SESSIONS", 5)
    found = figures(days=3)
    assert (found.is_unique_known, found.overall.count) == (False, Count(6, None, None, None, 4, 360_000, 6000))


def test_a_range_without_anybody_is_all_zeros(figures):
    found = figures(Scope.SERVER, days=3)
    assert (found.overall.count, found.lines, found.overall.peak.viewers) == (Count(), [], 0)


def test_live_viewers_are_counted_by_everything(billing, made, streams):
    one, two = streams.server("one", seen_at=NOON), streams.server("two", seen_at=NOON)
    sport, news = streams.place("live/sport"), streams.place("live/news")
    for server, place in ((one, sport), (one, sport), (two, sport), (two, news)):
        made.viewing("", server=server, place=place, at=NOON)
    made.viewing("monitor", server=one, place=news, right=Right.INTERNAL)
    made.viewing("gone", server=one, place=news, live=None)
    assert note_concurrent(billing, NOON) == 4
    assert {(row.scope, row.ref): row.viewers for row in rows_of(billing, HourPeak)} == {
        (Scope.ALL, 0): 4,
        (Scope.SERVER, one.id): 2,
        (Scope.SERVER, two.id): 2,
        (Scope.STREAM, sport): 3,
        (Scope.STREAM, news): 1,
        (Scope.APPLICATION, sport): 4,
    }


def test_a_silent_server_has_no_live_viewers(billing, made, streams):
    quick = streams.server("quick", seen_at=NOON - timedelta(seconds=74))
    slow = streams.server("slow", seen_at=NOON - timedelta(seconds=140), interval_s=60)
    silent = streams.server("silent", seen_at=NOON - timedelta(seconds=75))
    for server in (quick, slow, silent):
        made.viewing(server=server, place=streams.place())
    assert note_concurrent(billing, NOON) == 2


def test_an_hour_keeps_the_most_and_the_day_the_most_of_its_hours(billing, made, streams, figures):
    server = streams.server(seen_at=NOON + timedelta(hours=3))
    rows = [made.viewing(f"p-{number}", server=server, place=streams.place(), at=NOON) for number in range(3)]
    note_concurrent(billing, NOON)
    leave(billing, rows[:2])
    note_concurrent(billing, NOON + timedelta(minutes=1))
    note_concurrent(billing, NOON + timedelta(hours=1))
    assert [(row.hour, row.viewers, row.at) for row in rows_of(billing, HourPeak) if row.scope is Scope.ALL] == [
        (12, 3, NOON),
        (13, 1, NOON + timedelta(hours=1)),
    ]
    found = figures(now=NOON + timedelta(hours=1, minutes=1))
    assert (found.overall.peak.viewers, found.overall.peak.at, found.overall.current) == (3, NOON, 1)


def leave(billing, rows, **changes):
    uow = billing.uow()
    with uow:
        for row in rows:
            uow.session.execute(update(Viewing).where(Viewing.id == row.id).values(live=None, **changes))


def test_the_most_at_once_may_be_now(billing, made, streams, figures):
    made.viewing(server=streams.server(seen_at=NOON), place=streams.place(), at=NOON)
    assert (figures().overall.peak.viewers, figures().overall.peak.at) == (1, NOON)


def test_nothing_is_noted_when_nobody_watches(billing, streams):
    streams.server(seen_at=NOON)
    assert note_concurrent(billing, NOON) == 0
    assert rows_of(billing, HourPeak) == []


def test_minutes_of_the_hours_are_together_those_of_the_day(billing, made, streams, figures):
    server, place = streams.server(seen_at=NOON + timedelta(hours=5)), streams.place()
    for hours, minutes in ((0, 10), (1, 20), (4, 5)):
        made.viewing(server=server, place=place, at=NOON + timedelta(hours=hours), minutes=minutes)
        note_concurrent(billing, NOON + timedelta(hours=hours))
    made.viewing(server=server, place=place, at=NOON, minutes=7)
    found = figures(now=NOON + timedelta(hours=4, minutes=1))
    assert {line.hour: line.minutes for line in found.hours if line.minutes} == {12: 30, 13: 5, 16: 7}
    assert sum(line.watched_ms for line in found.hours) == found.overall.count.watched_ms


def test_two_workers_that_count_at_once_keep_the_most(billing, made, streams):
    server = streams.server(seen_at=NOON)
    for number in range(5):
        made.viewing(f"p-{number}", server=server, place=streams.place(), at=NOON)
    with ThreadPoolExecutor(4) as pool:
        counts = pool.map(lambda second: note_concurrent(billing, NOON + timedelta(seconds=second)), range(8))
        assert list(counts) == [5] * 8
    with billing.reading() as session:
        assert peaks(session, scope=Scope.ALL, first=20261110, last=20261110)[0].viewers == 5


def test_old_figures_are_forgotten(billing, week):
    keep_days(billing, NOON)
    forget_days(billing.uow(), before=20261109)
    with billing.reading() as session:
        assert session.scalar(select(func.min(DayRow.day))) == 20261109


def test_a_server_that_was_never_heard_is_no_trouble(billing, streams):
    streams.server("new")
    assert note_concurrent(billing, NOON) == 0
    assert rows_of(billing, Server)
