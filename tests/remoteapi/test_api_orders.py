"""What a cabinet orders for a signed-in subscriber."""

import pytest

from billing.host.native import NativeHost
from olltv_module.delivery import queue
from olltv_module.models import Delivery, Reason
from olltv_module.services import lifecycle, tariffs
from tests.remoteapi.conftest import code
from tests.support import STAFF, assert_books_balance, available, balance, money, subscriber


def amount(text: str) -> dict[str, object]:
    found = money(text)
    return {"minor": found.minor, "unit": found.unit}


def test_tariffs_tell_their_fees(machine, start, screen):
    answer = machine("staff-read").get("/tariffs")

    assert [each["name"] for each in answer.json["tariffs"]] == ["Start", "Second screen"]
    assert answer.json["tariffs"][0] == {
        "id": start.id,
        "name": "Start",
        "service": "main_start",
        "main": True,
        "fee": amount("49.90 UAH"),
        "description": {},
        "goes_with": [],
    }


def test_tariffs_tell_which_mains_an_addon_goes_with(machine, uow, start, screen, clock):
    about = {"name": screen.name, "service": screen.service, "main": False, "goes_with": [start.id]}
    tariffs.edit(uow(), tariff_id=screen.id, **about, actor=STAFF, now=clock())

    listed = machine("staff-read").get("/tariffs").json["tariffs"]

    assert [each["goes_with"] for each in listed] == [[], [start.id]]


def test_a_subscriber_without_television(cabinet):
    answer = cabinet.get("/me")

    assert answer.status_code == 200
    assert answer.json == {
        "login": "ann",
        "name": "Ann",
        "frozen": False,
        "down": False,
        "obstacle": None,
        "phone": "0501234567",
        "wallet": {
            "balance": amount("200 UAH"),
            "held": amount("0 UAH"),
            "available": amount("200 UAH"),
            "spendable": amount("200 UAH"),
        },
        "tv": {"state": "no_tv", "text": "You have no television yet.", "settled": True},
        "subscriptions": [],
        "price_of_resuming": amount("0 UAH"),
        "lack_for_resuming": amount("0 UAH"),
        "next_charge": None,
        "autoresume": {"offered": False, "on": False},
        "self_devices": 1,
    }


def test_a_subscription_is_on_when_the_answer_comes(cabinet, start, partner, billing):
    answer = cabinet.post("/me/subscriptions", {"tariff": start.id})

    assert answer.status_code == 200
    (sub,) = answer.json["subscriptions"]
    assert (sub["state"], sub["paid_through"], sub["code"]) == ("active", "2026-11", sub["code"])
    assert sub["code"] and answer.json["tv"]["state"] == "on"
    comes = {
        "month": "2026-12",
        "date": "2026-12-01",
        "is_due": False,
        "total": amount("49.90 UAH"),
        "lack": amount("0 UAH"),
    }
    assert answer.json["next_charge"] == comes
    assert partner.is_on("ann") == ["main_start"] and balance(billing, "ann") == money("150.10 UAH")
    assert_books_balance(billing)


class TestSilentPartner:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_WAIT": "0.2"}

    def test_what_takes_longer_is_accepted(self, cabinet, start, partner, billing):
        partner.breaks("enableBundle", error_before=1)

        answer = cabinet.post("/me/subscriptions", {"tariff": start.id})

        assert answer.status_code == 202
        assert answer.json["tv"] == {
            "state": "being_switched_on",
            "text": "Television is being switched on.",
            "settled": False,
        }
        assert answer.json["wallet"]["held"] == amount("49.90 UAH")
        assert_books_balance(billing)


def test_what_the_partner_refuses_is_a_problem_and_costs_nothing(cabinet, make, billing):
    tariff = make.tariff("10 UAH", service="unknown_to_partner")

    answer = cabinet.post("/me/subscriptions", {"tariff": tariff.id})

    assert (answer.status_code, code(answer)) == (502, "partner_bundle_unknown")
    assert balance(billing, "ann") == money("200 UAH")
    (sub,) = cabinet.get("/me").json["subscriptions"]
    assert sub["state"] == "refused" and sub["refusal"]["code"] == "partner_bundle_unknown"
    assert_books_balance(billing)


def test_too_little_money_says_how_much_is_missing(cabinet, make):
    tariff = make.tariff("250.50 UAH")

    answer = cabinet.post("/me/subscriptions", {"tariff": tariff.id})

    assert (answer.status_code, code(answer)) == (402, "not_enough_money")
    assert answer.json["facts"] == {
        "needed": amount("250.50 UAH"),
        "available": amount("200 UAH"),
        "lack": amount("50.50 UAH"),
    }
    assert answer.json["detail"] == "Not enough money: 50.50\u202fUAH is missing."


def test_an_addon_comes_and_goes_alone(cabinet, start, screen, partner):
    cabinet.post("/me/subscriptions", {"tariff": start.id})

    assert cabinet.post("/me/addons", {"tariff": screen.id}).status_code == 200
    assert sorted(partner.is_on("ann")) == ["main_start", "screen2"]
    assert cabinet.post("/me/leave", {"tariff": screen.id}).status_code == 200
    assert partner.is_on("ann") == ["main_start"]


def test_an_addon_without_a_main_is_refused(cabinet, screen):
    answer = cabinet.post("/me/addons", {"tariff": screen.id})

    assert (answer.status_code, code(answer)) == (409, "addon_needs_main")


def test_a_main_is_changed(cabinet, start, best, partner):
    cabinet.post("/me/subscriptions", {"tariff": start.id})

    answer = cabinet.post("/me/change", {"tariff": best.id})

    assert answer.status_code == 200 and partner.is_on("ann") == ["main_max"]
    assert [each["tariff"] for each in answer.json["subscriptions"]] == ["Max"]


