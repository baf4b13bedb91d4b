"""Pictures of the subscriber cabinet: `make pictures` writes docs/images/cabinet-*.png beside those of the panel.

python -m tests.browser.pictures_cabinet [DIRECTORY]
"""

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, sync_playwright

from suite.settings import PROJECT
from tests.browser.conftest import DESKTOP, FLAGS, windows
from tests.browser.house import House, open_house
from tests.browser.later import Later
from tests.browser.neighbourhood import Neighbourhood, View, settle_all
from tests.browser.settlers import CABINET, NEIGHBOURS, OPTIONS, Settlers
from tests.browser.visitor import Visitor

PHONE = {"width": 390, "height": 844}


class Shot(NamedTuple):
    name: str
    view: View
    language: str = "uk"
    scheme: Literal["light", "dark"] = "light"
    on_desktop: bool = False

    @property
    def file(self) -> str:
        return f"cabinet-{self.name}-{'desktop' if self.on_desktop else 'phone'}-{self.scheme}.png"


HOME, TV = View("watcher", "/"), View("watcher", "/tv")
SHOTS = [
    Shot("sign-in", View("", "/sign-in")),
    Shot("home", HOME),
    Shot("home", HOME, scheme="dark"),
    Shot("home", HOME, on_desktop=True),
    Shot("home-en", HOME, language="en"),
    Shot("choose", View("newcomer", "/tv")),
    Shot("tv", TV),
    Shot("tv", TV, on_desktop=True),
    Shot("ask", View("watcher", "/tv/change?tariff={main_max}")),
    Shot("leave", View("watcher", "/tv/leave")),
    Shot("devices", View("watcher", "/devices")),
    Shot("devices", View("watcher", "/devices"), scheme="dark"),
    Shot("help", View("watcher", "/devices/help/tv")),
    Shot("history", View("watcher", "/history")),
    Shot("account", View("watcher", "/account")),
    Shot("suspended", View("sleeper", "/tv")),
    Shot("frozen", View("frozen", "/")),
]


@contextmanager
def opened(folder: Path) -> Iterator[House]:
    """The house of the cabinet."""
    folder.mkdir(parents=True)
    clock = Later(folder / "later")
    with open_house(folder / "house", subscribers=NEIGHBOURS, options=OPTIONS, cabinet=CABINET, clock=clock) as house:
        yield house


def shots(browser: Browser, house: House, folder: Path) -> Iterator[str]:
    """Take the pictures one by one; gives their names."""
    settlers = Settlers(house)
    with windows(browser, house.cabinet) as look_in:
        there = settle_all(settlers, look_in)
        for shot in SHOTS:
            take(look_in, there, shot, folder)
            yield shot.file


def take(look_in: Callable[..., Visitor], there: Neighbourhood, shot: Shot, folder: Path) -> None:
    """One picture."""
    size, scale = (DESKTOP, 1) if shot.on_desktop else (PHONE, 2)
    window = look_in(
        shot.language,
        viewport=size,
        device_scale_factor=scale,
        color_scheme=shot.scheme,
        reduced_motion="reduce",
        **there.cookie(shot.view),
    )
    page = window.go(there.path(shot.view))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=folder / shot.file)
    window.context.close()


def main(folder: Path) -> None:
    """Write all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, opened(Path(place) / "cabinet") as house, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in shots(browser, house, folder):
            print(name)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images")
