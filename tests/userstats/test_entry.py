"""Coming in and going out."""

import pytest

from tests.userstats.conftest import send, sign_in
from userstats import remote, signed

CHALLENGE = {"token": None, "challenge": "c-1", "expires_at": "2026-11-22T12:00:00+02:00", "login": "ivan"}
TOKEN = CHALLENGE | {"token": "t-9", "challenge": None}


def text(answer) -> str:
    return answer.get_data(as_text=True)


def kept(browser) -> dict:
    with browser.session_transaction() as session:
        return dict(session)


@pytest.mark.parametrize("path", ["/", "/tv", "/devices", "/history", "/account", "/account/second-factor", "/status"])
def test_without_a_sign_in_there_is_only_the_sign_in(stranger, billing, path):
    answer = stranger.get(path)
    assert (answer.status_code, answer.location) == (303, "/sign-in")
    assert billing.calls == []


def test_login_and_password_open_the_cabinet(stranger, billing):
    answer = sign_in(stranger, login=" ivan ")
    assert (answer.status_code, answer.location) == (303, "/")
    [asked] = billing.asked("POST sessions")
    assert (asked.body["login"], asked.body["address"]) == ("ivan", "127.0.0.1")
    assert asked.body["agent"].startswith("Werkzeug/")
    assert asked.headers["Authorization"] == "Bearer key"
    assert stranger.get("/").status_code == 200
    assert stranger.get("/sign-in").location == "/"


@pytest.mark.parametrize("code", ["wrong_credentials", "invalid_input"])
def test_a_wrong_pair_is_told_without_saying_which_half_is_wrong(stranger, billing, code):
    billing.refuses("POST sessions", 403, code)
    answer = sign_in(stranger)
    assert answer.status_code == 401
    assert "Login or password is wrong." in text(answer)
    assert "Your session has ended" not in text(answer)
    assert 'value="ivan"' in text(answer)
    assert "long enough" not in text(answer)


def test_guessing_is_stopped_by_the_billing(stranger, billing):
    billing.refuses("POST sessions", 429, "too_many_attempts", "Too many failed attempts; wait 5 minutes.")
    answer = sign_in(stranger)
    assert answer.status_code == 429
    assert "wait 5 minutes" in text(answer)


def test_each_sign_in_begins_another_session(stranger, billing):
    with stranger.session_transaction() as planted:
        planted["planted"] = "by somebody else"
    sign_in(stranger)
    first = kept(stranger)
    stranger.delete_cookie("userstats.app_session")
    sign_in(stranger)
    assert "planted" not in first
    assert first["nonce"] != kept(stranger)["nonce"]
    assert [call.body["nonce"] for call in billing.asked("POST sessions")] == [first["nonce"], kept(stranger)["nonce"]]


def test_a_form_of_before_the_sign_in_is_good_no_more(stranger):
    with stranger.session_transaction() as session:
        session["csrf_token"] = "0" * 40
    sign_in(stranger)
    assert kept(stranger).get("csrf_token") != "0" * 40


def test_the_cookie_is_strict_and_not_sent_anew_with_each_page(stranger):
    cookie = sign_in(stranger).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert "Set-Cookie" in stranger.get("/no-such-page").headers  # the token of its forms
    assert "Set-Cookie" not in stranger.get("/no-such-page").headers


def test_over_https_the_cookie_never_goes_out_in_the_clear(stranger):
    page = stranger.get("/sign-in", base_url="https://localhost")
    assert "Secure" in page.headers["Set-Cookie"]


def test_a_second_factor_is_asked_before_anything_is_shown(stranger, billing):
    billing.says("POST sessions", CHALLENGE, 201)
    assert sign_in(stranger).location == "/sign-in/code"
    assert stranger.get("/").location == "/sign-in"
    assert "one-time-code" in text(stranger.get("/sign-in/code"))

    billing.refuses("POST sessions/code", 401, "wrong_code", "The code is wrong.")
    answer = send(stranger, "/sign-in/code", code="000000")
    assert answer.status_code == 401
    assert "The code is wrong." in text(answer)

    billing.says("POST sessions/code", TOKEN, 201)
    assert send(stranger, "/sign-in/code", code=" 123456 ").location == "/"
    [begun], [_wrong, right] = billing.asked("POST sessions"), billing.asked("POST sessions/code")
    assert (right.body["challenge"], right.body["code"]) == ("c-1", "123456")
    assert right.body["nonce"] == begun.body["nonce"]
    assert stranger.get("/").status_code == 200
    assert "begun" not in kept(stranger)


def test_who_waits_too_long_with_the_code_begins_anew(stranger, billing):
    billing.says("POST sessions", CHALLENGE, 201)
    sign_in(stranger)
    billing.refuses("POST sessions/code", 401, "subject_rejected")
    answer = send(stranger, "/sign-in/code", code="123456")
    assert answer.status_code == 401
    assert "That took too long." in text(answer)
    assert stranger.get("/sign-in/code").location == "/sign-in"


def test_a_code_without_a_password_leads_to_the_sign_in(stranger, billing):
    assert send(stranger, "/sign-in/code", code="123456").location == "/sign-in"
    assert billing.calls == []


