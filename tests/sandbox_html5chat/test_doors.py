"""Pages, scripts, hooks, status calls and the command line."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from sandbox.html5chat.hooks import read_balance
from sandbox.html5chat.ticking import tick
from tests.sandbox_html5chat.conftest import token

EVA, PRIVATE = 3, 10**12 + 77


def test_a_room_may_stand_in_a_frame_of_any_page(house):
    page = house().enter(10_001, "<ann>").page
    assert "frame-ancestors *" in page.headers["Content-Security-Policy"]
    assert "X-Frame-Options" not in page.headers
    assert (page.headers["Cache-Control"], page.headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "<ann>" not in page.text and "&lt;ann&gt;" in page.text and "<style" not in page.text


def test_a_token_that_is_none_opens_nothing(house):
    place = house()
    for path in (f"/chat/1/{token(key='x')}", f"/chat/2/{token()}", f"/chat/9/{token()}", "/chat/9"):
        assert place.get(path).status_code == 403
    assert place.control("state")["seats"] == []


def test_a_guest_gives_himself_a_name(house):
    place = house()
    assert "Come in as a guest" in place.get("/chat/1").text
    url = f"{place.server.url}/chat/1"
    assert 'data-role="guest"' in requests.post(url, data={"username": "Joe"}, timeout=5).text
    assert requests.post(url, data={"username": " "}, timeout=5).status_code == 403


def test_scripts_write_frames(house, operator):
    place = house()
    made = token()
    script = place.get(f"/script/1/{made}")
    assert script.headers["Content-Type"].startswith("text/javascript")
    assert f"{place.server.url}/chat/1/{made}" in script.text and "camera; microphone" in script.text
    assert f'"{place.server.url}/chat/1"' in place.get("/script/1").text
    assert f"{place.server.url}/listing/1" in place.get("/ppv_listing/1").text
    operator.answers = {"getPerformers": json.dumps([{"id": 3, "username": "Eva", "status": "busy"}])}
    shown = place.get("/listing/1").text
    assert "Eva" in shown and "busy" in shown
    operator.answers = {}
    place.enter(EVA, "mia", "performer")
    assert "mia" in place.get("/listing/1").text


def test_hooks_are_forms(house, operator):
    place = house(buttons=True, tick_s=60)
    operator.answers = {"updateCredits": 540, "sendCredits": lambda sent: 530 if sent["credits"] == "10" else "ko"}
    place.enter(EVA, "eva", "performer", PRIVATE)
    ann = place.enter(10_001, "ann", room=PRIVATE, credits=600)
    tick(place.server.place.chat(1), place.server.place.hooks)
    hook = operator.calls[-1]
    assert (hook["a"], hook["webmasterid"], hook["userid"], hook["username"]) == ("updateCredits", "1", "10001", "ann")
    assert hook["performerid"] == str(PRIVATE - 10_000)
    assert ann.post("tip", credits=10).json() == {"credits": 530}
    assert ann.post("tip", credits=500).status_code == 409
    assert [ann.post("tip", credits=each).status_code for each in (0, 501, "5", True, None)] == [409] * 5
    assert ann.said()[-1] == "ann gives 10 credits"
    assert [each["action"] for each in place.control("calls")["calls"]][:2] == ["sendCredits", "sendCredits"]
    assert place.control("calls")["calls"][0]["answer"] == "ko"


def test_nobody_answers_hooks(house):
    place = house(hooks={1: "http://127.0.0.1:9/"}, buttons=True)
    ann = place.enter(10_001, "ann")
    assert ann.look()["credits"] is None and ann.post("tip", credits=5).status_code == 409
    assert place.control("calls")["calls"][0]["status"] == 0


@pytest.mark.parametrize(
    ("text", "balance"),
    [
        ("17", 17),
        ('{"credits": 17}', 17),
        ("-3", -3),
        ("ko", None),
        ("", None),
        ("1.5", None),
        ("true", None),
        ("[1]", None),
    ],
)
def test_a_balance_is_a_number_or_an_object(text, balance):
    assert read_balance(text) == balance


def ask(place, path):
    return place.get(path).json()


@pytest.fixture
def busy_place(house):
    """Eva is private with Ann; Mia was here; Zoe waits in her room with Bob."""
    place = house()
    place.enter(5, "mia", "performer", room=10_005).post("leave")
    place.enter(4, "zoe", "performer", room=10_004)
    place.enter(10_002, "bob", room=10_004)
    place.enter(EVA, "eva", "performer", PRIVATE)
    place.enter(10_001, "ann", room=PRIVATE)
    return place


def test_status_calls(busy_place):
    get = lambda path: ask(busy_place, path)  # noqa: E731
    assert get("/getNumberUsers/1/rest-token") == 4
    assert {each["username"] for each in get("/getUsers/1/rest-token")} == {"zoe", "bob", "eva", "ann"}
    found = {each["username"]: each["status"] for each in get("/getPerformers/1/rest-token")}
    assert found == {"eva": "busy", "zoe": "online", "mia": "offline"}
    assert {each["id"] for each in get("/getOnlinePerformers/1/rest-token")} == {3, 4}
    assert get("/getUserStatus/1/3") == get("/getUserStatus/1/3/whatever") == "busy"
    assert get("/getUserStatus/1/4711") == "offline"
    assert [each["username"] for each in get("/getUsersInRoom/1/10004/rest-token")] == ["zoe", "bob"]
    assert get(f"/getNumberUsersInRoom/1/{PRIVATE}/rest-token") == 2
    assert get("/getUsers/2/rest-token") == []
    for path in ("/getUsers/1/wrong", "/getUsers/9/rest-token", "/getOnlineUsers/1/rest-token", "/getUserStatus/9/1"):
        assert busy_place.get(path).text == "ko"


def test_answers_have_the_form_that_is_asked_for(busy_place):
    busy_place.control("faults", {"rest_form": "object"})
    assert set(ask(busy_place, "/getOnlinePerformers/1/rest-token")) == {"3", "4"}
    busy_place.control("faults", {"rest_form": "text"})
    assert busy_place.get("/getUserStatus/1/3").text == "busy"
    assert busy_place.get("/getNumberUsers/1/rest-token").text == "4"


def test_status_calls_fail_on_demand(busy_place):
    busy_place.server.place.faults.slow_s = 0.05
    for kind, status, text in [
        ("error", 502, "upstream failed"),
        ("refused", 404, "not here"),
        ("ko", 200, "ko"),
        ("empty", 200, ""),
        ("html", 200, "<!doctype html><h1>Maintenance</h1>"),
    ]:
        busy_place.control("faults", {"faults": [{"kind": kind, "times": 1}]})
        answer = busy_place.get("/getUsers/1/rest-token")
        assert (answer.status_code, answer.text) == (status, text)
        assert busy_place.get("/getUsers/1/rest-token").status_code == 200
    busy_place.control("faults", {"faults": [{"kind": "slow"}]})
    assert len(ask(busy_place, "/getUsers/1/rest-token")) == 4
    for wrong in ({"faults": [{"kind": "fire"}]}, {"faults": [{"rate": 2}]}, {"rest_form": "xml"}, []):
        url = f"{busy_place.server.url}/control/faults"
        assert requests.post(url, json=wrong, timeout=5).status_code == 422


def test_control_is_closed_unless_wanted(house):
    assert house(control=False).get("/control/state").status_code == 404


def test_reset_sends_everybody_home(busy_place):
    busy_place.control("reset", {})
    assert busy_place.control("state") == {"seats": [], "shows": []}


def test_the_page_shows_what_goes_on(busy_place, operator):
    shown = busy_place.get("/").text
    assert "eva" in shown and "busy" in shown and "getCredits" in shown


def test_the_program_starts_and_ends():
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "sandbox.html5chat", "--port", "0"]
    child = subprocess.Popen(
        command,
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "CHAT_WEBMASTERS": "1:secret 2:other"},
    )
    try:
        line = child.stdout.readline()
        url = line.split()[2].rstrip("/,")
        assert requests.get(f"{url}/healthz", timeout=5).text == "ok\n"
        child.send_signal(signal.SIGTERM)
        assert child.wait(10) == 0
    finally:
        if child.poll() is None:
            child.kill()
        child.stdout.close()
        child.wait()


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--webmaster", "secret"],
        ["--webmaster", "1:x", "--hooks", "nowhere"],
        ["--webmaster", "1:x", "--rest-fault", "fire=1"],
        ["--webmaster", "1:x", "--rest-fault", "error=often"],
    ],
)
def test_wrong_options_are_told(options):
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "sandbox.html5chat", "--port", "0", *options]
    done = subprocess.run(command, check=False, cwd=root, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2 and "Usage" in done.stderr
