"""Pictures of an evening before a screen: `make pictures` writes docs/images/watch-*.png beside the others.

python -m tests.browser.pictures_watch [DIRECTORY]
"""

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from suite.settings import PROJECT
from tests.browser.cinema import CAMERA, CREDITS, MATCH, Cinema, Viewing, open_cinema
from tests.browser.conftest import DESKTOP, FLAGS, windows
from tests.browser.pictures_cabinet import PHONE
from tests.browser.visitor import Visitor

VIEWER = "demo00001"
IN_PANEL = {name: f"/streams/{name}" for name in ("live", "statistics", "denials")}


def main(folder: Path) -> None:
    """Watch for an evening and write what is seen into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, open_cinema(Path(place)) as cinema, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        with windows(browser, cinema.cabinet) as sit_down:
            phone = {"viewport": PHONE, "device_scale_factor": 2, "reduced_motion": "reduce"}
            visitor, wide = sit_down("uk", **phone), sit_down("uk", viewport=DESKTOP, reduced_motion="reduce")

            def shoot(name: str, seen: Visitor) -> None:
                device = "desktop" if seen is wide else "phone"
                seen.page.screenshot(path=folder / f"watch-{name}-{device}-light.png")
                print(f"watch-{name}")

            play_evening(cinema, Viewing(cinema, visitor, VIEWER, shoot), Viewing(cinema, wide, VIEWER, shoot))
        with windows(browser, cinema.panel) as attend:
            olena = attend("uk", viewport=DESKTOP, reduced_motion="reduce")
            olena.sign_in(cinema.hire("olena", language="uk"))
            for name, path in IN_PANEL.items():
                olena.go(path).wait_for_load_state("networkidle")
                olena.page.screenshot(path=folder / f"panel-streams-{name}-desktop-light.png")
                print(f"panel-streams-{name}")
        browser.close()


def play_evening(cinema: Cinema, viewer: Viewing, wide: Viewing) -> None:
    cinema.have(VIEWER, CREDITS, "pictures")
    viewer.sign_in()
    wide.sign_in()
    viewer.come()
    viewer.buy_ticket()
    viewer.shoot("channels", viewer.visitor)
    viewer.play(MATCH)
    cinema.report()
    wide.come()
    wide.shoot("channels", wide.visitor)
    viewer.come()
    viewer.play(CAMERA)
    viewer.shoot("playing", viewer.visitor)
    viewer.plays(seconds=9)
    cinema.report()
    viewer.is_stopped()
    viewer.shoot("stopped", viewer.visitor)
    viewer.come()
    viewer.card(CAMERA).scroll_into_view_if_needed()
    viewer.shoot("no-credits", viewer.visitor)
    viewer.visitor.go("/watch/history")
    viewer.shoot("history", viewer.visitor)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images")