@pytest.mark.parametrize(
    ("auth", "password", "button"), [("login", True, False), ("ip", False, True), ("both", True, True)]
)
def test_the_operator_decides_how_one_signs_in(build, auth, password, button):
    page = text(build(sign_in=auth).test_client().get("/sign-in"))
    assert ('name="password"' in page) == password
    assert ("Enter without a password" in page) == button


def test_one_s_own_address_opens_the_cabinet_by_a_button(build, billing):
    browser = build(sign_in="both").test_client()
    billing.says("POST sessions/address", TOKEN, 201)
    assert browser.get("/sign-in/address").status_code == 405
    assert billing.asked("POST sessions/address") == []
    assert send(browser, "/sign-in/address").location == "/"
    [asked] = billing.asked("POST sessions/address")
    assert asked.body["address"] == "127.0.0.1"
    assert "login" not in asked.body
    assert kept(browser)["login"] == "ivan"


def test_an_address_may_want_a_second_factor_too(build, billing):
    browser = build(sign_in="ip").test_client()
    billing.says("POST sessions/address", CHALLENGE, 201)
    assert send(browser, "/sign-in/address").location == "/sign-in/code"


def test_an_address_that_is_nobody_s_is_explained(build, billing):
    billing.refuses("POST sessions/address", 401, "address_unknown")
    alone = send(build(sign_in="ip").test_client(), "/sign-in/address")
    assert alone.status_code == 401
    assert "Your address is not known here." in text(alone)

    beside = send(build(sign_in="both").test_client(), "/sign-in/address")
    assert beside.status_code == 401
    assert 'name="password"' in text(beside)


def test_an_operator_sends_unknown_addresses_elsewhere(build, billing):
    billing.refuses("POST sessions/address", 401, "address_unknown")
    answer = send(build(sign_in="ip", elsewhere="https://isp.example/join?x=1").test_client(), "/sign-in/address")
    assert (answer.status_code, answer.location) == (303, "https://isp.example/join?x=1")
    assert "form-action 'self' https://isp.example;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("auth", "path"), [("login", "/sign-in/address"), ("ip", "/sign-in")])
def test_a_way_in_that_is_not_offered_is_closed(build, billing, auth, path):
    answer = send(build(sign_in=auth).test_client(), path, login="ivan", password="long enough")
    assert answer.status_code == 403
    assert billing.calls == []


def test_signing_out_ends_the_session_at_the_billing_too(browser, billing):
    mine = kept(browser)
    assert send(browser, "/sign-out").location == "/sign-in"
    [asked] = billing.asked("POST sessions/end")
    assert (asked.headers["X-Subject-Token"], asked.headers["X-Subject-Nonce"]) == (mine["token"], mine["nonce"])
    assert browser.get("/").location == "/sign-in"
    assert "You are signed out." not in text(browser.get("/account", follow_redirects=False))


def test_signing_out_works_without_the_billing(browser, cabinet):
    cabinet.extensions["billing"] = remote.Billing("http://127.0.0.1:9/", "key")
    assert send(browser, "/sign-out").location == "/sign-in"
    assert "token" not in kept(browser)


def test_a_token_is_renewed_while_the_subscriber_is_here(browser, billing):
    with browser.session_transaction() as session:
        session["refreshed_at"] -= signed.REFRESH_AFTER_S + 1
    browser.get("/")
    browser.get("/")
    assert len(billing.asked("POST sessions/refresh")) == 1
    assert [call.headers["X-Subject-Token"] for call in billing.asked("GET me")] == ["t-2", "t-2"]


@pytest.mark.parametrize("code", ["subject_rejected", "subject_required"])
def test_a_session_that_the_billing_has_ended_leads_to_the_sign_in(browser, billing, code):
    billing.refuses("GET me", 401, code)
    assert browser.get("/").location == "/sign-in"
    assert "Your session has ended. Please sign in again." in text(browser.get("/sign-in"))
    assert "token" not in kept(browser)


@pytest.mark.parametrize("code", ["wrong_credentials", "wrong_code", "address_unknown"])
def test_another_refusal_of_a_sign_in_ends_no_session(browser, billing, code):
    billing.refuses("GET me", 401, code)
    assert browser.get("/").status_code == 401
    assert "token" in kept(browser)


def test_the_language_is_remembered(stranger):
    assert send(stranger, "/language", lang="uk", next="/sign-in").location == "/sign-in"
    assert '<html lang="uk">' in text(stranger.get("/sign-in", headers={"Accept-Language": "en"}))


def test_a_sign_in_may_say_at_once_that_the_billing_is_away(build, billing):
    away = "http://127.0.0.1:9/"
    assert build(api_url=away).test_client().get("/sign-in").status_code == 200
    assert build(api_check=True, api_url=away).test_client().get("/sign-in").status_code == 503
    assert build(api_check=True).test_client().get("/sign-in").status_code == 200
    billing.refuses("GET tariffs", 503, "olltv_disabled")
    assert build(api_check=True).test_client().get("/sign-in").status_code == 200
