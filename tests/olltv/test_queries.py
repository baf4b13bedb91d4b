"""What doors show of a subscriber: television, money, what comes next."""

from dataclasses import replace

import pytest

from billing.host.base import UnknownLogin
from billing.host.native import NativeHost
from billing.periods import Month
from olltv_module import queries
from olltv_module.errors import AddonNeedsMain
from olltv_module.models import Reason, State
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, orders, subscribers, tariffs
from olltv_module.services import money as fee_money
from olltv_module.services.fees import run as fees
from olltv_module.services.fees.models import Outcome
from olltv_module.views import Tv
from tests.support import DEC_1, GUEST, NOV_10, STAFF, money, subscriber


@pytest.fixture
def view(billing, clock):
    return lambda login: queries.subscriber_view(billing, login=login, now=clock())


def switch_on(uow, login):
    """The partner has said yes to everything that was ordered."""
    unit = uow()
    with unit:
        person = subscribers.locked(unit, login)
        for sub in person.live:
            if sub.state is State.PENDING:
                fee_money.settle(unit, person, sub, actor=GUEST, now=NOV_10)
                sub.activate(NOV_10)


def test_who_never_had_television_is_shown_with_his_wallet(make, view):
    make.subscriber("ann", wallet="12.50 UAH")

    ann = view("ann")

    assert (ann.tv, ann.subscriptions, ann.next_charge, ann.delivery) == (Tv.NONE, [], None, None)
    assert ann.wallet.available == money("12.50 UAH")


def test_nobody_is_not_shown(view):
    with pytest.raises(UnknownLogin):
        view("nobody")


def test_an_order_that_waits_shows_its_reserve_and_the_next_month(make, view, uow):
    make.subscriber("ann", wallet="80 UAH")
    start = make.tariff("50 UAH")
    orders.subscribe(uow(), login="ann", tariff_id=start.id, actor=GUEST, now=NOV_10)

    ann = view("ann")

    assert ann.tv is Tv.SWITCHING_ON and ann.delivery is not None
    assert (ann.wallet.balance, ann.wallet.held, ann.wallet.available) == tuple(
        money(each) for each in ("80 UAH", "50 UAH", "30 UAH")
    )
    assert (ann.next_charge.month, ann.next_charge.total) == (Month(2026, 12), money("50 UAH"))
    assert ann.next_charge.lack == money("20 UAH")


def test_the_next_charge_knows_the_fee_of_its_month(make, view, uow):
    make.subscriber("ann", wallet="500 UAH")
    start, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    orders.subscribe(uow(), login="ann", tariff_id=start.id, actor=GUEST, now=NOV_10)
    orders.add_addon(uow(), login="ann", tariff_id=sport.id, actor=GUEST, now=NOV_10)
    switch_on(uow, "ann")
    december = Month(2026, 12).starts(uow().billing.zone)
    tariffs.set_fee(uow(), tariff_id=start.id, fee=money("60 UAH"), starts_at=december, actor=STAFF, now=NOV_10)

    ann = view("ann")

    assert ann.next_charge.total == money("80 UAH") and ann.main.price == money("50 UAH")


def test_a_month_that_is_due_now_is_the_next_charge(make, view, uow, clock):
    make.subscriber("ann", wallet="50 UAH")
    orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)
    switch_on(uow, "ann")
    clock.now = DEC_1

    assert view("ann").next_charge.month == Month(2026, 12)


def test_the_main_that_is_being_replaced_costs_nothing_more(make, view, uow):
    make.subscriber("ann", wallet="200 UAH")
    start, best = make.tariff("50 UAH"), make.tariff("99 UAH")
    orders.subscribe(uow(), login="ann", tariff_id=start.id, actor=GUEST, now=NOV_10)
    switch_on(uow, "ann")
    orders.change(uow(), login="ann", tariff_id=best.id, actor=GUEST, now=NOV_10)

    ann = view("ann")

    assert ann.main.tariff_id == start.id and [each.is_next for each in ann.live] == [False, True]
    assert ann.next_charge.total == money("99 UAH")


def test_a_suspended_subscriber_sees_what_resuming_costs(make, view, uow, clock):
    make.subscriber("ann", wallet="50 UAH")
    orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)
    switch_on(uow, "ann")
    lifecycle.suspend(uow(), login="ann", reason=Reason.STAFF, actor=STAFF, now=NOV_10)
    assert view("ann").price_of_resuming == money("0 UAH")
    clock.now = DEC_1

    ann = view("ann")

    assert (ann.tv, ann.price_of_resuming, ann.next_charge) == (Tv.SUSPENDED, money("50 UAH"), None)


def test_a_refused_order_tells_why(make, view, uow):
    make.subscriber("ann", wallet="50 UAH")
    tariff = make.tariff()
    orders.subscribe(uow(), login="ann", tariff_id=tariff.id, actor=GUEST, now=NOV_10)
    unit = uow()
    with unit:
        person = subscribers.locked(unit, "ann")
        fee_money.release(unit, person.main, NOV_10)
        person.main.refuse(AddonNeedsMain(login="ann", tariff=tariff.id), NOV_10)

    (sub,) = view("ann").subscriptions

    assert sub.state is State.REFUSED and isinstance(sub.refusal, AddonNeedsMain)


