"""Credits over the JSON door: the shop, buying from the wallet and with PayPal, the history; and the support."""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from ppv_module.chat.people import person_of
from ppv_module.chat.support import desk
from ppv_module.credits import corrections, freezing
from ppv_module.credits.models import Order
from tests.remoteapi.chat_stage import chat, ini, stage
from tests.remoteapi.conftest import code
from tests.support import STAFF, assert_books_balance, balance, money

__all__ = ["chat", "ini", "stage"]

BACK = "https://my.isp.example/credits"


def orders(billing):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Order))


def buy(viewer, pack, means="wallet", **more):
    return viewer.post("/me/credits/orders", {"pack": pack.id, "means": means, "back": BACK}, **more)


def test_the_shop_tells_what_is_on_sale_everywhere(stage, chat):
    pack = chat.pack(stage.tenant, 600, 10_000)
    chat.pack(stage.tenant, 60, 1000, active=False)
    other = chat.pack(chat.tenant(), 10, 500)
    chat.pack(chat.tenant(active=False))
    found = stage.ann.get("/me/credits").json
    assert (found["balance"], found["frozen"], found["wallet"]) == (600, False, {"minor": 20_000, "unit": "UAH"})
    assert [each["id"] for each in found["packs"]] == [pack.id, other.id]
    assert found["packs"][0] == {
        "id": pack.id,
        "tenant": stage.tenant.id,
        "credits": 600,
        "price": {"minor": 10_000, "unit": "UAH"},
        "text": "600 credits",
        "means": ["wallet"],
    }


def test_a_pack_is_paid_from_the_wallet_once_however_often_it_is_sent(stage, chat, billing):
    pack = chat.pack(stage.tenant, 600, 10_000)
    answers = [buy(stage.ann, pack, once="one-click") for _ in range(3)]
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json["order"] for answer in answers}) == 1
    assert (answers[0].json["state"], answers[0].json["balance"]) == ("paid", 1200)
    assert balance(billing, "ann") == money("100 UAH")
    assert_books_balance(billing)


def test_two_clicks_at_once_are_one_order(stage, chat, billing):
    pack = chat.pack(stage.tenant, 600, 10_000)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: buy(stage.ann, pack, once="one-click"), range(4)))
    assert {answer.status_code for answer in answers} <= {200, 409, 503}
    assert 200 in {answer.status_code for answer in answers}
    assert (orders(billing), chat.balance("ann"), balance(billing, "ann")) == (1, 1200, money("100 UAH"))
    assert_books_balance(billing)


def test_what_cannot_be_bought_is_told_in_the_readers_language(stage, chat, billing):
    dear, gone = chat.pack(stage.tenant, 600, 30_000), chat.pack(stage.tenant, active=False)
    short = buy(stage.ann, dear, Accept_Language="en")
    assert (short.status_code, code(short)) == (402, "not_enough_money")
    assert short.json["facts"]["lack"] == {"minor": 10_000, "unit": "UAH"}
    assert buy(stage.ann, dear, Accept_Language="uk").json["detail"] != short.json["detail"]
    assert code(buy(stage.ann, gone)) == "pack_not_on_sale"
    assert code(buy(stage.ann, dear, means="paypal")) == "means_not_offered"
    assert buy(stage.ann, dear, means="cash").status_code == 422
    freezing.freeze(billing.uow(), login="ann", reason="asked by the bank", actor=STAFF, now=stage.clock())
    assert code(buy(stage.ann, chat.pack(stage.tenant, 1, 100))) == "wallet_frozen"
    assert (orders(billing), balance(billing, "ann")) == (0, money("200 UAH"))


class TestPayPal:
    @pytest.fixture
    def ini(self):
        return {
            "PPV_ENABLED": "1",
            "PPV_PAYPAL_URL": "https://paypal.example/pay",
            "PPV_PUBLIC_URL": "https://billing.isp.example/",
        }

    @pytest.fixture
    def pack(self, stage, chat, billing):
        uow = billing.uow()
        with uow:
            uow.session.get_one(type(stage.tenant), stage.tenant.id).paypal_business = "shop@isp.example"
        return chat.pack(stage.tenant, 600, 10_000)

    def test_an_order_waits_for_its_payment_and_leads_there(self, stage, chat, pack, billing):
        answer = buy(stage.ann, pack, means="paypal").json
        assert (answer["state"], answer["balance"], answer["means"]) == ("new", 600, "paypal")
        asked = {name: values[0] for name, values in parse_qs(urlsplit(answer["redirect"]).query).items()}
        assert answer["redirect"].startswith("https://paypal.example/pay?")
        assert (asked["business"], asked["amount"], asked["currency_code"]) == ("shop@isp.example", "100.00", "UAH")
        assert (asked["custom"], asked["quantity"], asked["return"]) == (str(answer["order"]), "1", BACK)
        again = stage.ann.get(f"/me/credits/orders/{answer['order']}?back={BACK}").json
        assert again == answer
        assert_books_balance(billing)

    def test_both_means_are_offered(self, stage, pack):
        assert stage.ann.get("/me/credits").json["packs"][0]["means"] == ["wallet", "paypal"]


