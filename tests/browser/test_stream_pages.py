"""Pages about live viewers in a browser: they update themselves, and what somebody does to them meanwhile stays."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from billing.clock import Clock
from ppv_module.streams.models import Server, Viewing
from tests.browser.house import House
from tests.streams.figures.made import Made
from tests.streams.make import MakeStreams
from tests.support import Make

PATIENCE_MS = 20_000
"""Two of the pages' own intervals."""


@pytest.fixture
def made(house: House) -> Made:
    clock: Clock = house.runtime.clock
    return Made(MakeStreams(Make(house.runtime.billing, clock)))  # type: ignore[arg-type]


@pytest.fixture
def edge(house: House, made: Made) -> Server:
    """A server that will be fresh for all of the test."""
    return made.streams.server("browser-1", title="Browser", seen_at=house.runtime.clock() + timedelta(minutes=10))


def leave(house: House, viewing: Viewing) -> None:
    uow = house.runtime.billing.uow()
    with uow:
        uow.session.get_one(Viewing, viewing.id).live = None


def test_live_pages_update_themselves(house, staff, made, edge):
    place = made.streams.place("live/browser", vhost="browser")
    sums, lines = staff("en"), staff("en")
    sums.go("/streams/live?by=stream")
    row = sums.page.locator("#sums tr", has_text="browser: live/browser")
    expect(row).to_have_count(0)
    lines.go(f"/streams/live/viewers?server={edge.id}&columns=id")
    expect(lines.page.get_by_text("Nothing matches.")).to_be_visible()

    first = made.viewing("b-1", server=edge, place=place)
    expect(row).to_contain_text("1", timeout=PATIENCE_MS)
    expect(lines.page.locator("#viewers tbody")).to_contain_text("b-1", timeout=PATIENCE_MS)

    lines.page.reload()
    lines.page.locator(".listing details summary").click()
    made.viewing("b-2", server=edge, place=place)
    leave(house, first)
    expect(lines.page.locator("#viewers tbody")).to_contain_text("b-2", timeout=PATIENCE_MS)
    expect(lines.page.locator("#viewers tbody")).not_to_contain_text("b-1")
    expect(lines.page.locator(".listing details")).to_have_attribute("open", "")
    assert (sums.troubles, lines.troubles) == ([], [])
