"""The cabinet before a real billing over HTTP, with a sandbox partner behind it."""

import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from billing.access import create_key
from billing.host.native import NativeSubscriber
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from suite.runtime import Runtime
from tests.olltv.support import states
from tests.running.panel import CHEAP_HASH, PASSWORD
from tests.support import STAFF, Make, available, balance, money
from userstats import remote, signed
from userstats.app import create_app
from userstats.settings import CabinetOptions
from wsgi import open_doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def runtime(runtime: Runtime, partner_url: str) -> Runtime:
    return Runtime(replace(runtime.settings, olltv=replace(runtime.settings.olltv, api_url=partner_url)), runtime.clock)


@pytest.fixture
def billing_url(runtime) -> Iterator[str]:
    doors = open_doors(runtime)
    server = make_server("127.0.0.1", 0, doors, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def cabinet(runtime, billing_url) -> Flask:
    key = create_key(runtime.billing.uow(), name="cabinet", scopes=["cabinet"], actor=STAFF, now=runtime.clock())
    return create_app(CabinetOptions(api_url=billing_url, api_key=key, lang="en", topup_url="https://pay.example/"))


@pytest.fixture
def make(runtime):
    return Make(runtime.billing, runtime.clock)


@pytest.fixture
def tariffs(make):
    return [make.tariff("50 UAH", service="main_start", name="Start"), make.tariff("99 UAH", service="main_max")]


@pytest.fixture
def ivan(make, tariffs):
    person = make.subscriber("ivan", wallet="60 UAH")
    uow = make.billing.uow()
    with uow:
        uow.session.get_one(NativeSubscriber, person.id).password_hash = CHEAP_HASH
    return person


@pytest.fixture
def browser(cabinet, ivan) -> FlaskClient:
    return cabinet.test_client()


def field(page: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]+)"', page)[1]


def text(browser: FlaskClient, path: str = "/") -> str:
    return browser.get(path, follow_redirects=True).get_data(as_text=True)


def sign_in(browser: FlaskClient, login: str = "ivan", password: str = PASSWORD):
    form = {"login": login, "password": password, "csrf_token": field(text(browser), "csrf_token")}
    return browser.post("/sign-in", data=form)


def press(browser: FlaskClient, kind: str, tariff: object = ""):
    """Open the page that asks, and press its button."""
    page = text(browser, f"/tv/{kind}?tariff={tariff}" if tariff else f"/tv/{kind}")
    form = {"csrf_token": field(page, "csrf_token"), "key": field(page, "key"), "tariff": str(tariff)}
    return browser.post(f"/tv/{kind}", data=form, follow_redirects=True)


def test_without_a_sign_in_there_is_only_the_sign_in(browser):
    assert browser.get("/").location == "/sign-in"
    assert browser.post("/tv/leave").status_code == 400  # no token of a form


def test_login_and_password_open_the_wallet(browser):
    assert sign_in(browser).status_code == 303
    page = text(browser)
    assert "60.00\u202fUAH" in page
    assert "You have no television yet." in page
    assert "Start" in text(browser, "/tv")


@pytest.mark.parametrize(("login", "password"), [("ivan", "wrong"), ("nobody", PASSWORD), ("", ""), ("i\nvan", "x")])
def test_a_wrong_pair_is_told_without_saying_which_half_is_wrong(browser, login, password):
    answer = sign_in(browser, login, password)
    assert answer.status_code == 401
    assert "Login or password is wrong." in answer.get_data(as_text=True)


def test_guessing_is_stopped(browser):
    for _ in range(5):
        sign_in(browser, password="wrong")
    answer = sign_in(browser)
    assert answer.status_code == 429
    assert "Too many failed attempts" in answer.get_data(as_text=True)


def test_subscribing_takes_the_fee_and_shows_the_code(browser, runtime, ivan, tariffs):
    sign_in(browser)
    page = press(browser, "subscribe", tariffs[0].id).get_data(as_text=True)

    assert re.search(r"“Start” is on\. Your code: \w+\.", page)
    assert "Television is on." in page
    assert balance(runtime.billing, "ivan") == money("10 UAH")
    assert states(runtime.billing, ivan) == ["active"]


