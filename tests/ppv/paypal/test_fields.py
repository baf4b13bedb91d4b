"""The link to PayPal, and what its notices say in whatever character set."""

from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

import pytest

from billing.money import Money
from ppv_module.chat.models import Tenant
from ppv_module.credits.means import PaymentStatus, Unreadable
from ppv_module.credits.models import Order
from ppv_module.options import PpvOptions
from ppv_module.paypal.fields import parsed, read_notice, redirect_url

TENANT = Tenant(paypal_business="seller@isp.example")
PROPER = {
    "payment_status": "Completed",
    "txn_id": "61E67681CH3238416",
    "mc_gross": "10.00",
    "mc_fee": "0.64",
    "mc_currency": "USD",
    "txn_type": "web_accept",
}


def order(**given):
    usual = {"id": 5, "pack_id": 3, "credits": 600, "price_minor": 1050, "currency": "USD", "invoice": "inv"}
    return Order(**{**usual, "item_name": "Десять хвилин & more", **given})


def link(order, **given):
    options = PpvOptions(public_url="https://billing.example/", **given)
    url = redirect_url(order, TENANT, options=options, back="https://cabinet.example/credits/orders/5?x=1&y=2")
    return url.partition("?")[0], {name: value for name, [value] in parse_qs(urlsplit(url).query).items()}


def test_the_link_names_everything_that_is_checked_afterwards():
    page, fields = link(order())
    assert page == "https://www.paypal.com/cgi-bin/webscr"
    assert fields == {
        "cmd": "_xclick",
        "charset": "utf-8",
        "business": "seller@isp.example",
        "item_name": "Десять хвилин & more",
        "item_number": "3",
        "amount": "10.50",
        "currency_code": "USD",
        "quantity": "1",
        "invoice": "inv",
        "custom": "5",
        "notify_url": "https://billing.example/api/ppv/v1/paypal/ipn",
        "return": "https://cabinet.example/credits/orders/5?x=1&y=2",
        "cancel_return": "https://cabinet.example/credits/orders/5?x=1&y=2",
        "no_shipping": "1",
        "no_note": "1",
    }


def test_the_link_leads_where_the_options_say():
    assert link(order(), paypal_sandbox=True)[0] == "https://www.sandbox.paypal.com/cgi-bin/webscr"
    own = PpvOptions(public_url="https://b.example", paypal_url="http://127.0.0.1:8084/pay?lang=uk")
    assert redirect_url(order(), TENANT, options=own, back="x").startswith("http://127.0.0.1:8084/pay?lang=uk&cmd=")
    assert link(order(currency="JPY", price_minor=100_000))[1]["amount"] == "1000"
    assert link(order(item_name=""))[1]["item_name"] == "600 credits"


def test_a_proper_notice_is_read():
    told = read_notice(urlencode({**PROPER, "receiver_email": "S@x.y", "quantity": "1"}).encode())
    assert told is not None
    assert (told.provider, told.txn_id, told.status) == ("paypal", "61E67681CH3238416", PaymentStatus.COMPLETED)
    assert (told.gross, told.fee) == (Money(1000, "USD"), Money(64, "USD"))
    assert (told.is_sale, told.is_test, told.receiver) == (True, False, "S@x.y")


@pytest.mark.parametrize("charset", ["utf-8", "windows-1251", "KOI8_R", "windows-1252", "x-unheard-of", "base64", ""])
def test_the_character_set_is_the_one_that_the_notice_names(charset):
    known = charset in ("utf-8", "windows-1251", "KOI8_R")
    name = "Іван" if charset == "utf-8" else "Иван" if known else "Yván"
    raw = (
        f"charset={charset}&first_name=".encode() + quote_plus(name, encoding=charset if known else "latin-1").encode()
    )
    assert parsed(raw)["first_name"] == name or not charset


def test_bytes_that_are_none_of_the_set_do_no_harm():
    assert parsed(b"charset=utf-8&first_name=%FF%FE&txn_id=A")["txn_id"] == "A"


def test_numbered_fields_of_a_cart_and_a_test_mark_are_read():
    told = read_notice(urlencode({**PROPER, "item_number1": "3", "quantity1": "1", "test_ipn": "1"}).encode())
    assert told is not None
    assert (told.item_number, told.quantity, told.is_test) == ("3", "1", True)
    assert not read_notice(urlencode({**PROPER, "txn_type": "recurring_payment"}).encode()).is_sale


def test_what_is_about_no_payment_says_so():
    assert read_notice(b"txn_type=new_case&case_id=1") is None


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"payment_status": "Paid"}, "payment_status"),
        ({"txn_id": ""}, "txn_id"),
        ({"txn_id": "x" * 65}, "txn_id"),
        ({"txn_id": "a'; DROP"}, "txn_id"),
        ({"parent_txn_id": "a b"}, "parent_txn_id"),
        ({"payment_status": "Refunded"}, "parent_txn_id"),
        ({"mc_currency": ""}, "mc_currency"),
        ({"mc_currency": "usd"}, "mc_currency"),
        ({"mc_gross": ""}, "mc_gross"),
        ({"mc_gross": "10,00"}, "mc_gross"),
        ({"mc_gross": "1e3"}, "mc_gross"),
        ({"mc_gross": "NaN"}, "mc_gross"),
        ({"mc_gross": "10.001"}, "mc_gross"),
        ({"mc_gross": "999999999999.00"}, "mc_gross"),
        ({"mc_fee": "x"}, "mc_fee"),
    ],
)
def test_what_makes_no_sense_is_told_by_its_field(changed, reason):
    with pytest.raises(Unreadable) as refusal:
        read_notice(urlencode({**PROPER, **changed}).encode())
    assert refusal.value.facts["reason"] == reason


@pytest.mark.parametrize("raw", [b"\xff\xfe", "платіж=1".encode(), b"&".join([b"a=1"] * 400)])
def test_what_is_no_form_is_refused(raw):
    with pytest.raises(Unreadable) as refusal:
        read_notice(raw)
    assert refusal.value.facts["reason"] == "form"


def test_long_texts_fit_their_columns():
    told = read_notice(
        urlencode(
            {**PROPER, "payer_email": "x" * 999, "receiver_email": "y" * 999, "pending_reason": "z" * 99}
        ).encode()
    )
    assert told is not None
    assert (len(told.payer), len(told.receiver), len(told.pending_reason)) == (128, 128, 64)
