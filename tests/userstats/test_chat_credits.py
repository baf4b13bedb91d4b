"""Credits in the cabinet: the packs, buying in two steps, PayPal's link, orders, the history."""

import re

import pytest

from tests.userstats.chat_world import MINE, ORDER, SHOW_ID, T, line, open_chat, pack
from tests.userstats.conftest import send, sign_in
from tests.userstats.fake import uah
from tests.userstats.samples import KEY

PRICE = re.compile(r'class="money">([^<]+)<')
ORDERS = "POST me/credits/orders"


@pytest.fixture
def cabinet(build, billing):
    open_chat(billing)
    return build(chat=True)


def page(browser, path="/credits", **query):
    return browser.get(path, query_string=query).get_data(as_text=True)


def buy(browser, **fields):
    return send(browser, "/credits/buy", **{"pack": 1, "means": "wallet", "key": KEY} | fields)


def test_the_balance_and_the_packs_with_their_means(browser):
    shown = page(browser)
    assert "600 credits" in shown and "Ten minutes" in shown and "50.00\u202fUAH" in shown
    assert re.findall(r'href="/credits/buy\?pack=(\d)&amp;means=(\w+)"', shown) == [
        ("1", "wallet"),
        ("2", "wallet"),
        ("2", "paypal"),
    ]


def test_a_price_in_another_currency_keeps_its_own_sign(billing, build):
    open_chat(billing)
    euros = pack(2, price={"minor": 600, "unit": "EUR"}, means=["paypal"])
    billing.says("GET me/credits", MINE | {"packs": [euros]})
    browser = build(chat=True, currency="UAH").test_client()
    sign_in(browser)
    assert PRICE.findall(page(browser)) == ["6.00\u202fEUR"]
    assert "6.00\u202fEUR" in page(browser, "/credits/buy", pack=2, means="paypal")


def test_a_debt_and_a_freeze_are_told(browser, billing):
    billing.says("GET me/credits", MINE | {"balance": -20, "frozen": True})
    assert "More was given back than was left" in page(browser)
    billing.says("GET me/credits", MINE | {"frozen": True})
    assert "Your credits are frozen." in page(browser)


def test_the_first_step_says_what_will_happen_and_changes_nothing(browser, billing):
    shown = page(browser, "/credits/buy", pack=1, means="wallet")
    for words in ("Buy 600 credits", "Buy for 50.00\u202fUAH", "10.00\u202fUAH", "1,200", "charged at once"):
        assert words in shown
    assert re.search(r'name="key" value="[\w-]{8,64}"', shown)
    assert not billing.asked(ORDERS)
    shown = page(browser, "/credits/buy", pack=2, means="paypal")
    assert "You are led to PayPal." in shown and "Is on your account now" not in shown


def test_what_the_wallet_cannot_pay_has_no_button_but_the_missing_sum(browser, billing):
    billing.says("GET me/credits", MINE | {"wallet": uah(1)})
    shown = page(browser, "/credits/buy", pack=1, means="wallet")
    assert "Not enough money: 49.00\u202fUAH is missing." in shown and 'action="/credits/buy"' not in shown
    assert "You are led to PayPal." in page(browser, "/credits/buy", pack=2, means="paypal")


@pytest.mark.parametrize("query", [{}, {"pack": 9, "means": "wallet"}, {"pack": 1, "means": "paypal"}, {"pack": "x"}])
def test_a_pack_that_is_not_sold_so_is_no_page(browser, query):
    assert browser.get("/credits/buy", query_string=query).status_code == 404


def test_the_second_step_sends_one_order_and_shows_it(browser, billing):
    billing.says(ORDERS, ORDER)
    answers = [buy(browser) for _ in range(2)]
    assert {answer.location for answer in answers} == {"/credits/orders/9"}
    calls = billing.asked(ORDERS)
    assert {call.headers["Idempotency-Key"] for call in calls} == {KEY}
    assert calls[0].body == {"pack": 1, "means": "wallet", "back": "http://localhost/credits"}
    assert "It is paid, the credits are yours." in page(browser, "/credits/orders/9")


