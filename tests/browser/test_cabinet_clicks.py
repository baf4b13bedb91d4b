"""Impatient people and dying processes: however often an order is sent, in whatever way, it is carried out once."""

import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from billing.idempotency import CLAIM
from olltv_module.delivery.queue import LEASE
from tests.browser.house import House
from tests.browser.resident import DEVICES, PATIENCE_MS, Resident, come_home
from tests.browser.settlers import MAXIMUM, SPORT, START, Settlers
from tests.browser.visitor import Visitor
from tests.running.processes import status, wait_until

CLICKS = 10
SLOW_MS = 700
SUBMIT = "#main form[action^='/tv/']:not([action='/tv/autoresume']) button"
REPLAY = """([path, fields]) => fetch(path, { method: "POST", body: new URLSearchParams(fields) })
  .then((answer) => [answer.status, answer.redirected && new URL(answer.url).pathname])"""


@pytest.fixture
def arrive(look_in: Callable[..., Visitor], settlers: Settlers) -> Callable[..., Resident]:
    """`arrive("name", wallet="200.00")` is a new subscriber on the first page of the cabinet."""

    def come(name: str, wallet: str = "500.00", **options: Any) -> Resident:
        return come_home(look_in, settlers, name, wallet=wallet, **options)

    return come


def ask(it: Resident, kind: str, service: str = "", page: Page | None = None) -> Page:
    """The page that asks whether the order is meant."""
    tariff = f"?tariff={it.tariffs[service]}" if service else ""
    page = page or it.at.page
    page.goto(f"{it.at.base.rstrip('/')}/tv/{kind}{tariff}")
    return page


def fields(page: Page) -> dict[str, str]:
    """Everything that the order's form sends."""
    inputs = page.locator("#main form[action^='/tv/'] input[type=hidden]")
    return dict(inputs.evaluate_all("all => all.map((each) => [each.name, each.value])"))


def click_fast(page: Page) -> None:
    """Ten times in the same place, as fast as it goes."""
    page.locator(SUBMIT).scroll_into_view_if_needed()
    box = page.locator(SUBMIT).bounding_box()
    assert box is not None
    for _ in range(CLICKS):
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)


def until_told(page: Page) -> None:
    """Press what the page offers until it shows the result."""
    for _ in range(20):
        page.wait_for_load_state()
        if re.search(r"/tv$", page.url):
            return
        page.wait_for_timeout(300)
        if page.locator(SUBMIT).count():
            page.locator(SUBMIT).click()
    raise AssertionError(f"no result, but {page.url}")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "plain"])
def test_ten_fast_clicks_are_one_order(cabinet_house, settlers, arrive, scripts):
    it = arrive("hasty", java_script_enabled=scripts, **DEVICES["phone"])
    page = ask(it, "subscribe", START)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.method) if request.url.endswith("/tv/subscribe") else None)
    with cabinet_house.slow_partner(SLOW_MS):
        click_fast(page)
        until_told(page)
    settlers.settled()
    assert (len(sent) == 1) is scripts  # without scripts nobody holds him back
    assert (it.who.has, it.who.ordered, it.who.fees) == ({START: "active"}, 1, 1)
    assert it.who.wallet == ("450.00 UAH", "450.00 UAH")
    settlers.audit()


def test_two_tabs_send_each_order_at_once(cabinet_house, settlers, arrive):
    it = arrive("double")
    other = it.at.context.new_page()
    orders = (("subscribe", START, 1), ("add", SPORT, 2), ("change", MAXIMUM, 3), ("leave", SPORT, 3), ("leave", "", 3))
    for kind, service, ever in orders:
        pages = [ask(it, kind, service, page) for page in (it.at.page, other)]
        with cabinet_house.slow_partner(SLOW_MS):
            for page in pages:
                page.locator(SUBMIT).click(no_wait_after=True)
            for page in pages:
                until_told(page)
        settlers.settled()
        assert (it.who.ordered, it.who.fees) == (ever, ever), (kind, service)
    assert (it.who.has, it.who.on, it.who.wallet[0]) == ({}, set(), "301.10 UAH")
    settlers.audit()


def test_reload_back_and_again_change_nothing(settlers, arrive):
    it = arrive("backward")
    it.at.page.goto(f"{it.at.base}tv")
    for kind, service in (("subscribe", START), ("add", SPORT), ("change", MAXIMUM)):
        page = ask(it, kind, service)
        page.locator(SUBMIT).click()
        until_told(page)
        it.is_settled()
        before = it.who.wallet, it.who.has, it.who.ordered, it.who.fees
        page.reload()
        expect(page.locator("#main .note.good")).to_have_count(0)  # what was done is told once
        page.go_back()
        if page.locator(SUBMIT).count():
            page.locator(SUBMIT).click()
            until_told(page)
        it.is_settled()
        assert (it.who.wallet, it.who.has, it.who.ordered, it.who.fees) == before, kind
    settlers.audit()


