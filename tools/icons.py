"""Draw the icons with which a phone shows the cabinet, from its mark.

python -m tools.icons      wants the Chromium of the tests; the pictures are in the repository
"""

import sys

from playwright.sync_api import Page, sync_playwright

from tools.sources import ROOT

STATIC = ROOT / "userstats" / "static"
CHROMIUM = "/usr/bin/chromium"
ACCENT = "#1f5eff"
MASKED = 0.8
"""The part of a maskable icon that no phone cuts off."""


def draw(page: Page, name: str, size: int, *, fills: bool) -> None:
    """Write `name`.png. `fills`: the colour goes to all edges, for phones that cut their own shape."""
    mark = (STATIC / "mark.svg").read_text()
    inner = round(size * MASKED) if fills else size
    ground = ACCENT if fills else "transparent"
    page.set_viewport_size({"width": size, "height": size})
    page.set_content(
        f'<body style="margin:0;background:{ground};display:grid;place-items:center;width:{size}px;height:{size}px">'
        f'<div style="width:{inner}px;height:{inner}px">{mark}</div>'
    )
    page.screenshot(path=STATIC / "icons" / f"{name}.png", omit_background=True)


def main() -> int:
    (STATIC / "icons").mkdir(exist_ok=True)
    with sync_playwright() as browsers:
        browser = browsers.chromium.launch(executable_path=CHROMIUM)
        page = browser.new_page()
        draw(page, "180", 180, fills=True)
        for size in (192, 512):
            draw(page, str(size), size, fills=False)
            draw(page, f"maskable-{size}", size, fills=True)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
