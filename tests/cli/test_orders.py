"""What is ordered, changed and ended from the command line, with a real partner's answers."""

import pytest
from sqlalchemy import select

from billing.actors import Actor
from billing.events import Event
from billing.money import Money
from olltv_module.models import State, Subscriber, Tariff
from olltv_module.services import tariffs
from tests.support import assert_books_balance, available, balance, money, subscriber

pytestmark = pytest.mark.usefixtures("demo")
GUEST = "demo00003"
"""Has no television yet and 200.00 in the wallet."""


def test_an_order_is_paid_and_switched_on_while_one_waits(olltv, runtime, sandbox):
    said = olltv("subscribe", GUEST, "main_start")

    code = sandbox.codes(GUEST)["main_start"]
    assert (said.status, said.err) == (0, "")
    assert said.out == f"“Старт” is on, its code is {code}.\n"
    assert balance(runtime.billing, GUEST) == money("150.00 UAH")
    assert_books_balance(runtime.billing)


def test_a_tariff_may_be_named_by_its_number(olltv, runtime, sandbox):
    with runtime.billing.reading() as session:
        number = session.scalar(select(Tariff.id).where(Tariff.service == "main_max"))
    assert olltv("subscribe", GUEST, str(number)).status == 0
    assert sandbox.on(GUEST) == {"main_max"}


def test_a_repeated_order_is_paid_once(olltv, runtime):
    olltv("subscribe", GUEST, "main_start")
    assert olltv("subscribe", GUEST, "main_start").status == 0
    assert balance(runtime.billing, GUEST) == money("150.00 UAH")


def test_the_actor_is_whoever_is_logged_in(olltv, monkeypatch, runtime):
    monkeypatch.setenv("LOGNAME", "olena")
    olltv("subscribe", GUEST, "main_start", "--no-wait")
    with runtime.billing.reading() as session:
        order = session.scalars(select(Event).where(Event.login == GUEST).order_by(Event.id.desc())).first()
    assert order.actor == "console:olena"


def test_json_tells_the_subscriptions_as_they_are_now(olltv, sandbox):
    [sub] = olltv("subscribe", GUEST, "main_start", "--json").json["subscriptions"]
    told = {name: sub[name] for name in ("service", "state", "fact", "code", "price")}
    code = sandbox.codes(GUEST)["main_start"]
    price = {"minor": 5000, "unit": "UAH"}
    assert told == {"service": "main_start", "state": "active", "fact": "on", "code": code, "price": price}


def test_while_the_partner_is_silent_the_order_is_kept(olltv, runtime, sandbox):
    sandbox.faults({"*": {"error_before": 1}})

    said = olltv("subscribe", GUEST, "main_start")

    assert said.status == 0
    assert said.out.startswith("“Старт” is being switched on: The TV partner does not answer.")
    assert available(runtime.billing, GUEST) == money("150.00 UAH")
    sandbox.faults({})
    assert olltv("deliver", "--until-idle").status == 0
    assert sandbox.on(GUEST) == {"main_start"}


def test_what_the_partner_refuses_is_told_and_costs_nothing(olltv, runtime):
    uow, now = runtime.billing.uow(), runtime.clock()
    tariffs.create(uow, name="Ghost", service="ghost", fee=Money(100, "UAH"), main=True, actor=Actor("test"), now=now)
    said = olltv("subscribe", GUEST, "ghost")
    assert said.status == 1
    assert said.out == (
        "“Ghost” was refused: The TV partner does not know this bundle. Check the service id of the tariff.\n"
    )
    assert available(runtime.billing, GUEST) == money("200.00 UAH")


def test_no_wait_leaves_it_to_the_worker(olltv, sandbox):
    said = olltv("subscribe", GUEST, "main_start", "--no-wait")
    assert (said.status, said.out) == (0, "“Старт” is being switched on.\n")
    assert sandbox.user(GUEST) is None


