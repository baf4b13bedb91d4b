"""Devices in the cabinet, before a real billing with a sandbox partner behind it."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from olltv_module.models import Reason
from olltv_module.services import lifecycle, orders
from suite.runtime import Runtime
from tests.olltv.support import deliver_all, dump
from tests.running.cabinet import cabinet_of, come_in, hidden, send, subscriber, text, with_options
from tests.sandbox import Sandbox
from tests.support import STAFF, Make, balance, money

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

KEY = "0123456789abcdef"
BOX, OTHER = "00:1A:79:00:00:01", "00:1A:79:00:00:02"


@pytest.fixture
def self_devices() -> int:
    """How many devices a subscriber may add himself."""
    return 2


@pytest.fixture
def runtime(runtime: Runtime, partner: Sandbox, self_devices: int) -> Runtime:
    return with_options(runtime, api_url=partner.base, wait_s=5.0, self_devices=self_devices)


@pytest.fixture
def cabinet(runtime) -> Iterator[Flask]:
    with cabinet_of(runtime, support_phone="+380 44 123 45 67") as app:
        yield app


@pytest.fixture
def watching(runtime, clock, partner, cabinet):
    """`watching("ivan")` has the tariff Start; his browser is signed in."""
    make = Make(runtime.billing, runtime.clock)
    start = make.tariff("50 UAH", service="main_start", name="Start")

    def watch(login: str, mobile: str) -> FlaskClient:
        subscriber(make, login, "60 UAH", mobile=mobile)
        orders.subscribe(runtime.billing.uow(), login=login, tariff_id=start.id, actor=STAFF, now=clock())
        deliver_all(runtime.billing, clock, partner.partner())
        return come_in(cabinet, login)

    return watch


@pytest.fixture
def browser(watching) -> FlaskClient:
    """Ivan's."""
    return watching("ivan", "050 111-22-33")


def plug_in(partner: Sandbox, page: str, mac: str) -> requests.Response:
    """Type on a set-top box what the page says."""
    typed = {
        "phone": re.search(r'devices-phone">([^<]+)<', page)[1],
        "code": re.search(r'devices-letters"[^>]*>([^<]+)<', page)[1],
        "mac": mac,
    }
    return requests.post(urljoin(partner.base, "/box"), data=typed, timeout=10)


def add(browser: FlaskClient, **fields: str):
    return send(browser, "/devices/add", **{"key": hidden(text(browser, "/devices"), "key")} | fields)


def question(browser: FlaskClient) -> str:
    """The page that asks about the first device of the list."""
    return text(
        browser, re.search(r'href="(/devices/remove[^"]+)"', text(browser, "/devices"))[1].replace("&amp;", "&")
    )


def test_a_box_signs_in_with_what_the_page_says_and_stands_in_the_list(browser, partner):
    assert "No device yet" in text(browser, "/devices")
    assert plug_in(partner, text(browser, "/devices"), BOX).status_code == 200
    page = text(browser, "/devices")
    for told in ("Sandbox box", "Set-top box", BOX):
        assert told in page


def test_what_help_says_to_enter_is_the_same(browser, partner):
    assert plug_in(partner, text(browser, "/devices/help/box"), BOX).status_code == 200


def test_a_box_is_added_by_its_mac_and_removed_again_and_no_money_moves(browser, partner, runtime):
    before = balance(runtime.billing, "ivan")
    answer = add(browser, mac="001a.7900.0001")
    assert (answer.status_code, answer.location) == (303, "/devices")
    assert partner.devices("ivan") == {BOX: "main_start"}
    page = text(browser, "/devices")
    assert "The device is added." in page
    assert "You can add 1 more device." in page

    asked = question(browser)
    assert "Remove this device?" in asked
    assert partner.devices("ivan") == {BOX: "main_start"}  # asking removes nothing
    named = {name: hidden(asked, name) for name in ("mac", "serial_number", "key")}
    assert send(browser, "/devices/remove", **named).location == "/devices"
    assert partner.devices("ivan") == {}
    assert "No device yet" in text(browser, "/devices")
    assert balance(runtime.billing, "ivan") == before == money("10 UAH")


def test_a_box_is_added_by_its_serial_number(browser):
    assert add(browser, serial_number="SN-77").status_code == 303
    assert "SN-77" in text(browser, "/devices")


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"mac": "00:1A:79"}, "mac", "is no MAC address"),
        ({"serial_number": "<script>"}, "serial_number", "is no serial number"),
        ({}, "mac", "MAC address, its serial number, or both"),
    ],
)
def test_a_mistake_is_told_at_its_field(browser, partner, typed, field, told):
    answer = add(browser, **typed)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert told in re.search(rf'id="{field}-error">(.*?)</p>', page)[1]
    assert "<script>" not in page.split("<main")[1]
    assert partner.devices("ivan") == {}


