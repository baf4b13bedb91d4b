"""The wish changes, the answer is lost, the worker dies: at any moment, and the end is always the same."""

from contextlib import suppress

import pytest

from olltv_module.delivery import record
from olltv_module.delivery.queue import LEASE
from olltv_module.delivery.runner import deliver
from olltv_module.models import Fact, Reason, State
from olltv_module.partner import UserNotActive
from olltv_module.services.expiry import expire_orders
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.delivery.meddling import after, nothing, refusing
from tests.support import DEC_1, STAFF, Crash, assert_books_balance, available, balance, crash_after, money

MAC = "00:1A:79:00:00:01"
INACTIVE = UserNotActive(call="enableBundle", status=506, message="User is not active")


def deliver_with(house, delivering, login: str = "ivan") -> None:
    for claim in house.claims(login):
        deliver(delivering, claim)


def bind(house, service: str, mac: str = MAC) -> None:
    """The subscriber binds a device by the bundle's code."""
    house.delivering.partner.add_device(account="ivan", mac=mac, binding_code=house.codes()[service])


def monthly_run(house) -> None:
    list(charge(FeeDay(house.billing, house.clock), actor=STAFF))


# The wish changes while a call is under way


def test_who_leaves_while_he_is_switched_on_is_switched_off_and_pays_nothing(house, sandbox, billing):
    house.order("main_start", "screen2")

    deliver_with(house, after(house.delivering, enable_bundle=house.leave))

    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "ended off", "screen2": "ended off"}
    assert available(billing, "ivan") == money("1000.00 UAH")
    assert_books_balance(billing)


def test_an_order_suspended_while_it_is_switched_on_is_called_off(house, sandbox, billing):
    house.order("main_start")

    deliver_with(house, after(house.delivering, enable_bundle=house.suspend))

    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "ended off"}
    assert available(billing, "ivan") == money("1000.00 UAH")


def test_who_is_resumed_while_he_is_switched_off_is_switched_on_again(house, sandbox, billing):
    house.watching("main_start")
    code = house.codes()
    house.suspend()

    deliver_with(house, after(house.delivering, disable_bundle=house.resume))

    assert sandbox.on("ivan") == {"main_start"}
    assert house.codes() == code
    assert balance(billing, "ivan") == money("950.00 UAH")


def test_who_leaves_and_comes_back_while_he_is_switched_on_pays_once(house, sandbox, billing):
    house.order("main_start")

    def leave_and_return() -> None:
        house.leave()
        house.order("main_start")

    deliver_with(house, after(house.delivering, enable_bundle=leave_and_return))

    assert sandbox.on("ivan") == {"main_start"}
    assert house.states() == {"main_start": "active on"}
    assert house.codes() == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money("950.00 UAH")


