"""Each method answers each of its codes; one row is one law."""

import pytest
import requests

from sandbox.ispapi.codes import MESSAGES, Status
from sandbox.ispapi.methods import METHODS

ON_IVAN = {"account": "ivan"}
OTHERS = [
    # a method that finds its user by account, and what it needs beside
    ("deleteAccount", {}),
    ("getUserInfo", {}),
    ("changeUserInfo", {"region": "Kyiv"}),
    ("resetParentControl", {}),
    ("enableBundle", {"sub_id": "main_start"}),
    ("disableBundle", {"sub_id": "main_start"}),
    ("checkBundle", {"sub_id": "main_start"}),
    ("changeBundle", {"old_sub_id": "main_start", "new_sub_id": "main_max"}),
]

ROWS = [
    ("emailExists", {}, 201),
    ("emailExists", {"email": "ivan@isp.test"}, 0),
    ("accountExists", {}, 200),
    ("accountExists", ON_IVAN, 0),
    ("addUser", {"email": "new@isp.test"}, 200),
    ("addUser", {"account": "new"}, 200),
    ("addUser", {"email": "new@isp.test", "account": "new", "birth_date": "31.12.1980"}, 0),
    ("addUser", {"email": "IVAN@isp.test", "account": "new"}, 115),
    ("addUser", {"email": "not an address", "account": "new"}, 116),
    ("addUser", {"email": "new@isp.test", "account": "new", "birth_date": "1980/12/31"}, 120),
    ("addUser", {"email": "new@isp.test", "account": "new", "phone": "+380501234567"}, 301),
    ("addUser", {"email": "new@isp.test", "account": "ivan"}, 301),
    ("getUserList", {}, 0),
    ("changeAccount", {"account": "new"}, 201),
    ("changeAccount", {"email": "ivan@isp.test"}, 200),
    ("changeAccount", {"email": "ivan@isp.test", "account": "ivan2"}, 0),
    ("changeAccount", {"email": "free@isp.test", "account": "free"}, 0),
    ("changeAccount", {"email": "ivan@isp.test", "account": "petro"}, 301),
    ("changeAccount", {"email": "nobody@isp.test", "account": "new"}, 404),
    ("changeAccount", {"email": "olga@isp.test", "account": "new"}, 505),
    ("changeEmail", {"new_email": "new@isp.test"}, 201),
    ("changeEmail", {"email": "ivan@isp.test"}, 205),
    ("changeEmail", {"email": "ivan@isp.test", "new_email": "new@isp.test"}, 0),
    ("changeEmail", {"email": "ivan@isp.test", "new_email": "petro@isp.test"}, 115),
    ("changeEmail", {"email": "ivan@isp.test", "new_email": "not an address"}, 116),
    ("changeEmail", {"email": "nobody@isp.test", "new_email": "new@isp.test"}, 404),
    ("changeEmail", {"email": "olga@isp.test", "new_email": "new@isp.test"}, 505),
    ("changeUserInfo", ON_IVAN | {"birth_date": "yesterday"}, 120),
    ("changeUserInfo", ON_IVAN | {"phone": "501234567"}, 301),
    ("enableBundle", ON_IVAN, 200),
    ("enableBundle", ON_IVAN | {"sub_id": "screen3"}, 0),
    ("enableBundle", ON_IVAN | {"sub_id": "nothing"}, 407),
    ("enableBundle", {"account": "petro", "sub_id": "screen2"}, 408),
    ("enableBundle", {"account": "idle", "sub_id": "main_start"}, 506),
    ("disableBundle", ON_IVAN, 200),
    ("disableBundle", ON_IVAN | {"sub_id": "screen2"}, 0),
    ("disableBundle", ON_IVAN | {"sub_id": "nothing"}, 407),
    ("disableBundle", ON_IVAN | {"sub_id": "main_start"}, 408),
    ("disableBundle", ON_IVAN | {"sub_id": "main_max"}, 504),
    ("checkBundle", ON_IVAN, 200),
    ("checkBundle", ON_IVAN | {"sub_id": "nothing"}, 407),
    ("changeBundle", ON_IVAN | {"old_sub_id": "main_start"}, 200),
    ("changeBundle", ON_IVAN | {"new_sub_id": "main_max"}, 200),
    ("changeBundle", ON_IVAN | {"old_sub_id": "main_start", "new_sub_id": "main_max"}, 0),
    ("changeBundle", ON_IVAN | {"old_sub_id": "main_start", "new_sub_id": "nothing"}, 407),
    ("changeBundle", ON_IVAN | {"old_sub_id": "nothing", "new_sub_id": "main_max"}, 407),
    ("changeBundle", ON_IVAN | {"old_sub_id": "screen2", "new_sub_id": "screen3"}, 407),
    ("getAllPurchases", {}, 200),
    ("getAllPurchases", {"start_date": "2026-11-01"}, 0),
    ("getAllPurchases", {"start_date": "November"}, 120),
    ("addDevice", {"mac": "{new_mac}"}, 200),
    ("addDevice", ON_IVAN, 203),
    ("addDevice", ON_IVAN | {"mac": "{new_mac}", "binding_code": "{spare}"}, 0),
    ("addDevice", ON_IVAN | {"serial_number": "SN2"}, 0),
    ("addDevice", ON_IVAN | {"mac": "{mac}", "binding_code": "{spare}"}, 119),
    ("addDevice", ON_IVAN | {"serial_number": "SN1", "binding_code": "{spare}"}, 119),
    ("addDevice", ON_IVAN | {"mac": "{olgas_mac}", "binding_code": "{spare}"}, 119),
    ("addDevice", {"account": "petro", "mac": "{new_mac}"}, 301),
    ("addDevice", ON_IVAN | {"mac": "00:1A:79"}, 302),
    ("addDevice", ON_IVAN | {"serial_number": "no spaces"}, 303),
    ("addDevice", ON_IVAN | {"mac": "{new_mac}", "binding_code": "WRONG"}, 304),
    ("addDevice", {"account": "petro", "mac": "{new_mac}", "binding_code": "{code}"}, 304),
    ("addDevice", ON_IVAN | {"mac": "{new_mac}", "binding_code": "{code}"}, 305),
    ("addDevice", {"account": "nobody", "mac": "{new_mac}"}, 404),
    ("addDevice", ON_IVAN | {"mac": "{new_mac}", "device_type": "toaster"}, 405),
    ("addDevice", {"account": "olga", "mac": "{new_mac}"}, 505),
    ("delDevice", {}, 203),
    ("delDevice", {"mac": "{mac}"}, 0),
    ("delDevice", {"mac": "{mac}", "account": "ivan", "type": "device_change"}, 0),
    ("delDevice", {"mac": "{mac}", "account": "petro"}, 117),
    ("delDevice", {"mac": "{new_mac}"}, 406),
    ("delDevice", {"mac": "{olgas_mac}", "serial_number": "SN1"}, 406),
    ("delDevice", {"mac": "{olgas_mac}"}, 501),
    ("deviceExists", {}, 200),
    ("deviceExists", {"mac": "{mac}"}, 0),
    ("getDeviceList", {}, 0),
    ("getDeviceList", {"email": "ivan@isp.test"}, 0),
    *[(method, {"account": "ivan"} | more, 0) for method, more in OTHERS if method not in {"disableBundle"}],
    *[(method, {"email": "ivan@isp.test"} | more, 0) for method, more in OTHERS if method not in {"disableBundle"}],
    *[(method, more, 200) for method, more in OTHERS],
    *[(method, {"account": "nobody"} | more, 404) for method, more in OTHERS],
    *[(method, {"email": "free@isp.test"} | more, 404) for method, more in OTHERS],
    *[(method, {"account": "olga"} | more, 505) for method, more in OTHERS],
    *[(method, {"email": "olga@isp.test"} | more, 505) for method, more in OTHERS],
]