def test_the_same_form_sent_twice_adds_one_device(browser, partner):
    page = text(browser, "/devices")
    form = {"key": hidden(page, "key"), "mac": BOX}
    assert [send(browser, "/devices/add", **form).status_code for _ in range(2)] == [303, 303]
    assert partner.devices("ivan") == {BOX: "main_start"}
    assert partner.totals()["addDevice"] == 1


def test_a_replayed_removal_does_nothing_to_the_device_that_was_added_again(browser, partner):
    add(browser, mac=BOX)
    form = {"key": KEY, "mac": BOX}
    send(browser, "/devices/remove", **form)
    add(browser, mac=BOX)
    assert send(browser, "/devices/remove", **form).status_code == 303
    assert partner.devices("ivan") == {BOX: "main_start"}


@pytest.mark.parametrize("self_devices", [1])
def test_no_more_than_the_operator_allows(browser, partner):
    page_of_before = text(browser, "/devices")
    add(browser, mac=BOX)
    page = text(browser, "/devices")
    assert "You have 1 device, as many as you may add yourself." in page
    assert "tel:+380441234567" in page
    answer = send(browser, "/devices/add", key=hidden(page_of_before, "key"), mac=OTHER)
    assert answer.status_code == 403
    assert "You may add 1 devices yourself." in answer.get_data(as_text=True)
    assert partner.devices("ivan") == {BOX: "main_start"}


def test_a_code_that_is_used_up_is_told(browser, partner):
    add(browser, mac=BOX)
    answer = add(browser, mac=OTHER)
    assert answer.status_code == 409
    assert "The binding code has been used for another device." in answer.get_data(as_text=True)
    assert f'value="{OTHER}"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("self_devices", [0])
def test_where_the_staff_do_it_a_forged_form_does_nothing(browser, partner):
    plug_in(partner, text(browser, "/devices"), BOX)
    page = text(browser, "/devices")
    assert "Your provider removes devices for you" in page
    assert "/devices/remove" not in page
    for path in ("/devices/add", "/devices/remove"):
        answer = send(browser, path, key=KEY, mac=BOX)
        assert answer.status_code == 403
        assert "Please contact your provider" in answer.get_data(as_text=True)
    assert partner.devices("ivan") == {BOX: "main_start"}


def test_somebody_elses_device_can_be_neither_seen_nor_taken_nor_removed(browser, watching, partner):
    petro = watching("petro", "050 444-55-66")
    add(petro, mac=OTHER)
    assert OTHER not in text(browser, "/devices")
    assert browser.get(f"/devices/remove?mac={OTHER}").status_code == 404
    for path in ("/devices/add", "/devices/remove"):
        answer = send(browser, path, key=KEY, mac=OTHER)
        assert answer.status_code >= 400
        assert "<h1>" in answer.get_data(as_text=True)
    assert partner.devices("petro") == {OTHER: "main_start"}


def test_reading_changes_nothing(browser, runtime, partner):
    add(browser, mac=BOX)
    before = dump(runtime.billing)
    for path in ("/devices", f"/devices/remove?mac={BOX}", "/devices/help/tv", "/devices/add"):
        browser.get(path)
    assert dump(runtime.billing) == before
    assert partner.devices("ivan") == {BOX: "main_start"}


def test_what_a_device_calls_itself_is_text(browser, partner):
    partner.partner().add_device(account="ivan", mac=BOX, device_model="<img src=x onerror=alert(1)>")
    for page in (text(browser, "/devices"), question(browser)):
        assert "<img src=x" not in page
        assert "&lt;img src=x onerror=alert(1)&gt;" in page


@pytest.mark.parametrize("fault", ["error_before", "delay"])
def test_while_the_partner_is_away_the_code_is_shown_all_the_same(browser, partner, fault):
    partner.faults({"getDeviceList": {fault: 1}}, delay_ms=4000)
    answer = browser.get("/devices")
    page = answer.get_data(as_text=True)
    partner.faults({})
    assert answer.status_code == 200
    assert partner.codes("ivan")["main_start"] in page
    assert "The list cannot be shown at the moment" in page


def test_a_suspended_subscriber_sees_his_code_and_his_devices(browser, runtime, clock, partner):
    add(browser, mac=BOX)
    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.VACATION, actor=STAFF, now=clock())
    deliver_all(runtime.billing, clock, partner.partner())
    page = text(browser, "/devices")
    for told in ("switched off for now", partner.codes("ivan")["main_start"], BOX):
        assert told in page


def test_who_has_left_has_no_code_and_no_devices(browser, runtime, clock, partner):
    lifecycle.leave(runtime.billing.uow(), login="ivan", actor=STAFF, now=clock())
    deliver_all(runtime.billing, clock, partner.partner())
    page = text(browser, "/devices")
    assert "You have no television yet" in page
    assert "devices-letters" not in page
