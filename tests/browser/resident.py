"""A subscriber before his cabinet: whom a test settled, and the window that he looks through."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.settlers import Settler, Settlers
from tests.browser.visitor import CATALOGUE, Visitor

DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": PHONE, "has_touch": True, "is_mobile": True},
    "desktop": {"viewport": DESKTOP},
}
PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Resident:
    """A subscriber before his window on the cabinet."""

    at: Visitor
    who: Settler
    tariffs: dict[str, int]

    def amount(self, hryvnias: str) -> str:
        """As the page writes it."""
        return CATALOGUE.format_money(int(hryvnias.replace(".", "")), "UAH", self.at.language)

    def press(self, what: Locator) -> None:
        """With a finger, where there is a touch screen."""
        touch = self.at.page.evaluate("navigator.maxTouchPoints > 0")
        what.tap() if touch else what.click()

    def sign_in(self) -> None:
        """He is asked for his password, and gives it."""
        self.at.at("/sign-in$")
        self.at.sign_in(self.who.login)
        self.at.at("/$")

    def visit(self, tab: str) -> None:
        """To one of the pages that the menu names."""
        self.press(self.at.page.locator(f"nav.tabs a[href='{tab}']"))
        self.at.at(f"{tab}$")

    def order(self, kind: str, service: str = "", *, told: str) -> None:
        """Two taps: what it would do is told by a page, then it is done. `told` is what that page must say."""
        tariff = f"?tariff={self.tariffs[service]}" if service else ""
        self.press(self.at.page.locator(f"#main a[href='/tv/{kind}{tariff}']"))
        self.at.at(f"/tv/{kind}")
        expect(self.at.page.locator("#main")).to_contain_text(told)
        self.press(self.at.page.locator(f"#main form[action='/tv/{kind}'] button"))
        self.at.at("/tv$")
        expect(self.at.page.locator("#main .note.good")).to_be_visible()

    def is_settled(self) -> None:
        """Wait until the page says by itself, with scripts or without, that the order is carried out."""
        expect(self.at.page.locator(".lamp.being_switched_on")).to_have_count(0, timeout=PATIENCE_MS)


def come_home(
    look_in: Callable[..., Visitor], settlers: Settlers, name: str, *, wallet: str, language: str = "uk", **options: Any
) -> Resident:
    """A new subscriber with so many hryvnias, signed in, on the first page."""
    resident = Resident(look_in(language, **options), settlers.settle(name, wallet=wallet), settlers.tariffs)
    resident.at.go("/")
    resident.sign_in()
    return resident
