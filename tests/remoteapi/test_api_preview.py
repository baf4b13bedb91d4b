"""A cabinet asks what an order would do before it is made: the partner hears nothing, nothing is kept."""

import pytest

from billing.visits import allow_visit
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from tests.olltv.support import dump
from tests.remoteapi.conftest import code
from tests.remoteapi.test_api_orders import amount
from tests.remoteapi.test_visits import visit
from tests.support import STAFF, assert_books_balance

THE_DOORS_OWN = ("api_key", "cabinet_session")
"""Tables where the door notes that somebody was here."""


@pytest.fixture
def ask(cabinet, billing, partner):
    """The answer to GET /me/preview, after making sure that asking did nothing."""

    def asked(query, **headers):
        before, calls = _kept(billing), partner.control("calls")["totals"]
        answer = cabinet.get(f"/me/preview?{query}", **headers)
        assert _kept(billing) == before and partner.control("calls")["totals"] == calls
        return answer

    return asked


def _kept(billing):
    return {name: rows for name, rows in dump(billing).items() if name not in THE_DOORS_OWN}


def test_a_newcomer_sees_what_a_subscription_costs(ask, start):
    answer = ask(f"order=subscribe&tariff={start.id}")

    assert answer.status_code == 200
    assert answer.json == {
        "order": "subscribe",
        "tariff": {"id": start.id, "name": "Start", "main": True},
        "charge": amount("49.90 UAH"),
        "released": amount("0 UAH"),
        "available": amount("200 UAH"),
        "lack": amount("0 UAH"),
        "left": amount("150.10 UAH"),
        "next_charge": {
            "month": "2026-12",
            "date": "2026-12-01",
            "is_due": False,
            "total": amount("49.90 UAH"),
            "lack": amount("0 UAH"),
        },
        "ends": [],
        "begins": ["Start"],
        "devices_stay": True,
        "refusal": None,
    }


def test_a_change_costs_what_was_told(ask, cabinet, start, best, billing):
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    told = ask(f"order=change&tariff={best.id}").json

    me = cabinet.post("/me/change", {"tariff": best.id}).json

    assert (told["ends"], told["begins"], told["devices_stay"]) == (["Start"], ["Max"], True)
    assert told["charge"] == amount("100 UAH") and told["left"] == me["wallet"]["available"]
    assert told["next_charge"] == me["next_charge"]
    assert_books_balance(billing)


def test_an_addon_and_leaving(ask, cabinet, start, screen):
    cabinet.post("/me/subscriptions", {"tariff": start.id})

    adds = ask(f"order=add&tariff={screen.id}").json
    cabinet.post("/me/addons", {"tariff": screen.id})
    drops, leaves = ask(f"order=leave&tariff={screen.id}").json, ask("order=leave").json

    assert (adds["charge"], adds["begins"]) == (amount("15 UAH"), ["Second screen"])
    assert (drops["ends"], drops["devices_stay"]) == (["Second screen"], True)
    assert (leaves["ends"], leaves["devices_stay"]) == (["Start", "Second screen"], False)
    assert leaves["next_charge"] is None


def test_too_little_money_is_an_answer_and_no_error(ask, make, cabinet):
    tariff = make.tariff("250.50 UAH")

    told = ask(f"order=subscribe&tariff={tariff.id}").json

    refused = cabinet.post("/me/subscriptions", {"tariff": tariff.id}).json
    assert (told["charge"], told["lack"]) == (amount("250.50 UAH"), amount("50.50 UAH"))
    assert told["refusal"] == {"code": refused["code"], "detail": refused["detail"]}
    assert told["lack"] == refused["facts"]["lack"] and told["left"] == told["available"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("order=subscribe&tariff=999", "tariff_not_on_sale"),
        ("order=subscribe&tariff={screen}", "wrong_kind"),
        ("order=add&tariff={screen}", "addon_needs_main"),
        ("order=change&tariff={start}", "not_subscribed"),
        ("order=leave", "not_subscribed"),
        ("order=resume", "not_subscribed"),
    ],
)
def test_what_would_be_refused_says_why(ask, start, screen, query, expected):
    answer = ask(query.format(start=start.id, screen=screen.id))

    assert (answer.status_code, answer.json["refusal"]["code"]) == (200, expected)
    assert (answer.json["charge"], answer.json["begins"], answer.json["ends"]) == (amount("0 UAH"), [], [])


def test_a_refusal_speaks_the_callers_language(ask, make):
    tariff = make.tariff("250.50 UAH")

    told = ask(f"order=subscribe&tariff={tariff.id}", Accept_Language="uk").json

    assert "50,50\u202f₴" in told["refusal"]["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "order=steal",
        "order=subscribe",
        "order=add",
        "order=change",
        "order=subscribe&tariff=0",
        "order=subscribe&tariff=x",
        f"order=subscribe&tariff={2**60}",
    ],
)
def test_what_cannot_be_read_is_refused(ask, query):
    answer = ask(query)

    assert (answer.status_code, code(answer)) == (422, "invalid_input")


def test_a_preview_cannot_be_posted(cabinet, start):
    assert cabinet.post(f"/me/preview?order=subscribe&tariff={start.id}").status_code == 405


def test_a_key_alone_sees_none(machine, ann, start):
    answer = machine("cabinet").get(f"/me/preview?order=subscribe&tariff={start.id}")

    assert (answer.status_code, code(answer)) == (401, "subject_required")


def test_staff_who_look_see_it_too_and_order_nothing(machine, runtime, ann, start, clock):
    door = machine("cabinet")
    ticket = allow_visit(runtime.billing.uow(), login="ann", actor=STAFF, now=clock())
    assert visit(door, ticket).status_code == 201

    assert door.get(f"/me/preview?order=subscribe&tariff={start.id}").json["charge"] == amount("49.90 UAH")
    assert code(door.post("/me/subscriptions", {"tariff": start.id})) == "visitors_only_look"


class TestDeadPartner:
    """Nobody is at his address."""

    @pytest.fixture
    def ini(self):
        return {"OLLTV_API_URL": "http://127.0.0.1:9/", "OLLTV_PASSWORD": '""'}

    def test_a_preview_does_not_need_him(self, cabinet, start):
        answer = cabinet.get(f"/me/preview?order=subscribe&tariff={start.id}")

        assert (answer.status_code, answer.json["refusal"]) == (200, None)


def test_resuming_in_the_month_that_is_paid_costs_nothing(ask, cabinet, start, uow, clock):
    cabinet.post("/me/subscriptions", {"tariff": start.id})
    lifecycle.suspend(uow(), login="ann", reason=Reason.NO_MONEY, actor=STAFF, now=clock())

    told = ask("order=resume").json

    assert (told["charge"], told["begins"], told["refusal"]) == (amount("0 UAH"), ["Start"], None)
