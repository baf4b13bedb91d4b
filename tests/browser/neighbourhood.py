"""Subscribers in every situation that the cabinet has a page for, signed in, and those pages."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.browser.settlers import MAXIMUM, SPORT, START, Settler, Settlers
from tests.browser.visitor import Visitor
from tests.running.processes import wait_until

NOBODY = ""
Cookies = dict[str, Any]


@dataclass(frozen=True)
class View:
    """A page as one of the people sees it. `{start}` and the like in `path` stand for numbers of tariffs."""

    who: str
    path: str
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.who or 'nobody'} {self.path}"


VIEWS = [
    View(NOBODY, "/sign-in"),
    View(NOBODY, "/no-such-page", 404),
    *(View("newcomer", path) for path in ("/", "/tv", "/devices", "/history", "/history/subscriptions", "/account")),
    View("newcomer", "/tv/subscribe?tariff={main_max}"),
    View("newcomer", "/tv/leave"),
    View("newcomer", "/tv/subscribe?tariff=999999"),
    *(View("watcher", path) for path in ("/", "/tv", "/devices", "/history", "/history/subscriptions", "/account")),
    *(View("watcher", f"/devices/help/{kind}") for kind in ("tv", "box", "phone", "computer")),
    View("watcher", "/devices/help/toaster", 404),
    View("watcher", "/devices/remove?mac={mac}&serial_number={serial}"),
    View("watcher", "/devices/remove?mac=00:00:00:00:00:00", 404),
    View("watcher", "/history?month={month}"),
    View("watcher", "/history?month=2020-01"),
    View("watcher", "/history?month=never", 404),
    View("watcher", "/account/second-factor"),
    View("watcher", "/tv/add?tariff={screen2}"),
    View("watcher", "/tv/change?tariff={main_max}"),
    View("watcher", "/tv/leave?tariff={sport}"),
    View("watcher", "/tv/leave"),
    View("pauper", "/"),
    View("pauper", "/tv"),
    View("pauper", "/tv/change?tariff={main_max}"),
    *(View("sleeper", path) for path in ("/", "/tv", "/devices", "/tv/resume")),
    *(View("frozen", path) for path in ("/", "/tv", "/tv/resume")),
    *(View("down", path) for path in ("/", "/tv")),
    *(View("unknown", path) for path in ("/", "/tv")),
]
MAC, SERIAL = "02:66:00:00:00:01", "SN026600000001"


@dataclass(frozen=True)
class Neighbourhood:
    """Who lives here, and what makes their browsers known again."""

    people: dict[str, Settler]
    cookies: dict[str, Cookies]
    words: dict[str, str]

    def path(self, view: View) -> str:
        return view.path.format_map(self.words)

    def cookie(self, view: View) -> dict[str, Any]:
        """For the context of a browser: he is signed in."""
        return {"storage_state": self.cookies[view.who]} if view.who else {}


def settle_all(settlers: Settlers, look_in: Callable[..., Visitor]) -> Neighbourhood:
    """Those who pay, those who cannot, those who may not. The fee day comes on the way, so they sign in after it."""
    people = {
        "newcomer": settlers.settle("ivan", wallet="60.00"),
        "watcher": settlers.settle("sofia", wallet="500.00"),
        "pauper": settlers.settle("pauper", wallet="105.00"),
        "sleeper": settlers.settle("sleeper", wallet="100.00"),
        "frozen": settlers.settle("frozen", wallet="300.00"),
        "down": settlers.settle("down", wallet="300.00"),
        "unknown": settlers.settle("unknown", wallet="300.00", mobile=""),
    }
    people["watcher"].order(START, SPORT)
    people["pauper"].order(START)
    people["sleeper"].order(MAXIMUM)
    people["frozen"].order(START)
    settlers.settled()
    people["watcher"].switch_box_on(people["watcher"].code, people["watcher"].mobile, MAC)
    people["frozen"].mark(frozen=True)
    people["down"].mark(down=True)
    month = settlers.house.runtime.billing.month(settlers.house.clock())
    settlers.fee_day()
    wait_until(lambda: people["sleeper"].has == {MAXIMUM: "suspended"})
    cookies = {name: _signed_in(each, look_in) for name, each in people.items()}
    words = {name: str(number) for name, number in settlers.tariffs.items()}
    return Neighbourhood(people, cookies, words | {"mac": MAC, "serial": SERIAL, "month": str(month)})


def _signed_in(settler: Settler, look_in: Callable[..., Visitor]) -> Cookies:
    visitor = look_in("uk")
    visitor.sign_in(settler.login)
    cookies: Cookies = visitor.context.storage_state()
    return cookies
