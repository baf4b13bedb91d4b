"""Options, prices and months of the run."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from billing.periods import Month
from olltv_module.options import OlltvOptions
from olltv_module.services import tariffs
from olltv_module.services.fees.models import FeeRun
from olltv_module.services.fees.run import FeeDay, FutureMonth, charge
from tests.olltv.fees.population import (
    DECEMBER,
    NOVEMBER,
    Line,
    Sub,
    Viewer,
    fee_transfers,
    lines,
    populate,
    run_fees,
    subscriptions,
)
from tests.support import DEC_1, NOV_10, STAFF, assert_books_balance, balance, money

# Options


class TestKeepMain:
    """OLLTV_KEEP_MAIN is on."""

    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, keep_main=True)

    def test_the_main_stays_on_when_only_the_addons_do_not_fit(self, billing, sold, december):
        main, sport, kids, bonus = Sub(sold.main), Sub(sold.sport), Sub(sold.kids), Sub(sold.bonus)
        paid = replace(main, paid="2026-12")
        people = populate(
            billing,
            [
                Viewer((main, sport, kids), 8050),  # all fits
                Viewer((main, sport, kids), 8049),
                Viewer((main, sport, replace(kids, paid="2026-12")), 5000),
                Viewer((main, sport), 4999),  # not even the main
                Viewer((paid, sport), 1999),  # the main is not due
                Viewer((main, sport), 5000, frozen=True),
                Viewer((main, sport), 5000, gone=True),
                Viewer((Sub(sold.gift), sport), 0),
                Viewer((main, sport, bonus), 5000),
            ],
        )

        run = run_fees(billing, december)

        assert list(lines(billing, run).values()) == [
            Line("charged", 3, 8050, 8050),
            Line("kept_main", 1, 8050, 5000, 1),
            Line("kept_main", 1, 7000, 5000, 2000),
            Line("no_money", 0, 7000, 0, 2001),
            Line("no_money", 0, 2000, 0, 1),
            Line("frozen", 0, 7000),
            Line("gone", 0, 7000),
            Line("kept_main", 0, 2000, 0, 2000),
            Line("kept_main", 1, 7000, 5000, 2000),
        ]
        assert [[state for state, *_ in subscriptions(billing, login)] for login in people] == [
            ["active"] * 3,
            ["active", "suspended", "suspended"],
            ["active", "suspended", "active"],
            ["suspended"] * 2,
            ["active", "suspended"],
            ["suspended"] * 2,
            ["suspended"] * 2,
            ["active", "suspended"],
            ["active", "suspended", "suspended"],
        ]
        assert (run.kept_main, run.fees, run.charged_minor) == (4, 6, 23050)
        assert_books_balance(billing)


class TestWithCredit:
    """OLLTV_USE_CREDIT is on."""

    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, use_credit=True)

    def test_the_credit_limit_is_money_to_the_last_kopiyka(self, billing, sold, december):
        main = (Sub(sold.main),)
        enough, short, deep = populate(
            billing, [Viewer(main, 4000, credit=1000), Viewer(main, 3999, credit=1000), Viewer(main, -500, credit=6000)]
        )

        run = run_fees(billing, december)

        assert lines(billing, run) == {
            enough: Line("charged", 1, 5000, 5000),
            short: Line("no_money", 0, 5000, 0, 1),
            deep: Line("charged", 1, 5000, 5000),
        }
        assert balance(billing, enough) == money("-10 UAH")
        assert_books_balance(billing)


# Prices and months


def test_a_run_takes_the_fee_of_the_first_of_its_month(billing, sold, clock, uow):
    """A change in the middle of the month counts from the next one on, wherever the operator's midnight is."""
    kyiv_dec_1 = DECEMBER.starts(billing.zone)
    for fee, starts_at in (
        ("61 UAH", NOV_10 + timedelta(days=1)),
        ("62 UAH", kyiv_dec_1),
        ("63 UAH", kyiv_dec_1 + timedelta(microseconds=1)),
        ("64 UAH", datetime(2027, 1, 1, tzinfo=UTC)),
    ):
        tariffs.set_fee(uow(), tariff_id=sold.main.id, fee=money(fee), starts_at=starts_at, actor=STAFF, now=NOV_10)
    populate(billing, [Viewer((Sub(sold.main, paid="2026-10"),), 100_000)])
    spent = []
    for now, period in (
        (datetime(2026, 12, 20, tzinfo=UTC), NOVEMBER),
        (datetime(2026, 12, 20, tzinfo=UTC), DECEMBER),
        (datetime(2027, 1, 20, tzinfo=UTC), Month(2027, 1)),
    ):
        clock.now = now
        spent.append(run_fees(billing, clock, period=period).charged_minor)

    assert spent == [5000, 6200, 6300]


