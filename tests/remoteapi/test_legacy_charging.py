"""`olltvchargefee`: what cron fires on the first of the month, maybe twice, maybe without waiting for the answer."""

import threading
import time
from contextlib import contextmanager, suppress

import pytest
import requests
from werkzeug.serving import make_server

from olltv_module.models import State
from olltv_module.remote import charging
from olltv_module.services.fees import run as fees
from olltv_module.services.fees.run import FeeDay
from tests.remoteapi.conftest import Legacy
from tests.support import DEC_1, STAFF, assert_books_balance, balance, money, subscriber

HTML = "text/html; charset=UTF-8"
ENGLISH = {"Accept-Language": "en"}


@pytest.fixture
def december(watching, start, screen, clock):
    """Ann can pay for December, Ben cannot."""
    watching("ann", "200 UAH", start, screen)
    watching("ben", "60 UAH", start)
    clock.now = DEC_1


def charge(legacy: Legacy, more: str = "") -> str:
    answer = legacy(f"olltvchargefee{more}", **ENGLISH)
    assert (answer.status, answer.content_type) == (200, HTML)
    return answer.body


def test_charging_says_in_one_line_what_was_done(legacy, december, billing):
    assert charge(legacy) == (
        "OK:2026-12 charged 1, suspended 1 (no money 1, frozen 0, gone 0), fees 2, taken 64.90 UAH, lacking 39.80 UAH"
    )
    assert (balance(billing, "ann"), balance(billing, "ben")) == (money("70.20 UAH"), money("10.10 UAH"))
    assert subscriber(billing, "ben").main.state is State.SUSPENDED
    assert_books_balance(billing)


def test_a_second_run_says_that_nobody_was_charged(legacy, december, billing):
    charge(legacy)

    assert charge(legacy) == "OK:2026-12 nobody was charged, 2 subscriptions are paid already"
    assert balance(billing, "ann") == money("70.20 UAH")


def test_months_that_were_missed_are_named(legacy, december, clock):
    charge(legacy)
    clock.advance(days=62)

    assert charge(legacy).endswith("; never charged: 2027-01")


def test_progress_streams_lines_before_the_last_one(legacy, watching, start, clock, monkeypatch):
    for login in ("ann", "ben", "eve"):
        watching(login, "200 UAH", start)
    clock.now = DEC_1
    monkeypatch.setattr(charging, "FeeDay", lambda billing, clock: FeeDay(billing, clock, chunk=1))

    lines = charge(legacy, "&progress=1").splitlines()

    assert lines[:3] == [
        "33% charged 1, suspended 0",
        "66% charged 2, suspended 0",
        "99% charged 3, suspended 0",
    ]
    assert lines[3].startswith("OK:2026-12 charged 3,") and len(lines) == 4


def test_while_another_run_is_under_way_it_says_which(legacy, december, billing, clock):
    other = fees.charge(FeeDay(billing, clock, chunk=1), actor=STAFF)
    first = next(other)

    body = charge(legacy)

    other.close()
    assert body == f"ERROR:BUSY The fees of 2026-12 are being charged already (run {first.id}, 50 % done)."
    assert balance(billing, "ben") == money("10.10 UAH")
    assert charge(legacy).startswith("OK:2026-12 charged 1, suspended 1 ")


class TestDisabledModule:
    @pytest.fixture
    def ini(self):
        return {"OLLTV_ENABLED": "0"}

    def test_a_disabled_module_says_so(self, legacy):
        assert charge(legacy) == "ERROR:OLLTV_DISABLED"


@pytest.mark.parametrize("empty", ["OLLTV_LOGIN", "OLLTV_PASSWORD"])
class TestNoPartner:
    @pytest.fixture
    def ini(self, empty):
        return {empty: '""'}

    def test_without_the_partners_login_it_fails_as_ever(self, legacy):
        answer = legacy("olltvchargefee")

        assert (answer.status, answer.content_type, answer.body) == (500, HTML, "EX_EMPTY_OLLTVOPTIONS")


@contextmanager
def served(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}/billing/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("more", ["", "&progress=1"])
def test_a_caller_who_hangs_up_stops_nothing(legacy, december, billing, monkeypatch, more):
    hung_up = threading.Event()
    original = fees._step

    def late(uow, /, **kwargs):
        hung_up.wait(10)
        return original(uow, **kwargs)

    monkeypatch.setattr(fees, "_step", late)
    with served(legacy.app) as url:
        query = f"{url}?module=remoteapi&key={legacy.serial}&action=olltvchargefee{more}"
        with suppress(requests.exceptions.ReadTimeout), requests.get(query, timeout=(3, 0.2), stream=True) as answer:
            answer.raw.read(1)
        hung_up.set()
        deadline = time.monotonic() + 10
        while subscriber(billing, "ben").main.state is not State.SUSPENDED and time.monotonic() < deadline:
            time.sleep(0.02)

    assert balance(billing, "ann") == money("70.20 UAH")
    assert_books_balance(billing)