def test_a_second_main_is_refused(cabinet, start, best):
    cabinet.post("/me/subscriptions", {"tariff": start.id})

    assert code(cabinet.post("/me/subscriptions", {"tariff": best.id})) == "already_has_main"


def test_leaving_ends_everything_and_may_be_repeated(cabinet, start, screen, partner):
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    cabinet.post("/me/addons", {"tariff": screen.id})

    for _ in range(2):
        answer = cabinet.post("/me/leave")
        assert (answer.status_code, answer.json["tv"]["state"]) == (200, "no_tv")

    assert partner.is_on("ann") == []


def test_resuming_costs_what_the_view_says(cabinet, start, uow, clock, billing, partner):
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=clock())
    clock.advance(days=30)
    cabinet.sign_in("ann")
    me = cabinet.get("/me").json
    assert me["tv"]["text"] == "Television is switched off: there was not enough money for the monthly fee."
    assert me["price_of_resuming"] == amount("49.90 UAH")

    answer = cabinet.post("/me/resume")

    assert (answer.status_code, answer.json["tv"]["state"]) == (200, "on")
    assert balance(billing, "ann") == money("100.20 UAH") and partner.is_on("ann") == ["main_start"]
    assert_books_balance(billing)


def test_a_parked_order_says_that_it_takes_longer(cabinet, start, billing, uow, clock, partner):
    partner.breaks("enableBundle", error_before=1)
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    unit = uow()
    with unit:
        row = unit.session.get_one(Delivery, subscriber(billing, "ann").id)
        queue.park(row, trouble="partner_unreachable", now=clock())

    assert cabinet.get("/me").json["tv"]["text"].startswith("Television is being switched on. It takes longer")


def test_a_frozen_account_orders_nothing(cabinet, start, uow):
    unit = uow()
    with unit:
        host: NativeHost = unit.host
        host.set_flags("ann", frozen=True)

    answer = cabinet.post("/me/subscriptions", {"tariff": start.id})

    assert (answer.status_code, code(answer)) == (403, "frozen")


def test_a_statement_shows_the_fee(cabinet, start, clock):
    clock.advance(minutes=10)
    cabinet.post("/me/subscriptions", {"tariff": start.id})

    answer = cabinet.get("/me/statement?since=2026-11-10T09:05:00%2B00:00")

    (line,) = answer.json["lines"]
    assert (line["amount"], line["balance"]) == (amount("-49.90 UAH"), amount("150.10 UAH"))
    assert (line["other"], line["period"], line["tariff_id"]) == ("income:olltv", "2026-11", start.id)
    assert answer.json["opening"] == amount("200 UAH")


def test_a_moment_without_a_time_zone_is_refused(cabinet):
    answer = cabinet.get("/me/statement?since=2026-11-10T09:30:00")

    assert (answer.status_code, code(answer)) == (422, "invalid_input")
    assert list(answer.json["errors"]) == ["query.since"]


@pytest.mark.parametrize("body", [{}, {"tariff": "1"}, {"tariff": 0}, {"tariff": 2**70}, {"tariff": 1, "more": 1}, []])
def test_a_wrong_body_is_refused_by_field(cabinet, body):
    answer = cabinet.post("/me/subscriptions", body)

    assert (answer.status_code, code(answer)) == (422, "invalid_input")
    assert answer.json["errors"]


def test_a_body_that_is_no_json_is_refused(cabinet):
    headers = cabinet.headers({"Idempotency-Key": "x", "Content-Type": "application/json"})
    answer = cabinet.app.test_client().post("/api/v1/me/subscriptions", data="{", headers=headers)

    assert (answer.status_code, code(answer)) == (400, "bad_request")


def test_a_body_that_is_too_long_is_refused(cabinet):
    assert cabinet.post("/me/subscriptions", {"tariff": "x" * 70_000}).status_code == 413


def test_a_problem_speaks_the_callers_language(cabinet, make):
    tariff = make.tariff("250.50 UAH")

    answer = cabinet.post("/me/subscriptions", {"tariff": tariff.id}, Accept_Language="uk")

    assert "50,50\u202f₴" in answer.json["detail"]


def test_a_request_keeps_its_id(cabinet):
    assert cabinet.get("/me", X_Request_ID="from-the-cabinet").headers["X-Request-ID"] == "from-the-cabinet"


class TestNoPartner:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_PASSWORD": '""'}

    def test_what_nobody_could_carry_out_is_not_begun(self, cabinet, start, billing, legacy):
        answer = cabinet.post("/me/subscriptions", {"tariff": start.id})
        old = legacy(f"olltvui&subserv={start.id}&sublogin=ann")

        assert (answer.status_code, code(answer)) == (503, "misconfigured")
        assert "OLLTV_PASSWORD" in answer.json["detail"]
        assert old.status == 503 and old.body.startswith("ERROR:MISCONFIGURED ")
        assert available(billing, "ann") == money("200 UAH")
        assert cabinet.get("/me").status_code == 200


class TestDisabledModule:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_ENABLED": "0"}

    def test_a_disabled_module_says_so(self, cabinet):
        answer = cabinet.get("/me")

        assert (answer.status_code, code(answer)) == (503, "olltv_disabled")


class TestDisabledDoor:
    @pytest.fixture
    def ini(self):
        return {"REMOTEAPI_ENABLED": "0"}

    def test_a_disabled_door_says_so(self, machine):
        answer = machine("cabinet").get("/tariffs")

        assert (answer.status_code, code(answer)) == (503, "api_disabled")
