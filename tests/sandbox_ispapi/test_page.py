"""The page for people, and the set-top box they play."""

import re
from urllib.parse import urljoin

import pytest
import requests

from .conftest import MAC_2


def page(client, path="/"):
    answer = requests.get(urljoin(client.base, path), timeout=5)
    assert answer.status_code == 200
    return answer.text


def sign_in(client, **fields):
    answer = requests.post(urljoin(client.base, "/box"), data={"phone": "0501234567"} | fields, timeout=5)
    return answer.status_code, answer.text


def test_the_page_shows_accounts_bundles_devices_and_calls(demo, world):
    html = page(demo)

    for text in ("ivan@isp.test", "main_start", world["code"], world["mac"], "enableBundle", "main_nocode", "olga"):
        assert text in html


def test_the_page_brings_nothing_inline_and_nothing_foreign(demo, world):
    answer = requests.get(urljoin(demo.base, "/"), timeout=5)

    assert answer.headers["Content-Security-Policy"].split("; ")[:2] == ["default-src 'self'", "frame-ancestors 'none'"]
    assert not re.search(r"<script|<style| style=| on\w+=|https?://", answer.text)
    assert "width=device-width" in answer.text
    assert requests.get(urljoin(demo.base, "/static/sandbox.css"), timeout=5).status_code == 200


def test_texts_from_outside_are_shown_as_texts(demo):
    demo.ok("addUser", account="<b>bold</b>", email="a@isp.test")

    assert "<b>bold" not in page(demo) and "&lt;b&gt;bold" in page(demo)


def test_a_search_finds_by_account_email_and_phone(demo, world):
    for query in ("IVAN", "ivan@isp", "1234567"):
        html = page(demo, f"/?q={query}")
        assert "ivan@isp.test" in html and "petro@isp.test" not in html
    assert "No accounts match" in page(demo, "/?q=zzz")


def test_accounts_come_twenty_a_page(demo):
    users = [{"operator": "demo", "account": f"n{n}", "email": f"u{n}@isp.test"} for n in range(21)]
    demo.control("seed", {"users": users})

    assert page(demo).count("<article>") == 20 and "page=2" in page(demo)
    assert page(demo, "/?page=2").count("<article>") == 1


def test_the_button_confirms_a_binding(demo, world):
    demo.ok("changeAccount", email="free@isp.test", account="free")
    assert "Confirm as the user" in page(demo)

    answer = requests.post(urljoin(demo.base, "/confirm"), data={"email": "free@isp.test"}, timeout=5)

    assert answer.status_code == 200 and "Confirm as the user" not in answer.text
    assert demo.ok("accountExists", account="free")["email"] == "free@isp.test"


def test_a_box_signs_in_with_phone_and_code_and_is_bound(demo, world):
    status, html = sign_in(demo, code=world["spare"].lower(), mac=MAC_2)

    assert status == 200 and "Account ivan is signed in" in html and "Novyi" in html and "main_start" in html
    assert demo.ok("deviceExists", mac=MAC_2)["binding_code"] == world["spare"]


def test_a_box_without_marks_gets_made_up_ones(demo, world):
    assert sign_in(demo, code=world["spare"])[0] == 200

    made_up = demo.ok("getDeviceList", account="ivan")[-1]
    assert made_up["mac"].startswith("02:") and made_up["serial_number"].startswith("SBX")


def test_a_bound_box_signs_in_again_and_is_not_bound_twice(demo, world):
    for _ in range(2):
        assert sign_in(demo, code=world["code"], mac=world["mac"])[0] == 200
    assert len(demo.ok("getDeviceList", account="ivan")) == 1


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"code": "{spare}", "phone": "0509999999"}, "Invalid binding code"),
        ({"code": "{spare}", "phone": ""}, "Invalid binding code"),
        ({"code": "WRONG"}, "Invalid binding code"),
        ({"code": "{code}"}, "No devices can be binded by this code"),
        ({"code": "{spare}", "mac": "{mac}"}, "already exist"),
        ({"code": "{spare}", "mac": "xyz"}, "Wrong MAC address"),
    ],
)
def test_a_box_is_refused_with_the_reason(demo, world, fields, text):
    status, html = sign_in(demo, **{name: value.format_map(world) for name, value in fields.items()})

    assert status == 422 and text in html
    assert len(demo.ok("getDeviceList", account="ivan")) == 1


def test_a_bound_box_of_a_stopped_account_has_nothing_to_watch_and_a_new_one_is_refused(demo, world):
    for sub_id in ("screen2", "main_start"):
        demo.ok("disableBundle", account="ivan", sub_id=sub_id, type="subs_negative_balance")

    status, html = sign_in(demo, code=world["code"], mac=world["mac"])
    assert status == 200 and "Nothing to watch" in html and "Novyi" not in html
    assert sign_in(demo, code=world["spare"])[0] == 422
