"""Asking PayPal whether a notice is his: the body unchanged, three outcomes."""

import pytest

from billing.errors import Misconfigured
from ppv_module.credits.means import ProviderUnreachable
from ppv_module.options import PpvOptions
from ppv_module.paypal import client
from ppv_module.paypal.client import PayPal

RAW = b"mc_gross=10.00&first_name=Yv%E1n&b=2&a=1&a=3&empty=&charset=windows-1252"


@pytest.fixture
def paypal(verifier):
    return PayPal(PpvOptions(paypal_verify_url=verifier.url))


def test_the_notice_goes_back_unchanged_behind_the_question(verifier, paypal):
    assert paypal.verify(RAW, "application/x-www-form-urlencoded; charset=windows-1252") is True
    assert verifier.asked == [b"cmd=_notify-validate&" + RAW]
    assert verifier.headers["User-Agent"].startswith("olltv-suite")
    assert verifier.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=windows-1252"


def test_a_no_is_a_no(verifier, paypal):
    verifier.answer = b"INVALID"
    assert paypal.verify(RAW, "") is False


@pytest.mark.parametrize(
    ("status", "answer"),
    [(200, b""), (200, b"<html>maintenance</html>"), (200, b"VERIFIED?"), (500, b"VERIFIED"), (302, b""), (200, None)],
)
def test_anything_else_is_no_answer(verifier, paypal, status, answer):
    verifier.status, verifier.answer = status, answer
    with pytest.raises(ProviderUnreachable):
        paypal.verify(RAW, "")
    assert len(verifier.asked) == 1


def test_waiting_has_a_limit(verifier, paypal, monkeypatch):
    monkeypatch.setattr(client, "TIMEOUT_S", (0.5, 0.2))
    verifier.wait_s = 1
    with pytest.raises(ProviderUnreachable):
        paypal.verify(RAW, "")


def test_nobody_there_is_no_answer():
    with pytest.raises(ProviderUnreachable):
        PayPal(PpvOptions(paypal_verify_url="http://127.0.0.1:9/")).verify(RAW, "")


def test_notices_are_never_verified_over_plain_http_elsewhere():
    with pytest.raises(Misconfigured):
        PayPal(PpvOptions(paypal_verify_url="http://ipn.example/"))
    for options in (PpvOptions(), PpvOptions(paypal_sandbox=True), PpvOptions(paypal_verify_url="http://localhost/")):
        assert PayPal(options).name == "paypal"
