"""The billing over HTTP: time limits, kept connections, nothing sent twice."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from tests.userstats.conftest import send, sign_in
from tests.userstats.fake import me
from userstats import remote, signed
from userstats.remote import Billing, Refused, Subject, Unreachable
from weblib.i18n import Catalogue
from weblib.pages import Languages, speak

SUBJECT = Subject("t-1", "n" * 16)


@pytest.fixture(autouse=True)
def request_of_the_cabinet():
    """What asks runs inside of a request."""
    app = Flask("asking")
    speak(app, Languages(Catalogue({}), default="en"))
    with app.test_request_context(headers={"Accept-Language": "ru"}):
        yield


@pytest.fixture
def door(billing) -> Billing:
    return Billing(billing.url, "key")


@contextmanager
def answering(*pieces: bytes, pause_s: float = 0.0) -> Iterator[str]:
    """Somebody at an address who sends `pieces` to whoever comes, with pauses, and says no more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(5)

        def serve() -> None:
            try:
                while True:
                    caller, _ = server.accept()
                    caller.recv(65_536)
                    for piece in pieces:
                        caller.sendall(piece)
                        time.sleep(pause_s)
                    kept.append(caller)
            except OSError:
                return

        kept: list[socket.socket] = []
        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"
        for caller in kept:
            caller.close()


def test_a_question_carries_the_key_the_language_and_for_whom(door, billing):
    billing.says("GET me/statement", {"lines": []})
    assert door.get("me/statement", SUBJECT, month="2026-11", older_than=None, limit=50) == {"lines": []}
    [asked] = billing.asked("GET me/statement")
    assert asked.query == {"month": "2026-11", "limit": "50"}
    assert asked.headers["Authorization"] == "Bearer key"
    assert asked.headers["Accept-Language"] == "ru"
    assert (asked.headers["X-Subject-Token"], asked.headers["X-Subject-Nonce"]) == ("t-1", "n" * 16)


def test_the_billing_may_stand_below_a_path(billing):
    billing.says("GET /billing/api/v1/me", {"deep": True})
    assert Billing(f"{billing.url}billing", "key").get("me") == {"deep": True}


def test_a_refusal_brings_its_code_words_and_facts(door, billing):
    billing.refuses("POST me/leave", 409, "wrong_state", "It is over.", state="ended")
    with pytest.raises(Refused) as refused:
        door.post("me/leave", {}, key="k" * 16, subject=SUBJECT)
    assert (refused.value.status, refused.value.code, str(refused.value)) == (409, "wrong_state", "It is over.")
    assert refused.value.facts == {"state": "ended"}
    assert billing.asked("POST me/leave")[0].headers["Idempotency-Key"] == "k" * 16


@pytest.mark.parametrize(
    ("status", "code"),
    [(503, "misconfigured"), (503, "api_disabled"), (401, "key_unknown"), (403, "scope_missing"), (500, "internal")],
)
def test_what_the_operator_must_mend_is_no_refusal_of_the_subscriber(door, billing, status, code):
    billing.refuses("GET me", status, code, "the key is wrong")
    with pytest.raises(Unreachable):
        door.get("me", SUBJECT)


def test_connections_are_kept(door, billing):
    for _ in range(3):
        door.get("tariffs")
    assert len(door.http.pools) == 1
    assert door.http.connection_from_url(billing.url).num_connections == 1


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize(
    ("pieces", "pause_s"),
    [
        ((), 0),
        ((b"HTTP/1.1 200 OK\r\n",), 0),
        ((HEAD % 100,), 0),
        ((HEAD % 100, *[b" "] * 100), 0.1),
        ((HEAD % 4, b"gone"), 0),
        ((HEAD % 2, b"[]"), 0),
        ((b"SSH-2.0-OpenSSH_9.2\r\n",), 0),
        ((b"HTTP/1.1 302 Found\r\nLocation: http://10.255.255.1/\r\nContent-Length: 0\r\n\r\n",), 0),
    ],
    ids=["nothing", "half a head", "no body", "a body by drops", "no JSON", "no object", "no HTTP", "a redirect"],
)
def test_no_answer_that_could_be_used_is_unreachable_within_the_limit(pieces, pause_s):
    with answering(*pieces, pause_s=pause_s) as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            Billing(url, "key").get("me", SUBJECT)
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/", "http://10.255.255.1/", "https://127.0.0.1:9/", "http://nowhere.invalid/"]
)
def test_nobody_there_is_unreachable_within_the_limit(url):
    began = time.monotonic()
    with pytest.raises(Unreachable):
        Billing(url, "key").get("me", SUBJECT)
    assert time.monotonic() - began < 3