def test_an_order_of_somebody_else_is_not_there(stage, chat):
    number = buy(stage.ann, chat.pack(stage.tenant, 6, 100)).json["order"]
    assert stage.ann.get(f"/me/credits/orders/{number}").json["redirect"] == ""
    answer = stage.boris.get(f"/me/credits/orders/{number}")
    assert (answer.status_code, code(answer)) == (404, "unknown_order")


def test_the_history_sums_to_the_balance(stage, chat, billing):
    buy(stage.ann, chat.pack(stage.tenant, 60, 100))
    show_id = stage.live()
    stage.passes(10)
    stage.hers(show_id)
    stage.ann.post(stage.path(f"/shows/{show_id}/end"))
    stage.ann.post(stage.path("/tips"), {"performer": 5, "credits": 7})
    signed = {"actor": STAFF, "now": stage.clock()}
    corrections.correct(billing.uow(), login="ann", delta=-3, reason="a mistake", key="correction-1", **signed)
    lines = stage.ann.get("/me/credits/history").json["lines"]
    assert [(line["cause"], line["credits"]) for line in lines[:4]] == [
        ("correction", -3),
        ("tip", -7),
        ("show", -10),
        ("purchase", 60),
    ]
    assert sum(line["credits"] for line in lines) == lines[0]["balance"] == chat.balance("ann") == 640
    assert lines[0]["text"] == "a mistake"
    assert stage.boris.get("/me/credits/history").json == {"lines": [], "next": None}


# --- The support ------------------------------------------------------------------------------------------------------


def asked(viewer, stage, text="I hear nothing."):
    return viewer.post(f"/me/support/{stage.tenant.id}", {"subject": "No sound", "text": text})


def test_a_question_is_answered_closed_and_opened_again(stage, billing):
    made = asked(stage.ann, stage)
    assert made.status_code == 201
    number = made.json["id"]
    desk.write(billing.uow(), ticket_id=number, text="Louder now?", actor=STAFF, now=stage.clock())
    thread = stage.ann.get(f"/me/support/tickets/{number}").json
    assert [(each["by_staff"], each["text"]) for each in thread["messages"]] == [
        (False, "I hear nothing."),
        (True, "Louder now?"),
    ]
    assert thread["state"] == "answered" and "author" not in thread["messages"][1]
    assert stage.ann.post(f"/me/support/tickets/{number}/messages", {"text": "Yes.\nThanks."}).json["state"] == "open"
    assert stage.ann.post(f"/me/support/tickets/{number}/close").json["state"] == "closed"
    assert code(stage.ann.post(f"/me/support/tickets/{number}/messages", {"text": "More"})) == "ticket_closed"
    assert stage.ann.post(f"/me/support/tickets/{number}/reopen").json["state"] == "open"
    (listed,) = stage.ann.get(f"/me/support/{stage.tenant.id}").json["tickets"]
    assert (listed["id"], listed["subject"], listed["tenant"]) == (number, "No sound", stage.tenant.id)
    with billing.reading() as session:
        assert person_of(session, tenant_id=stage.tenant.id, login="ann") is not None


def test_a_question_of_somebody_else_is_not_there(stage):
    number = asked(stage.ann, stage).json["id"]
    asked(stage.boris, stage, "Nor do I.")
    answers = [stage.boris.get(f"/me/support/tickets/{number}")]
    answers += [stage.boris.post(f"/me/support/tickets/{number}/{step}") for step in ("close", "reopen")]
    answers.append(stage.boris.post(f"/me/support/tickets/{number}/messages", {"text": "?"}))
    for answer in answers:
        assert (answer.status_code, code(answer)) == (404, "unknown_ticket")
    assert len(stage.boris.get(f"/me/support/{stage.tenant.id}").json["tickets"]) == 1


@pytest.mark.parametrize("text", ["", "   ", "\x00", "x" * 4001])
def test_a_question_is_a_text(stage, text):
    assert asked(stage.ann, stage, text).status_code == 422
