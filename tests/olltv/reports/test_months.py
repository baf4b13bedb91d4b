"""How the months went: who came, who left, what came in."""

from datetime import UTC, datetime, timedelta

import pytest

from olltv_module.models import Reason
from olltv_module.reports import months
from olltv_module.reports.months import keep_months, months_kept
from olltv_module.services import lifecycle, orders
from tests.support import STAFF, Crash, crash_after


@pytest.fixture
def kept(billing, clock):
    """Count the months; gives them as plain rows."""

    def count():
        keep_months(billing, now=clock())
        with billing.reading() as session:
            return [
                (each.month, each.started, each.ended, each.at_end, each.revenue_minor) for each in months_kept(session)
            ]

    return count


@pytest.fixture
def leave(uow, clock, viewers):
    def go(person):
        lifecycle.leave(uow(), login=person.login, actor=STAFF, now=clock())
        viewers.deliver()

    return go


def test_before_anybody_came_there_is_only_the_present_month(kept):
    assert kept() == [("2026-11", 0, 0, 0, 0)]


def test_who_came_and_left_and_stayed(kept, viewers, make, clock, leave):
    start = make.tariff("50 UAH")
    clock.now = datetime(2026, 9, 15, tzinfo=UTC)
    early, _stays = viewers.watching(start), viewers.watching(start)
    clock.now = datetime(2026, 10, 20, tzinfo=UTC)
    viewers.watching(start)
    leave(early)
    clock.now = datetime(2026, 11, 5, tzinfo=UTC)
    viewers.watching(start)
    expected = [("2026-09", 2, 0, 2, 10000), ("2026-10", 1, 1, 2, 5000), ("2026-11", 1, 0, 3, 5000)]
    assert kept() == expected
    assert kept() == expected


def test_a_change_of_main_is_neither_a_beginning_nor_an_end(kept, viewers, make, clock, uow):
    start, more = make.tariff("50 UAH"), make.tariff("80 UAH")
    person = viewers.watching(start)
    clock.advance(days=1)
    orders.change(uow(), login=person.login, tariff_id=more.id, actor=STAFF, now=clock())
    viewers.deliver()
    assert kept() == [("2026-11", 1, 0, 1, 13000)]


def test_addons_and_pauses_and_refused_orders_do_not_count(kept, viewers, make, clock, uow, leave):
    start, extra = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    person = viewers.watching(start, extra)
    lifecycle.suspend(uow(), login=person.login, reason=Reason.VACATION, actor=STAFF, now=clock())
    viewers.deliver()
    waiting = make.subscriber(wallet="100 UAH")
    viewers.order(waiting, start)
    leave(waiting)
    assert kept() == [("2026-11", 1, 0, 1, 7000)]


def test_who_comes_back_begins_anew(kept, viewers, make, clock, leave):
    start = make.tariff("50 UAH")
    person = viewers.watching(start)
    leave(person)
    clock.advance(days=1)
    viewers.order(person, start)
    viewers.deliver()
    assert kept()[0][1:4] == (2, 1, 1)


def test_months_begin_at_the_operators_midnight(kept, viewers, make, clock):
    start = make.tariff("50 UAH")
    clock.now = datetime(2026, 10, 31, 21, 59, 59, tzinfo=UTC)
    viewers.watching(start)
    clock.now = datetime(2026, 10, 31, 22, 0, 0, tzinfo=UTC)
    viewers.watching(start)
    assert [(row[0], row[1]) for row in kept()] == [("2026-10", 1), ("2026-11", 1)]


def test_a_closed_month_is_finished_when_the_next_has_begun(kept, viewers, make, clock):
    start = make.tariff("50 UAH")
    kept()
    clock.now = datetime(2026, 11, 30, 21, 59, tzinfo=UTC)
    viewers.watching(start)
    clock.advance(hours=5)
    assert kept() == [("2026-11", 1, 0, 1, 5000), ("2026-12", 0, 0, 1, 0)]


def test_months_that_no_worker_saw_are_made_up_for(kept, viewers, make, clock):
    start = make.tariff("50 UAH")
    kept()
    clock.now = datetime(2026, 12, 15, tzinfo=UTC)
    viewers.watching(start)
    clock.now = datetime(2027, 2, 3, tzinfo=UTC)
    assert [row[:4] for row in kept()][-4:] == [
        ("2026-11", 0, 0, 0),
        ("2026-12", 1, 0, 1),
        ("2027-01", 0, 0, 1),
        ("2027-02", 0, 0, 1),
    ]


def test_a_long_history_is_cut(kept, viewers, make, clock):
    clock.now = datetime(2020, 1, 10, tzinfo=UTC)
    viewers.watching(make.tariff("50 UAH"))
    clock.now = datetime(2026, 11, 10, tzinfo=UTC)
    found = kept()
    assert len(found) == 13
    assert found[-1] == ("2026-11", 0, 0, 1, 0)


def test_a_crash_leaves_what_was_kept(kept, viewers, make, billing, clock):
    before = kept()
    viewers.watching(make.tariff("50 UAH"))
    with pytest.raises(Crash), crash_after(months, "insert_missing"):
        keep_months(billing, now=clock() + timedelta(seconds=1))
    with billing.reading() as session:
        assert [each.started for each in months_kept(session)] == [before[0][1]]
    assert kept()[0][1] == 1
