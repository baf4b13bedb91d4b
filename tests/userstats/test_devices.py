"""The pages about devices: code, list, help, adding, removing; whatever the billing and the partner say."""

import re
import time
from typing import Any

import pytest

from tests.userstats.conftest import send, token
from tests.userstats.fake import FakeBilling, me, subscription
from userstats import breaker, remote
from userstats.howto import HOWTOS

KEY = "form-key-1"
BOX = {
    "id": "1",
    "mac": "00:1A:79:00:00:01",
    "serial_number": "SN-1",
    "binding_code": "4821057",
    "device_type": "stb",
    "device_model": "MAG 322",
    "date_added": "2026-11-03 10:11:12",
}
PHONE = {
    "id": "2",
    "mac": None,
    "serial_number": "PH-2",
    "binding_code": None,
    "device_type": "iphone",
    "device_model": None,
    "date_added": None,
}
SWITCHED = {
    "on": {"state": "on", "text": "Television is on.", "settled": True},
    "waiting": {"state": "being_switched_on", "text": "Television is being switched on.", "settled": False},
    "suspended": {"state": "suspended", "text": "Television is switched off.", "settled": True},
}


def subscribed(state: str = "on", **facts: Any) -> dict[str, Any]:
    return me(tv=SWITCHED[state], **{"subscriptions": [subscription()], "self_devices": 3} | facts)


@pytest.fixture
def billing(billing: FakeBilling) -> FakeBilling:
    """Ivan watches television on two devices, and may add a third."""
    billing.says("GET me", subscribed())
    billing.says("GET me/devices", {"devices": [BOX, PHONE], "limit": 3})
    billing.says("POST me/devices", {"devices": [BOX, PHONE], "limit": 3})
    billing.says("POST me/devices/remove", {"devices": [PHONE], "limit": 3})
    return billing


def text(browser, path: str = "/devices") -> str:
    return browser.get(path).get_data(as_text=True)


def add(browser, **fields: str):
    return send(browser, "/devices/add", **{"key": KEY, "mac": "", "serial_number": ""} | fields)


def test_the_code_stands_beside_the_number_to_enter_and_can_be_copied_and_scanned(browser):
    page = text(browser)
    assert re.search(r'class="devices-letters"[^>]*>4821057<', page)
    assert 'data-copy="4821057"' in page
    assert re.search(r'devices-phone">0501234567<', page)
    assert 'aria-label="QR code with the code 4821057"' in page
    # Dark on white in the dark theme too, with a quiet zone of four modules.
    assert re.search(
        r'class="qr"><g transform="[^"]+"><path fill="#fff" d="M0 0h[^"]+"/><path stroke="#000" d="M4 4', page
    )


def test_codes_are_named_when_there_are_several_and_told_once_when_they_are_the_same(browser, billing):
    both = [subscription(3, code="77-AB"), subscription(1)]
    billing.says("GET me", subscribed(subscriptions=both))
    page = text(browser)
    assert page.index("Code · Start") < page.index("Code · Sport")

    billing.says("GET me", subscribed(subscriptions=[subscription(1), subscription(3, code="4821057")]))
    page = text(browser)
    assert page.count("data-copy=") == 1
    assert "Code · " not in page


def test_without_television_there_is_no_code_and_the_partner_is_not_asked(browser, billing):
    billing.says("GET me", me())
    page = text(browser)
    assert "You have no television yet" in page
    assert 'href="/tv"' in page.split("<main")[1]
    assert billing.asked("GET me/devices") == []


def test_a_refused_order_gives_no_code(browser, billing):
    billing.says("GET me", me(subscriptions=[subscription(state="refused", code="OLD-1")]))
    assert "OLD-1" not in text(browser)


def test_the_page_waits_for_a_code_that_is_being_made(browser, billing):
    billing.says("GET me", subscribed("waiting", subscriptions=[subscription(state="pending", code=None)]))
    page = text(browser)
    assert "Your code is being made." in page
    assert 'http-equiv="refresh"' in page