def test_who_is_gone_is_shown_without_a_wallet(make, view, uow):
    make.subscriber("ann", wallet="50 UAH")
    orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)
    unit = uow()
    with unit:
        host: NativeHost = unit.host
        host.remove("ann", at=NOV_10)

    ann = view("ann")

    assert (ann.person, ann.wallet, ann.next_charge) == (None, None, None) and len(ann.subscriptions) == 1


class TestWithCredit:
    @pytest.fixture
    def options(self, options: OlltvOptions) -> OlltvOptions:
        return replace(options, use_credit=True)

    def test_credit_counts_as_money_for_the_next_charge(self, make, view, uow):
        make.subscriber("ann", wallet="50 UAH", credit="30 UAH")
        orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)

        assert view("ann").next_charge.lack == money("20 UAH")

        assert view("ann").lack_for_resuming == money("0 UAH")

    def test_and_for_resuming(self, make, view, uow, clock):
        make.subscriber("ann", wallet="60 UAH", credit="30 UAH")
        orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)
        switch_on(uow, "ann")
        lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=NOV_10)
        clock.now = DEC_1

        assert (view("ann").price_of_resuming, view("ann").lack_for_resuming) == (money("50 UAH"), money("10 UAH"))


class TestWhatMatters:
    """The cabinet's own view leaves out what is over."""

    @pytest.fixture
    def own(self, billing, clock):
        return lambda: queries.subscriber_view(billing, login="ann", now=clock(), refused_since=clock())

    def test_it_knows_what_is_live_with_its_prices(self, make, uow, own, view):
        make.subscriber("ann", wallet="500 UAH")
        start, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
        december = Month(2026, 12).starts(uow().billing.zone)
        tariffs.set_fee(uow(), tariff_id=start.id, fee=money("60 UAH"), starts_at=december, actor=STAFF, now=NOV_10)
        for tariff, order in ((start, orders.subscribe), (sport, orders.add_addon)):
            order(uow(), login="ann", tariff_id=tariff.id, actor=GUEST, now=NOV_10)
        lifecycle.leave(uow(), login="ann", tariff_id=sport.id, actor=GUEST, now=NOV_10)
        orders.add_addon(uow(), login="ann", tariff_id=sport.id, actor=GUEST, now=NOV_10)

        ann, whole = own(), view("ann")

        assert [each.tariff_id for each in ann.subscriptions] == [start.id, sport.id]
        assert len(whole.subscriptions) == 3 and ann.live == whole.live
        assert (ann.next_charge, ann.wallet, ann.tv) == (whole.next_charge, whole.wallet, whole.tv)
        assert ann.next_charge.total == money("80 UAH")

    def test_who_has_left_has_nothing(self, make, uow, own):
        make.subscriber("ann", wallet="500 UAH")
        orders.subscribe(uow(), login="ann", tariff_id=make.tariff().id, actor=GUEST, now=NOV_10)
        lifecycle.leave(uow(), login="ann", actor=GUEST, now=NOV_10)

        ann = own()

        assert (list(ann.subscriptions), ann.tv, ann.next_charge) == ([], Tv.NONE, None)
        assert ann.delivery is not None, "the partner is to hear of it"


def test_tariffs_are_those_on_sale_of_the_kind_that_is_asked_for(make, billing, uow):
    start, sport, old = make.tariff(), make.tariff(main=False), make.tariff()
    tariffs.archive(uow(), tariff_id=old.id, actor=STAFF, now=NOV_10)

    with billing.reading() as session:
        assert [each.id for each in queries.tariffs(session)] == [start.id, sport.id]
        assert [each.id for each in queries.tariffs(session, main=False)] == [sport.id]
        assert [each.id for each in queries.tariffs(session, archived=True)] == [start.id, sport.id, old.id]


def test_lines_of_a_run_come_in_pages_and_by_outcome(make, billing, uow, clock):
    tariff = make.tariff("50 UAH")
    for login, wallet in (("ann", "100 UAH"), ("ben", "60 UAH"), ("eve", "200 UAH")):
        make.subscriber(login, wallet=wallet)
        orders.subscribe(uow(), login=login, tariff_id=tariff.id, actor=GUEST, now=NOV_10)
        switch_on(uow, login)
    clock.now = DEC_1
    *_, run = fees.charge(fees.FeeDay(billing, clock), actor=STAFF)

    first = queries.fee_lines(billing, run_id=run.id, limit=2)
    rest = queries.fee_lines(billing, run_id=run.id, after=first[-1].subscriber_id, limit=2)

    assert [line.login for line in first + rest] == ["ann", "ben", "eve"]
    (ben,) = queries.fee_lines(billing, run_id=run.id, outcome=Outcome.NO_MONEY)
    assert (ben.login, ben.due, ben.charged, ben.lack) == ("ben", money("50 UAH"), money("0 UAH"), money("40 UAH"))
    assert subscriber(billing, "ben").main.state is State.SUSPENDED
