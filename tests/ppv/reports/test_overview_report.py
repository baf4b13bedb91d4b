"""How pay-per-view stands, and who has credits."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.money import Money
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action
from ppv_module.chat.models import Tenant
from ppv_module.chat.reports.overview import DAYS, overview
from ppv_module.chat.reports.viewers import (
    WantedViewers,
    all_viewers,
    count_viewers,
    credits_of,
    places_of,
    viewers_page,
)
from ppv_module.chat.shows.models import ShowState
from ppv_module.credits.accounts import claw_back, lock_credits
from ppv_module.credits.models import CreditState, OrderState, Verdict
from tests.ppv.reports.counting import statements
from tests.support import STAFF

NOV_10 = datetime(2026, 11, 10, 8, tzinfo=UTC)
"""An hour before the clock's time."""


@pytest.fixture
def board(billing, clock):
    def read():
        with billing.reading() as session:
            return overview(session, now=clock(), zone=billing.zone)

    return read


def test_nothing_is_said_where_nothing_was(board):
    found = board()
    assert (found.live, found.asking, found.sold, found.spent, found.top) == ([], 0, [], [], [])
    assert (found.liability.credits, found.troubles.none, len(found.days)) == (0, True, DAYS)


def test_live_shows_and_requests(made, chat, here, there, board):
    made.show(here.performer, here.viewer, ended_at=None, credits=0)
    made.show(there.performer, there.viewer, ended_at=None, credits=0, state=ShowState.REQUESTED, ready_at=None)
    found = board()
    assert [(each.tenant, each.performer, each.viewer) for each in found.live] == [("Kyiv", "Anna", "Ivan")]
    assert found.asking == 1


def test_credits_that_are_held_are_worth_what_each_chat_says(chat, here, there, board):
    chat.give("ivan", 100)
    chat.give("hans", 50)
    found = board()
    assert found.liability.credits == 150
    assert [found.liability.worth(each) for each in found.tenants] == [Money(250, "UAH"), Money(250, "EUR")]


def test_a_debt_is_not_set_off_against_credits_of_others(chat, clock, here, there, board):
    chat.give("ivan", 100)
    uow = chat.make.billing.uow()
    with uow:
        claw_back(uow, lock_credits(uow, "hans"), credits=30, key="test", actor=STAFF, at=clock(), note="back")
    found = board().liability
    assert (found.credits, found.owed, found.frozen) == (100, 30, 1)


def test_days_are_the_operators_days(made, here, board):
    midnight = datetime(2026, 11, 9, 22, tzinfo=UTC)
    made.tip(here.performer, here.viewer, 1, at=midnight - timedelta(microseconds=1))
    made.tip(here.performer, here.viewer, 10, at=midnight)
    made.show(here.performer, here.viewer, ended_at=midnight, credits=100)
    made.tip(here.performer, here.viewer, 1000, at=midnight, reversed_at=midnight)
    days = {each.day: each for each in board().days}
    assert (days[date(2026, 11, 9)].tip_credits, days[date(2026, 11, 9)].show_credits) == (1, 0)
    assert (days[date(2026, 11, 10)].tip_credits, days[date(2026, 11, 10)].show_credits) == (10, 100)


def test_days_have_no_gap_when_clocks_change(made, here, clock, board):
    """On 25 October 2026 a day in Kyiv has twenty-five hours."""
    for at in (datetime(2026, 10, 24, 21, tzinfo=UTC), datetime(2026, 10, 25, 21, 59, tzinfo=UTC)):
        made.tip(here.performer, here.viewer, 5, at=at)
    days = {each.day: each.tip_credits for each in board().days}
    assert (days[date(2026, 10, 25)], days[date(2026, 10, 24)], days[date(2026, 10, 26)]) == (10, 0, 0)


def test_turnover_of_today_and_of_the_month_by_currency(made, chat, here, there, board):
    made.tip(here.performer, here.viewer, 600, at=NOV_10)
    made.tip(here.performer, here.viewer, 60, at=NOV_10 - timedelta(days=5))
    made.tip(here.performer, here.viewer, 6, at=NOV_10 - timedelta(days=12))
    made.tip(there.performer, there.viewer, 600, at=NOV_10)
    made.earning(here.performer, None, Action.ADJUSTMENT, 0, at=NOV_10, price_mills=0, benefit_mills=7)
    made.order(chat.pack(here.tenant, price_minor=2_000), "ivan", paid_at=NOV_10)
    made.order(chat.pack(here.tenant, price_minor=300), "ivan", paid_at=NOV_10 - timedelta(days=5))
    made.order(chat.pack(here.tenant, price_minor=40), "ivan", paid_at=NOV_10 - timedelta(days=12))
    found = board()
    assert [(each.today, each.month) for each in found.spent] == [
        (Mills(10_000, "EUR"), Mills(10_000, "EUR")),
        (Mills(10_000, "UAH"), Mills(11_000, "UAH")),
    ]
    assert [(each.today, each.month) for each in found.sold] == [(Money(2_000, "UAH"), Money(2_300, "UAH"))]