def test_a_replayed_form_a_forged_number_and_a_get_do_nothing(settlers, arrive):
    it, stranger = arrive("honest"), arrive("stranger")
    page = ask(it, "subscribe", START)
    sent = fields(page)
    page.locator(SUBMIT).click()
    until_told(page)
    assert [page.evaluate(REPLAY, ["/tv/subscribe", sent]) for _ in range(3)] == [[200, "/tv"]] * 3
    assert page.evaluate(REPLAY, ["/tv/subscribe", sent | {"key": "x" * 20}]) == [200, "/tv"]
    for forged in ({"tariff": "999999"}, {"tariff": str(it.tariffs[SPORT])}):
        page.evaluate(REPLAY, ["/tv/subscribe", sent | forged | {"key": f"forged-{forged['tariff']}"}])
    for senseless in ({"tariff": "1 or 1"}, {"key": ""}, {"csrf_token": "forged"}):
        assert page.evaluate(REPLAY, ["/tv/subscribe", sent | senseless])[0] == 400, senseless
    assert stranger.at.page.evaluate(REPLAY, ["/tv/subscribe", sent])[0] == 400  # it is the form of somebody else
    for path in ("/tv/autoresume", "/devices/add", "/sign-in/address"):
        assert it.at.page.goto(f"{it.at.base.rstrip('/')}{path}").status in (404, 405), path
        expect(it.at.page.locator("#main h1")).to_be_visible()
    assert (it.who.has, it.who.ordered, it.who.wallet[0]) == ({START: "active"}, 1, "450.00 UAH")
    ask(it, "leave").locator(SUBMIT).click()
    until_told(page)
    assert page.evaluate(REPLAY, ["/tv/subscribe", sent]) == [200, "/tv"]  # an old form brings nothing back
    assert (it.who.has, it.who.ordered, it.who.wallet[0]) == ({}, 1, "450.00 UAH")
    assert stranger.who.wallet[0] == "500.00 UAH"
    assert stranger.who.login not in it.who.house.partner.all_users()
    settlers.audit()


def kill(house: House, name: str) -> None:
    """kill -9 of everybody who serves; others take their places, and answer when this returns."""
    for pid in house.serving(name):
        os.kill(pid, signal.SIGKILL)
    url = house.panel if name == "billing" else house.cabinet
    wait_until(lambda: status(f"{url}healthz") == 200, limit_s=30)


def enrolled(it: Resident) -> bool:
    """Whether the order has arrived at the billing."""
    try:
        return it.who.ordered == 1
    except Exception:  # noqa: BLE001 (he is not known there yet)
        return False


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
@pytest.mark.parametrize("name", ["billing", "cabinet"])
def test_a_process_that_dies_between_click_and_answer_loses_and_doubles_nothing(cabinet_house, settlers, arrive, name):
    it = arrive(f"unlucky-{name}")
    page = ask(it, "subscribe", START)
    sent = fields(page)
    with cabinet_house.slow_partner(SLOW_MS):
        page.locator(SUBMIT).click(no_wait_after=True)
        wait_until(lambda: enrolled(it))
        kill(cabinet_house, name)
    if name == "billing":
        it.at.sees("It is not known yet whether your order has arrived")
        page.locator(SUBMIT).click()
        it.at.sees("Your order is being carried out")  # nobody can know yet that its server is dead
        settlers.wait(max(CLAIM, LEASE))
        until_told(page)
    else:
        page.goto(f"{it.at.base}tv")
        wait_until(lambda: page.evaluate(REPLAY, ["/tv/subscribe", sent]) == [200, "/tv"])
    settlers.settled()
    page.goto(f"{it.at.base}tv")
    it.is_settled()
    it.at.sees("Your tariff")
    assert (it.who.has, it.who.ordered, it.who.fees) == ({START: "active"}, 1, 1)
    assert (it.who.wallet, it.who.on) == (("450.00 UAH", "450.00 UAH"), {START})
    settlers.audit()
    it.at.troubles[:] = [each for each in it.at.troubles if "503" not in each and "ERR_EMPTY_RESPONSE" not in each]


def test_who_chose_it_is_resumed_by_itself(settlers, arrive):
    it = arrive("trusting", wallet="60.00")
    page = ask(it, "subscribe", START)
    page.locator(SUBMIT).click()
    until_told(page)
    it.is_settled()
    fold = page.locator("details:has(form[action='/tv/autoresume'])")
    fold.locator("summary").click()
    fold.locator("button").click()
    it.at.sees("Automatic resuming is on.")
    settlers.fee_day()
    assert it.who.has == {START: "suspended"}
    it.at.go("/tv")
    it.sign_in()
    it.visit("/tv")
    it.at.sees("As soon as you have topped up, television comes back by itself.")
    it.who.pay("100.00")
    settlers.new_worker(lambda: it.who.on == {START})
    settlers.settled()
    it.visit("/tv")
    expect(page.locator(".lamp.on")).to_be_visible(timeout=PATIENCE_MS)
    assert (it.who.has, it.who.wallet[0]) == ({START: "active"}, "60.00 UAH")
    fold.locator("summary").click()
    fold.locator("button").click()
    it.at.sees("Automatic resuming is off.")
    settlers.audit()
