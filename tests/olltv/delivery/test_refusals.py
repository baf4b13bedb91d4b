"""A definite no ends an order and gives its money back; what nobody but staff can decide is parked for them."""

import pytest
from sqlalchemy import update

from billing.errors import PartnerRefused, recalled
from olltv_module.delivery.runner import deliver
from olltv_module.models import Fact, Reason, State, Subscriber
from olltv_module.partner import (
    AccountUnknown,
    BundleUnknown,
    EmailTaken,
    ForeignUser,
    OrderViolated,
    UserNotActive,
)
from olltv_module.services import subscribers
from tests.olltv.delivery.meddling import refusing
from tests.support import NOV_10, assert_books_balance, available, money, subscriber

NO = [
    BundleUnknown(call="enableBundle", status=407, message="Subscription not found"),
    ForeignUser(call="enableBundle", status=505, message="User belongs to another operator"),
    UserNotActive(call="enableBundle", status=506, message="User is not active"),
    PartnerRefused(call="enableBundle", status=0, message="The partner said no and gave no reason"),
]


def deliver_refused(house, method: str, error: Exception, login: str = "ivan") -> None:
    """One delivery in which the partner answers a method with a definite no."""
    delivering = refusing(house.delivering, method, error)
    for claim in house.claims(login):
        deliver(delivering, claim)


