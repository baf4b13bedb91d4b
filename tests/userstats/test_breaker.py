"""Many subscribers at once before a billing that is silent, or slow at times."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.userstats.fake import me
from userstats import breaker, remote
from userstats.remote import Billing

THREADS = 8
LIMIT_S = 0.4


@pytest.fixture(autouse=True)
def shorter_limits(monkeypatch):
    monkeypatch.setattr(remote, "PAGE_LIMIT_S", LIMIT_S)
    monkeypatch.setattr(breaker, "PAUSE_S", 0.3)
    monkeypatch.setattr(breaker, "PATIENCE_S", 0.2)


@pytest.fixture
def silent():
    """The address of somebody who takes every call and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/"


def crowd(cabinet, browser, pages, threads=THREADS):
    """The statuses of so many first pages, asked for by a worker of the cabinet with all its threads."""
    cookie = browser.get_cookie("userstats.app_session").value

    def page(_):
        client = cabinet.test_client()
        client.set_cookie("userstats.app_session", cookie)
        return client.get("/").status_code

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(page, range(pages)))


def test_a_crowd_waits_no_longer_than_one_page_for_a_billing_that_is_silent(cabinet, browser, silent):
    cabinet.extensions["billing"] = Billing(silent, "key")
    began = time.monotonic()
    assert crowd(cabinet, browser, 5 * THREADS) == [503] * 5 * THREADS
    assert time.monotonic() - began < 1.9 * LIMIT_S


def test_one_call_a_pause_finds_out_that_the_billing_is_back(cabinet, browser, billing):
    away = threading.Event()
    away.set()
    billing.says("GET me", lambda _call: (away.is_set() and time.sleep(2 * LIMIT_S)) or (200, me()))
    assert crowd(cabinet, browser, THREADS) == [503] * THREADS
    asked = len(billing.asked("GET me"))
    assert crowd(cabinet, browser, THREADS) == [503] * THREADS
    assert len(billing.asked("GET me")) == asked
    away.clear()
    time.sleep(breaker.PAUSE_S)
    assert sorted(crowd(cabinet, browser, THREADS, threads=1)) == [200] * THREADS


def test_calls_that_are_answered_in_between_keep_it_closed(monkeypatch):
    monkeypatch.setattr(breaker, "PATIENCE_S", 0)
    between = breaker.Breaker()
    for _ in range(3):
        for _ in range(breaker.ENOUGH - 1):
            assert between.begin()
            between.end(answered=False)
        assert between.begin()
        between.end(answered=True)
    for _ in range(breaker.ENOUGH):
        assert between.begin()
        between.end(answered=False)
    assert not between.begin()


def test_after_a_pause_only_one_is_let_through():
    opened = breaker.Breaker()
    assert [opened.begin() for _ in range(breaker.ENOUGH)] == [True] * breaker.ENOUGH
    time.sleep(breaker.PATIENCE_S)
    assert not opened.begin()
    for _ in range(breaker.ENOUGH):
        opened.end(answered=False)
    time.sleep(breaker.PAUSE_S)
    assert [opened.begin() for _ in range(3)] == [True, False, False]


def test_calls_that_may_wait_for_the_partner_do_not_open_it():
    patient = breaker.Breaker()
    assert [patient.begin(counts=False) for _ in range(2 * breaker.ENOUGH)] == [True] * 2 * breaker.ENOUGH
    time.sleep(breaker.PATIENCE_S)
    assert patient.begin()