def test_an_add_on_that_comes_on_while_the_main_cannot_be_paid_is_not_taken_nor_paid(house, sandbox, billing, clock):
    """The monthly run suspends the main in the middle of the add-on's switching on."""
    house.person(wallet="65 UAH")
    house.watching("main_start")
    clock.now = DEC_1
    house.order("screen2")

    deliver_with(house, after(house.delivering, enable_bundle=lambda: monthly_run(house)))
    house.run()

    assert house.states() == {"main_start": "suspended kept", "screen2": "refused off"}
    assert sandbox.on("ivan") == set()
    assert available(billing, "ivan") == money("15.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_a_monthly_run_while_a_change_hangs_takes_one_fee(house, sandbox, billing, clock):
    house.person(wallet="150 UAH")
    house.watching("main_start")
    clock.now = DEC_1
    house.order("main_max")

    deliver_with(house, after(house.delivering, change_bundle=lambda: monthly_run(house)))
    house.run()

    assert sandbox.on("ivan") == {"main_max"}
    assert house.sub("main_max").paid_through == "2026-12"
    assert balance(billing, "ivan") == money("0.00 UAH")
    monthly_run(house)
    assert balance(billing, "ivan") == money("0.00 UAH")
    assert_books_balance(billing)


def test_a_change_called_off_while_it_is_made_goes_back_with_code_devices_and_add_ons(house, sandbox, billing):
    house.watching("main_start", "screen2")
    before = house.codes()
    bind(house, "main_start")
    house.order("main_max")

    deliver_with(house, after(house.delivering, change_bundle=lambda: house.leave("main_max")))

    assert house.states() == {"main_start": "active on", "screen2": "active on", "main_max": "ended off"}
    assert house.codes() == before == sandbox.codes("ivan")
    assert sandbox.devices("ivan") == {MAC: "main_start"}
    assert available(billing, "ivan") == money("935.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_a_change_suspended_while_it_is_made_keeps_code_and_devices_of_the_old_main(house, sandbox, billing):
    house.watching("main_start")
    before = house.codes()
    bind(house, "main_start")
    house.order("main_max")

    deliver_with(house, after(house.delivering, change_bundle=lambda: house.suspend(Reason.VACATION)))

    assert sandbox.on("ivan") == set()
    assert sandbox.codes("ivan") == before
    assert sandbox.devices("ivan") == {MAC: "main_start"}
    assert available(billing, "ivan") == money("950.00 UAH")


def test_the_way_back_from_a_change_is_tried_again_when_it_is_refused(house, sandbox):
    house.watching("main_start", "screen2")
    house.order("main_max")
    with suppress(Crash):
        deliver_with(house, after(house.delivering, change_bundle=Stop(lambda: house.leave("main_max"))))
    house.clock.advance(seconds=LEASE.total_seconds() + 1)

    deliver_with(house, refusing(house.delivering, "change_bundle", INACTIVE))
    assert house.row().trouble == "partner_user_not_active: User is not active"
    house.run()

    assert sandbox.on("ivan") == {"main_start", "screen2"}


def test_who_leaves_while_a_change_is_made_has_nothing_left(house, sandbox, billing):
    house.watching("main_start", "screen2")
    house.order("main_max")

    deliver_with(house, after(house.delivering, change_bundle=house.leave))

    assert sandbox.codes("ivan") == {}
    assert available(billing, "ivan") == money("935.00 UAH")


def test_who_leaves_while_the_partner_says_no_is_not_parked(house):
    house.watching("main_start")
    house.suspend()
    house.resume()

    deliver_with(house, refusing(house.delivering, "enable_bundle", INACTIVE, house.leave))
    house.run()

    assert house.row() is None
    assert house.states() == {"main_start": "ended off"}


def test_an_order_that_expires_while_it_is_switched_on_is_switched_off(house, sandbox, billing, clock):
    house.order("main_start")

    def expire() -> None:
        clock.advance(days=8)
        expire_orders(billing.uow(), now=clock())

    deliver_with(house, after(house.delivering, enable_bundle=expire))

    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "refused off"}
    assert house.sub("main_start").refusal["code"] == "order_expired"
    assert available(billing, "ivan") == money("1000.00 UAH")


def test_an_order_that_the_partner_never_answered_is_called_off_and_what_came_of_it_taken_back(
    house, sandbox, billing, clock
):
    house.order("main_start")
    sandbox.faults({"enableBundle": {"cut_after": 1}, "getUserInfo": {"error_before": 1}})
    house.deliver()
    house.deliver()
    assert sandbox.on("ivan") == {"main_start"}

    clock.advance(days=8)
    assert expire_orders(billing.uow(), now=clock()) == 1
    assert available(billing, "ivan") == money("1000.00 UAH")
    sandbox.faults({})
    house.run()

    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "refused off"}
    assert_books_balance(billing)


# The answer is lost

LOST = ["error_before", "error_after", "cut_after", "truncated", "wrong_json", "html", "http429", "hash_expiry"]


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("method", ["accountExists", "addUser", "enableBundle", "disableBundle", "changeBundle"])
def test_an_answer_that_is_lost_changes_nothing_in_the_end(house, sandbox, billing, method, fault):
    sandbox.faults({method: {fault: {"rate": 1, "times": 1}}})

    house.order("main_start", "screen2")
    house.run()
    bind(house, "main_start")
    code = house.codes()["main_start"]
    house.order("main_max")
    house.run()
    house.suspend()
    house.run()
    house.resume()
    house.leave("screen2")
    house.run()

    assert house.states() == {"main_start": "ended off", "main_max": "active on", "screen2": "ended off"}
    assert sandbox.on("ivan") == {"main_max"}
    assert house.codes() == {"main_max": code} == sandbox.codes("ivan")
    assert sandbox.devices("ivan") == {MAC: "main_max"}
    assert balance(billing, "ivan") == money("835.00 UAH")
    assert sandbox.totals()["addUser"] <= 2
    assert_books_balance(billing)


