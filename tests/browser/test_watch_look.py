"""How the pages of streams look: axe-core, a narrow phone and a desktop, three languages; names stay text."""

from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import expect
from sqlalchemy import select

from ppv_module.streams.links.channels import save_channel
from ppv_module.streams.links.issuing import issue
from ppv_module.streams.links.models import Channel
from ppv_module.streams.rights.offers import Terms, offers_of, save_offer
from ppv_module.streams.rights.tickets import grant_ticket
from tests.browser.annex import IMAGE
from tests.browser.cinema import CAMERA, KEY, STAFF, TICKET, Viewing
from tests.browser.conftest import DESKTOP, PHONE, windows
from tests.browser.house import LANGUAGES
from tests.browser.test_axe import overflow
from tests.browser.test_cabinet_look import CUT_OFF
from tests.browser.test_chat_look import LEFT, faults

VIEWER = "demo00003"
BUYING = "/watch/buy?offer={offer}&means="
PAGES = ("/watch", "/watch/history", f"{BUYING}wallet", f"{BUYING}credits", "/credits", "/credits/history")


@pytest.fixture(scope="module")
def furnished(cinema: Any) -> dict[str, int]:
    """Somebody has a ticket and credits, and watches the camera; there are names that no operator would give."""
    uow, now = cinema.runtime.billing.uow, cinema.runtime.clock()
    signed = {"actor": STAFF, "now": now}
    cinema.have(VIEWER, 700, "for-a-look")
    terms = Terms(application="live", stream="hostile", hours=2, minutes=90, credits=1)
    save_offer(uow(), name=IMAGE, description=IMAGE, terms=terms, sort=9, **signed)
    save_channel(uow(), title=IMAGE, url=f"{cinema.media}live/hostile/clip.webm", sort=9, **signed)
    with cinema.runtime.billing.reading() as session:
        offers = {offer.name: offer.id for offer, _ in offers_of(session)}
        camera = next(each.id for each in channels(session) if each.title == CAMERA)
    for name, number in offers.items():
        grant_ticket(uow(), login=VIEWER, offer_id=number, reason="For a look", key=f"look-{name[:5]}", **signed)
    link = issue(uow(), login=VIEWER, channel_id=camera, device="Chrome, Android #1f2e3d4c", **signed)
    viewer = {"viewer": link.name, "stream": "live/camera"}
    requests.post(f"{cinema.media}control/viewers", json={"viewers": [viewer]}, timeout=30).raise_for_status()
    cinema.report()
    return {"offer": offers[TICKET]}


def channels(session: Any) -> Any:
    return session.scalars(select(Channel)).all()


@pytest.fixture(scope="module")
def key(furnished: dict[str, int], cinema: Any, chromium: Any) -> Any:
    """What makes the viewer's browser known again."""
    with windows(chromium, cinema.cabinet) as open_window:
        visitor = open_window("uk")
        Viewing(cinema, visitor, VIEWER).sign_in()
        return visitor.context.storage_state()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_in_every_language(furnished, key, sit_down, axe, language):
    visitor = sit_down(language, viewport=PHONE, color_scheme="light", reduced_motion="reduce", storage_state=key)
    wrong = []
    for path in PAGES:
        answer = visitor.page.goto(urljoin(visitor.base, path.format_map(furnished)))
        assert answer is not None and answer.status == 200, path
        wrong += [(path, *each) for each in faults(visitor.page, axe, language)]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_strangers_see_a_page_that_is_as_good(furnished, sit_down, axe, language):
    visitor = sit_down(language, viewport=PHONE, color_scheme="light", reduced_motion="reduce")
    assert visitor.page.goto(urljoin(visitor.base, "/watch")).status == 200
    assert list(faults(visitor.page, axe, language)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_menu_is_cut_off(key, sit_down, language):
    page = sit_down(language, viewport=PHONE, storage_state=key).go("/watch")
    assert page.locator(".tabs span").count() >= 6
    assert page.locator(".tabs span").evaluate_all(CUT_OFF) == []


def test_names_are_text(furnished, key, sit_down):
    visitor = sit_down("en", viewport=PHONE, storage_state=key)
    page = visitor.go("/watch")
    expect(page.locator("#main")).to_contain_text(IMAGE)
    assert page.evaluate(LEFT) == [False, 0, 0] and overflow(page) <= 0


def test_the_live_part_asks_for_itself_without_losing_the_focus(furnished, key, sit_down):
    visitor = sit_down("en", viewport=DESKTOP, storage_state=key)
    page = visitor.go("/watch")
    button = page.locator(".watch-channel button").first
    button.focus()
    with page.expect_response(lambda answer: answer.url.endswith("/watch/now"), timeout=20_000) as found:
        pass
    assert found.value.status == 200
    expect(page.locator("#watch-now")).to_have_count(1)
    expect(button).to_be_focused()
    expect(page.locator("#watching + ul > li")).to_contain_text("Chrome, Android")


def test_keys_and_tokens_stand_on_no_page(furnished, key, sit_down):
    visitor = sit_down("en", storage_state=key)
    for path in PAGES:
        text = visitor.go(path.format_map(furnished)).content()
        assert KEY not in text and "wmsAuthSign" not in text
