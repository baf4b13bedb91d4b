"""Pictures of the main pages for the documentation: `make pictures` writes docs/images/*.png, of panel and cabinet.

python -m tests.browser.pictures [DIRECTORY]
"""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from olltv_module.reports.keeping import keep
from olltv_module.services.fees.review import review, to_review
from olltv_module.services.fees.run import FeeDay, charge
from suite.settings import PROJECT
from tests.browser import pictures_cabinet, pictures_chat, pictures_watch
from tests.browser.conftest import DESKTOP, FLAGS
from tests.browser.house import House, open_house
from tests.browser.pages import SIGNED, VIEWER, difference
from tests.browser.visitor import Visitor

SUBSCRIBERS = 400
PHONE = {"width": 390, "height": 844}
PAGES = {
    "overview": "/",
    "subscribers": "/subscribers",
    "subscriber": f"/subscribers/{VIEWER}",
    "tariffs": "/tariffs",
    "fee-day": "/fees",
    "fee-run": "/fees/{run}",
    "fee-preview": "/fees/{preview}",
    "reconcile": "/reconcile",
    "queue": "/queue",
    "events": "/events",
    "money": "/money",
}
ON_THE_PHONE = ("overview", "subscribers", "subscriber", "fee-day")
IN_THE_DARK = ("overview", "subscriber", "fee-run")


def main(folder: Path) -> None:
    """Write all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place, open_house(Path(place) / "house", subscribers=SUBSCRIBERS) as house:
        run, preview = played(house)
        login = house.hire("olena", language="uk")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            for name in shots(browser, house, login, folder, {"run": run, "preview": preview}):
                print(name)
            browser.close()
    pictures_cabinet.main(folder)
    pictures_chat.main(folder)
    pictures_watch.main(folder)


def played(house: House) -> tuple[int, int]:
    """Charge the month and preview the next one, so that there is something to see; gives the numbers of both."""
    day = FeeDay(house.runtime.billing, house.runtime.clock)
    *_, run = charge(day, actor=SIGNED)
    coming = day.billing.month(day.clock()).next()
    *_, preview = charge(day, actor=SIGNED, period=coming, preview=True)
    with day.billing.reading() as session:
        waiting = to_review(session)
    for run_id in waiting:
        list(review(day, run_id=run_id))
    difference(house)
    keep(day.billing, day.clock)
    return run.id, preview.id


def shots(browser: Browser, house: House, login: str, folder: Path, numbers: dict[str, int]) -> Iterator[str]:
    """Take the pictures one by one; gives their names."""
    context = browser.new_context(viewport=DESKTOP, locale="uk", reduced_motion="reduce", device_scale_factor=1)
    visitor = Visitor(context, context.new_page(), house.panel, "uk")
    visitor.sign_in(login)
    looks = [(name, DESKTOP, "light") for name in PAGES]
    looks += [(name, DESKTOP, "dark") for name in IN_THE_DARK]
    looks += [(name, PHONE, scheme) for name in ON_THE_PHONE for scheme in ("light", "dark")]
    for name, size, scheme in looks:
        page = visitor.page
        page.set_viewport_size(size)
        page.emulate_media(color_scheme=scheme)
        visitor.go(PAGES[name].format(**numbers))
        page.wait_for_load_state("networkidle")
        kind = "phone" if size is PHONE else "desktop"
        file = folder / f"panel-{name}-{kind}-{scheme}.png"
        page.screenshot(path=file)
        yield file.name


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else PROJECT / "docs" / "images")
