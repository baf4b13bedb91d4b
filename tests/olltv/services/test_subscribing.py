"""Ordering a main tariff: for money, without charge, on credit."""

from functools import partial

import pytest
from sqlalchemy.orm import Session

from billing.errors import NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.host.native import NativeHost
from billing.ledger.holds import Ledger
from billing.uow import UnitOfWork
from olltv_module.errors import (
    AlreadyHasMain,
    BadMobile,
    NoEmail,
    NoMobile,
    ReasonWanted,
    ResumeFirst,
    SubscriberDown,
    SubscriberFrozen,
    TariffNotOnSale,
    WrongKind,
)
from olltv_module.models import Reason
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, orders, subscribers, tariffs
from tests.olltv.support import events, states, subs
from tests.support import GUEST, STAFF, Crash, assert_books_balance, available, balance, crash_after, money

CRASHES = [
    pytest.param(Ledger, "hold", id="hold"),
    pytest.param(Session, "flush", id="flush"),
    pytest.param(subscribers, "mark_due", id="mark_due"),
]


# Subscribing


def test_a_subscription_reserves_the_fee_and_waits_for_the_partner(billing, make, place):
    ivan, start = make.subscriber(wallet="150.00 UAH"), make.tariff("50.00 UAH")

    sub = place(orders.subscribe, ivan, tariff_id=start.id)

    assert (sub.state, sub.paid_through, sub.fact) == ("pending", "", "off")
    assert balance(billing, ivan.login) == money("150.00 UAH")
    assert available(billing, ivan.login) == money("100.00 UAH")
    assert events(billing)[-1] == f"OLLTV SUBSCRIBER ({ivan.login}) ORDER TARIFF [{start.id}]"
    assert_books_balance(billing)


def test_the_partners_yes_takes_the_fee_and_the_log_tells_it_in_the_contracts_words(billing, make, viewers):
    start = make.tariff("99.90 UAH")
    seen = len(events(billing))

    ivan = viewers.watching(start, wallet="99.90 UAH")

    login, number = ivan.login, subs(billing, ivan)[0].subscriber_id
    assert states(billing, ivan) == ["active"]
    assert subs(billing, ivan)[0].paid_through == "2026-11"
    assert balance(billing, login) == money("0 UAH")
    assert events(billing, since=seen) == [
        f"OLLTV SUBSCRIBER ({login}) ORDER TARIFF [{start.id}]",
        f"OLLTV CREATE SUBSCRIBER ({login}) AS [r-{login}]",
        f"OLLTV SUBSCRIBER ({login}) SET TARIFF [{start.id}]",
        f"BALANCEADD ({login}) ON -99.9",
        f"OLLTV CHARGE TARIFF [{start.id}] FEE `99.9` FOR ({login}) AS [{number}]",
    ]
    assert_books_balance(billing)


def test_subscribing_again_is_answered_as_it_stands(billing, make, place, viewers):
    start = make.tariff("50.00 UAH")
    ivan = make.subscriber(wallet="150.00 UAH")

    first = place(orders.subscribe, ivan, tariff_id=start.id)
    again = place(orders.subscribe, ivan, tariff_id=start.id)
    viewers.deliver()
    later = place(orders.subscribe, ivan, tariff_id=start.id)

    assert first.id == again.id == later.id
    assert balance(billing, ivan.login) == money("100.00 UAH")
    assert_books_balance(billing)


def test_an_archived_tariff_is_still_answered_to_who_has_it(make, place, viewers, uow, clock):
    start = make.tariff()
    ivan = viewers.watching(start)
    tariffs.archive(uow(), tariff_id=start.id, actor=STAFF, now=clock())

    assert place(orders.subscribe, ivan, tariff_id=start.id).tariff_id == start.id


def test_one_kopiyka_short_is_refused_and_nothing_has_changed(billing, make, place):
    ivan, start = make.subscriber(wallet="49.99 UAH"), make.tariff("50.00 UAH")

    with pytest.raises(NotEnoughMoney) as refusal:
        place(orders.subscribe, ivan, tariff_id=start.id)

    assert refusal.value.facts["lack"] == money("0.01 UAH")
    assert subs(billing, ivan) == []
    assert available(billing, ivan.login) == money("49.99 UAH")


