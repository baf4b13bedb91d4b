"""Orders in the cabinet, before a real billing over HTTP with a sandbox partner behind it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.host.base import Person
from billing.host.native import NativeSubscriber
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from suite.runtime import Runtime
from tests.olltv.support import deliver_all, dump, spend, states
from tests.running.cabinet import cabinet_of, come_in, hidden, send, subscriber, with_options
from tests.sandbox import Sandbox
from tests.support import STAFF, Make, assert_books_balance, available, balance, money
from userstats import remote
from userstats.remote import Billing, Unreachable

CLICKS = 10
KEY = "0123456789abcdef"


@pytest.fixture
def wait_s() -> float:
    """How long a page waits for the partner."""
    return 5.0


@pytest.fixture
def runtime(runtime: Runtime, partner: Sandbox, wait_s: float) -> Runtime:
    return with_options(runtime, api_url=partner.base, wait_s=wait_s, autoresume=True)


@pytest.fixture
def cabinet(runtime, monkeypatch) -> Iterator[Flask]:
    monkeypatch.setattr(remote, "PAGE_LIMIT_S", 30)  # a busy machine is no trouble of the billing
    with cabinet_of(runtime, topup_url="https://pay.example/") as app:
        yield app


@pytest.fixture
def make(runtime):
    return Make(runtime.billing, runtime.clock)


@pytest.fixture
def start(make):
    return make.tariff("50 UAH", service="main_start", name="Start")


@pytest.fixture
def best(make):
    return make.tariff("100 UAH", service="main_max", name="Max")


@pytest.fixture
def sport(make):
    return make.tariff("35 UAH", main=False, service="sport", name="Sport")


@pytest.fixture
def ivan(make, start, best, sport) -> Person:
    return subscriber(make, "ivan", "200 UAH")


@pytest.fixture
def browser(cabinet, ivan) -> FlaskClient:
    return come_in(cabinet, "ivan")


def text(browser: FlaskClient, path: str = "/tv") -> str:
    return browser.get(path).get_data(as_text=True)


def form_of(browser: FlaskClient, order: str, tariff: object = "") -> dict[str, str]:
    """What the page that asks would send."""
    return fields(text(browser, f"/tv/{order}?tariff={tariff}" if tariff else f"/tv/{order}"))


def fields(page: str) -> dict[str, str]:
    """The hidden fields of the form that the page shows."""
    form = page.partition("<main")[2]
    return {name: hidden(form, name) for name in ("csrf_token", "key", "tariff", "charge") if f'"{name}"' in form}


def do(browser: FlaskClient, order: str, tariff: object = "") -> str:
    """Tap twice: on the card, and on the page that asks. Gives the page with the result."""
    answer = browser.post(f"/tv/{order}", data=form_of(browser, order, tariff))
    assert (answer.status_code, answer.location) == (303, "/tv")
    return text(browser)


def copies(cabinet: Flask, browser: FlaskClient, number: int) -> list[FlaskClient]:
    """The same browser's session in so many tabs, to be used at once."""
    with browser.session_transaction() as mine:
        facts = dict(mine)
    tabs = [cabinet.test_client() for _ in range(number)]
    for tab in tabs:
        with tab.session_transaction() as session:
            session.update(facts)
    return tabs


def kept(runtime: Runtime) -> dict[str, object]:
    """Every row but those that count calls or note when a session was seen."""
    counted = ("session", "partner_hour")
    return {name: rows for name, rows in dump(runtime.billing).items() if not name.endswith(counted)}


