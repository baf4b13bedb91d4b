"""The whole way over real HTTP: our link, the stand-in’s page, its notices in our mail slot, its verifier, credits."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from ppv_module.credits.models import OrderState
from ppv_module.options import PpvOptions
from ppv_module.paypal.client import PayPal
from ppv_module.paypal.worker import work_off
from ppv_module.provider.choosing import chat_provider
from ppv_module.remote import ipn, signed
from ppv_module.remote.door import EXTENSION, Door
from ppv_module.remote.signed_limits import Limits
from sandbox.paypal import Config
from sandbox.paypal.server import serve_in_thread
from tests.ppv.credits.shop import SELLER, Shop, with_options
from tests.support import assert_books_balance


class Form(HTMLParser):
    """The hidden fields of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.fields: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "input" and given.get("type") == "hidden":
            self.fields[given["name"] or ""] = given["value"] or ""


@contextmanager
def mail_slot(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class Play:
    """A buyer, the stand-in, our door and our worker."""

    base: str
    shop: Shop
    options: PpvOptions = field(default_factory=PpvOptions)

    def pay(self, order: Any, how: str = "pay") -> str:
        """The buyer follows the link and presses a button; gives the id of the transaction."""
        link = PayPal(self.options).link(order, self.shop.tenant, back="https://cabinet.example/orders/1")
        page = requests.get(link, timeout=5)
        assert page.status_code == 200
        fields = {**Form(page.text).fields, "how": how}
        done = requests.post(f"{self.base}/pay", data=fields, timeout=5)
        assert "https://cabinet.example/orders/1" in done.text
        self.control("wait")
        return done.url.rsplit("/", 1)[-1]

    def then(self, txn_id: str, *actions: str, **body: str) -> None:
        for action in actions:
            self.control(f"payments/{txn_id}/{action}", **body)
            self.control("wait")

    def control(self, path: str, **body: str) -> None:
        assert requests.post(f"{self.base}/control/{path}", json=body, timeout=15).status_code == 200

    def work(self) -> int:
        return work_off(self.shop.billing, self.shop.clock, self.options)


@pytest.fixture(scope="module")
def stand_in():
    with serve_in_thread(Config(control=True, pauses_s=(0.05,), pending_s=0.05)) as base:
        yield base


@pytest.fixture
def play(billing, clock, chat, stand_in):
    app = Flask("door")
    app.extensions[signed.LIMITS] = Limits()
    app.register_blueprint(ipn.bp)
    with mail_slot(app) as address:
        webscr = f"{stand_in}/cgi-bin/webscr"
        billing = with_options(billing, public_url=address, paypal_url=webscr, paypal_verify_url=webscr)
        options = billing.option(PpvOptions)
        app.extensions[EXTENSION] = Door(billing, clock, chat_provider(options))
        shop = Shop(billing, clock, chat, chat.tenant(paypal_business=SELLER))
        yield Play(stand_in, shop, options)


@pytest.fixture
def order(play, ivan):
    """A pack for hryvnias with a Ukrainian name."""
    pack = play.shop.chat.pack(play.shop.tenant, 600, 10_000, description="Десять хвилин")
    return play.shop.order("ivan", pack)


def test_a_buyer_pays_and_gets_his_credits(play, order, billing):
    play.pay(order)
    assert play.shop.chat.balance("ivan") == 0  # told, but not verified yet

    assert play.work() == 1

    assert (play.shop.chat.balance("ivan"), play.shop.again(order).state) == (600, OrderState.PAID)
    [payment] = play.shop.payments()
    assert (payment.gross_minor, payment.currency, payment.is_sandbox) == (10_000, "UAH", True)
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("how", "notices", "credits", "state", "flags"),
    [
        ("twice", 2, 600, "paid", [""]),
        ("pending", 2, 600, "paid", [""]),
        ("wrong_sum", 1, 0, "disputed", ["wrong_sum"]),
        ("wrong_receiver", 1, 0, "disputed", ["wrong_receiver"]),
        ("wrong_currency", 1, 0, "disputed", ["wrong_currency"]),
        ("untold", 0, 0, "new", []),
    ],
)
def test_whatever_happens_to_a_payment(play, order, billing, how, notices, credits, state, flags):
    play.pay(order, how)
    assert play.work() == notices
    assert (play.shop.chat.balance("ivan"), play.shop.again(order).state.value) == (credits, state)
    assert [each.flag for each in play.shop.payments()] == flags
    assert_books_balance(billing)


def test_refunds_reversals_and_their_cancelling(play, order, billing):
    txn_id = play.pay(order)
    balances = []
    for action, body in (
        ("refund", {"amount": "25"}),
        ("reverse", {}),
        ("cancel-reversal", {}),
        ("resend", {}),
        ("reorder", {}),
        ("refund", {}),
    ):
        play.then(txn_id, action, **body)
        play.work()
        balances.append(play.shop.chat.balance("ivan"))
    assert balances == [450, 0, 450, 450, 450, 0]
    assert play.shop.again(order).state is OrderState.REFUNDED
    assert_books_balance(billing)


def test_a_refund_that_is_told_before_its_payment(play, order, billing, clock):
    txn_id = play.pay(order, "untold")
    play.then(txn_id, "refund", amount="50")
    assert (play.work(), play.shop.payments()) == (1, [])
    play.then(txn_id, "resend")
    play.work()
    clock.advance(minutes=1)
    play.work()
    assert play.shop.chat.balance("ivan") == 300
    assert_books_balance(billing)


def test_two_payments_of_one_order_grant_once(play, order, billing):
    play.pay(order)
    play.pay(order)
    play.work()
    assert play.shop.chat.balance("ivan") == 600
    assert [each.flag for each in play.shop.payments()] == ["", "second_payment"]
    assert_books_balance(billing)


def test_what_the_stand_in_did_not_send_is_denied(play, order, billing):
    forged = {**play.shop.fields(order), "mc_currency": "UAH", "mc_gross": "100.00"}
    answer = requests.post(f"{play.options.public_url}/api/ppv/v1/paypal/ipn", data=forged, timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    play.work()
    assert (play.shop.chat.balance("ivan"), play.shop.payments()) == (0, [])
    assert_books_balance(billing)


def test_a_broken_verifier_is_waited_for(play, order, billing, clock):
    play.pay(order)
    play.control("verifier", mischief="broken")
    play.work()
    assert play.shop.chat.balance("ivan") == 0
    play.control("verifier", mischief="")
    clock.advance(minutes=1)
    play.work()
    assert play.shop.chat.balance("ivan") == 600
    assert_books_balance(billing)
