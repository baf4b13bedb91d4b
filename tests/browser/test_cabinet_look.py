"""How the cabinet looks and feels, in every situation: axe-core in both themes, a narrow phone in three languages, the
keyboard, the remote of a television, weight, calmness, and whether it can be installed.
"""

import struct
import sys
import time
from typing import Any
from urllib.parse import urljoin

import pytest
import requests
from playwright.sync_api import Page

from tests.browser.conftest import PHONE, windows
from tests.browser.neighbourhood import NOBODY, VIEWS, Neighbourhood, View, settle_all
from tests.browser.settlers import START
from tests.browser.test_axe import FOCUSED, MISSED, REACHABLE, findings, overflow
from tests.browser.visitor import Visitor

BUDGET_BYTES = 200 * 1024
SILENCE_S = 3.0
TELEVISION = {"width": 1280, "height": 720}
WATCH_SHIFTS = """window.shifted = [];
new PerformanceObserver((list) => list.getEntries().forEach((each) => window.shifted.push(
  [each.value, ...each.sources.map((source) => source.node?.outerHTML?.slice(0, 120))])))
  .observe({ type: "layout-shift", buffered: true });"""
DARK = "matchMedia('(prefers-color-scheme: dark)').matches"
ARROWS = """() => {
  const wanted = "a[href]:not(.skip), button, input:not([type=hidden]), select, textarea, summary";
  const all = [...document.querySelectorAll(wanted)].filter((each) => each.checkVisibility() && each.tabIndex >= 0);
  const press = (key) => (document.activeElement ?? document.body)
    .dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  document.activeElement?.blur();
  press("ArrowDown");
  const seen = new Set([document.activeElement]);
  const waiting = [...seen];
  while (waiting.length) {
    const from = waiting.pop();
    for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"]) {
      from.focus();
      press(key);
      if (!seen.has(document.activeElement)) { seen.add(document.activeElement); waiting.push(document.activeElement); }
    }
  }
  return all.filter((each) => !seen.has(each)).map((each) => each.outerHTML.slice(0, 160));
}"""
KEY_VIEWS = [
    View(NOBODY, "/sign-in"),
    *(View("watcher", path) for path in ("/", "/tv", "/devices", "/history", "/account", "/tv/leave")),
    View("newcomer", "/tv"),
    View("sleeper", "/tv"),
]
CALM_VIEWS = [
    View(NOBODY, "/sign-in"),
    *(View("watcher", path) for path in ("/", "/tv", "/devices", "/devices/help/tv", "/history", "/account")),
]

CUT_OFF = "all => all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent)"


@pytest.fixture(scope="module")
def neighbourhood(cabinet_house: Any, settlers: Any, chromium: Any) -> Neighbourhood:
    with windows(chromium, cabinet_house.cabinet) as open_window:
        return settle_all(settlers, open_window)


@pytest.fixture
def see(look_in: Any, neighbourhood: Neighbourhood) -> Any:
    """`see(view)` opens the page of a view in a window of its own."""

    def seen(view: View, language: str = "uk", **options: Any) -> Visitor:
        options = {"viewport": PHONE, "reduced_motion": "reduce"} | options
        visitor = look_in(language, **neighbourhood.cookie(view), **options)
        visitor.context.add_init_script(WATCH_SHIFTS)
        answer = visitor.page.goto(urljoin(visitor.base, neighbourhood.path(view)))
        assert answer.status == view.status, (view.name, answer.status)
        return visitor

    return seen


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_nothing_serious_in_both_themes_and_nothing_sticks_out(see, axe, view):
    page = see(view, color_scheme="light").page
    phone, light = overflow(page), findings(page, axe)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(DARK)
    dark = findings(page, axe, ["color-contrast"])
    assert (light, dark, phone <= 0, page.evaluate("scrollY")) == ([], [], True, 0), (light, dark, phone)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_nor_in_the_other_languages(look_in, neighbourhood, language):
    """Every page, by windows that stay open."""
    wide, at = [], dict[str, Visitor]()
    for view in VIEWS:
        if view.who not in at:
            at[view.who] = look_in(language, viewport=PHONE, **neighbourhood.cookie(view))
        page = at[view.who].go(neighbourhood.path(view))
        if overflow(page) > 0:
            wide.append((view.name, overflow(page)))
    assert wide == []


@pytest.mark.parametrize("language", ["uk", "ru", "en"])
def test_no_word_of_the_menu_is_cut_off(see, language):
    page = see(View("watcher", "/"), language).page
    assert page.locator(".tabs span").count() == 5
    assert page.locator(".tabs span").evaluate_all(CUT_OFF) == []


