"""How the video chat's pages look: axe-core, a narrow phone and a desktop, three languages; and that whatever people
and tenants write stays text, and within its place.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
import requests
from playwright.sync_api import Page, expect

from billing.errors import InvalidInput
from ppv_module.chat.people import rename
from ppv_module.chat.performers import PerformerForm, change_performer
from suite.demo.load import PASSWORD
from tests.browser.annex import (
    COLOUR,
    EMBEDDED,
    HOSTILE_PERFORMER,
    HOSTILE_VIEWER,
    IMAGE,
    NAME,
    SCRIPT,
    WRONG,
    Annex,
    open_annex,
)
from tests.browser.conftest import DESKTOP, PHONE, windows
from tests.browser.house import LANGUAGES
from tests.browser.test_axe import findings, overflow
from tests.browser.test_cabinet_look import CUT_OFF
from tests.browser.theatre import STAFF, STAR, VIEWER
from tests.browser.visitor import CATALOGUE, Visitor
from tests.running.processes import wait_until

NOBODY = ""
PAGES = {
    NOBODY: ("/chat", "/chat/{demo}", "/chat/{embed}", "/chat/{demo}?why=private"),
    VIEWER: (
        *("/chat", "/chat/{demo}", "/chat/{demo}/{star}", "/chat/{demo}/room", "/chat/{demo}/shows"),
        *("/chat/{demo}?why=offline", "/chat/{embed}", "/chat/{embed}/room", "/no-such-page"),
        *("/credits", "/credits/buy?pack={pack}&means=wallet", "/credits/buy?pack={euros}&means=paypal"),
        *("/credits/orders/{paid}", "/credits/orders/{new}", "/credits/history"),
        *("/support", "/support/{demo}", "/support/{demo}/new", "/support/tickets/{ticket}"),
    ),
    HOSTILE_PERFORMER: ("/studio",),  # to choose: he is in two chats
    STAR: ("/chat/{demo}", "/studio/{demo}", "/studio/{demo}/earnings", "/studio/{demo}/payouts"),
}
HOSTILE_PAGES = {
    NOBODY: {"/chat": NAME, "/chat/{hostile}": IMAGE},
    HOSTILE_VIEWER: {
        "/chat/{hostile}": f"{IMAGE}2",
        "/chat/{hostile}/{hostile_number}": IMAGE,
        "/chat/{hostile}/room": NAME,
        "/credits": IMAGE,
        "/support/{hostile}": IMAGE,
        "/support/tickets/{hostile_ticket}": SCRIPT,
    },
    HOSTILE_PERFORMER: {"/studio": NAME, "/studio/{hostile}": IMAGE},
}
HOSTILE_DESK = {
    "/ppv/tenants": NAME,
    "/ppv/tenants/{hostile}": NAME,
    "/ppv/tenants/{hostile}/look": "",
    "/ppv/performers": IMAGE,
    "/ppv/performers/{hostile_performer}": WRONG,
    "/ppv/performers/{hostile_performer}/edit": "",
    "/ppv/people": IMAGE,
    "/ppv/people/{hostile_viewer}": IMAGE,
    "/ppv/packs": IMAGE,
    "/ppv/tickets": IMAGE,
    "/ppv/tickets/{hostile_ticket}": WRONG,
    "/ppv/overview": "",
}
STYLED = (
    (NOBODY, "/chat/{hostile}", ".wall-name"),
    (HOSTILE_VIEWER, "/chat/{hostile}", ".wall-name"),
    (HOSTILE_VIEWER, "/chat/{hostile}/{hostile_number}", ".room-facts"),
    (HOSTILE_VIEWER, "/chat/{hostile}/room", ".chat-screen"),
    (HOSTILE_PERFORMER, "/studio/{hostile}", ".studio-say"),
)
LEFT = """() => ["hit" in window, document.querySelectorAll("img[src='x'], [onerror]").length,
  [...document.scripts].filter((each) => !each.src && each.type !== "application/json").length]"""
COVERED = """() => [...document.querySelectorAll("header a, header button, nav a, h1, footer a, #main > p a, summary")]
  .filter((each) => {
    each.scrollIntoView({ block: "center", behavior: "instant" });
    const box = each.getBoundingClientRect();
    if (!box.width || each.closest(".unseen, .skip, .chat-skin")) return false;
    const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return top && !each.contains(top) && !top.contains(each);
  }).map((each) => each.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def annex(theatre: Any) -> Annex:
    opened = open_annex(theatre)
    for language in LANGUAGES:  # the cabinet keeps its list of chats for half a minute
        wait_until(lambda lang=language: is_known(theatre.cabinet, lang), limit_s=60)
    return opened


def is_known(cabinet: str, language: str) -> bool:
    """Whether the cabinet has heard of the chats that were added."""
    answer = requests.get(f"{cabinet}chat", headers={"Accept-Language": language}, timeout=10)
    return EMBEDDED in answer.text


@pytest.fixture(scope="module")
def keys(annex: Annex, chromium: Any) -> dict[str, Any]:
    """What makes the browser of each of them known again."""
    found: dict[str, Any] = {NOBODY: {}}
    with windows(chromium, annex.theatre.cabinet) as open_window:
        for login in (VIEWER, STAR, HOSTILE_VIEWER, HOSTILE_PERFORMER):
            visitor = open_window("uk")
            visitor.go("/sign-in")
            visitor.fill(login=login, password=PASSWORD)
            visitor.submit("#main form")
            visitor.page.wait_for_url(lambda url: "/sign-in" not in url)
            found[login] = {"storage_state": visitor.context.storage_state()}
    return found


@pytest.fixture
def come(attend: Any, keys: dict[str, Any]) -> Any:
    """`come(login, language)` opens a window in which this person is signed in."""

    def seen(login: str, language: str = "uk", **options: Any) -> Visitor:
        visitor: Visitor = attend(language, reduced_motion="reduce", **keys[login], **options)
        return visitor

    return seen


def faults(page: Page, axe: str, language: str) -> Iterator[tuple[Any, ...]]:
    """What is wrong with the page on a phone and on a desktop."""
    for viewport in (PHONE, DESKTOP):
        page.set_viewport_size(viewport)
        if (wide := overflow(page)) > 0:
            yield "sticks out", viewport["width"], wide
        if viewport is PHONE or language == "uk":
            yield from (("axe", viewport["width"], each) for each in findings(page, axe))
    if language == "uk":
        page.emulate_media(color_scheme="dark")
        yield from (("axe in the dark", each) for each in findings(page, axe, ["color-contrast"]))
        page.emulate_media(color_scheme="light")
    else:
        assert page.locator("html").get_attribute("lang") == language
    if language != "en":
        yield from (("English", each) for each in english(page, language))


def english(page: Page, language: str) -> list[str]:
    """Lines that stand there in English though there is a translation."""
    lines = [each.strip() for each in page.locator("body").inner_text().splitlines()]
    return [each for each in lines if each and CATALOGUE.gettext(language, each) != each]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("who", PAGES, ids=lambda who: who or "nobody")
def test_every_page_in_every_language(annex, come, axe, who, language):
    visitor = come(who, language, viewport=PHONE, color_scheme="light")
    wrong = []
    for path in PAGES[who]:
        annex.appear()
        answer = visitor.page.goto(urljoin(visitor.base, annex.path(path)))
        assert answer is not None
        assert answer.status == (404 if path == "/no-such-page" else 200), path
        assert urlsplit(visitor.page.url).path == urlsplit(annex.path(path)).path, visitor.page.url
        wrong += [(path, *each) for each in faults(visitor.page, axe, language)]
    assert wrong == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_the_menu_is_cut_off_with_chat_and_streams_in_it(come, language):
    page = come(VIEWER, language, viewport=PHONE).go("/")
    assert page.locator(".tabs span").count() == 7
    assert page.locator(".tabs span").evaluate_all(CUT_OFF) == []


def test_the_embedded_chat_is_there(annex, come):
    """Its own scripts put its own frames where they stand: the wall, and the room for who is signed in."""
    for who, path in ((NOBODY, "/chat/{embed}"), (VIEWER, "/chat/{embed}/room")):
        page = come(who).go(annex.path(path))
        frame = page.locator(".chat-embedded iframe")
        expect(frame).to_be_visible()
        assert str(frame.get_attribute("src")).startswith(annex.theatre.chat)


def test_services_refuse_hostile_names(annex):
    signed = {"actor": STAFF, "now": annex.theatre.runtime.clock()}
    uow = annex.theatre.runtime.billing.uow
    with pytest.raises(InvalidInput):
        rename(uow(), person_id=annex.numbers["hostile_viewer"], nickname=IMAGE, **signed)
    form = PerformerForm(display_name=IMAGE, rate=10, percent_bp=5000)
    with pytest.raises(InvalidInput):
        change_performer(uow(), person_id=annex.numbers["hostile_performer"], form=form, **signed)


def shown_as_text(visitor: Visitor, path: str, text: str) -> None:
    page = visitor.go(path)
    page.wait_for_load_state("load")
    if text:
        expect(page.locator("#main")).to_contain_text(text.strip())
    assert page.evaluate(LEFT) == [False, 0, 0], path


@pytest.mark.parametrize("who", HOSTILE_PAGES, ids=lambda who: who or "nobody")
def test_what_people_write_is_text_in_the_cabinet(annex, come, who):
    visitor = come(who, "en", viewport=PHONE)
    for path, text in HOSTILE_PAGES[who].items():
        annex.appear(HOSTILE_PERFORMER, annex.numbers["hostile"])
        shown_as_text(visitor, annex.path(path), text)
        assert overflow(visitor.page) <= 0, path


def test_what_people_write_is_text_in_the_panel(annex, chromium):
    with ExitStack() as stack:
        visitor = stack.enter_context(windows(chromium, annex.theatre.panel))("en")
        visitor.sign_in(annex.theatre.hire("ruth"))
        for path, text in HOSTILE_DESK.items():
            shown_as_text(visitor, annex.path(path), text)


@pytest.mark.parametrize("viewport", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_the_style_of_a_tenant_stays_in_its_place(annex, come, viewport):
    """It colours what it may, asks nobody for anything, and covers no link or heading of the page around it."""
    asked: list[str] = []
    for who, path, coloured in STYLED:
        visitor = come(who, "en", viewport=viewport)
        visitor.page.on("request", lambda request: asked.append(request.url))
        annex.appear(HOSTILE_PERFORMER, annex.numbers["hostile"])
        page = visitor.go(annex.path(path))
        page.wait_for_load_state("load")
        assert page.locator(coloured).first.evaluate("each => getComputedStyle(each).color") == COLOUR, path
        assert page.evaluate(COVERED) == [], path
        assert overflow(page) <= 0, path
        styled = drawn(page)
        page.evaluate("document.querySelector(\"link[href*='style.css']\").disabled = true")
        assert drawn(page) == styled, path
        assert page.evaluate("'hit' in window") is False
    ours = (annex.theatre.cabinet, annex.theatre.chat)
    assert [each for each in asked if not each.startswith(ours)] == []


def test_the_style_of_a_tenant_reaches_no_other_page(annex, come):
    page = come(HOSTILE_VIEWER).go("/credits")
    assert page.evaluate("getComputedStyle(document.body).color") != COLOUR
    assert page.locator("link[href*='style.css']").count() == 0


def drawn(page: Page) -> list[bytes]:
    """The parts of every page that tell whose page it is, to the pixel."""
    page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    return [each.screenshot() for each in page.locator("header.top, nav.tabs").all()]


def test_the_instruments_notice_what_covers_the_page(annex, come):
    page = come(VIEWER, "en", viewport=PHONE).go(annex.path("/chat/{demo}"))
    before = drawn(page)
    assert (page.evaluate(COVERED), drawn(page)) == ([], before)
    page.evaluate("document.querySelector('.chat-place').className = ''")
    page.evaluate("document.querySelector('.chat-skin').style.boxShadow = '0 0 0 9999px red'")
    assert drawn(page) != before
    page.evaluate("Object.assign(document.querySelector('.chat-skin').style, { margin: '-3000px', padding: '3000px' })")
    page.evaluate("document.querySelector('.chat-skin').style.position = 'relative'")
    assert page.evaluate(COVERED) != []
