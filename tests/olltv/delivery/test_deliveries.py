"""What is wished comes to be at the partner, in the partner's order, and the money follows the partner's yes."""

from olltv_module.models import Reason, State
from olltv_module.services import orders
from tests.support import STAFF, assert_books_balance, available, balance, money

MAC = "00:1A:79:00:00:01"


def test_an_order_registers_switches_on_and_takes_the_fee(house, sandbox, billing):
    house.order("main_start", "screen2")
    assert available(billing, "ivan") == money("935.00 UAH")
    assert balance(billing, "ivan") == money("1000.00 UAH")

    house.deliver()

    assert sandbox.calls("ivan") == ["accountExists", "addUser", "enableBundle main_start", "enableBundle screen2"]
    assert house.states() == {"main_start": "active on", "screen2": "active on"}
    assert house.codes() == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_a_delivery_without_anything_to_tell_only_leaves_the_queue(house, sandbox):
    house.watching("main_start")
    house.suspend()
    house.resume()
    calls = sandbox.totals()

    house.deliver()

    assert sandbox.totals() == calls | {"enableBundle": 2}
    assert house.row() is None


def test_wish_and_back_before_delivery_costs_one_call_only(house, sandbox, billing):
    house.watching("main_start")
    house.suspend()
    house.resume()

    house.deliver()

    assert sandbox.on("ivan") == {"main_start"}
    assert balance(billing, "ivan") == money("950.00 UAH")


def test_an_order_that_was_left_before_delivery_is_never_told(house, sandbox, billing):
    house.order("main_start")
    house.leave()

    house.deliver()

    assert sandbox.user("ivan") is None
    assert available(billing, "ivan") == money("1000.00 UAH")
    assert house.row() is None


def test_a_change_keeps_code_and_devices_and_uses_the_partners_change(house, sandbox, billing):
    house.watching("main_start", "screen2")
    before = house.codes()
    house.delivering.partner.add_device(account="ivan", mac=MAC, binding_code=before["main_start"])

    house.watching("main_max")

    assert sandbox.calls("ivan")[-1] == "changeBundle main_max"
    assert house.states()["main_start"] == "ended off"
    assert house.codes() == {"main_max": before["main_start"], "screen2": before["screen2"]} == sandbox.codes("ivan")
    assert sandbox.devices("ivan") == {MAC: "main_max"}
    assert balance(billing, "ivan") == money("835.00 UAH")
    assert_books_balance(billing)


def test_a_change_from_a_main_without_a_code_asks_for_the_new_ones(house, sandbox):
    house.watching("main_nocode")
    assert house.codes() == {"main_nocode": None}

    house.watching("main_start")

    assert house.states()["main_start"] == "active on"
    assert house.codes() == sandbox.codes("ivan")
    assert house.codes()["main_start"]


def test_a_change_to_a_main_without_a_code_is_confirmed_too(house, sandbox, billing):
    house.watching("main_nocode")
    second = house.make.tariff("70.00 UAH", service="main_other")
    house.tariffs["main_other"] = second
    sandbox.seed(bundles=[{"sub_id": "main_other", "kind": "main", "code": "no"}])

    house.watching("main_other")

    assert house.states() == {"main_nocode": "ended off", "main_other": "active on"}
    assert balance(billing, "ivan") == money("870.00 UAH")


def test_dropping_an_add_on_switches_off_that_one_only(house, sandbox):
    house.watching("main_start", "screen2", "sport")

    house.leave("screen2")
    house.deliver()

    assert sandbox.on("ivan") == {"main_start", "sport"}
    assert sandbox.calls("ivan")[-1] == "disableBundle screen2"


def test_leaving_switches_add_ons_off_first_and_keeps_nothing(house, sandbox):
    house.watching("main_start", "screen2")

    house.leave()
    house.deliver()

    assert sandbox.calls("ivan")[-2:] == ["disableBundle screen2", "disableBundle main_start"]
    assert sandbox.codes("ivan") == {}
    assert house.sub("main_start").code is None


def test_what_is_suspended_keeps_its_code_and_comes_back_with_it(house, sandbox, billing):
    house.watching("main_start", "screen2")
    before = house.codes()

    house.suspend(Reason.NO_MONEY)
    house.deliver()
    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}

    house.resume()
    house.deliver()
    assert house.codes() == before == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money("935.00 UAH")


def test_who_is_gone_has_his_contract_broken(house, sandbox):
    house.watching("main_start")

    house.suspend(Reason.GONE)
    house.deliver()

    assert sandbox.codes("ivan") == {}
    assert house.states() == {"main_start": "suspended off"}
    assert house.sub("main_start").code is None


def test_leaving_while_suspended_breaks_off_what_was_kept(house, sandbox):
    house.watching("main_start", "screen2")
    house.suspend()
    house.deliver()

    house.leave()
    house.deliver()

    assert sandbox.codes("ivan") == {}
    assert house.states() == {"main_start": "ended off", "screen2": "ended off"}


def test_who_left_and_came_back_before_delivery_has_a_new_contract(house, sandbox, billing):
    house.watching("main_start", "screen2")
    before = house.codes()
    house.leave()
    house.order("main_start", "screen2")

    house.deliver()

    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert house.codes() == sandbox.codes("ivan")
    assert house.codes()["main_start"] != before["main_start"]
    assert balance(billing, "ivan") == money("870.00 UAH")
    assert_books_balance(billing)


def test_an_order_confirmed_in_the_next_month_pays_for_that_one(house, billing, clock):
    house.order("main_start")
    clock.advance(days=25)

    house.deliver()

    assert house.sub("main_start").paid_through == "2026-12"
    assert balance(billing, "ivan") == money("950.00 UAH")
    assert_books_balance(billing)


def test_a_resumed_main_that_cannot_pay_the_new_month_goes_off_again_with_its_add_ons(house, sandbox, billing, clock):
    house.person(wallet="65 UAH")
    house.watching("main_start", "screen2")
    house.suspend(Reason.VACATION)
    house.deliver()
    house.resume()
    clock.advance(days=25)

    house.run()

    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}
    assert house.sub("main_start").reason is Reason.NO_MONEY
    assert sandbox.on("ivan") == set()
    assert balance(billing, "ivan") == money("0.00 UAH")
    assert_books_balance(billing)


def test_a_main_that_was_given_and_cannot_pay_the_next_month_takes_its_add_ons_off(house, sandbox, billing, clock):
    house.person(wallet="65 UAH")
    house.watching("main_start", "screen2")
    tariff = house.tariffs["main_max"]
    orders.change(billing.uow(), login="ivan", tariff_id=tariff.id, actor=STAFF, now=clock(), free="a gift")
    clock.advance(days=25)

    house.run()

    assert house.states()["main_max"] == "suspended kept"
    assert house.states()["screen2"] == "suspended kept"
    assert sandbox.on("ivan") == set()
    assert house.row() is None


def test_who_is_gone_when_his_order_comes_on_is_suspended_as_gone(house, billing, clock):
    house.order("main_start")
    house.deliver()
    house.suspend()
    house.resume(free="a gift")
    clock.advance(days=25)
    uow = billing.uow()
    with uow:
        uow.host.remove("ivan", at=clock())

    house.run()

    assert house.sub("main_start").state is State.SUSPENDED
    assert house.sub("main_start").reason is Reason.GONE
    assert house.row() is None