def test_a_whole_life_in_two_taps_each(browser, cabinet, runtime, partner, make, clock, ivan, start, best, sport):
    page = do(browser, "subscribe", start.id)
    code = partner.codes("ivan")["main_start"]
    assert f"“Start” is on. Your code: {code}." in page

    assert "“Sport” is on." in do(browser, "add", sport.id)
    assert balance(runtime.billing, "ivan") == money("115 UAH")
    assert "The package is switched off." in do(browser, "leave", sport.id)
    assert partner.on("ivan") == {"main_start"}

    assert "Your tariff is “Max” now." in do(browser, "change", best.id)
    assert partner.on("ivan") == {"main_max"}
    assert balance(runtime.billing, "ivan") == money("15 UAH")

    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.NO_MONEY, actor=STAFF, now=clock())
    clock.advance(days=21)  # another month
    browser = come_in(cabinet, "ivan")
    assert "85.00\u202fUAH is missing." in text(browser)
    assert "85.00\u202fUAH is missing." in text(browser, "/tv/resume")
    make.top_up("ivan", "85 UAH")
    assert "Television is on again." in do(browser, "resume")
    assert balance(runtime.billing, "ivan") == money("0 UAH")

    page = do(browser, "leave")
    assert "You have unsubscribed." in page
    assert "You have no television yet." in page
    assert partner.on("ivan") == set()
    assert states(runtime.billing, ivan) == ["ended", "ended", "ended"]
    assert_books_balance(runtime.billing)


def test_ten_fast_clicks_are_one_order(browser, cabinet, runtime, partner, ivan, start):
    form = form_of(browser, "subscribe", start.id)
    tabs = copies(cabinet, browser, CLICKS)
    with ThreadPoolExecutor(CLICKS) as pool:
        answers = list(pool.map(lambda tab: tab.post("/tv/subscribe", data=form), tabs))

    assert {answer.status_code for answer in answers} <= {303, 409}
    assert 303 in {answer.status_code for answer in answers}
    assert balance(runtime.billing, "ivan") == money("150 UAH")
    assert states(runtime.billing, ivan) == ["active"]
    assert partner.totals()["enableBundle"] == 1
    assert_books_balance(runtime.billing)

    answer = tabs[-1].post("/tv/subscribe", data=form)  # a tab that was told to ask for the result
    assert (answer.status_code, answer.location) == (303, "/tv")
    assert balance(runtime.billing, "ivan") == money("150 UAH")


def test_two_tabs_that_order_the_same_are_one_order(browser, runtime, ivan, start):
    first, second = form_of(browser, "subscribe", start.id), form_of(browser, "subscribe", start.id)
    assert first["key"] != second["key"]
    for form in (first, second):
        assert browser.post("/tv/subscribe", data=form).status_code == 303
    assert "“Start” is on." in text(browser)
    assert balance(runtime.billing, "ivan") == money("150 UAH")
    assert states(runtime.billing, ivan) == ["active"]


def test_two_tabs_that_order_different_tariffs_get_one_and_a_word(browser, runtime, ivan, start, best):
    first, second = form_of(browser, "subscribe", start.id), form_of(browser, "subscribe", best.id)
    browser.post("/tv/subscribe", data=first)
    text(browser)
    browser.post("/tv/subscribe", data=second)
    assert "There is a main tariff already (Start)." in text(browser)
    assert states(runtime.billing, ivan) == ["active"]
    assert balance(runtime.billing, "ivan") == money("150 UAH")


def test_a_reload_and_an_old_form_of_the_back_button_order_nothing(browser, runtime, ivan, start):
    old = form_of(browser, "subscribe", start.id)
    browser.post("/tv/subscribe", data=old)
    before = states(runtime.billing, ivan), balance(runtime.billing, "ivan")
    for _ in range(3):
        text(browser)
    browser.post("/tv/subscribe", data=old)
    assert (states(runtime.billing, ivan), balance(runtime.billing, "ivan")) == before
    do(browser, "leave")
    browser.post("/tv/subscribe", data=old)
    assert "Nothing was ordered a second time." in text(browser)
    assert states(runtime.billing, ivan) == ["ended"]


def test_an_old_form_is_no_new_order_in_another_browser_either(browser, cabinet, runtime, ivan, start):
    form = form_of(browser, "subscribe", start.id)
    [other] = copies(cabinet, browser, 1)
    browser.post("/tv/subscribe", data=form)
    do(browser, "leave")
    other.post("/tv/subscribe", data=form)
    assert states(runtime.billing, ivan) == ["ended"]
    assert "You have no television yet." in text(other)


