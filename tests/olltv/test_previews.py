"""What an order would do, told beforehand: the same as the order does, and nothing is left of the asking."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import pytest

from billing.errors import InvalidInput
from billing.host.base import UnknownLogin
from billing.host.native import NativeHost
from billing.ledger.holds import Ledger
from olltv_module import previews, queries
from olltv_module.models import Reason
from olltv_module.previews import Order
from olltv_module.services import lifecycle, orders, subscribers
from tests.olltv.support import dump, spend, states
from tests.support import DEC_1, GUEST, STAFF, Crash, assert_books_balance, available, crash_after, money


@pytest.fixture
def start(make):
    return make.tariff("50 UAH", name="Start")


@pytest.fixture
def best(make):
    return make.tariff("90 UAH", name="Max")


@pytest.fixture
def sport(make):
    return make.tariff("20 UAH", name="Sport", main=False)


@pytest.fixture
def seen(billing, clock):
    """Asks for a preview and makes sure that nothing is left of it."""

    def asked(order, person, tariff=None, tariff_id=None):
        before = dump(billing)
        found = previews.preview(
            billing,
            order=order,
            login=person.login,
            tariff_id=tariff.id if tariff else tariff_id,
            actor=GUEST,
            now=clock(),
        )
        assert dump(billing) == before
        return found

    return asked


@pytest.fixture
def do(uow, clock):
    """Makes the order itself."""

    def done(order, person, tariff=None):
        arguments = {"login": person.login, "actor": GUEST, "now": clock()}
        if order is not Order.RESUME:
            arguments["tariff_id"] = tariff.id if tariff else None
        return previews.USE_CASES[order](uow(), **arguments)

    return done


def suspend(uow, person, clock):
    lifecycle.suspend(uow(), login=person.login, reason=Reason.NO_MONEY, actor=STAFF, now=clock())


class TestEachOrder:
    """Every kind of order does what its preview says, to the last penny."""

    def agree(self, billing, clock, seen, do, order, person, tariff=None):
        told = seen(order, person, tariff)
        had = queries.subscriber_view(billing, login=person.login, now=clock())
        do(order, person, tariff)
        has = queries.subscriber_view(billing, login=person.login, now=clock())
        assert told.refusal is None and told.lack == money("0 UAH")
        assert told.available == had.wallet.available and told.left == has.wallet.available
        assert told.left == told.available - told.charge + told.released
        assert told.next_charge == has.next_charge
        assert_books_balance(billing)
        return told

    def test_subscribe(self, billing, clock, make, seen, do, start):
        ivan = make.subscriber(wallet="80 UAH")

        told = self.agree(billing, clock, seen, do, Order.SUBSCRIBE, ivan, start)

        assert (told.charge, told.left) == (money("50 UAH"), money("30 UAH"))
        assert (told.ends, told.begins, told.devices_stay) == ([], ["Start"], True)
        assert told.next_charge.lack == money("20 UAH")
        assert (told.tariff.id, told.tariff.name, told.tariff.main) == (start.id, "Start", True)

    def test_add(self, billing, clock, viewers, seen, do, start, sport):
        ivan = viewers.watching(start)

        told = self.agree(billing, clock, seen, do, Order.ADD, ivan, sport)

        assert (told.charge, told.ends, told.begins) == (money("20 UAH"), [], ["Sport"])
        assert told.next_charge.total == money("70 UAH")

    def test_change(self, billing, clock, viewers, seen, do, start, best, sport):
        ivan = viewers.watching(start, sport)

        told = self.agree(billing, clock, seen, do, Order.CHANGE, ivan, best)

        assert (told.charge, told.ends, told.begins) == (money("90 UAH"), ["Start"], ["Max"])
        assert told.devices_stay and told.next_charge.total == money("110 UAH")

    def test_leave(self, billing, clock, viewers, seen, do, start, sport):
        ivan = viewers.watching(start, sport)

        told = self.agree(billing, clock, seen, do, Order.LEAVE, ivan)

        assert (told.charge, told.released) == (money("0 UAH"), money("0 UAH"))
        assert (told.ends, told.begins, told.devices_stay) == (["Start", "Sport"], [], False)
        assert told.next_charge is None

    def test_leave_an_addon_only(self, billing, clock, viewers, seen, do, start, sport):
        ivan = viewers.watching(start, sport)

        told = self.agree(billing, clock, seen, do, Order.LEAVE, ivan, sport)

        assert (told.ends, told.devices_stay) == (["Sport"], True)
        assert told.next_charge.total == money("50 UAH")

    def test_leave_before_the_partner_has_answered(self, billing, clock, make, seen, do, start):
        ivan = make.subscriber(wallet="80 UAH")
        do(Order.SUBSCRIBE, ivan, start)

        told = self.agree(billing, clock, seen, do, Order.LEAVE, ivan)

        assert (told.charge, told.released, told.left) == (money("0 UAH"), money("50 UAH"), money("80 UAH"))

    def test_leave_during_a_change(self, billing, clock, viewers, seen, do, start, best):
        ivan = viewers.watching(start)
        do(Order.CHANGE, ivan, best)

        told = self.agree(billing, clock, seen, do, Order.LEAVE, ivan)

        assert (told.ends, told.released, told.devices_stay) == (["Start", "Max"], money("90 UAH"), False)

    def test_resume_what_is_paid(self, billing, clock, uow, viewers, seen, do, start, sport):
        ivan = viewers.watching(start, sport)
        suspend(uow, ivan, clock)

        told = self.agree(billing, clock, seen, do, Order.RESUME, ivan)

        assert (told.charge, told.ends, told.begins) == (money("0 UAH"), [], ["Start", "Sport"])
        assert told.tariff is None

    def test_resume_in_another_month(self, billing, clock, uow, viewers, seen, do, start, sport):
        ivan = viewers.watching(start, sport)
        suspend(uow, ivan, clock)
        clock.now = DEC_1

        told = self.agree(billing, clock, seen, do, Order.RESUME, ivan)

        assert told.charge == money("70 UAH") and str(told.next_charge.month) == "2027-01"


@pytest.mark.parametrize("order", [Order.SUBSCRIBE, Order.CHANGE])
def test_what_is_on_already_costs_nothing(billing, viewers, seen, start, order):
    ivan = viewers.watching(start)

    told = seen(order, ivan, start)

    assert (told.charge, told.ends, told.begins, told.refusal) == (money("0 UAH"), [], [], None)


def test_the_second_change_to_the_same_main_costs_nothing(viewers, seen, do, start, best):
    ivan = viewers.watching(start)
    do(Order.CHANGE, ivan, best)

    told = seen(Order.CHANGE, ivan, best)

    assert (told.charge, told.ends, told.begins) == (money("0 UAH"), [], [])


def test_too_little_money_says_how_much_is_missing(billing, make, seen, start):
    ivan = make.subscriber(wallet="30 UAH")

    told = seen(Order.SUBSCRIBE, ivan, start)

    assert told.refusal.code == "not_enough_money"
    assert (told.charge, told.lack, told.left) == (money("50 UAH"), money("20 UAH"), money("30 UAH"))
    assert (told.ends, told.begins, told.next_charge) == ([], [], None)


def test_too_little_money_to_resume_names_the_whole_sum(billing, clock, uow, viewers, seen, start, sport):
    ivan = viewers.watching(start, sport, wallet="75 UAH")
    suspend(uow, ivan, clock)
    clock.now = DEC_1

    told = seen(Order.RESUME, ivan)

    assert (told.charge, told.lack) == (money("70 UAH"), money("65 UAH"))


def test_a_refusal_is_told_and_leaves_no_line_in_the_event_log(make, seen, sport):
    """The order itself would leave one: see the class of the refusal."""
    told = seen(Order.ADD, make.subscriber(wallet="100 UAH"), sport)

    assert told.refusal.code == "addon_needs_main" and told.refusal.event
    assert (told.charge, told.lack) == (money("0 UAH"), money("0 UAH"))


def test_a_tariff_that_there_is_not_is_a_refusal(make, seen, start):
    told = seen(Order.SUBSCRIBE, make.subscriber(), tariff_id=start.id + 100)

    assert (told.refusal.code, told.tariff) == ("tariff_not_on_sale", None)


def test_a_newcomer_is_not_enrolled_by_asking(billing, make, seen, start):
    """`seen` compares all of the database."""
    ivan = make.subscriber(wallet="80 UAH")

    assert seen(Order.SUBSCRIBE, ivan, start).refusal is None
    assert seen(Order.LEAVE, ivan).refusal.code == "not_subscribed"


class TestWhoMayNotOrder:
    @pytest.fixture(params=["frozen", "down", "no_mobile"])
    def ivan(self, request, make, uow):
        ivan = make.subscriber(wallet="500 UAH", mobile="" if request.param == "no_mobile" else "0501234567")
        if request.param != "no_mobile":
            unit = uow()
            with unit:
                host: NativeHost = unit.host
                host.set_flags(ivan.login, **{request.param: True})
        return ivan, request.param

    def test_the_preview_and_the_obstacle_name_the_same_refusal(self, billing, clock, ivan, seen, start):
        person, why = ivan

        told = seen(Order.SUBSCRIBE, person, start)
        view = queries.subscriber_view(billing, login=person.login, now=clock())

        assert told.refusal.code == view.obstacle.code == why


def test_the_next_month_counts_a_debt(billing, clock, viewers, seen, start, sport):
    ivan = viewers.watching(start, wallet="100 UAH")
    spend(billing, clock, ivan, "45 UAH")

    told = seen(Order.LEAVE, ivan)
    stays = seen(Order.CHANGE, ivan, start)

    assert told.next_charge is None and stays.next_charge.lack == money("45 UAH")
    assert states(billing, ivan) == ["active"] and available(billing, ivan.login) == money("5 UAH")


def test_nobody_has_no_preview(billing, clock, start):
    with pytest.raises(UnknownLogin):
        previews.preview(billing, order=Order.SUBSCRIBE, login="nobody", tariff_id=start.id, actor=GUEST, now=clock())


@pytest.mark.parametrize("order", previews.OF_A_TARIFF)
def test_an_order_of_a_tariff_wants_one(billing, clock, make, order):
    ivan = make.subscriber()

    with pytest.raises(InvalidInput):
        previews.preview(billing, order=order, login=ivan.login, tariff_id=None, actor=GUEST, now=clock())


class TestWithCredit:
    @pytest.fixture
    def options(self, options):
        return replace(options, use_credit=True)

    def test_credit_may_be_spent(self, make, seen, start):
        ivan = make.subscriber(wallet="30 UAH", credit="10 UAH")

        assert seen(Order.SUBSCRIBE, ivan, start).lack == money("10 UAH")


def test_a_preview_waits_for_an_order_that_is_being_made(billing, clock, uow, make, start):
    """So it never tells of a wallet that is half through an order."""
    ivan = make.subscriber(wallet="80 UAH")
    ask = partial(previews.preview, billing, order=Order.LEAVE, login=ivan.login, actor=GUEST, now=clock())

    with ThreadPoolExecutor(1) as pool:
        with (unit := uow()):
            orders.subscribe(unit, login=ivan.login, tariff_id=start.id, actor=GUEST, now=clock())
            asked = pool.submit(ask, tariff_id=None)
            with pytest.raises(TimeoutError):
                asked.result(timeout=0.3)
        told = asked.result(timeout=20)

    assert (told.available, told.released) == (money("30 UAH"), money("50 UAH"))


@pytest.mark.parametrize(("of", "name"), [(Ledger, "hold"), (subscribers, "mark_due")])
def test_a_process_that_dies_in_a_preview_leaves_nothing(billing, clock, make, start, of, name):
    ivan = make.subscriber(wallet="80 UAH")
    before = dump(billing)

    with pytest.raises(Crash), crash_after(of, name):
        previews.preview(billing, order=Order.SUBSCRIBE, login=ivan.login, tariff_id=start.id, actor=GUEST, now=clock())

    assert dump(billing) == before