def test_a_service_may_be_given_for_a_reason_but_not_without_one(olltv, runtime):
    assert olltv("subscribe", GUEST, "main_start", "--free", " ", "--no-wait").status == 1
    with runtime.billing.reading() as session:
        assert session.scalar(select(Subscriber).where(Subscriber.login == GUEST)) is None
    assert olltv("subscribe", GUEST, "main_start", "--free", "prize").status == 0
    assert balance(runtime.billing, GUEST) == money("200.00 UAH")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("subscribe", GUEST, "nothing"), "tariff_not_on_sale"),
        (("subscribe", GUEST, "sport"), "wrong_kind"),
        (("subscribe", "nobody", "main_start"), "unknown_login"),
        (("subscribe", "demo00001", "main_max"), "already_has_main"),
        (("subscribe", "demo00005", "main_max"), "frozen"),
        (("addon", GUEST, "sport"), "addon_needs_main"),
        (("addon", "demo00004", "screen2", "--free", ""), "reason_wanted"),
        (("change", GUEST, "main_max"), "not_subscribed"),
        (("change", "demo00004", "main_nocode"), "not_enough_money"),
        (("leave", GUEST), "not_subscribed"),
        (("suspend", GUEST, "--reason", "staff"), "not_subscribed"),
        (("resume", GUEST), "not_subscribed"),
        (("topup", "nobody", "10"), "unknown_login"),
        (("topup", GUEST, "ten"), "invalid_amount"),
        (("topup", GUEST, "0"), "invalid_amount"),
        (("show", "nobody"), "unknown_login"),
        (("statement", "nobody"), "unknown_login"),
    ],
)
def test_a_refusal_is_one_line_and_with_json_a_document(olltv, arguments, code):
    said = olltv(*arguments)
    assert (said.status, said.out, said.err.count("\n")) == (1, "", 1)
    assert olltv(*arguments, "--json").json["error"]["code"] == code
    assert olltv("audit").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("subscribe", GUEST),
        ("suspend", GUEST),
        ("suspend", GUEST, "--reason", "weather"),
        ("fee", "--loud"),
        ("nothing",),
    ],
)
def test_wrong_usage_is_status_2(olltv, arguments):
    said = olltv(*arguments)
    assert (said.status, said.out) == (2, "")
    assert said.err.startswith("Usage: olltv")


def test_an_addon_comes_beside_the_main_and_goes_alone(olltv, sandbox):
    olltv("deliver", "--until-idle")
    assert olltv("addon", "demo00001", "screen2").out.startswith("“Другий екран” is on, its code is ")
    assert sandbox.on("demo00001") == {"main_start", "screen2"}
    assert olltv("leave", "demo00001", "screen2").out == "“Другий екран” is over.\n"
    assert sandbox.on("demo00001") == {"main_start"}


def test_a_change_keeps_the_code(olltv, sandbox):
    olltv("deliver", "--until-idle")
    code = sandbox.codes("demo00001")["main_start"]
    assert olltv("change", "demo00001", "main_max").out == f"“Максимум” is on, its code is {code}.\n"
    assert sandbox.on("demo00001") == {"main_max"}


def test_leaving_ends_everything_and_twice_does_nothing(olltv, runtime, sandbox):
    olltv("deliver", "--until-idle")
    assert sorted(olltv("leave", "demo00002").out.splitlines()) == ["“Другий екран” is over.", "“Максимум” is over."]
    assert sandbox.on("demo00002") == set()
    said = olltv("leave", "demo00002")
    assert (said.status, said.out) == (0, "There was nothing to be done.\n")
    assert {each.state for each in subscriber(runtime.billing, "demo00002").subscriptions} == {State.ENDED}


def test_what_is_suspended_is_resumed(olltv, sandbox):
    olltv("deliver", "--until-idle")
    assert olltv("suspend", "demo00001", "--reason", "vacation").out == "“Старт” is suspended: vacation.\n"
    assert sandbox.on("demo00001") == set()
    assert olltv("resume", "demo00001").out.startswith("“Старт” is on, its code is ")
    assert sandbox.on("demo00001") == {"main_start"}


def test_resuming_without_money_says_how_much_is_missing(olltv):
    olltv("deliver", "--until-idle")
    olltv("suspend", "demo00004", "--reason", "staff")
    said = olltv("resume", "demo00004")
    assert (said.status, said.err) == (1, "Not enough money: 98.90 UAH is missing.\n")