def test_reading_changes_nothing(browser, runtime, ivan, start, best, sport):
    do(browser, "subscribe", start.id)
    paths = ["/", "/tv", "/status", f"/tv/add?tariff={sport.id}", f"/tv/change?tariff={best.id}", "/tv/leave"]
    for path in [*paths, "/tv/resume", f"/tv/subscribe?tariff={best.id}", "/tv/leave?tariff=999"]:
        before = kept(runtime)
        assert browser.get(path).status_code == 200
        assert kept(runtime) == before, path
    assert browser.get("/tv/autoresume").status_code == 405


def test_a_page_of_another_month_charges_nothing_that_it_has_not_told(browser, cabinet, runtime, clock, ivan, start):
    do(browser, "subscribe", start.id)
    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.VACATION, actor=STAFF, now=clock())
    old = form_of(browser, "resume")
    assert old["charge"] == "0"  # this month is paid
    clock.advance(days=21)
    browser = come_in(cabinet, "ivan")
    old["csrf_token"] = form_of(browser, "resume")["csrf_token"]
    assert browser.post("/tv/resume", data=old).location == "/tv/resume"
    assert "Switch on again for 50.00\u202fUAH" in text(browser, "/tv/resume")
    assert balance(runtime.billing, "ivan") == money("150 UAH")
    assert states(runtime.billing, ivan) == ["suspended:vacation"]


@pytest.mark.parametrize("order", ["subscribe", "add", "change", "leave"])
def test_a_forged_tariff_has_no_effect_and_a_clear_page(browser, runtime, make, ivan, start, sport, order):
    do(browser, "subscribe", start.id)
    before = states(runtime.billing, ivan), balance(runtime.billing, "ivan")
    wrong_kind = start.id if order == "add" else sport.id
    for forged in (999, wrong_kind):
        page = text(browser, f"/tv/{order}?tariff={forged}")
        assert f'action="/tv/{order}"' not in page
        assert send(browser, f"/tv/{order}", key=f"{KEY}-{forged}", tariff=str(forged)).status_code == 303
        assert 'class="note bad"' in text(browser)
    assert (states(runtime.billing, ivan), balance(runtime.billing, "ivan")) == before


def test_what_another_has_stays_his(browser, runtime, make, ivan, start, sport, cabinet):
    do(browser, "subscribe", start.id)
    subscriber(make, "maria", "200 UAH")
    thief = come_in(cabinet, "maria")
    his = form_of(browser, "leave")
    send(thief, "/tv/leave", key=his["key"], tariff="")
    send(thief, "/tv/leave", key=KEY, tariff=str(start.id))
    assert states(runtime.billing, ivan) == ["active"]
    assert "Your code" not in text(thief)


def test_the_sums_that_are_asked_are_those_that_are_charged(browser, runtime, ivan, start, best):
    page = text(browser, f"/tv/subscribe?tariff={start.id}")
    for words in ("Subscribe for 50.00\u202fUAH", "150.00\u202fUAH", "Next charge, 1 December 2026"):
        assert words in page
    do(browser, "subscribe", start.id)
    assert balance(runtime.billing, "ivan") == money("150 UAH")
    page = text(browser, f"/tv/change?tariff={best.id}")
    assert "Change for 100.00\u202fUAH" in page
    assert "“Start” stays on until “Max” is on." in page
    assert "The code and the devices stay." in page
    do(browser, "change", best.id)
    assert balance(runtime.billing, "ivan") == money("50 UAH")
    assert "50.00\u202fUAH will be missing: television will be switched off" in text(browser, "/")