def test_a_change_whose_answer_was_lost_does_not_switch_the_old_main_on_again(house, sandbox):
    house.watching("main_start")
    sandbox.faults({"changeBundle": {"cut_after": 1}})
    house.order("main_max")

    house.run()

    assert house.states() == {"main_start": "ended off", "main_max": "active on"}
    assert sandbox.calls("ivan")[-3:] == ["getUserInfo", "enableBundle main_max", "disableBundle main_start"]
    assert house.row() is None


def test_a_code_that_came_with_a_lost_answer_is_learned(house, sandbox, billing):
    """The partner lost the account; the answer to the new registration's first bundle is lost, too."""
    house.watching("main_start")
    sandbox.reset()
    sandbox.faults({"enableBundle": {"cut_after": {"rate": 1, "times": 1}}})
    with billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE olltv_subscription SET fact='unknown'")
    house.suspend()
    house.resume()

    house.run()

    assert house.codes() == sandbox.codes("ivan")


# The worker dies


class Stop:
    """Something is done, and then the process dies."""

    def __init__(self, what=nothing) -> None:
        self._what = what

    def __call__(self) -> None:
        self._what()
        raise Crash


STORIES = {
    "add_user": (lambda house: house.order("main_start"), {"main_start": "active on"}, "950.00 UAH"),
    "enable_bundle": (lambda house: house.order("main_start"), {"main_start": "active on"}, "950.00 UAH"),
    "change_bundle": (
        lambda house: (house.watching("main_start"), house.order("main_max")),
        {"main_start": "ended off", "main_max": "active on"},
        "850.00 UAH",
    ),
    "disable_bundle": (
        lambda house: (house.watching("main_start"), house.suspend()),
        {"main_start": "suspended kept"},
        "950.00 UAH",
    ),
}


@pytest.mark.parametrize("call", STORIES)
def test_a_worker_that_dies_between_call_and_record_is_followed_by_another(house, sandbox, billing, call):
    prepare, states, left = STORIES[call]
    prepare(house)

    with suppress(Crash):
        deliver_with(house, after(house.delivering, **{call: Stop()}))
    assert house.row().token
    house.run()

    assert house.states() == states
    assert sandbox.on("ivan") == {service for service, state in states.items() if state == "active on"}
    assert house.codes() == sandbox.codes("ivan")
    assert balance(billing, "ivan") == money(left)
    assert house.row() is None
    assert_books_balance(billing)


@pytest.mark.parametrize("name", ["begin", "keep"])
def test_a_worker_that_dies_after_a_record_is_followed_by_another(house, sandbox, billing, name):
    house.order("main_start", "screen2")

    with suppress(Crash), crash_after(record, name):
        house.deliver()
    house.run()

    assert house.states() == {"main_start": "active on", "screen2": "active on"}
    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert balance(billing, "ivan") == money("935.00 UAH")
    assert_books_balance(billing)


def test_who_comes_back_under_a_worker_that_dies_keeps_what_he_ordered(house, sandbox, clock):
    """He left and ordered the same again: the bundle there is the new contract's and no more the old one's."""
    house.watching("main_start")
    house.suspend()
    house.resume()

    def leave_and_return() -> None:
        clock.advance(seconds=5)
        house.leave()
        house.order("main_start", "screen2")

    with suppress(Crash):
        deliver_with(house, after(house.delivering, enable_bundle=[leave_and_return, nothing, Stop()]))
    assert house.sub("main_start").state is State.ACTIVE
    house.run()

    assert house.states() == {"main_start": "active on", "screen2": "active on"}
    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert house.codes() == sandbox.codes("ivan")
    assert house.row() is None


def test_a_worker_whose_lease_was_taken_over_leaves_the_end_to_the_other(house, sandbox, billing, clock):
    house.order("main_start")

    def sleep_too_long() -> None:
        clock.advance(seconds=LEASE.total_seconds() + 1)
        house.deliver()

    deliver_with(house, after(house.delivering, enable_bundle=sleep_too_long))

    assert house.states() == {"main_start": "active on"}
    assert sandbox.on("ivan") == {"main_start"}
    assert balance(billing, "ivan") == money("950.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_a_claim_that_waited_for_its_turn_too_long_makes_no_call(house, sandbox, clock):
    house.order("main_start")
    [late] = house.claims()
    clock.advance(seconds=LEASE.total_seconds() + 1)

    deliver(house.delivering, late)

    assert sandbox.calls("ivan") == []
    assert house.sub("main_start").fact is Fact.OFF
    assert house.sub("main_start").state is State.PENDING