def test_a_price_that_changes_in_the_middle_of_a_run_does_not_split_it(billing, sold, clock, uow):
    clock.now = NOV_10
    populate(billing, [Viewer((Sub(sold.main, paid="2026-10"),), 100_000)] * 6)

    steps = charge(FeeDay(billing, clock, 2), actor=STAFF)
    next(steps)
    tariffs.set_fee(uow(), tariff_id=sold.main.id, fee=money("1 UAH"), starts_at=NOV_10, actor=STAFF, now=NOV_10)
    *_, run = steps

    assert run.charged_minor == 6 * 5000


def test_the_month_is_the_operators(billing, sold, clock):
    populate(billing, [Viewer((Sub(sold.main),), 5000)])
    clock.now = datetime(2026, 11, 30, 21, 59, 59, tzinfo=UTC)
    november = run_fees(billing, clock)
    clock.now = datetime(2026, 11, 30, 22, 0, tzinfo=UTC)  # midnight in Kyiv

    assert (november.period, november.charged) == ("2026-11", 0)
    assert (run_fees(billing, clock).period, run_fees(billing, clock).charged) == ("2026-12", 0)
    assert len(fee_transfers(billing)) == 1


def test_a_month_that_has_not_begun_is_not_charged_and_one_after_the_next_not_previewed(billing, sold, december):
    january = DECEMBER.next()
    for period, preview in ((january, False), (january.next(), False), (january.next(), True)):
        with pytest.raises(FutureMonth):
            run_fees(billing, december, period=period, preview=preview)

    with billing.reading() as session:
        assert session.scalars(select(FeeRun)).all() == []


def test_the_next_month_is_previewed_with_its_own_prices_and_nobody_pays(billing, sold, clock, uow):
    at = DECEMBER.starts(billing.zone)
    tariffs.set_fee(uow(), tariff_id=sold.main.id, fee=money("60 UAH"), starts_at=at, actor=STAFF, now=NOV_10)
    rich, poor = populate(billing, [Viewer((Sub(sold.main),), 6000), Viewer((Sub(sold.main),), 5999)])

    preview = run_fees(billing, clock, period=DECEMBER, preview=True)

    assert lines(billing, preview) == {rich: Line("charged", 1, 6000, 6000), poor: Line("no_money", 0, 6000, 0, 1)}
    assert (preview.period, preview.missed) == ("2026-12", "")
    assert fee_transfers(billing) == []


def test_the_preview_of_the_next_month_names_the_present_one_as_long_as_it_is_not_charged(billing, sold, clock):
    clock.now = datetime(2026, 10, 10, tzinfo=UTC)
    run_fees(billing, clock)
    clock.now = NOV_10

    assert run_fees(billing, clock, period=DECEMBER, preview=True).missed == "2026-11"


def test_missed_months_are_named_and_can_be_made_up_for(billing, sold, clock):
    (login,) = populate(billing, [Viewer((Sub(sold.main, paid="2026-10"),), 100_000)])
    clock.now = NOV_10
    run_fees(billing, clock)
    clock.now = datetime(2027, 2, 10, tzinfo=UTC)

    late = run_fees(billing, clock, preview=True)
    for period in (DECEMBER, Month(2027, 1)):
        run_fees(billing, clock, period=period)
    now = run_fees(billing, clock)

    assert (late.missed, now.missed) == ("2026-12,2027-01", "")
    assert [period for *_, period in fee_transfers(billing)] == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert subscriptions(billing, login) == [("active", None, "2027-02")]
    assert_books_balance(billing)


def test_a_month_behind_a_paid_one_is_not_charged_any_more(billing, sold, clock):
    populate(billing, [Viewer((Sub(sold.main, paid="2026-12"),), 100_000)])
    clock.now = DEC_1

    assert run_fees(billing, clock, period=NOVEMBER).charged == 0


def test_no_more_than_twelve_missed_months_are_named(billing, clock):
    run_fees(billing, clock)
    clock.now = datetime(2028, 6, 10, tzinfo=UTC)

    missed = run_fees(billing, clock).missed.split(",")
    assert (len(missed), missed[0], missed[-1]) == (12, "2027-06", "2028-05")


def test_a_tariff_made_after_the_run_began_is_none_of_its_business(billing, sold, december, make):
    populate(billing, [Viewer((Sub(sold.main),), 5000)] * 4)
    steps = charge(FeeDay(billing, december, 2), actor=STAFF)
    next(steps)
    (late,) = populate(billing, [Viewer((Sub(make.tariff("30 UAH"), paid="2026-12"),), 3000)])
    *_, run = steps

    assert run.charged == 4
    assert subscriptions(billing, late) == [("active", None, "2026-12")]