@pytest.mark.parametrize(("method", "params", "status"), ROWS, ids=str)
def test_a_call_answers_its_code_and_the_text_of_the_code(demo, world, method, params, status):
    answer = demo.call(method, **{name: value.format_map(world) for name, value in params.items()})

    assert answer["status"] == status, answer
    assert answer.get("message") == MESSAGES.get(Status(status))
    assert "id" not in answer


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("hash_", "code"), [("", 110), ("0" * 32, 109)])
def test_no_method_works_without_a_live_hash_and_id_repeats_the_code(base, method, hash_, code):
    answer = requests.post(base + method, data={"hash": hash_, "account": "ivan"}, timeout=5).json()

    assert answer == {"status": code, "id": code, "message": MESSAGES[Status(code)]}


@pytest.mark.parametrize(
    ("login", "password", "code"),
    [("", "demo", 112), ("demo", "", 113), ("demo", "wrong", 111), ("nobody", "demo", 111), ("demo", "other", 111)],
)
def test_a_wrong_sign_in_says_what_is_wrong(base, login, password, code):
    answer = requests.post(base + "auth2", data={"login": login, "password": password}, timeout=5).json()

    assert answer == {"status": code, "message": MESSAGES[Status(code)]}


@pytest.mark.parametrize("method", [name for name, method in METHODS.items() if method.reads])
def test_reading_methods_work_by_get_and_with_a_trailing_slash(demo, world, method):
    params = {"account": "ivan", "email": "ivan@isp.test", "sub_id": "main_start", "mac": world["mac"]}
    params |= {"start_date": "2026-11-01"}
    posted = demo.call(method, **params)

    for url in (demo.base + method, f"{demo.base}{method}/"):
        got = requests.get(url, params={"hash": demo.hash} | params, timeout=5, allow_redirects=False)
        assert got.json() == posted and posted["status"] == 0


@pytest.mark.parametrize("method", ["auth2", *[name for name, method in METHODS.items() if not method.reads]])
def test_writing_methods_need_post(base, method):
    assert requests.get(base + method, timeout=5).status_code == 405


def test_a_multipart_form_is_understood_too(demo, world):
    fields = {"hash": (None, demo.hash), "account": (None, "ivan"), "sub_id": (None, "main_start")}

    assert requests.post(demo.base + "checkBundle", files=fields, timeout=5).json() == {"status": 0, "data": 1}


def test_an_unknown_method_is_a_plain_404(demo):
    answer = demo.raw("payBundle")

    assert answer.status_code == 404
    assert "status" not in answer.json()