def test_the_same_form_sent_twice_is_one_order(browser, runtime, ivan, tariffs):
    sign_in(browser)
    page = text(browser, f"/tv/subscribe?tariff={tariffs[0].id}")
    form = {"csrf_token": field(page, "csrf_token"), "key": field(page, "key"), "tariff": str(tariffs[0].id)}
    for _ in range(2):
        assert browser.post("/tv/subscribe", data=form).status_code == 303
    assert balance(runtime.billing, "ivan") == money("10 UAH")
    assert states(runtime.billing, ivan) == ["active"]


def test_a_tariff_that_the_wallet_cannot_pay_is_not_given(browser, runtime, ivan, tariffs):
    sign_in(browser)
    page = text(browser, f"/tv/subscribe?tariff={tariffs[1].id}")
    assert "Not enough money: 39.00\u202fUAH is missing." in page
    assert 'href="https://pay.example/"' in page
    forged = {"csrf_token": field(page, "csrf_token"), "key": "k" * 16, "tariff": str(tariffs[1].id)}
    answer = browser.post("/tv/subscribe", data=forged, follow_redirects=True).get_data(as_text=True)
    assert 'class="note bad"' in answer
    assert available(runtime.billing, "ivan") == money("60 UAH")


def test_leaving_ends_everything(browser, runtime, ivan, tariffs):
    sign_in(browser)
    press(browser, "subscribe", tariffs[0].id)
    page = press(browser, "leave", tariffs[0].id).get_data(as_text=True)
    assert "You have no television yet." in page
    assert states(runtime.billing, ivan) == ["ended"]


def test_a_suspended_subscriber_switches_on_again(browser, runtime, ivan, tariffs, clock):
    sign_in(browser)
    press(browser, "subscribe", tariffs[0].id)
    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.VACATION, actor=STAFF, now=clock())
    assert "for the time of your vacation" in text(browser)
    page = press(browser, "resume").get_data(as_text=True)
    assert "Television is on." in page
    assert balance(runtime.billing, "ivan") == money("10 UAH")  # the month was paid already


@pytest.mark.parametrize("wrong", [{"tariff": "1;2"}, {"tariff": "9" * 30}, {"key": "é"}, {"key": ""}])
def test_a_forged_form_is_refused_before_the_billing_is_asked(browser, runtime, ivan, tariffs, wrong):
    sign_in(browser)
    page = text(browser, f"/tv/subscribe?tariff={tariffs[0].id}")
    form = {"csrf_token": field(page, "csrf_token"), "key": field(page, "key"), "tariff": str(tariffs[0].id)}
    assert browser.post("/tv/subscribe", data=form | wrong).status_code == 400
    assert states(runtime.billing, ivan) == []


def test_reading_changes_nothing_and_forms_need_their_token(browser, runtime, ivan, tariffs):
    sign_in(browser)
    assert browser.get(f"/tv/subscribe?tariff={tariffs[0].id}").status_code == 200
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/tv/devices").status_code == 404
    assert browser.post("/tv/subscribe", data={"tariff": "1", "key": "k" * 16}).status_code == 400
    assert states(runtime.billing, ivan) == []


def test_signing_out_ends_the_session_and_every_copy_of_it(browser, cabinet):
    sign_in(browser)
    with browser.session_transaction() as mine:
        copied = dict(mine)
    browser.post("/sign-out", data={"csrf_token": field(text(browser), "csrf_token")})
    assert browser.get("/").location == "/sign-in"
    thief = cabinet.test_client()
    with thief.session_transaction() as theirs:
        theirs.update(copied)
    assert thief.get("/").location == "/sign-in"


def test_the_account_page_shows_the_session_and_changes_the_password(browser, cabinet):
    sign_in(browser)
    page = text(browser, "/account")
    assert "this session" in page
    form = {"csrf_token": field(page, "csrf_token"), "old": PASSWORD, "new": "another one", "again": "another one"}
    wrong = browser.post("/account/password", data=form | {"old": "wrong one"})
    assert wrong.status_code == 422
    assert 'id="old-error"' in wrong.get_data(as_text=True)
    assert browser.post("/account/password", data=form).location == "/account"
    assert browser.get("/account").status_code == 200
    assert sign_in(cabinet.test_client()).status_code == 401
    assert sign_in(cabinet.test_client(), password="another one").status_code == 303


