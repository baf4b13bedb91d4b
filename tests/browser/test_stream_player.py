"""The player of the sandbox's media servers, in a real browser: what is refused stops, and says why."""

import re
import time

import pytest
from playwright.sync_api import expect

from sandbox.nimble import Config
from sandbox.nimble.server import serve_in_thread
from tests.browser.conftest import windows
from tests.sandbox_nimble.conftest import KEY, hashed, link


@pytest.fixture
def servers():
    """Media servers that report nowhere; segments are judged by the real clock."""
    with serve_in_thread(Config(key=KEY, servers=1, control=True), ticks=False) as server:
        yield server


@pytest.fixture
def player(servers, chromium):
    with windows(chromium, servers.url) as open_window:
        yield open_window


def address(servers, viewer="u1", **terms):
    terms = {"at": time.time(), "stream": "live/news", **terms}
    return f"{servers.url}/live/news/clip.webm?wmsAuthSign={link(viewer, **terms)}"


def test_the_clip_plays_and_stops_when_the_viewer_is_denied(servers, player):
    visitor = player()
    page = visitor.page
    page.goto(f"{servers.url}/player#{address(servers)}")
    expect(page.locator("#say")).to_have_attribute("data-state", "playing")
    expect(page.locator("#seconds")).to_have_text(re.compile("[4-9]"))
    assert page.evaluate("document.getElementById('video').videoWidth") == 320
    [media] = servers.place.servers
    [session] = media.state()["sessions"]
    assert session["viewer"] == "u1" and session["watched_ms"] >= 4000

    media.believe(frozenset({"u1"}))
    say = page.locator("#say")
    expect(say).to_have_attribute("data-reason", "denied", timeout=5000)
    expect(say).to_contain_text("you may not watch any more")
    assert say.get_attribute("aria-live") == "polite"
    assert page.evaluate("document.getElementById('video').paused")

    media.believe(frozenset())
    page.locator("#again").click()
    expect(say).to_have_attribute("data-state", "playing")


@pytest.mark.parametrize(
    ("terms", "reason", "text"),
    [
        ({"at": 1_000_000_000}, "expired", "Термін дії посилання"),
        ({"key": "another"}, "bad_hash", "Посилання не підходить"),
    ],
)
def test_a_link_that_is_not_good_says_why_in_the_viewers_language(servers, player, terms, reason, text):
    visitor = player("uk")
    visitor.page.goto(f"{servers.url}/player#{address(servers, **terms)}")
    expect(visitor.page.locator("#say")).to_have_attribute("data-reason", reason)
    expect(visitor.page.locator("#say")).to_contain_text(text)


def test_without_a_link_or_with_one_that_leads_elsewhere_nothing_is_asked(servers, player):
    page = player().page
    page.goto(f"{servers.url}/player")
    expect(page.locator("#say")).to_have_attribute("data-reason", "none")
    page.goto("about:blank")
    page.goto(f"{servers.url}/player#https://elsewhere.example/live/x/clip.webm?wmsAuthSign=x")
    expect(page.locator("#say")).to_have_attribute("data-reason", "bad")


def test_the_signature_in_these_tests_is_the_vendors():
    assert hashed("u1042", "k-Mandarin-77", "3/7/2024 4:05:09 AM", "90") == "Vp/cVHAwCiTWS4qP3LEhIw=="