@pytest.mark.parametrize("no", NO, ids=lambda no: type(no).__name__)
def test_a_refused_order_ends_and_its_reserve_is_released(house, billing, no):
    house.order("main_start")

    deliver_refused(house, "enable_bundle", no)

    sub = house.sub("main_start")
    assert (sub.state, sub.slot, sub.hold_id) == (State.REFUSED, None, None)
    assert type(recalled(sub.refusal)) is type(no)
    assert available(billing, "ivan") == money("1000.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_the_add_ons_of_a_refused_main_are_cancelled(house, billing, sandbox):
    house.order("no_such_bundle", "screen2")

    house.deliver()

    assert house.states() == {"no_such_bundle": "refused off", "screen2": "refused off"}
    assert house.sub("screen2").refusal["code"] == "addon_needs_main"
    assert available(billing, "ivan") == money("1000.00 UAH")
    assert sandbox.calls("ivan")[-1] == "enableBundle no_such_bundle"
    assert_books_balance(billing)


def test_a_refused_add_on_leaves_the_main_alone(house, sandbox, billing):
    house.order("main_start", "no_such_screen")

    house.deliver()

    assert house.states() == {"main_start": "active on", "no_such_screen": "refused off"}
    assert sandbox.on("ivan") == {"main_start"}
    assert available(billing, "ivan") == money("950.00 UAH")


def test_a_refused_change_leaves_the_present_main_on_and_paid(house, sandbox, billing):
    house.watching("main_start")

    house.watching("no_such_bundle")

    assert house.states() == {"main_start": "active on", "no_such_bundle": "refused off"}
    assert sandbox.on("ivan") == {"main_start"}
    assert available(billing, "ivan") == money("950.00 UAH")
    assert_books_balance(billing)


def test_a_refused_resume_suspends_again_and_keeps_devices_and_code(house, sandbox, billing, clock):
    house.watching("main_start", "screen2")
    house.suspend(Reason.VACATION)
    house.deliver()
    before = sandbox.codes("ivan")
    clock.advance(days=25)
    house.resume()

    deliver_refused(house, "enable_bundle", NO[2])

    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}
    assert house.sub("main_start").reason is Reason.VACATION
    assert house.sub("main_start").refusal["code"] == NO[2].code  # he is told why
    assert sandbox.codes("ivan") == before
    assert available(billing, "ivan") == money("935.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_what_is_paid_and_refused_waits_for_staff_and_does_not_stop_the_rest(house, billing):
    house.watching("main_start", login="ivan")
    lose_fact(billing, "ivan")
    house.order("main_start", login="petro")

    deliver_refused(house, "enable_bundle", NO[2])
    house.run()

    row = house.row()
    assert row.parked_at
    assert row.trouble == "needs_staff: User is not active"
    assert house.states()["main_start"] == "active off"
    assert house.states("petro") == {"main_start": "active on"}
    assert_books_balance(billing)


def lose_fact(billing, login: str, fact: Fact = Fact.OFF) -> None:
    """We come to believe something else of his bundles, and he is due."""
    uow = billing.uow()
    with uow:
        person = subscribers.locked(uow, login)
        for sub in person.live:
            sub.fact = fact
        subscribers.mark_due(uow, person, NOV_10)


def test_an_account_that_the_partner_lost_is_registered_again(house, sandbox, billing):
    house.watching("main_start", "screen2")
    house.delivering.partner.delete_account(account="ivan")
    lose_fact(billing, "ivan")
    sandbox.reset()

    house.run()

    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert house.codes() == sandbox.codes("ivan")
    assert available(billing, "ivan") == money("935.00 UAH")
    assert house.row() is None
    assert_books_balance(billing)


def test_a_suspended_subscriber_whom_the_partner_lost_has_no_code_left(house, sandbox, billing):
    house.watching("main_start")
    house.suspend()
    sandbox.reset()

    house.deliver()

    assert subscriber(billing, "ivan").remote_id is None
    assert house.states() == {"main_start": "suspended off"}
    assert house.sub("main_start").code is None


def test_a_violated_order_makes_everything_unclear_and_is_put_right(house, sandbox, billing):
    house.watching("main_start", "screen2")
    partner = house.delivering.partner
    partner.disable_bundle(account="ivan", bundle="screen2", kind="subs_malfunction")
    partner.disable_bundle(account="ivan", bundle="main_start", kind="subs_malfunction")
    house.order("sport")

    house.run()

    assert sandbox.on("ivan") == {"main_start", "screen2", "sport"}
    assert house.states() == {"main_start": "active on", "screen2": "active on", "sport": "active on"}


def test_a_main_that_an_unknown_extra_screen_keeps_on_is_parked_in_the_end(house, sandbox):
    house.watching("main_start")
    house.delivering.partner.enable_bundle(account="ivan", bundle="screen3", kind="subs_no_device")
    house.leave()

    for number in range(20):
        assert house.row().parked_at is None, number
        house.deliver()

    assert house.row().parked_at
    assert house.row().trouble.startswith("partner_order_violated")
    assert sandbox.on("ivan") == {"main_start", "screen3"}


def test_a_change_from_a_main_that_is_off_there_switches_it_on_first(house, sandbox):
    house.watching("main_start")
    code = house.codes()["main_start"]
    house.delivering.partner.disable_bundle(account="ivan", bundle="main_start", kind="subs_malfunction")
    house.order("main_max")

    house.run()

    assert sandbox.on("ivan") == {"main_max"}
    assert house.codes() == {"main_max": code} == sandbox.codes("ivan")


def test_a_bundle_that_the_partner_does_not_know_cannot_be_on(house, sandbox, billing):
    house.order("no_such_bundle")
    with billing.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE olltv_subscriber SET remote_id='7'")
    lose_fact(billing, "ivan", Fact.ON)
    house.leave()
    house.delivering.partner.add_user(account="ivan", email="ivan@isp.example")

    house.deliver()

    assert house.states() == {"no_such_bundle": "ended off"}
    assert house.row() is None


def test_who_moved_to_another_operator_has_nothing_with_us(house, billing):
    house.watching("main_start")
    lose_fact(billing, "ivan", Fact.UNKNOWN)
    foreign = ForeignUser(call="getUserInfo", status=505, message="User belongs to another operator")
    house.leave()

    deliver_refused(house, "user_info", foreign)

    assert house.states() == {"main_start": "ended off"}


@pytest.mark.parametrize("error", [AccountUnknown(call="x", status=404), OrderViolated(call="x", status=408)])
def test_a_change_that_contradicts_what_we_know_is_tried_again(house, sandbox, error):
    house.watching("main_start")
    house.order("main_max")

    deliver_refused(house, "change_bundle", error)
    assert house.sub("main_max").state is State.PENDING
    house.run()

    assert sandbox.on("ivan") == {"main_max"}


def test_an_unknown_refusal_to_switch_off_is_asked_about_and_tried_again(house, sandbox):
    house.watching("main_start")
    house.leave()

    deliver_refused(house, "disable_bundle", PartnerRefused(call="disableBundle", status=999, message="Odd"))
    assert house.states() == {"main_start": "ended unknown"}
    assert house.row().trouble == "partner_refused: Odd"
    house.run()

    assert sandbox.on("ivan") == set()


# Registration


def seed_email(sandbox, **user: object) -> None:
    """Somebody has ivan's e-mail already."""
    sandbox.seed({"operator": None, "email": "ivan@isp.example"} | user)


def test_an_account_that_is_known_already_is_adopted(house, sandbox, billing):
    seed_email(sandbox, operator="demo", account="ivan")

    house.watching("main_start")

    assert subscriber(billing, "ivan").remote_id == str(sandbox.user("ivan")["id"])
    assert "addUser" not in sandbox.totals()
    assert sandbox.on("ivan") == {"main_start"}


def test_an_e_mail_of_another_account_of_ours_refuses_the_order_and_names_that_account(house, sandbox, billing):
    seed_email(sandbox, operator="demo", account="stepan")
    house.order("main_start", "screen2")

    house.deliver()

    assert house.states() == {"main_start": "refused off", "screen2": "refused off"}
    assert house.sub("main_start").refusal["code"] == "email_of_another"
    assert house.sub("main_start").refusal["account"] == "stepan"
    assert available(billing, "ivan") == money("1000.00 UAH")


def test_an_e_mail_of_another_operators_user_refuses_the_order(house, sandbox, billing):
    seed_email(sandbox, operator="other", account="olga")
    house.order("main_start")

    house.deliver()

    assert house.sub("main_start").refusal["code"] == "partner_foreign_user"
    assert available(billing, "ivan") == money("1000.00 UAH")


def test_an_e_mail_of_nobodys_user_waits_for_his_confirmation_however_long(house, sandbox, billing, clock):
    seed_email(sandbox)
    house.order("main_start")
    started = clock()

    for _ in range(8):
        house.deliver()
        assert house.row().trouble.startswith("awaits_confirmation")
        assert house.row().due_at - clock() >= (clock() - started) / 4
        clock.now = house.row().due_at
    assert house.row().parked_at is None
    assert sandbox.totals()["changeAccount"] == 8

    sandbox.confirm("ivan@isp.example")
    house.run()

    assert sandbox.on("ivan") == {"main_start"}
    assert house.states() == {"main_start": "active on"}


def test_confirmation_is_asked_for_with_long_pauses_and_never_parks(house, sandbox, clock):
    seed_email(sandbox)
    house.order("main_start")
    for _ in range(25):
        house.deliver()

    assert house.row().parked_at is None
    assert 43200 <= (house.row().due_at - clock()).total_seconds() <= 86400


def test_an_e_mail_that_was_ours_all_along_is_adopted(house, sandbox, billing):
    """Our addUser took effect late, after we had asked whether the account exists."""
    house.order("main_start")
    taken = EmailTaken(call="addUser", status=115, message="Email already exists")
    house.delivering.partner.add_user(account="ivan", email="ivan@isp.example")
    delivering = refusing(house.delivering, "add_user", taken)
    delivering.partner.account_exists = lambda **_: None

    for claim in house.claims():
        deliver(delivering, claim)

    assert sandbox.on("ivan") == {"main_start"}


def test_a_user_of_ours_without_an_account_is_given_this_one(house, sandbox, billing):
    house.order("main_start")
    sandbox.seed({"operator": "demo", "account": "", "email": "ivan@isp.example"})

    house.deliver()

    assert sandbox.on("ivan") == {"main_start"}


def test_a_phone_that_cannot_be_sent_refuses_the_order_instead_of_stopping_the_worker(house, billing):
    house.order("main_start")
    with billing.engine.begin() as connection:
        connection.execute(update(Subscriber).values(phone="12"))

    house.deliver()

    assert house.sub("main_start").refusal["code"] == "bad_mobile"
    assert available(billing, "ivan") == money("1000.00 UAH")


def test_a_registration_refused_to_who_has_paid_waits_for_staff(house, sandbox, billing):
    house.watching("main_start")
    house.order("screen2")
    sandbox.reset()
    seed_email(sandbox, operator="other", account="olga")
    lose_fact(billing, "ivan")

    house.run()

    assert house.row().parked_at
    assert house.row().trouble.startswith("needs_staff")
    assert house.states() == {"main_start": "active off", "screen2": "pending off"}
    assert_books_balance(billing)
