"""The page to pay at, the receipt, and the list of payments with its buttons."""

import http.client
import re
from urllib.parse import parse_qs, urlsplit

import pytest

WEBSCR = "/cgi-bin/webscr"


def statuses(mailbox):
    fields = [parse_qs(each.decode()) for each in mailbox.raw]
    return [(each["payment_status"][0], each["mc_gross"][0]) for each in fields]


def hidden(html):
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html))


def test_the_buyer_sees_what_he_is_to_pay(paypal, asked):
    answer = paypal.get(WEBSCR, **asked)
    assert answer.status_code == 200
    for text in ("10.00 USD", "seller@isp.example", "Ten &lt;b&gt;minutes", "https://cabinet.example/cancelled"):
        assert text in answer.text
    assert "<b>minutes" not in answer.text
    assert paypal.post(WEBSCR, **asked).status_code == 200


def test_pages_bring_nothing_inline_and_nothing_foreign(paypal, asked):
    answer = paypal.get("/")
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'self'; frame-ancestors 'none'")
    assert not re.search(r"<script|<style| style=| on\w+=", paypal.get(WEBSCR, **asked).text)
    assert paypal.get("/static/sandbox.css").status_code == 200


@pytest.mark.parametrize(
    "changed",
    [{"business": ""}, {"amount": ""}, {"amount": "0"}, {"amount": "-5"}, {"amount": "NaN"}, {"currency_code": "$"}],
)
def test_a_bad_link_is_told_so(paypal, asked, changed):
    answer = paypal.get(WEBSCR, **{**asked, **changed})
    assert answer.status_code == 422 and "The link" in answer.text


def test_addresses_that_are_no_web_addresses_lead_nowhere(paypal, asked):
    html = paypal.get(WEBSCR, **{**asked, "cancel_return": "javascript:alert(1)"}).text
    assert "javascript:" not in html


def test_the_whole_way_of_a_buyer(paypal, asked, mailbox):
    form = hidden(paypal.get(WEBSCR, **asked).text)
    answer = paypal.post("/pay", **form, how="pay")
    assert "You have paid" in answer.text and 'href="https://cabinet.example/back"' in answer.text
    paypal.wait()

    [raw] = mailbox.raw
    fields = {name: value for name, [value] in parse_qs(raw.decode(), encoding="windows-1252").items()}
    expected = {name: asked[name] for name in ("invoice", "custom", "item_number", "quantity", "business")}
    assert {name: fields[name] for name in expected} == expected
    assert (fields["payment_status"], fields["mc_gross"], fields["mc_currency"]) == ("Completed", "10.00", "USD")
    assert (fields["txn_type"], fields["test_ipn"], fields["first_name"]) == ("web_accept", "1", "Zoë")
    assert "seller@isp.example" in paypal.get("/").text


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("twice", [("Completed", "10.00")] * 2),
        ("pending", [("Pending", "10.00"), ("Completed", "10.00")]),
        ("wrong_sum", [("Completed", "0.01")]),
        ("untold", []),
    ],
)
def test_fates_of_a_payment(paypal, asked, mailbox, how, told):
    paypal.post("/pay", **asked, how=how)
    paypal.wait()
    assert statuses(mailbox) == told


@pytest.mark.parametrize(("how", "name"), [("wrong_receiver", "receiver_email"), ("wrong_currency", "mc_currency")])
def test_wrong_payments_are_wrong(paypal, asked, mailbox, how, name):
    paypal.post("/pay", **asked, how=how)
    paypal.wait()
    assert parse_qs(mailbox.raw[0].decode())[name][0] not in ("seller@isp.example", "USD")


def test_a_button_that_is_none_pays_nothing(paypal, asked, mailbox):
    assert paypal.post("/pay", **asked, how="steal").status_code == 422
    assert paypal.post("/pay", **{**asked, "amount": "x"}, how="pay").status_code == 422
    assert paypal.get("/control/payments").json() == {"payments": []}


