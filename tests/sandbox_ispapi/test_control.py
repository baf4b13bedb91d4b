"""The control endpoints: what they show, what they plant, and that they are shut unless wanted."""

from urllib.parse import urljoin

import pytest
import requests

from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread


def test_the_state_shows_wishes_come_true(demo, world):
    ivan = demo.state("ivan")

    assert (ivan["operator"], ivan["email"], ivan["active"]) == ("demo", "ivan@isp.test", True)
    assert ivan["bundles"] == [
        {"sub_id": "main_start", "on": True, "code": world["code"]},
        {"sub_id": "screen2", "on": True, "code": world["spare"]},
    ]
    [device] = ivan["devices"]
    assert (device["mac"], device["sub_id"]) == (world["mac"], "main_start")
    everybody = demo.control("state")["accounts"]
    assert {user["account"] for user in everybody} == {"ivan", "petro", "idle", "olga", None}


def test_a_seeded_operator_and_bundle_work(demo):
    planted = demo.control(
        "seed",
        {
            "operators": [{"login": "third", "password": "3"}],
            "bundles": [{"sub_id": "main_new", "name": "New", "devices": 2, "retail": "10"}],
            "users": [{"operator": "third", "account": "1", "email": "one@isp.test", "bundles": ["main_new"]}],
        },
    )
    assert planted == {"operators": 1, "bundles": 1, "users": 1}

    third = type(demo)(demo.base, login="third", password="3")
    assert third.ok("checkBundle", account="1", sub_id="main_new") == 1
    assert [third.status("addDevice", account="1", serial_number=f"S{n}") for n in range(3)] == [0, 0, 305]


@pytest.mark.parametrize(
    "body",
    [
        {"user": []},
        {"users": [{"operator": "demo", "email": "new@isp.test"}]},
        {"users": [{"operator": "nobody", "account": "1", "email": "new@isp.test"}]},
        {"users": [{"operator": "demo", "account": "1", "email": "new"}]},
        {"users": [{"operator": "demo", "account": "1", "email": "new@isp.test", "bundles": ["nothing"]}]},
        {"users": [{"operator": "demo", "account": n, "email": "same@isp.test"} for n in (1, 2)]},
        {"bundles": [{"name": "No id"}]},
        {"bundles": [{"sub_id": "x", "retail": "much"}]},
        {"operators": [{"login": "x"}]},
        {"users": 5},
    ],
)
def test_a_wrong_seed_is_refused_whole(demo, body):
    answer = requests.post(urljoin(demo.base, "/control/seed"), json=body, timeout=5)

    assert answer.status_code == 422 and answer.json()["error"]
    assert demo.control("state")["accounts"] == []


def test_nothing_to_confirm_is_said(demo, world):
    answer = requests.post(urljoin(demo.base, "/control/confirm"), json={"email": "ivan@isp.test"}, timeout=5)

    assert answer.status_code == 422


def test_calls_are_counted_and_the_last_ones_kept_without_secrets(ivan):
    ivan.ok("enableBundle", account="ivan", sub_id="main_start")
    for _ in range(200):
        ivan.call("checkBundle", account="ivan", sub_id="main_start")

    calls = ivan.control("calls")
    assert calls["totals"] == {"auth2": 1, "addUser": 1, "enableBundle": 1, "checkBundle": 200}
    assert len(calls["last"]) == 200
    last = calls["last"][0]
    assert (last["method"], last["account"], last["sub_id"], last["status"]) == ("checkBundle", "ivan", "main_start", 0)
    assert ivan.hash not in str(calls) and "0501234567" not in str(calls)


def test_a_reset_forgets_everything_but_the_start_options(demo, world):
    demo.control("seed", {"operators": [{"login": "third", "password": "3"}]})
    demo.control("faults", {"faults": {"*": {"hang": 1}}})
    demo.control("reset", {})

    assert demo.control("state") == {"accounts": []}
    assert demo.control("faults")["faults"] == {}
    assert demo.status("getUserList") == 109
    signed_in = [
        requests.post(demo.base + "auth2", data={"login": login, "password": password}, timeout=5).json()["status"]
        for login, password in (("demo", "demo"), ("third", "3"))
    ]
    assert signed_in == [0, 111]


def test_control_is_shut_unless_wanted():
    with serve_in_thread(Config()) as base:
        for path in ("faults", "state", "calls"):
            assert requests.get(urljoin(base, f"/control/{path}"), timeout=5).status_code == 404
        assert requests.post(urljoin(base, "/control/reset"), timeout=5).status_code == 404