def test_too_little_money_says_how_much_is_missing(browser, runtime, clock, ivan, start):
    spend(runtime.billing, clock, ivan, "170 UAH")
    for path in ("/tv", f"/tv/subscribe?tariff={start.id}"):
        page = text(browser, path)
        assert "Not enough money: 20.00\u202fUAH is missing." in page
        assert 'href="https://pay.example/"' in page
    send(browser, "/tv/subscribe", key=KEY, tariff=str(start.id))
    assert "Not enough money: 20.00\u202fUAH is missing." in text(browser)
    assert states(runtime.billing, ivan) == []
    assert available(runtime.billing, "ivan") == money("30 UAH")


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"frozen": True}, "Your account is frozen"),
        ({"down": True}, "Your account is switched off"),
        ({"mobile": ""}, "Your contract has no mobile number"),
        ({"mobile": "12"}, "The mobile number of your contract cannot be used"),
    ],
)
def test_what_stands_in_the_way_is_told_before_anything_is_ordered(browser, runtime, ivan, start, profile, words):
    uow = runtime.billing.uow()
    with uow:
        row = uow.session.get_one(NativeSubscriber, ivan.id)
        for name, value in profile.items():
            setattr(row, name, value)
    for path in ("/", "/tv", f"/tv/subscribe?tariff={start.id}"):
        assert words in text(browser, path)
    send(browser, "/tv/subscribe", key=KEY, tariff=str(start.id))
    assert states(runtime.billing, ivan) == []


def test_the_frozen_one_can_leave(browser, runtime, ivan, start):
    do(browser, "subscribe", start.id)
    uow = runtime.billing.uow()
    with uow:
        uow.session.get_one(NativeSubscriber, ivan.id).frozen = True
    assert "Unsubscribe from television" in text(browser)
    assert "You have unsubscribed." in do(browser, "leave")
    assert states(runtime.billing, ivan) == ["ended"]


def test_an_order_that_the_partner_refuses_is_told_and_costs_nothing(browser, runtime, partner, make, ivan):
    unknown = make.tariff("10 UAH", service="unknown_to_partner", name="Ghost")
    page = do(browser, "subscribe", unknown.id)
    assert 'class="note bad"' in page
    assert "“Ghost” could not be switched on." in page
    assert "Nothing was charged for it." in page
    assert available(runtime.billing, "ivan") == money("200 UAH")


def test_the_subscriber_switches_automatic_resuming_himself(browser, runtime, ivan, start):
    do(browser, "subscribe", start.id)
    assert "Now it is off." in text(browser)
    assert send(browser, "/tv/autoresume", wanted="1").status_code == 303
    page = text(browser)
    assert "Automatic resuming is on." in page
    assert "Now it is on." in page


class LosesTheAnswer(Billing):
    """The order arrives and the answer does not."""

    def post(self, path, body, **how):
        super().post(path, body, **how)
        raise Unreachable


def test_an_order_without_an_answer_is_sent_again_and_is_one_order(browser, cabinet, runtime, ivan, start):
    form, good = form_of(browser, "subscribe", start.id), cabinet.extensions["billing"]
    cabinet.extensions["billing"] = LosesTheAnswer(good.url, good.key)
    answer = browser.post("/tv/subscribe", data=form)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "It is not known yet whether your order has arrived" in page
    again = fields(page)
    assert (again["key"], again["tariff"]) == (form["key"], form["tariff"])

    cabinet.extensions["billing"] = good
    assert browser.post("/tv/subscribe", data=again).status_code == 303
    assert "“Start” is on." in text(browser)
    assert balance(runtime.billing, "ivan") == money("150 UAH")
    assert states(runtime.billing, ivan) == ["active"]


class TestSlowPartner:
    @pytest.fixture
    def wait_s(self):
        return 0.2

    def test_the_page_waits_and_ends_by_itself(self, browser, runtime, partner, clock, ivan, start):
        partner.faults({"enableBundle": {"error_before": 1}})
        page = do(browser, "subscribe", start.id)
        assert "“Start” is being switched on." in page
        assert "Television is being switched on." in page
        assert 'hx-get="/status?asked=1"' in page
        assert "50.00\u202fUAH of it is reserved" in text(browser, "/")
        assert "HX-Refresh" not in browser.get("/status", headers={"HX-Request": "true"}).headers

        partner.faults({})
        clock.advance(minutes=10)
        deliver_all(runtime.billing, clock, runtime.delivering.partner)
        assert browser.get("/status", headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
        page = text(browser)
        assert "hx-get" not in page
        assert partner.codes("ivan")["main_start"] in page
        assert balance(runtime.billing, "ivan") == money("150 UAH")