def test_a_suspended_subscriber_keeps_his_code_and_learns_that_it_does_not_work_now(browser, billing):
    billing.says("GET me", subscribed("suspended", subscriptions=[subscription(state="suspended")]))
    page = text(browser)
    assert "4821057" in page
    assert "switched off for now" in page
    assert "This can be done as soon as television is on." in page
    assert 'action="/devices/add"' not in page


def test_a_tariff_without_a_code_leads_to_people(browser, billing):
    billing.says("GET me", subscribed(subscriptions=[subscription(code=None)]))
    assert "has given no code for your tariff" in text(browser)


def test_a_missing_phone_number_is_told(browser, billing):
    billing.says("GET me", subscribed(phone=""))
    page = text(browser)
    assert "Your contract has no mobile number." in page
    assert "devices-phone" not in page


@pytest.mark.parametrize("code", ["partner_unreachable", "partner_refused", "partner_rejects_us"])
def test_the_code_is_shown_while_the_partner_cannot_list_devices(browser, billing, code):
    billing.refuses("GET me/devices", 503, code)
    answer = browser.get("/devices")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "4821057" in page
    assert "The list cannot be shown at the moment" in page


def test_the_code_is_shown_while_the_partner_is_slow(browser, billing, monkeypatch):
    def slow(_call):
        time.sleep(0.9)
        return 200, {"devices": [], "limit": 3}

    monkeypatch.setattr(remote, "PAGE_LIMIT_S", 0.6)
    billing.says("GET me/devices", slow)
    page = text(browser)
    assert "4821057" in page
    assert "The list cannot be shown at the moment" in page


def test_a_silent_partner_closes_no_other_page(cabinet, billing, monkeypatch):
    monkeypatch.setattr(remote, "PAGE_LIMIT_S", 0.05)
    monkeypatch.setattr(breaker, "PATIENCE_S", 0)
    billing.says("GET me/devices", lambda _call: (time.sleep(0.2), (200, {}))[1])
    behind = cabinet.extensions["billing"]
    for _ in range(breaker.ENOUGH + 1):
        with cabinet.test_request_context(), pytest.raises(remote.Unreachable):
            behind.get("me/devices")
    assert behind.breaker.begin()


def test_an_order_may_take_its_time_and_its_refusal_is_told_all_the_same(browser, billing, monkeypatch):
    def slow(_call):
        time.sleep(0.9)
        return 422, {"code": "bad_mac", "detail": "This is none.", "facts": {"field": "mac"}}

    monkeypatch.setattr(remote, "PAGE_LIMIT_S", 0.6)
    billing.says("POST me/devices", slow)
    answer = add(browser, mac="1")
    assert answer.status_code == 422
    assert "This is none." in answer.get_data(as_text=True)


def test_a_session_that_ended_meanwhile_leads_to_the_sign_in(browser, billing):
    billing.refuses("GET me/devices", 401, "subject_rejected")
    assert browser.get("/devices").location == "/sign-in"


def test_the_list_tells_what_each_device_is(browser, billing):
    odd = PHONE | {"device_type": "fridge", "device_model": "Cool", "date_added": "yesterday", "serial_number": "F-3"}
    billing.says("GET me/devices", {"devices": [BOX, PHONE, odd], "limit": 0})
    page = text(browser)
    for told in (
        "MAG 322",
        "Set-top box",
        "00:1A:79:00:00:01",
        "SN-1",
        "3 November 2026",
        "iPhone",
        "fridge",
        "yesterday",
    ):
        assert told in page


def test_what_the_partner_writes_is_text(browser, billing):
    evil = BOX | {"device_model": "<script>alert(1)</script>", "device_type": '"><img src=x>', "mac": "<b>"}
    billing.says("GET me/devices", {"devices": [evil], "limit": 3})
    page = text(browser)
    for raw in ("<script>alert", "<img src=x>", "<b>\n"):
        assert raw not in page
    assert "&lt;script&gt;alert(1)" in page