@pytest.mark.parametrize(
    ("profile", "refusal"),
    [
        ({"frozen": True}, SubscriberFrozen),
        ({"down": True}, SubscriberDown),
        ({"mobile": ""}, NoMobile),
        ({"mobile": "12345"}, BadMobile),
        ({"email": "x" * 60 + "@isp.example"}, NoEmail),
    ],
)
def test_who_may_not_or_cannot_order_leaves_no_trace(billing, make, place, profile, refusal):
    ivan, start = make.subscriber(wallet="100 UAH", **profile), make.tariff()

    with pytest.raises(refusal):
        place(orders.subscribe, ivan, tariff_id=start.id)

    assert subs(billing, ivan) == []
    assert available(billing, ivan.login) == money("100 UAH")


@pytest.mark.parametrize(
    ("profile", "line"),
    [
        ({"mobile": " "}, "OLLTV CREATE SUBSCRIBER (ivan) FAIL EMPTY_MOBILE"),
        ({"email": "x" * 65}, "OLLTV CREATE SUBSCRIBER (ivan) FAIL EMPTY_EMAIL"),
    ],
)
def test_missing_contacts_are_told_to_the_event_log(billing, make, place, profile, line):
    ivan, start = make.subscriber("ivan", wallet="100 UAH", **profile), make.tariff()

    with pytest.raises((NoMobile, NoEmail)):
        place(orders.subscribe, ivan, tariff_id=start.id)

    assert events(billing)[-1] == line


def test_an_unknown_login_is_refused(make, clock, uow):
    with pytest.raises(UnknownLogin):
        orders.subscribe(uow(), login="nobody", tariff_id=make.tariff().id, actor=GUEST, now=clock())


def test_only_a_main_on_sale_can_be_subscribed(billing, make, place, uow, clock):
    ivan, addon, old = make.subscriber(wallet="500 UAH"), make.tariff(main=False), make.tariff()
    tariffs.archive(uow(), tariff_id=old.id, actor=STAFF, now=clock())

    for tariff_id, refusal in ((999, TariffNotOnSale), (old.id, TariffNotOnSale), (addon.id, WrongKind)):
        with pytest.raises(refusal):
            place(orders.subscribe, ivan, tariff_id=tariff_id)
    assert subs(billing, ivan) == []


def test_a_second_main_is_refused_in_every_state_of_the_first(billing, make, place, viewers):
    start, top = make.tariff(), make.tariff()
    ivan = make.subscriber(wallet="500 UAH")
    place(orders.subscribe, ivan, tariff_id=start.id)

    for step in (viewers.deliver, partial(place, lifecycle.suspend, ivan, reason=Reason.STAFF), viewers.deliver):
        with pytest.raises(AlreadyHasMain):
            place(orders.subscribe, ivan, tariff_id=top.id)
        step()
    assert available(billing, ivan.login) == money("450 UAH")


def test_a_suspended_main_wants_to_be_resumed_not_ordered(make, place, viewers):
    start = make.tariff()
    ivan = viewers.watching(start)
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)

    with pytest.raises(ResumeFirst):
        place(orders.subscribe, ivan, tariff_id=start.id)


def test_a_main_is_never_answered_where_an_addon_is_asked_for_nor_the_other_way_round(make, place, viewers):
    main, addon = make.tariff(), make.tariff(main=False)
    ivan = viewers.watching(main, addon)

    for use_case, tariff in ((orders.subscribe, addon), (orders.change, addon), (orders.add_addon, main)):
        with pytest.raises(WrongKind):
            place(use_case, ivan, tariff_id=tariff.id)


@pytest.mark.parametrize(("target", "name"), CRASHES)
def test_a_crash_while_subscribing_leaves_no_trace_and_the_repeat_pays_once(billing, make, place, target, name):
    ivan, start = make.subscriber(wallet="150.00 UAH"), make.tariff("50.00 UAH")

    with pytest.raises(Crash), crash_after(target, name):
        place(orders.subscribe, ivan, tariff_id=start.id)
    assert subs(billing, ivan) == []
    assert available(billing, ivan.login) == money("150.00 UAH")

    place(orders.subscribe, ivan, tariff_id=start.id)
    assert available(billing, ivan.login) == money("100.00 UAH")
    assert_books_balance(billing)