def test_top_viewers_are_those_who_spent_most(made, chat, here, board):
    petro = chat.viewer(here.tenant, "petro")
    made.tip(here.performer, here.viewer, 5, at=NOV_10)
    made.tip(here.performer, petro, 7, at=NOV_10)
    made.show(here.performer, here.viewer, ended_at=NOV_10, credits=3)
    assert [(each.login, each.credits) for each in board().top] == [("ivan", 8), ("petro", 7)]


def test_lost_ticks_and_time_that_nobody_paid_for(made, here, board):
    made.show(here.performer, here.viewer, ended_at=NOV_10)
    dropped = made.show(here.performer, here.viewer, ended_at=NOV_10)
    made.dropped(dropped, 3)
    gap = made.show(here.performer, here.viewer, ended_at=NOV_10, seconds=600, billed_ms=500_000)
    made.dropped(made.show(here.performer, here.viewer, ended_at=NOV_10), 2)
    old = made.show(here.performer, here.viewer, ended_at=NOV_10 - timedelta(days=2))
    made.dropped(old, 9)
    assert [(each.show.id, each.dropped, each.unbilled_s) for each in board().anomalies] == [
        (dropped.id, 3, 0),
        (gap.id, 0, 100),
    ]


def test_requests_that_came_to_nothing(made, here, there, board):
    for state in (ShowState.REFUSED, ShowState.REFUSED, ShowState.EXPIRED):
        made.show(here.performer, here.viewer, ended_at=NOV_10, credits=0, state=state)
    made.show(there.performer, there.viewer, ended_at=NOV_10, credits=0)
    [line] = board().refusals
    assert (line.performer, line.number, line.by_state) == (
        "Anna",
        3,
        {ShowState.REFUSED: 2, ShowState.EXPIRED: 1},
    )


def test_troubles_are_counted(made, chat, clock, here, board):
    uow = chat.make.billing.uow()
    with uow:
        uow.session.get_one(Tenant, here.tenant.id).poll_failed_since = clock()
    order = made.order(chat.pack(here.tenant), "ivan", state=OrderState.DISPUTED)
    made.payment(order, at=NOV_10, gross=1, granted=False, flag="wrong_sum")
    made.notice(at=clock() - timedelta(hours=2))
    made.notice(at=clock(), verdict=Verdict.ERROR)
    found = board().troubles
    assert ([each.name for each in found.silent], found.notices, found.disputed, found.flagged) == (["Kyiv"], 2, 1, 1)
    assert not found.none


def test_the_page_takes_as_many_statements_for_many_as_for_few(billing, made, here, there, board):
    with statements(billing.engine) as few:
        board()
    for place in (here, there):
        for _time in range(3):
            made.dropped(made.show(place.performer, place.viewer, ended_at=NOV_10), 3)
            made.tip(place.performer, place.viewer, 1, at=NOV_10)
    with statements(billing.engine) as many:
        board()
    assert len(many) == len(few)


def test_viewers_with_what_they_have_and_spent(billing, chat, made, clock, here, there):
    chat.give("ivan", 100)
    made.show(here.performer, here.viewer, ended_at=NOV_10, credits=60)
    made.show(here.performer, here.viewer, ended_at=NOV_10, credits=5)
    uow = chat.make.billing.uow()
    with uow:
        uow.session.get_one(CreditState, "hans").frozen_by = "staff"

    def found(**wanted):
        asked = WantedViewers(**wanted)
        with billing.reading() as session:
            lines = viewers_page(session, asked).rows
            assert count_viewers(session, asked).number == len(lines)
        rows = [(each.login, each.balance, each.spent) for each in lines]
        assert [(each.login, each.balance, each.spent) for each in all_viewers(billing.reading, asked)] == rows
        return rows

    assert found() == [("hans", 0, 0), ("ivan", 100, 65)]
    assert found(frozen=True) == found(begins="ha") == [("hans", 0, 0)]
    assert found(in_debt=True) == []


def test_a_viewer_is_known_by_each_chat_apart(billing, chat, here, there):
    chat.viewer(there.tenant, "ivan", number=10_099)
    with billing.reading() as session:
        assert [(each.tenant, each.person.number) for each in places_of(session, "ivan")] == [
            ("Kyiv", 10_005),
            ("Wien", 10_099),
        ]
        assert credits_of(session, "nobody") is None
        assert credits_of(session, "ivan").balance == 0