def test_all_calls_of_one_page_share_the_limit(door, billing):
    def slow(_call):
        time.sleep(1)
        return 200, me()

    billing.says("GET me", slow)
    began = time.monotonic()
    assert [door.get("me", SUBJECT)["login"] for _ in range(2)] == ["ivan", "ivan"]
    with pytest.raises(Unreachable):
        door.get("me", SUBJECT)
    assert time.monotonic() - began < 3


def test_an_order_is_sent_once_even_when_the_line_breaks(door, billing):
    def broken(call):
        raise ConnectionResetError

    billing.says("POST me/subscriptions", broken)
    with pytest.raises(Unreachable):
        door.post("me/subscriptions", {"tariff": 1}, key="k" * 16, subject=SUBJECT)
    assert len(billing.asked("POST me/subscriptions")) == 1


def test_reading_is_tried_again_when_a_kept_connection_was_closed(door, billing):
    answers = [me(), None]

    def forgetful(_call):
        if len(billing.asked("GET me")) == 2:
            raise ConnectionResetError
        return 200, answers[0]

    billing.says("GET me", forgetful)
    assert [door.get("me", SUBJECT)["login"] for _ in range(2)] == ["ivan", "ivan"]
    assert len(billing.asked("GET me")) == 3


def test_an_order_is_not_sent_over_a_connection_that_may_be_closed_meanwhile():
    with answering(HEAD % 2 + b"{}") as url:  # who comes again over the same connection is not answered
        door = Billing(url, "key")
        assert door.get("tariffs") == {}
        assert [door.post("sessions/end", {}, key="k" * 16, subject=SUBJECT) for _ in range(2)] == [{}, {}]


def test_an_order_may_take_longer_than_a_page(door, billing):
    def slow(_call):
        time.sleep(remote.PAGE_LIMIT_S + 0.3)
        return 202, me()

    billing.says("POST me/subscriptions", slow)
    assert door.post("me/subscriptions", {"tariff": 1}, key="k" * 16, subject=SUBJECT)["login"] == "ivan"


def test_an_order_to_a_billing_that_is_silent_ends_within_the_limit():
    with answering() as url:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            Billing(url, "key").post("me/subscriptions", {"tariff": 1}, key="k" * 16, subject=SUBJECT)
        assert time.monotonic() - began < 3


def test_a_proxy_of_the_environment_never_sees_the_key(billing, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9/")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9/")
    assert Billing(billing.url, "key").get("tariffs")["tariffs"]


def test_the_key_is_in_no_text_of_the_client(door):
    assert "key'" not in repr(door)


@pytest.mark.parametrize("path", ["/", "/tv", "/devices", "/history", "/account", "/tv/leave"])
def test_every_page_says_within_three_seconds_that_the_billing_is_silent(browser, cabinet, path):
    with answering() as url:
        cabinet.extensions["billing"] = Billing(url, "key")
        with browser.session_transaction() as session:
            session["refreshed_at"] -= 600
        began = time.monotonic()
        answer = browser.get(path)
        assert time.monotonic() - began < 3
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "30"
    assert "does not answer right now" in answer.get_data(as_text=True)


def test_a_sign_in_while_the_billing_is_away_is_a_page_too(stranger, cabinet):
    cabinet.extensions["billing"] = Billing("http://127.0.0.1:9/", "key")
    answer = sign_in(stranger)
    assert answer.status_code == 503
    assert "Traceback" not in answer.get_data(as_text=True)
    assert send(stranger, "/account/password", new="a", again="a").location == "/sign-in"


def test_the_price_list_is_asked_for_once_and_outlives_a_billing_that_is_away(cabinet, billing):
    with cabinet.test_request_context():
        first = signed.tariffs()
        assert signed.tariffs() is first
    assert len(billing.asked("GET tariffs")) == 1

    until, answer = cabinet.extensions["answers"]["tariffs"]
    cabinet.extensions["answers"]["tariffs"] = (until - signed.KEPT_S, answer)
    cabinet.extensions["billing"] = Billing("http://127.0.0.1:9/", "key")
    with cabinet.test_request_context():
        assert signed.tariffs() is first


def test_news_that_cannot_be_read_keep_no_page_away(cabinet, browser, billing):
    billing.refuses("GET news", 404, "not_found")
    assert browser.get("/").status_code == 200