def fill_in_wrongly(visitor: Visitor, path: str, form: str, **values: str) -> Page:
    page = visitor.go(path)
    for details in page.locator("#main details").all():
        details.evaluate("each => { each.open = true; }")
    for name, value in values.items():
        page.locator(f"form[action='{form}'] [name='{name}']").fill(value)
    page.locator(f"form[action='{form}'] button").last.click()
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize(
    ("who", "path", "form", "values"),
    [
        (NOBODY, "/sign-in", "/sign-in", {"login": "nobody", "password": "wrong password"}),
        ("watcher", "/devices", "/devices/add", {"mac": "no mac at all"}),
        ("watcher", "/account", "/account/password", {"old": "wrong", "new": "short", "again": "other"}),
        ("watcher", "/account/second-factor", "/account/second-factor", {"password": "wrong password"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_forms_that_were_filled_in_wrongly(see, axe, who, path, form, values):
    visitor = see(View(who, path))
    page = fill_in_wrongly(visitor, path, form, **values)
    told = page.locator("#main .wrong, #main .note.bad").first
    assert told.inner_text().strip()
    assert (findings(page, axe), overflow(page) <= 0) == ([], True)


@pytest.mark.parametrize("view", KEY_VIEWS, ids=lambda view: view.name)
def test_the_keyboard_reaches_everything_and_shows_where_it_is(see, view):
    page = see(view).page
    number = page.evaluate(REACHABLE)
    assert number >= 5
    hidden = []
    for _ in range(number + 20):
        page.keyboard.press("Tab")
        at = page.evaluate(FOCUSED)
        if at and not at["shown"]:  # nowhere: it goes on at the top
            hidden.append(at["html"])
    assert (page.evaluate(MISSED), hidden) == ([], [])


@pytest.mark.parametrize("view", KEY_VIEWS, ids=lambda view: view.name)
@pytest.mark.parametrize("size", [PHONE, TELEVISION], ids=["phone", "television"])
def test_the_arrows_of_a_remote_reach_everything(see, view, size):
    assert see(view, viewport=size).page.evaluate(ARROWS) == []


def arrow_to(page: Page, wanted: str) -> None:
    """Down, and down again, until the wanted control has the focus."""
    for _ in range(40):
        page.keyboard.press("ArrowDown")
        if page.evaluate("wanted => Boolean(document.activeElement?.matches(wanted))", wanted):
            return
    raise AssertionError(f"{wanted} was not reached")


def test_television_is_ordered_with_a_remote_alone(look_in, settlers):
    who = settlers.settle("couch", wallet="200.00")
    visitor = look_in("uk", viewport=TELEVISION)
    visitor.sign_in(who.login)
    page = visitor.go("/tv")
    arrow_to(page, f"a[href='/tv/subscribe?tariff={settlers.tariffs[START]}']")
    page.keyboard.press("Enter")
    visitor.at("/tv/subscribe")
    arrow_to(page, "form[action='/tv/subscribe'] button")
    page.keyboard.press("Enter")
    visitor.at("/tv$")
    settlers.settled()
    assert who.on == {START}


@pytest.mark.parametrize("view", CALM_VIEWS, ids=lambda view: view.name)
def test_the_first_page_is_light_calm_and_whole(look_in, neighbourhood, view):
    """With an empty cache: how much comes over the wire, whether anything moves afterwards, whether all of it comes."""
    visitor = look_in("uk", viewport=PHONE, **neighbourhood.cookie(view))
    page, missing, sizes = visitor.page, [], []
    page.add_init_script(WATCH_SHIFTS)
    page.on("requestfailed", lambda request: missing.append(request.url))
    page.on("response", lambda answer: missing.append(answer.url) if answer.status >= 400 else None)
    wire = visitor.context.new_cdp_session(page)
    wire.send("Network.enable")
    wire.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    visitor.go(neighbourhood.path(view))
    page.wait_for_load_state("networkidle")
    assert sum(sizes) < BUDGET_BYTES, sum(sizes)
    assert len(sizes) >= 3
    assert (page.evaluate("window.shifted"), missing) == ([], [])


@pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")
def test_a_billing_that_says_nothing_is_told_of_in_time(see, axe, cabinet_house):
    visitor = see(View("watcher", "/devices"))
    with cabinet_house.silent("billing"):
        began = time.monotonic()
        visitor.go("/")
        assert time.monotonic() - began < SILENCE_S
        visitor.sees("Your provider's billing does not answer right now.")
        assert (findings(visitor.page, axe), overflow(visitor.page) <= 0) == ([], True)
    visitor.page.locator("#main a.button").click()
    visitor.sees("Balance")
    visitor.troubles[:] = [each for each in visitor.troubles if "503" not in each]


def test_the_instruments_notice_what_is_wrong(see):
    page = see(View(NOBODY, "/sign-in")).page
    page.evaluate(
        "document.querySelector('#main').prepend(Object.assign(document.createElement('p'), {textContent: 'x'}))"
    )
    page.wait_for_function("window.shifted.length > 0")
    page.evaluate("""() => {
      const hidden = document.createElement("button");
      hidden.style = "position: absolute; inset: 0 auto auto 0; width: 1px; height: 1px";
      hidden.addEventListener("focus", () => hidden.blur());
      document.body.append(hidden);
    }""")
    assert page.evaluate(ARROWS) != []


def test_it_can_be_installed_on_a_phone(see, cabinet_house):
    visitor = see(View("watcher", "/"))
    wire = visitor.context.new_cdp_session(visitor.page)
    read = wire.send("Page.getAppManifest")
    assert read["errors"] == []
    about = requests.get(read["url"], timeout=10).json()
    assert about["name"] == about["short_name"] == "Приклад-Нет"
    assert (about["start_url"], about["display"]) == ("/", "standalone")
    sizes = {icon["sizes"]: picture_size(urljoin(cabinet_house.cabinet, icon["src"])) for icon in about["icons"]}
    assert sizes == {"192x192": (192, 192), "512x512": (512, 512)}
    assert {icon["purpose"] for icon in about["icons"]} == {"any", "maskable"}
    troubles = wire.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [each["errorId"] for each in troubles if each["errorId"] != "in-incognito"] == []


def picture_size(url: str) -> tuple[int, ...]:
    answer = requests.get(url, timeout=10)
    assert answer.headers["Content-Type"] == "image/png"
    return struct.unpack(">II", answer.content[16:24])