def test_who_may_not_add_is_told_whom_to_turn_to(build, billing):
    billing.says("GET me", subscribed(self_devices=0))
    billing.says("GET me/devices", {"devices": [BOX], "limit": 0})
    browser = build(support_phone="+380 44 123 45 67").test_client()
    send(browser, "/sign-in", login="ivan", password="x")
    page = text(browser)
    assert "Your provider removes devices for you" in page
    assert "tel:+380441234567" in page
    assert "/devices/remove" not in page
    assert "/devices/add" not in page


@pytest.mark.parametrize(
    ("limit", "told", "form"),
    [
        (3, "You can add 1 more device.", True),
        (5, "You can add 3 more devices.", True),
        (2, "You have 2 devices, as many as you may add yourself.", False),
        (1, "You have 2 devices, as many as you may add yourself.", False),
    ],
)
def test_the_form_says_how_many_more(browser, billing, limit, told, form):
    billing.says("GET me/devices", {"devices": [BOX, PHONE], "limit": limit})
    page = text(browser)
    assert told in page
    assert ('action="/devices/add"' in page) is form


def test_adding_names_the_device_to_the_billing_and_shows_the_list(browser, billing):
    answer = add(browser, mac=" 001a79000001 ")
    assert (answer.status_code, answer.location) == (303, "/devices")
    assert billing.asked("POST me/devices")[0].body == {"mac": "001a79000001"}
    assert "The device is added." in text(browser)


def test_the_same_form_sent_twice_is_one_request_and_a_corrected_one_another(browser, billing):
    for mac in ("1", "1", "2"):
        add(browser, mac=mac)
    first, again, corrected = (call.headers["Idempotency-Key"] for call in billing.asked("POST me/devices"))
    assert first == again != corrected


@pytest.mark.parametrize("field", ["mac", "serial_number"])
def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(browser, billing, field):
    billing.refuses("POST me/devices", 422, "bad_value", "This is none.", field=field)
    answer = add(browser, mac="00:1A", serial_number='S"1')
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert f'id="{field}-error">This is none.<' in page
    assert re.search(rf'<input id="{field}"[^>]* aria-invalid="true"', page)
    assert re.findall(r'<input id="(\w+)"[^>]* autofocus', page) == [field]  # the page opens there
    assert 'value="00:1A"' in page
    assert 'value="S&#34;1"' in page


@pytest.mark.parametrize(
    ("status", "code", "told"),
    [
        (409, "partner_device_taken", "It cannot be done."),
        (403, "too_many_devices", "It cannot be done."),
        (503, "partner_unreachable", "a device is never added twice"),
    ],
)
def test_what_concerns_no_field_is_told_above_the_form(browser, billing, status, code, told):
    billing.refuses("POST me/devices", status, code)
    if status == 503:
        billing.refuses("GET me/devices", 503, code)
    answer = add(browser, mac="00:1A:79:00:00:09")
    page = answer.get_data(as_text=True)
    assert answer.status_code == status
    assert told in page
    assert 'value="00:1A:79:00:00:09"' in page


def test_removing_asks_first_and_changes_nothing(browser, billing):
    page = text(browser, "/devices/remove?mac=00:1A:79:00:00:01&serial_number=SN-1")
    assert "Remove this device?" in page
    assert "MAG 322" in page
    assert 'name="mac" value="00:1A:79:00:00:01"' in page
    assert [call.method for call in billing.calls if call.path.startswith("me")] == ["GET"]


def test_the_list_leads_to_the_question(browser):
    address = re.search(r'href="(/devices/remove[^"]+SN-1)"', text(browser))[1].replace("&amp;", "&")
    assert "MAG 322" in text(browser, address)


def test_removing_is_done_by_the_form(browser, billing):
    answer = send(browser, "/devices/remove", key=KEY, mac="00:1A:79:00:00:01", serial_number="SN-1")
    assert (answer.status_code, answer.location) == (303, "/devices")
    assert billing.asked("POST me/devices/remove")[0].body == {"mac": "00:1A:79:00:00:01", "serial_number": "SN-1"}
    assert "The device is removed." in text(browser)


