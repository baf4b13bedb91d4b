"""Every trouble has a page of its own that says what to do."""

import pytest
from flask import Flask

from tests.userstats.conftest import send, token
from userstats import remote

SUPPORT = {
    "support_phone": "+380 (44) 123-45-67",
    "support_email": "help@isp.example",
    "support_url": "https://isp.example/chat",
    "support_hours": "Daily, 8:00 to 22:00",
}


@pytest.fixture
def cabinet(build) -> Flask:
    return build(**SUPPORT)


def text(answer) -> str:
    return answer.get_data(as_text=True)


def is_own_page(answer) -> bool:
    page = text(answer)
    contacts = ("tel:+380441234567", "mailto:help@isp.example", "https://isp.example/chat", "Daily, 8:00 to 22:00")
    return all(each in page for each in contacts) and "Traceback" not in page and "<h1>" in page


def test_a_billing_that_is_away_says_when_to_come_again(browser, cabinet):
    cabinet.extensions["billing"] = remote.Billing("http://127.0.0.1:9/", "key")
    answer = browser.get("/tv?x=1")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert is_own_page(answer)
    assert 'href="/tv?x=1"' in text(answer)


def test_after_a_form_nobody_knows_whether_it_arrived(browser, cabinet):
    form = {"csrf_token": token(browser), "wanted": "1"}
    cabinet.extensions["billing"] = remote.Billing("http://127.0.0.1:9/", "key")
    answer = browser.post("/account/address", data=form)
    assert answer.status_code == 503
    assert "We do not know whether it has arrived." in text(answer)
    assert is_own_page(answer)


@pytest.mark.parametrize("path", ["/", "/tv", "/devices", "/history", "/status"])
def test_television_that_is_not_offered_is_a_page_and_no_call(build, browser, billing, path):
    cookie = browser.get_cookie("userstats.app_session").value
    off = build(enabled=False, **SUPPORT).test_client()
    off.set_cookie("userstats.app_session", cookie)
    answer = off.get(path)
    assert answer.status_code == 503
    assert "Television is not offered here." in text(answer)
    assert is_own_page(answer)
    assert billing.calls == []
    assert off.get("/account").status_code == 200


def test_a_billing_that_does_not_offer_television_is_the_same_page(browser, billing):
    billing.refuses("GET me", 503, "olltv_disabled")
    answer = browser.get("/")
    assert "Television is not offered here." in text(answer)
    assert is_own_page(answer)


def test_a_refusal_is_told_in_the_words_of_the_billing(browser, billing):
    billing.refuses("POST me/account/address", 409, "wrong_state", "The account is <frozen>.")
    answer = send(browser, "/account/address", wanted="1")
    assert answer.status_code == 409
    assert "The account is &lt;frozen&gt;." in text(answer)
    assert is_own_page(answer)


def test_a_stale_form_changes_nothing(browser, billing):
    answer = browser.post("/account/address", data={"csrf_token": "old", "wanted": "1"})
    assert answer.status_code == 400
    assert "This page was open for too long." in text(answer)
    assert is_own_page(answer)
    assert billing.calls == []


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/nope", 404), ("GET", "/sign-out", 405), ("PUT", "/", 405)]
)
def test_wrong_addresses_and_methods(browser, method, path, status):
    answer = browser.open(path, method=method)
    assert answer.status_code == status
    assert is_own_page(answer)


def test_a_form_that_is_too_long(browser, billing):
    answer = browser.post("/account/password", data={"old": "x" * 200_000})
    assert answer.status_code == 413
    assert is_own_page(answer)
    assert billing.calls == []


def test_a_defect_shows_no_traceback(browser, cabinet, billing):
    cabinet.config["PROPAGATE_EXCEPTIONS"] = False
    billing.says("GET me/account", {"login": "ivan"})
    answer = browser.get("/account")
    assert answer.status_code == 500
    assert "It has been written down for the staff." in text(answer)
    assert is_own_page(answer)


def test_a_visit_that_is_over_or_was_never_allowed(stranger, billing):
    billing.refuses("POST sessions/visit", 403, "not_allowed")
    answer = stranger.post("/visit", data={"ticket": "x"})
    assert answer.status_code == 403
    assert "This ticket is not valid any more." in text(answer)

    visit = {"token": "v", "login": "ivan", "visitor": "olena", "expires_at": "2026-11-22T12:00:00+02:00"}
    billing.says("POST sessions/visit", visit, 201)
    assert stranger.post("/visit", data={"ticket": "x"}).location == "/"
    billing.refuses("GET me", 401, "subject_rejected")
    answer = stranger.get("/")
    assert answer.status_code == 401
    assert "This look at the cabinet is over." in text(answer)
    assert is_own_page(answer)
    assert stranger.get("/").location == "/sign-in"


@pytest.mark.parametrize("path", ["/sign-in", "/nope", "/"])
def test_no_page_has_inline_code_and_all_have_a_strict_policy(browser, path):
    answer = browser.get(path, follow_redirects=True)
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    page = text(answer)
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
    assert all(' src="/assets/' in tag for tag in page.split("<script")[1:])