def test_a_crash_right_after_the_commit_is_repeated_without_a_second_fee(billing, make, place):
    ivan, start = make.subscriber(wallet="150.00 UAH"), make.tariff("50.00 UAH")

    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        place(orders.subscribe, ivan, tariff_id=start.id)
    place(orders.subscribe, ivan, tariff_id=start.id)

    assert states(billing, ivan) == ["pending"]
    assert available(billing, ivan.login) == money("100.00 UAH")
    assert_books_balance(billing)


# Without charge, free tariffs, credit


def test_without_charge_the_month_counts_as_paid_and_the_reason_is_logged(billing, make, place, viewers):
    ivan, start = make.subscriber(), make.tariff()

    place(orders.subscribe, ivan, tariff_id=start.id, free="made good for {the outage}")
    viewers.deliver()

    assert states(billing, ivan) == ["active"]
    assert subs(billing, ivan)[0].paid_through == "2026-11"
    assert balance(billing, ivan.login) == money("0 UAH")
    order = f"OLLTV SUBSCRIBER ({ivan.login}) ORDER TARIFF [{start.id}]"
    assert f"{order} WITHOUT CHARGE `made good for {{the outage}}`" in events(billing)


@pytest.mark.parametrize("reason", ["", "   "])
def test_without_charge_wants_a_reason(billing, make, place, viewers, reason):
    start, addon, top = make.tariff(), make.tariff(main=False), make.tariff()
    ivan = make.subscriber(wallet="100 UAH")

    with pytest.raises(ReasonWanted):
        place(orders.subscribe, ivan, tariff_id=start.id, free=reason)
    viewers.order(ivan, start)
    viewers.deliver()
    with pytest.raises(ReasonWanted):
        place(orders.add_addon, ivan, tariff_id=addon.id, free=reason)
    with pytest.raises(ReasonWanted):
        place(orders.change, ivan, tariff_id=top.id, free=reason)

    assert states(billing, ivan) == ["active"]


def test_a_free_tariff_reserves_nothing_and_counts_as_paid(billing, make, place, viewers):
    ivan, gift = make.subscriber(), make.tariff("0 UAH")

    assert place(orders.subscribe, ivan, tariff_id=gift.id).hold_id is None
    viewers.deliver()

    assert subs(billing, ivan)[0].paid_through == "2026-11"
    assert not any("CHARGE" in line for line in events(billing))


def test_credit_is_no_money_unless_the_operator_says_so(billing, make, place):
    ivan, start = make.subscriber(wallet="40 UAH", credit="100 UAH"), make.tariff("50 UAH")

    with pytest.raises(NotEnoughMoney) as refusal:
        place(orders.subscribe, ivan, tariff_id=start.id)

    assert refusal.value.facts["lack"] == money("10 UAH")
    assert available(billing, ivan.login) == money("40 UAH")


class TestWithCredit:
    """OLLTV_USE_CREDIT is on."""

    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, domain="isp.example", use_credit=True)

    def test_the_wallet_falls_to_the_credit_limit_and_no_further(self, billing, make, place, viewers):
        ivan, start = make.subscriber(wallet="40 UAH", credit="10 UAH"), make.tariff("50 UAH")
        petro = make.subscriber(wallet="39.99 UAH", credit="10 UAH")

        place(orders.subscribe, ivan, tariff_id=start.id)
        with pytest.raises(NotEnoughMoney) as refusal:
            place(orders.subscribe, petro, tariff_id=start.id)
        viewers.deliver()

        assert balance(billing, ivan.login) == money("-10 UAH")
        assert refusal.value.facts["lack"] == money("0.01 UAH")
        assert_books_balance(billing)

    def test_a_credit_that_was_taken_back_cannot_be_spent_again(self, billing, make, place):
        """The floor of the wallet stays as deep as the debt was; what counts is the limit of today."""
        start = make.tariff("50 UAH")
        ivan = make.subscriber(credit="50 UAH")
        place(orders.subscribe, ivan, tariff_id=start.id)
        uow = billing.uow()
        with uow:
            host: NativeHost = uow.host
            host.set_credit(ivan.login, money("0 UAH"))
        place(lifecycle.leave, ivan)

        with pytest.raises(NotEnoughMoney):
            place(orders.subscribe, ivan, tariff_id=start.id)

        assert available(billing, ivan.login) == money("0 UAH")
