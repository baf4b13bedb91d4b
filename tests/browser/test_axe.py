"""Every page for everybody: axe-core finds nothing serious in either theme, nothing sticks out on a phone, and the
keyboard reaches everything.
"""

from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.house import House
from tests.browser.pages import SHOWN, address, samples
from tests.browser.visitor import Visitor
from tests.panel.matrix import Row

GRAVE = ("serious", "critical")
RUN = """async (rules) => {
  const found = await axe.run(document, { resultTypes: ["violations"], ...(rules ? { runOnly: rules } : {}) });
  return found.violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes.map((node) => node.html) }));
}"""
REACHABLE = """() => {
  const seen = (each) => each.checkVisibility({ checkVisibilityCSS: true }) && !each.closest("[inert]");
  const wanted = "a[href], button, input:not([type=hidden]), select, textarea, summary";
  return [...document.querySelectorAll(wanted)]
    .filter((each) => seen(each) && !each.disabled && each.tabIndex >= 0)
    .map((each) => { each.dataset.reached ??= "no"; return each; }).length;
}"""
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  at.dataset.reached = "yes";
  const style = getComputedStyle(at);
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  const tile = at.closest(".tile");
  const around = tile && getComputedStyle(tile).outlineStyle !== "none";
  return { shown: drawn || style.boxShadow !== "none" || Boolean(around), html: at.outerHTML.slice(0, 120) };
}"""
MISSED = """() => [...document.querySelectorAll('[data-reached="no"]')]
  .filter((each) => !(each.type === "radio" && document.querySelector(`[name="${each.name}"][data-reached="yes"]`)))
  .map((each) => each.outerHTML.slice(0, 160))"""
MAIN_PAGES = (
    "/",
    "/tariffs",
    "/subscribers",
    "/subscribers/demo00001",
    "/fees",
    "/reconcile",
    "/queue",
    "/events",
    "/money",
)


@pytest.fixture(scope="module")
def values(house: House) -> dict[str, object]:
    return samples(house)


@pytest.fixture
def reader(staff: Any) -> Iterator[Visitor]:
    """Reads Ukrainian, whose words are the longest, with as little movement as possible."""
    return staff("uk", reduced_motion="reduce")


def findings(page: Page, axe: str, rules: list[str] | None = None) -> list[dict[str, Any]]:
    """What axe-core holds against a page. It comes in by the debugger, so the page's policy stays as it is."""
    page.evaluate(axe)
    return [each for each in page.evaluate(RUN, rules) if each["impact"] in GRAVE]


def paint(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Have the system ask for this theme, and wait until the page has followed."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("wanted => document.documentElement.dataset.bsTheme === wanted", arg=scheme)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.rule)
def test_nothing_serious_in_both_themes_and_nothing_sticks_out(reader, values, axe, row: Row):
    page = reader.page
    answer = page.goto(urljoin(reader.base, address(row, values)))
    assert answer.status == row.status
    paint(page, "light")
    light = findings(page, axe)
    paint(page, "dark")
    dark = findings(page, axe, ["color-contrast"])
    page.set_viewport_size(PHONE)
    phone = overflow(page)

    assert (light, dark, phone <= 0) == ([], [], True), (light, dark, phone)


def test_the_instruments_notice_what_is_wrong(reader, axe):
    page = reader.go("/no-such-page")
    paper = "getComputedStyle(document.body).backgroundColor"
    paint(page, "light")
    light = page.evaluate(paper)
    paint(page, "dark")
    assert page.evaluate(paper) != light
    page.evaluate("document.querySelector('#main').append(document.createElement('button'))")
    assert [each["id"] for each in findings(page, axe)] == ["button-name"]
    page.evaluate("document.querySelector('#main').append('x'.repeat(4000))")
    page.evaluate("document.querySelector('#main').style.overflowWrap = 'normal'")
    assert overflow(page) > 0


@pytest.mark.parametrize("path", ["/sign-in", "/sign-in?next=/fees"])
def test_nor_before_the_sign_in(visit, axe, path):
    visitor = visit("en")
    page = visitor.go(path)

    assert findings(page, axe) == []
    page.set_viewport_size(PHONE)
    assert overflow(page) <= 0


def test_nor_where_there_is_no_page(reader, axe):
    page = reader.go("/no-such-page")
    assert findings(page, axe) == []


@pytest.mark.parametrize("path", MAIN_PAGES)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(reader, path):
    page = reader.go(path)
    page.set_viewport_size(DESKTOP)
    number = page.evaluate(REACHABLE)
    assert number > 20
    hidden = []
    for _ in range(number + 20):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at is None:
            break
        if not at["shown"]:
            hidden.append(at["html"])

    assert page.evaluate(MISSED) == []
    assert hidden == []