def test_what_happens_to_a_payment_afterwards(paypal, asked, mailbox):
    txn_id = paypal.control("pay", fields=asked)["txn_id"]
    for action, data in (
        ("refund", {"amount": "2,50"}),
        ("reverse", {}),
        ("cancel-reversal", {}),
        ("refund", {}),
    ):
        assert paypal.post(f"/payments/{txn_id}/{action}", **data).status_code == 200
        paypal.wait()
    assert statuses(mailbox) == [
        ("Completed", "10.00"),
        ("Refunded", "-2.50"),
        ("Reversed", "-7.50"),
        ("Canceled_Reversal", "7.50"),
        ("Refunded", "-7.50"),
    ]
    ids = [parse_qs(each.decode()) for each in mailbox.raw]
    assert len({each["txn_id"][0] for each in ids}) == 5
    assert {each["parent_txn_id"][0] for each in ids[1:]} == {txn_id}

    mailbox.raw.clear()
    paypal.post(f"/payments/{txn_id}/reorder")
    paypal.wait()
    assert statuses(mailbox)[-1] == ("Completed", "10.00") and len(mailbox.raw) == 5


@pytest.mark.parametrize(
    ("action", "data"),
    [
        ("refund", {"amount": "10.01"}),
        ("refund", {"amount": "0"}),
        ("refund", {"amount": "0.001"}),
        ("refund", {"amount": "much"}),
        ("refund", {"amount": "NaN"}),
        ("cancel-reversal", {}),
        ("burn", {}),
    ],
)
def test_what_cannot_happen_is_refused(paypal, asked, mailbox, action, data):
    txn_id = paypal.control("pay", fields=asked)["txn_id"]
    paypal.wait()
    assert paypal.post(f"/payments/{txn_id}/{action}", **data).status_code == 422
    assert paypal.post("/payments/NOTHING/resend").status_code == 422
    assert len(mailbox.raw) == 1


def test_a_shop_that_does_not_take_a_message_gets_it_again(paypal, asked, mailbox):
    mailbox.refuses = 2
    paypal.control("pay", fields=asked)
    paypal.wait()
    [payment] = paypal.get("/control/payments").json()["payments"]
    assert [(each["sent"], each["answer"]) for each in payment["messages"]] == [(3, "HTTP 200")]
    assert len(mailbox.raw) == 1


def test_a_shop_that_is_not_there_is_given_up(paypal, asked):
    paypal.control("pay", fields={**asked, "notify_url": "http://127.0.0.1:9/"})
    paypal.wait()
    [payment] = paypal.get("/control/payments").json()["payments"]
    assert payment["messages"][0]["sent"] == 4 and payment["messages"][0]["answer"] == "ConnectionError"


def test_letters_that_the_western_set_lacks_travel_in_utf_8(paypal, asked, mailbox):
    paypal.control("pay", fields={**asked, "item_name": "Десять хвилин"})
    paypal.wait()
    assert parse_qs(mailbox.raw[0].decode())["item_name"] == ["Десять хвилин"]
    assert parse_qs(mailbox.raw[0].decode())["charset"] == ["UTF-8"]


def test_the_verifier_knows_its_own_messages_to_the_byte(paypal, asked, mailbox):
    paypal.control("pay", fields=asked)
    paypal.wait()
    [raw] = mailbox.raw
    assert paypal.verify(raw) == "VERIFIED"
    assert paypal.verify(raw.replace(b"mc_gross=10.00", b"mc_gross=99.00")) == "INVALID"
    assert paypal.verify(b"&".join(reversed(raw.split(b"&")))) == "INVALID"
    assert paypal.verify(raw + b"&") == "INVALID"


def test_the_verifier_wants_to_know_who_asks(paypal):
    connection = http.client.HTTPConnection(urlsplit(paypal.base).netloc, timeout=5)
    connection.request("POST", WEBSCR, body=b"cmd=_notify-validate&a=1")
    assert connection.getresponse().status == 403
    connection.close()


@pytest.mark.parametrize(("mischief", "answer"), [("invalid", "INVALID"), ("broken", ""), ("html", "<html>Sorry")])
def test_a_verifier_can_misbehave(paypal, asked, mailbox, mischief, answer):
    paypal.control("pay", fields=asked)
    paypal.wait()
    paypal.control("verifier", mischief=mischief)
    assert paypal.verify(mailbox.raw[0]).startswith(answer)
    assert paypal.verify(mailbox.raw[0]) != "VERIFIED"
