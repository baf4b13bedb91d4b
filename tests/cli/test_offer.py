"""What an operator sets up before the first order: tariffs and subscribers; and the parked, whom he takes up again."""

import pytest

from olltv_module import queries
from olltv_module.models import Delivery, Tariff


@pytest.fixture
def empty(olltv):
    assert olltv("db", "upgrade").status == 0
    return olltv


def test_an_order_on_an_empty_database_needs_a_tariff_a_subscriber_and_money(empty):
    assert empty("tariff", "add", "main_start", "Start", "99,90").status == 0
    assert empty("tariff", "add", "add_screen", "Screen", "20", "--addon", "--percent", "50").status == 0
    line = ("--mobile", "0501234567", "--ip", "10.20.0.7")
    added = empty("subscriber", "add", "ivan", *line, "--password-stdin", "--json", stdin="secret-1\n")
    assert (added.status, added.json["ip"]) == (0, "10.20.0.7")
    assert "secret-1" not in added.out + added.err
    assert empty("topup", "ivan", "200").status == 0

    assert empty("subscribe", "ivan", "main_start", "--no-wait").status == 0
    shown = empty("show", "ivan", "--json").json
    assert shown["wallet"]["held"] == {"minor": 9990, "unit": "UAH"}


def test_the_password_that_was_given_opens_the_cabinet(empty, runtime):
    empty("subscriber", "add", "ivan", "--password-stdin", stdin="secret-1\n")
    with runtime.billing.uow() as uow:
        assert uow.host.check_password("ivan", "secret-1")


@pytest.mark.parametrize(("login", "code"), [("ivan", "login_taken"), (" ", "bad_login"), ("x" * 65, "bad_login")])
def test_a_login_is_given_once_and_can_be_kept(empty, login, code):
    empty("subscriber", "add", "ivan", "--password-stdin", stdin="secret-1\n")
    said = empty("subscriber", "add", login, "--password-stdin", "--json", stdin="secret-2\n")
    assert (said.status, said.json["error"]["code"]) == (1, code)


def test_a_new_fee_begins_with_a_month_that_has_not_begun(empty, runtime):
    empty("tariff", "add", "main_start", "Start", "100")
    assert empty("tariff", "fee", "main_start", "120").status == 0
    past = empty("tariff", "fee", "1", "1", "--month", str(runtime.billing.month(runtime.clock())), "--json")
    assert (past.status, past.json["error"]["code"]) == (1, "price_in_the_past")

    [tariff] = empty("tariff", "list", "--json").json["tariffs"]
    assert tariff["fee"] == {"minor": 10000, "unit": "UAH"}
    with runtime.billing.reading() as session:
        next_month = runtime.billing.month(runtime.clock()).next().starts(runtime.billing.zone)
        assert session.get_one(Tariff, 1).fee(next_month, "UAH").minor == 12000


def test_an_archived_tariff_is_listed_but_not_sold(empty, runtime):
    empty("tariff", "add", "main_start", "Start", "100")
    assert empty("tariff", "archive", "main_start").status == 0
    assert empty("tariff", "list").out.startswith("1\tmain_start\tStart\tmain\t")
    with runtime.billing.reading() as session:
        assert queries.tariffs(session) == []


def test_an_archived_tariff_is_put_back_on_sale(empty, runtime):
    empty("tariff", "add", "main_start", "Start", "100")
    empty("tariff", "archive", "main_start")
    assert empty("tariff", "unarchive", "main_start").out == "Tariff 1 is back on sale.\n"
    with runtime.billing.reading() as session:
        assert len(queries.tariffs(session)) == 1


def test_a_fee_to_come_is_taken_back(empty, runtime):
    coming = str(runtime.billing.month(runtime.clock()).next())
    empty("tariff", "add", "main_start", "Start", "100")
    empty("tariff", "fee", "main_start", "120")

    said = empty("tariff", "cancel-fee", "main_start", coming, "--json")

    assert (said.status, said.json["fee"]) == (0, {"minor": 10000, "unit": "UAH"})
    past = str(runtime.billing.month(runtime.clock()))
    assert empty("tariff", "cancel-fee", "main_start", past, "--json").json["error"]["code"] == "price_in_the_past"


def test_an_addon_may_go_with_some_mains_only(empty):
    empty("tariff", "add", "main_start", "Start", "100")
    empty("tariff", "add", "main_max", "Max", "200")
    empty("tariff", "add", "sport", "Sport", "20", "--addon", "--with", "main_max")
    empty("subscriber", "add", "ivan", "--mobile", "0501234567", "--password-stdin", stdin="secret-1\n")
    empty("topup", "ivan", "500")
    empty("subscribe", "ivan", "main_start", "--no-wait")

    said = empty("addon", "ivan", "sport", "--no-wait")

    assert (said.status, said.err) == (1, "“Sport” does not go with “Start”, only with: Max.\n")


def test_a_service_id_is_tried_at_the_partner(olltv, demo):
    olltv("deliver", "--until-idle")
    olltv("tariff", "add", "no_such_bundle", "Typo", "1")

    assert olltv("tariff", "try", "main_start").out == "The partner knows the service id “main_start”.\n"
    wrong = olltv("tariff", "try", "no_such_bundle", "--json")
    assert (wrong.status, wrong.json) == (1, {"service": "no_such_bundle", "result": "unknown"})


@pytest.fixture
def parked(olltv, demo, runtime):
    """Two of the demo's subscribers are parked."""
    with runtime.billing.uow() as uow:
        rows = uow.session.query(Delivery).order_by(Delivery.subscriber_id).limit(2).all()
        for row in rows:
            row.parked_at, row.trouble, row.tries = runtime.clock(), "needs_staff: no such bundle", 20
    return olltv


def logins(said):
    return [each["login"] for each in said.json["parked"]]


def test_the_parked_are_listed_with_what_stopped_them(parked):
    said = parked("parked", "list", "--json")
    assert logins(said) == ["demo00001", "demo00002"]
    assert "no such bundle" in parked("parked", "list").out


def test_the_parked_are_taken_up_again_one_or_all(parked, runtime):
    assert parked("parked", "retry", "demo00002").status == 0
    assert logins(parked("parked", "list", "--json")) == ["demo00001"]
    assert parked("parked", "retry", "--all").status == 0
    assert logins(parked("parked", "list", "--json")) == []
    with runtime.billing.reading() as session:
        assert {row.tries for row in session.query(Delivery)} == {0}


@pytest.mark.parametrize(("arguments", "status"), [((), 2), (("--all", "demo00001"), 2), (("demo00003",), 1)])
def test_only_the_parked_can_be_taken_up_again(parked, arguments, status):
    assert parked("parked", "retry", *arguments).status == status


def test_an_order_is_given_up_with_a_reason(olltv, demo):
    olltv("topup", "demo00001", "500")
    assert olltv("addon", "demo00001", "screen2", "--no-wait").status == 0
    assert olltv("parked", "give-up", "demo00001").status == 2

    said = olltv("parked", "give-up", "demo00001", "--reason", "the partner has dropped it", "--json")

    assert (said.status, said.json) == (0, {"given_up": ["screen2"]})
    again = olltv("parked", "give-up", "demo00001", "--reason", "again", "--json")
    assert (again.status, again.json["error"]["code"]) == (1, "nothing_to_give_up")
