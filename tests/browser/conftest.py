"""Browsers over the running suite: nothing is played, nothing is faked but the partner, who is the sandbox."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from suite.settings import PROJECT
from tests.browser.cinema import Cinema, open_cinema
from tests.browser.house import LANGUAGES, House, axe_source, open_house
from tests.browser.later import Later
from tests.browser.settlers import CABINET, NEIGHBOURS, OPTIONS, Settlers
from tests.browser.theatre import Theatre, open_theatre
from tests.browser.visitor import Visitor
from tests.conftest import missing

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PATIENCE_MS = 10_000
HOUSES = ("house", "cabinet_house", "theatre", "cinema")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = shutil.which("chromium")
    if path is None:
        missing("Chromium", "apt-get install chromium")
    return str(path)


@pytest.fixture(scope="session")
def house(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The suite, up and running, with demo data. Tests use subscribers of their own."""
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened


@pytest.fixture(scope="session")
def cabinet_house(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Another suite, whose clock tests move forward by months. Tests settle subscribers of their own."""
    folder = tmp_path_factory.mktemp("cabinet")
    clock = Later(folder / "later")
    with open_house(folder / "house", subscribers=NEIGHBOURS, options=OPTIONS, cabinet=CABINET, clock=clock) as opened:
        yield opened


@pytest.fixture(scope="session")
def theatre(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Theatre]:
    """A third suite, with a video chat and PayPal beside it."""
    with open_theatre(tmp_path_factory.mktemp("theatre")) as opened:
        yield opened


@pytest.fixture(scope="session")
def cinema(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cinema]:
    """A fourth suite, with media servers beside it."""
    with open_cinema(tmp_path_factory.mktemp("cinema")) as opened:
        yield opened


@pytest.fixture(scope="session")
def playwright(request: pytest.FixtureRequest) -> Iterator[Playwright]:
    """After the houses that are wanted: their processes must be started by a process without threads."""
    wanted = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    for name in HOUSES:
        if name in wanted:
            request.getfixturevalue(name)
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, chromium_path: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium_path, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    source = axe_source(PROJECT)
    if source is None:
        missing("axe-core", "make frontend/node_modules/.stamp")
    return str(source)


@pytest.fixture(scope="session")
def states() -> dict[str, Any]:
    """Cookies of those who have signed in, by login: the next test need not sign in again."""
    return {}


@contextmanager
def windows(chromium: Browser, home: str) -> Iterator[Callable[..., Visitor]]:
    """Opens browser windows and closes them. Whatever went wrong in any of them fails the test."""
    visitors: list[Visitor] = []

    def open_window(language: str = "en", base: str = "", **options: Any) -> Visitor:
        options = {"viewport": DESKTOP, "locale": language, "accept_downloads": True} | options
        context = chromium.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context, context.new_page(), base or home, language)
        visitor.watch()
        visitors.append(visitor)
        return visitor

    yield open_window
    for visitor in visitors:
        visitor.context.close()
    assert [trouble for visitor in visitors for trouble in visitor.troubles] == []


@pytest.fixture
def visit(house: House, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`visit(language, **context)` opens a browser window before the panel."""
    with windows(chromium, house.panel) as open_window:
        yield open_window


@pytest.fixture
def look_in(cabinet_house: House, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`look_in(language, **context)` opens a browser window before the cabinet."""
    with windows(chromium, cabinet_house.cabinet) as open_window:
        yield open_window


@pytest.fixture
def attend(theatre: Theatre, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`attend(language, **context)` opens a browser window before the cabinet of the theatre."""
    with windows(chromium, theatre.cabinet) as open_window:
        yield open_window


@pytest.fixture
def sit_down(cinema: Cinema, chromium: Browser) -> Iterator[Callable[..., Visitor]]:
    """`sit_down(language, **context)` opens a browser window before the cabinet of the cinema."""
    with windows(chromium, cinema.cabinet) as open_window:
        yield open_window


@pytest.fixture(scope="session")
def settlers(cabinet_house: House) -> Settlers:
    """Makes subscribers, and tells the truth about them."""
    return Settlers(cabinet_house)


@pytest.fixture
def staff(house: House, visit: Callable[..., Visitor], states: dict[str, Any]) -> Callable[..., Visitor]:
    """`staff("uk")` is a signed-in person with every right who speaks that language; `login` makes another one."""

    def come(language: str = "en", *, login: str = "", **options: Any) -> Visitor:
        who = house.hire(login or f"olena-{language}", language=language)
        if who not in states:
            first = visit(language)
            first.sign_in(who)
            states[who] = first.context.storage_state()
        return visit(language, storage_state=states[who], **options)

    return come


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(staff: Callable[..., Visitor], language: str) -> Visitor:
    """A signed-in person, in each language."""
    return staff(language)