@pytest.mark.parametrize("query", ["", "?mac=02:00:00:00:00:09", "?mac=00:1A:79:00:00:01", "?serial_number=<b>"])
def test_a_forged_device_is_not_found(browser, query):
    answer = browser.get(f"/devices/remove{query}")
    assert answer.status_code == 404
    assert "This device is not in your list" in answer.get_data(as_text=True)


def test_without_the_right_to_remove_the_page_says_who_does(browser, billing):
    billing.says("GET me/devices", {"devices": [BOX], "limit": 0})
    page = text(browser, "/devices/remove?mac=00:1A:79:00:00:01&serial_number=SN-1")
    assert "Your provider removes devices for you." in page
    assert 'action="/devices/remove"' not in page


def test_a_refused_removal_is_a_clear_page(browser, billing):
    billing.refuses("POST me/devices/remove", 409, "partner_device_taken", "It belongs to somebody else.")
    answer = send(browser, "/devices/remove", key=KEY, mac="02:00:00:00:00:09")
    assert answer.status_code == 409
    assert "It belongs to somebody else." in answer.get_data(as_text=True)


@pytest.mark.parametrize("key", ["", "short", "é" * 10, "a b c d e f"])
@pytest.mark.parametrize("path", ["/devices/add", "/devices/remove"])
def test_a_form_without_its_key_is_refused(browser, billing, path, key):
    assert send(browser, path, key=key, mac="1").status_code == 400
    assert [call for call in billing.calls if call.method == "POST"] == []


def test_orders_need_a_form_of_this_session(browser, billing):
    assert browser.get("/devices/add").status_code == 405
    for path in ("/devices/add", "/devices/remove"):
        assert browser.post(path, data={"key": KEY, "mac": "1"}).status_code == 400
    assert [call for call in billing.calls if call.method == "POST"] == []


@pytest.mark.parametrize("path", ["/devices", "/devices/remove", "/devices/help/tv"])
def test_strangers_are_sent_to_the_sign_in(stranger, path):
    assert stranger.get(path).location == "/sign-in"
    assert stranger.post("/devices/add", data={"csrf_token": token(stranger)}).location == "/sign-in"


@pytest.mark.parametrize("kind", HOWTOS)
def test_help_has_numbered_steps_with_pictures_and_what_to_enter(browser, kind):
    page = text(browser, f"/devices/help/{kind}")
    pictures = re.findall(
        r'<img class="devices-picture" src="([^"]+)" alt="([^"]*)" width="(\d+)" height="(\d+)">', page
    )
    steps = page.split("<ol")[1].split("</ol>")[0]
    assert steps.count("<li") == len(HOWTOS[kind].steps) >= 3
    assert all(shows for _src, shows, *_size in pictures[: len(HOWTOS[kind].steps)])
    for source, *_ in pictures:
        assert browser.get(source).mimetype == "image/svg+xml"
    assert "4821057" in steps
    assert "0501234567" in steps


def test_help_without_television_says_where_the_code_comes_from(browser, billing):
    billing.says("GET me", me())
    assert "You have no code yet." in text(browser, "/devices/help/tv")


def test_there_is_help_for_known_kinds_only(browser):
    assert browser.get("/devices/help/fridge").status_code == 404


def test_pictures_carry_no_styles_that_the_policy_forbids(browser):
    pages = "".join(text(browser, f"/devices/help/{kind}") for kind in HOWTOS)
    for how_to in HOWTOS.values():
        for name in {how_to.picture, *(step.picture for step in how_to.steps)}:
            address = re.search(rf"/assets/\w+/devices/{name}\.svg", pages)[0]
            drawn = browser.get(address).get_data(as_text=True)
            assert "style" not in drawn
            assert 'width="240" height="150"' in drawn