def test_an_order_for_paypal_is_a_plain_link(browser, billing):
    address = "https://paypal.example/pay?a=1&b=2"
    billing.says("GET me/credits/orders/9", ORDER | {"state": "new", "means": "paypal", "redirect": address})
    answer = browser.get("/credits/orders/9")
    shown = answer.get_data(as_text=True)
    assert f'href="{address.replace("&", "&amp;")}" rel="noreferrer">Pay 50.00\u202fUAH with PayPal</a>' in shown
    assert '<noscript><meta http-equiv="refresh" content="10"></noscript>' in shown
    assert 'data-poll="/credits/orders/9" data-every="5"' in shown and "chat.js" in shown
    assert "form-action 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("failed", "The payment has failed."),
        ("refunded", "The payment was given back"),
        ("disputed", "Something is wrong with the payment."),
    ],
)
def test_what_became_of_an_order(browser, billing, state, words):
    billing.says("GET me/credits/orders/9", ORDER | {"state": state})
    shown = page(browser, "/credits/orders/9")
    assert words in shown and "refresh" not in shown and "chat.js" not in shown and "paypal.example" not in shown


def test_an_order_of_somebody_else_is_not_there(browser, billing):
    billing.refuses("GET me/credits/orders/9", 404, "unknown_order", "There is no such order.")
    assert browser.get("/credits/orders/9").status_code == 404


def test_a_refusal_is_told_where_he_can_choose_anew(browser, billing):
    billing.refuses(ORDERS, 402, "not_enough_money", "Not enough money: 1.00 UAH is missing.")
    assert buy(browser).location == "/credits"
    assert "Not enough money: 1.00 UAH is missing." in page(browser)


def test_without_an_answer_the_same_order_can_be_sent_again(browser, billing):
    billing.says(ORDERS, lambda _call: (200, []))
    answer = buy(browser)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 503 and f'name="key" value="{KEY}"' in shown
    form = {name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1] for name in ("pack", "means")}
    assert form == {"pack": "1", "means": "wallet"}


def test_an_order_that_is_being_carried_out_is_not_told_as_refused(browser, billing):
    """Whoever thinks that it failed would buy again, with another key."""
    billing.refuses(ORDERS, 409, "busy", "This request is being carried out.")
    answer = buy(browser)
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 409 and f'name="key" value="{KEY}"' in shown
    assert "Your order is being carried out" in shown and "has not answered" not in shown


@pytest.mark.parametrize("wrong", [{"key": "?"}, {"pack": "x"}, {"pack": ""}, {"means": "cash"}])
def test_a_forged_form_is_refused_before_the_billing_is_asked(browser, billing, wrong):
    assert buy(browser, **wrong).status_code in (400, 404)
    assert billing.calls == []


def test_packs_of_several_chats_stand_by_their_chat(browser, billing, build):
    billing.says("GET me/credits", MINE | {"packs": [pack(), pack(2, tenant=2)]})
    assert 'id="packs-1">Night talks' in page(browser) and 'id="packs-2">' in page(browser)


def test_the_ticks_of_a_show_are_one_line_of_the_history(browser, billing):
    lines = [
        line(6, "show", -8, balance=100, show="other"),
        line(5, "show", -2, balance=108, show=SHOW_ID),
        line(4, "show", -8, balance=110, show=SHOW_ID),
        line(3, "tip", -5, balance=118),
        line(2, "show", -9, balance=123, show=SHOW_ID),
        line(1, "purchase", 132, balance=132, text="Ten minutes"),
    ]
    billing.says("GET me/credits/history", {"lines": lines, "next": 1})
    shown = page(browser, "/credits/history")
    moved = re.findall(r'class="sum moved[^"]*">([^<]+)<', shown)
    assert moved == ["−8", "−10", "−5", "−9", "+132"]
    assert re.findall(r"</span>(\d+)</td>", shown) == ["100", "108", "118", "123", "132"]
    assert 'href="/credits/history?older_than=1"' in shown and "Ten minutes" in shown


def test_an_empty_history_says_what_will_stand_there(browser, billing):
    billing.says("GET me/credits/history", {"lines": [], "next": None})
    assert "There is nothing here yet" in page(browser, "/credits/history")
    assert browser.get("/credits/history?older_than=x").status_code == 404


def test_strangers_are_sent_to_the_sign_in(stranger, billing):
    for path in (
        "/credits",
        "/credits/buy?pack=1&means=wallet",
        "/credits/orders/9",
        "/credits/history",
        f"/support/{T}",
    ):
        assert stranger.get(path).location == "/sign-in"
    assert buy(stranger).location == "/sign-in"