def test_a_second_factor_is_set_up_and_asked(browser, cabinet, clock):
    sign_in(browser)
    token = {"csrf_token": field(text(browser, "/account"), "csrf_token")}
    page = browser.post("/account/second-factor", data=token | {"password": PASSWORD}).get_data(as_text=True)
    app = pyotp.TOTP(field(page, "secret"))
    form = token | {"code": app.at(clock()), "secret": field(page, "secret"), "address": ""}
    codes = re.findall(r"<li><code>([^<]+)</code>", browser.post("/account/second-factor/confirm", data=form).text)
    assert len(codes) == 10

    phone = cabinet.test_client()
    assert sign_in(phone).location == "/sign-in/code"
    form = {"csrf_token": field(text(phone, "/sign-in/code"), "csrf_token")}
    assert phone.post("/sign-in/code", data=form | {"code": "nonsense"}).status_code == 401
    assert phone.post("/sign-in/code", data=form | {"code": codes[0]}).location == "/"
    assert phone.get("/").status_code == 200


def test_an_old_token_is_renewed_while_the_subscriber_is_here(browser, monkeypatch):
    sign_in(browser)
    with browser.session_transaction() as kept:
        first, kept["refreshed_at"] = kept["token"], kept["refreshed_at"] - signed.REFRESH_AFTER_S
    assert browser.get("/").status_code == 200
    with browser.session_transaction() as kept:
        assert kept["token"] != ""
        assert time.time() - kept["refreshed_at"] < signed.REFRESH_AFTER_S
    assert first


def test_a_session_that_has_ended_leads_to_the_sign_in(browser, clock):
    sign_in(browser)
    clock.advance(minutes=16)
    assert browser.get("/").location == "/sign-in"
    assert "Sign in" in text(browser)


def test_a_token_is_of_no_use_in_another_session(browser, cabinet):
    sign_in(browser)
    with browser.session_transaction() as mine:
        stolen = dict(mine)
    thief = cabinet.test_client()
    with thief.session_transaction() as theirs:
        theirs.update(stolen | {"nonce": "x" * 32})
    assert thief.get("/").location == "/sign-in"


def test_pages_carry_no_inline_code_and_a_strict_policy(browser):
    sign_in(browser)
    answer = browser.get("/")
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.search(r"<script>|<style| style=| on\w+=", answer.get_data(as_text=True))


@pytest.mark.parametrize("how", ["refuses", "is silent", "cannot be routed to"])
def test_without_the_billing_its_own_page_comes_within_three_seconds(cabinet, browser, how):
    sign_in(browser)
    with socket.create_server(("127.0.0.1", 0), backlog=1) as silent:
        port = silent.getsockname()[1]
        place = {"refuses": "127.0.0.1:9", "is silent": f"127.0.0.1:{port}", "cannot be routed to": "10.255.255.1"}
        cabinet.extensions["billing"] = remote.Billing(f"http://{place[how]}/", "key")
        began = time.monotonic()
        answer = browser.get("/")
        assert time.monotonic() - began < 3
    assert answer.status_code == 503
    assert "billing does not answer" in answer.get_data(as_text=True)


@pytest.mark.parametrize("url", ["/nowhere/", "/healthz?x="])
def test_a_wrong_address_of_the_billing_is_no_crash(cabinet, browser, billing_url, url):
    sign_in(browser)
    cabinet.extensions["billing"] = remote.Billing(billing_url.rstrip("/") + url, "key")
    assert browser.get("/").status_code == 503


def test_a_revoked_key_is_no_matter_of_the_subscriber(cabinet, browser, billing_url):
    sign_in(browser)
    cabinet.extensions["billing"] = remote.Billing(billing_url, "revoked")
    answer = browser.get("/")
    assert answer.status_code == 503
    assert "key" not in answer.get_data(as_text=True).lower().split("<main")[1]


def test_health_does_not_depend_on_the_billing(cabinet):
    cabinet.extensions["billing"] = remote.Billing("http://127.0.0.1:9/", "key")
    assert cabinet.test_client().get("/healthz").status_code == 200


def test_languages_that_are_not_offered_cannot_be_picked(billing_url):
    app = create_app(CabinetOptions(api_url=billing_url, api_key="k", lang="ru", may_pick=False))
    page = app.test_client().get("/sign-in", headers={"Accept-Language": "uk"}).get_data(as_text=True)
    assert '<html lang="ru">' in page
    assert "/language" not in page
