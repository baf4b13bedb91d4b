"""Pictures of an evening in the video chat: `make pictures` writes docs/images/chat-*.png beside the others.

python -m tests.browser.pictures_chat [DIRECTORY]
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from suite.settings import PROJECT
from tests.browser.conftest import DESKTOP, FLAGS, windows
from tests.browser.pictures_cabinet import PHONE
from tests.browser.theatre import CREDITS, VIEWER, Evening, Theatre, open_theatre
from tests.browser.visitor import Visitor

AFTERWARDS = {"credits": "/credits", "credits-history": "/credits/history"}
IN_PANEL = {"ppv-overview": "/ppv/overview", "ppv-performers": "/ppv/performers", "ppv-earnings": "/ppv/earnings"}


def main(folder: Path) -> None:
    """Play an evening and write what is seen into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, open_theatre(Path(place)) as theatre, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with windows(browser, theatre.cabinet) as attend:
            phone = {"viewport": PHONE, "device_scale_factor": 2, "reduced_motion": "reduce"}
            performer = attend("uk", viewport=DESKTOP, reduced_motion="reduce")
            viewer, stranger = attend("uk", **phone), attend("uk", **phone)

            def shoot(name: str, visitor: Visitor) -> None:
                device = "desktop" if visitor is performer else "phone"
                visitor.page.screenshot(path=folder / f"chat-{name}-{device}-light.png")
                print(f"chat-{name}")

            play_evening(Evening(theatre, performer, viewer, stranger, shoot), theatre)
        with windows(browser, theatre.panel) as attend:
            olena = attend("uk", viewport=DESKTOP, reduced_motion="reduce")
            olena.sign_in(theatre.hire("olena", language="uk"))
            for name, path in IN_PANEL.items():
                olena.go(path).wait_for_load_state("networkidle")
                olena.page.screenshot(path=folder / f"panel-{name}-desktop-light.png")
        browser.close()


def play_evening(evening: Evening, theatre: Theatre) -> None:
    theatre.have(VIEWER, CREDITS, "pictures")
    evening.sign_in()
    evening.come_in()
    evening.ask()
    evening.accept()
    evening.wall_shows(evening.stranger, "busy")
    evening.shoot("wall-busy", evening.stranger)
    evening.credits_fall()
    evening.tip()
    evening.viewer.page.evaluate("scrollTo(0, 0)")
    evening.shoot("show", evening.viewer)
    evening.shoot("studio-show", evening.performer)
    evening.credits_end()
    evening.shoot("over", evening.viewer)
    for name, path in AFTERWARDS.items():
        evening.viewer.go(path)
        evening.shoot(name, evening.viewer)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images")
