"""Credits over the signed API: balances, tips, packs, orders."""

import pytest
from sqlalchemy import select

from ppv_module.chat.earnings.models import Earning
from ppv_module.credits.freezing import freeze
from ppv_module.credits.models import Order
from tests.ppv.signed.conftest import code
from tests.support import STAFF, assert_books_balance


def test_a_balance_and_whether_it_is_frozen(stage, uow, clock):
    path = f"/users/{stage.viewer.number}/credits"
    assert stage.gateway.get(path).json == {"credits": 600, "frozen": False}
    freeze(uow(), login=stage.viewer.login, reason="a dispute", actor=STAFF, now=clock())
    assert stage.gateway.get(path).json == {"credits": 600, "frozen": True}
    assert code(stage.gateway.get("/users/99999/credits")) == "not_found"
    answer = stage.gateway.post("/tips", stage.numbers | {"credits": 1})
    assert (answer.status_code, code(answer)) == (403, "wallet_frozen")
    assert code(stage.gateway.post("/shows", stage.numbers)) == "wallet_frozen"


def test_a_tip(stage, billing):
    answer = stage.gateway.post("/tips", stage.numbers | {"credits": 50})
    assert answer.status_code == 200 and set(answer.json) == {"tip_id", "balance"}
    assert answer.json["balance"] == stage.balance == 550
    with billing.reading() as session:
        row = session.get_one(Earning, answer.json["tip_id"])
        assert (row.credits, row.payer_id, row.performer_id) == (50, stage.viewer.id, stage.performer.person_id)
    assert_books_balance(billing)


def test_a_tip_within_a_show_shortens_it(stage, clock):
    show = stage.live()
    clock.advance(seconds=10)
    answer = stage.gateway.post("/tips", stage.numbers | {"credits": 500, "show_id": show})
    assert answer.json["balance"] == 100
    assert stage.gateway.post(f"/shows/{show}/tick").json["seconds_left"] == 90


@pytest.mark.parametrize(
    ("credits", "refusal"),
    [
        (0, "bad_request"),
        (-5, "bad_request"),
        (10_001, "bad_request"),
        (True, "bad_request"),
        (1.0, "bad_request"),
        ("10", "bad_request"),
        (None, "bad_request"),
        ([10], "bad_request"),
        (2**80, "bad_request"),
        (601, "insufficient_credits"),
    ],
)
def test_what_is_no_tip_changes_nothing(stage, credits, refusal):
    assert code(stage.gateway.post("/tips", stage.numbers | {"credits": credits})) == refusal
    assert stage.balance == 600


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"7",
        b"{",
        b'{"user_id":7,"user_id":8}',
        b'{"credits":NaN}',
        b'{"credits":Infinity}',
        b'\xff\xfe{"a":1}',
        b"\xef\xbb\xbf{}",
        b'{"show_id":"\\ud800"}',
        b"[" * 15_000,
        b'{"credits":' + b"9" * 5000 + b"}",
        '{"а":1}'.encode("utf-16"),
    ],
)
def test_what_is_no_json_object_is_refused(stage, raw):
    assert code(stage.gateway.post("/tips", raw)) == "bad_request"


def test_a_refused_tip_may_be_sent_again_when_there_are_credits(stage, chat):
    body = stage.numbers | {"credits": 700}
    assert code(stage.gateway.post("/tips", body, once="late-0001")) == "insufficient_credits"
    chat.give(stage.viewer.login, 100)
    answer = stage.gateway.post("/tips", body, once="late-0001")
    assert answer.json["balance"] == 0 and "Idempotent-Replayed" not in answer.headers


def test_packs_on_sale(stage, chat):
    pack = chat.pack(stage.tenant, credits=600, price_minor=10_000)
    chat.pack(stage.tenant, active=False)
    chat.pack(chat.tenant())
    told = {"id": pack.id, "credits": 600, "price": "100.00", "currency": "UAH", "text": "600 credits"}
    assert stage.gateway.get("/items").json == {"items": [told]}


def test_an_order_sends_the_buyer_to_paypal_and_grants_nothing(chat, gateway, billing):
    tenant = chat.tenant(paypal_business="shop@isp.example", currency="EUR")
    viewer, pack = chat.viewer(tenant), chat.pack(tenant, currency="EUR", price_minor=999)
    machine, body = gateway(tenant), {"user_id": viewer.number, "item_id": pack.id}
    answer = machine.post("/orders", body, once="order-0001")
    assert answer.status_code == 201
    order, redirect = answer.json["order"], answer.json["redirect"]
    assert (order["status"], order["credits"], order["price"], order["currency"]) == ("new", 600, "9.99", "EUR")
    assert redirect["url"] == "https://paypal.example/pay"
    wanted = {
        "business": "shop@isp.example",
        "item_number": str(pack.id),
        "amount": "9.99",
        "currency_code": "EUR",
        "quantity": "1",
        "invoice": order["invoice"],
        "custom": str(order["id"]),
        "notify_url": "https://billing.example/api/ppv/v1/paypal/ipn",
        "return": f"https://tv.example/credits/orders/{order['id']}",
        "no_shipping": "1",
    }
    assert wanted.items() <= redirect["fields"].items()
    assert machine.post("/orders", body, once="order-0001").json == answer.json
    assert chat.balance(viewer.login) == 0
    with billing.reading() as session:
        assert len(session.scalars(select(Order)).all()) == 1


def test_what_is_not_on_sale_cannot_be_ordered(stage, chat):
    strangers = chat.pack(chat.tenant(paypal_business="x@x.example"))
    body = {"user_id": stage.viewer.number, "item_id": strangers.id}
    assert code(stage.gateway.post("/orders", body)) == "not_found"
    assert code(stage.gateway.post("/orders", body | {"item_id": 10**18})) == "not_found"
    unpayable = chat.pack(stage.tenant)
    assert code(stage.gateway.post("/orders", body | {"item_id": unpayable.id})) == "bad_request"
    assert code(stage.gateway.post("/orders", body | {"user_id": 5})) == "not_found"
