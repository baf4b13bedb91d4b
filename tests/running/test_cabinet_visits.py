"""Staff look into the cabinet with a ticket of the panel, over a real billing."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from billing.access import create_key
from billing.visits import allow_visit
from tests.olltv.support import states
from tests.running.test_cabinet import field, text
from tests.support import STAFF, Make, balance, money
from userstats.app import create_app
from userstats.settings import CabinetOptions
from wsgi import open_doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
    return create_app(CabinetOptions(api_url=billing_url, api_key=key, lang="en"))


@pytest.fixture
def ivan(runtime):
    make = Make(runtime.billing, runtime.clock)
    make.tariff("50 UAH", service="main_start", name="Start")
    return make.subscriber("ivan", wallet="60 UAH", name="<b>Ivan</b>")


@pytest.fixture
def browser(cabinet, ivan) -> FlaskClient:
    """The browser of somebody of the staff."""
    return cabinet.test_client()


@pytest.fixture
def ticket(runtime, ivan) -> str:
    return allow_visit(runtime.billing.uow(), login="ivan", actor=STAFF, now=runtime.clock())


def test_a_ticket_opens_the_cabinet_and_says_so_on_every_page(browser, ticket):
    answer = browser.post("/visit", data={"ticket": ticket}, headers={"Origin": "https://panel.example"})
    assert (answer.status_code, answer.location) == (303, "/")
    page = text(browser)
    assert "olena of the staff is looking at the cabinet of ivan, read only, until 10 November 2026, 11:15." in page
    assert "60.00\u202fUAH" in page
    assert "<b>Ivan" not in page


def test_a_purchase_is_refused(browser, ticket, runtime, ivan):
    browser.post("/visit", data={"ticket": ticket})
    page = text(browser)
    form = {"csrf_token": field(page, "csrf_token"), "key": "k" * 16, "tariff": "1"}
    answer = browser.post("/tv/subscribe", data=form, follow_redirects=True).get_data(as_text=True)
    assert "nothing can be changed or ordered from here" in answer
    assert (states(runtime.billing, ivan), balance(runtime.billing, "ivan")) == ([], money("60 UAH"))


def test_a_used_ticket_is_told_and_leaves_the_present_session(browser, cabinet, ticket):
    browser.post("/visit", data={"ticket": ticket})
    answer = browser.post("/visit", data={"ticket": ticket})
    assert answer.status_code == 403
    assert "This ticket is not valid any more." in answer.get_data(as_text=True)
    assert "60.00\u202fUAH" in text(browser)


@pytest.mark.parametrize("forged", ["", "x", "x" * 200, "\u0000"])
def test_a_forged_ticket_opens_nothing(browser, ticket, forged):
    assert browser.post("/visit", data={"ticket": forged}).status_code in (403, 422)
    assert browser.get("/").location == "/sign-in"


def test_the_session_is_not_prolonged_and_ends_with_a_word(browser, ticket, clock):
    browser.post("/visit", data={"ticket": ticket})
    with browser.session_transaction() as kept:
        kept["refreshed_at"] -= 600
    assert browser.get("/").status_code == 200  # nobody asked for another token
    clock.advance(minutes=15)
    answer = browser.get("/")
    assert answer.status_code == 401
    assert "This look at the cabinet is over." in answer.get_data(as_text=True)
    assert browser.get("/").location == "/sign-in"


def test_a_ticket_is_never_in_an_address(browser, ticket):
    assert browser.get(f"/visit?ticket={ticket}").status_code == 405
