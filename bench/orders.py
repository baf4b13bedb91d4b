"""Orders through the pages of the cabinet, and what each of them must have done to money and subscriptions."""

import random
import re
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape

from bench.crowd import Answer, Browser, Subscriber

FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
TWICE, AT_ONCE = 0.2, 0.2
"""These parts of all orders are sent again, as from a tab that was left open, or by two clicks at once."""


class OrderFailed(AssertionError):
    """The cabinet did not take an order that must be possible. `str()` says which."""


@dataclass
class Orderer:
    """A subscriber with what he must have at the end: live tariffs, and how often each was paid since the begin."""

    who: Subscriber
    mains: set[int] = field(default_factory=set)
    addons: set[int] = field(default_factory=set)
    suspended: bool = False
    paid: Counter[int] = field(default_factory=Counter)
    orders: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass(frozen=True)
class Shop:
    """What can be ordered: numbers of mains and of add-ons that go with all of them."""

    mains: tuple[int, ...]
    addons: tuple[int, ...]

    def next_order(self, person: Orderer) -> tuple[str, int | None]:
        """What he orders next, and of which tariff."""
        if person.suspended:
            return "resume", None
        if not person.mains:
            return "subscribe", random.choice(self.mains)
        choices: list[tuple[str, int | None]] = [("leave", None)]
        choices += [("change", each) for each in self.mains if each not in person.mains]
        choices += [("add", each) for each in self.addons if each not in person.addons]
        choices += [("leave", each) for each in person.addons]
        return random.choice(choices)


def place(browser: Browser, person: Orderer, order: str, tariff: int | None) -> None:
    """Ask, then order once, twice or by a double click, and keep the books.

    :raises OrderFailed: it was not accepted
    """
    query = f"?tariff={tariff}" if tariff else ""
    page = browser.get(person.who, f"/tv/{order}{query}", kind="ask")
    form, before = _form(page.text, order), Subscriber(person.who.login, person.who.cookies)
    luck = random.random()
    if luck < AT_ONCE:
        _double_click(browser, person.who, order, form)
    else:
        browser.post(person.who, f"/tv/{order}", form, kind="order")
    if luck > 1 - TWICE:
        browser.post(before, f"/tv/{order}", form, kind="order again")
    shown = browser.get(person.who, "/tv")
    if 'class="note good"' not in shown.text:
        raise OrderFailed(f"{order} was not accepted")
    _keep(person, order, tariff)


def is_settled(browser: Browser, person: Orderer) -> bool:
    """Whether the partner knows everything that he has ordered."""
    return browser.get(person.who, "/status").headers.get("HX-Refresh") == "true"


def _double_click(browser: Browser, who: Subscriber, order: str, form: dict[str, str]) -> None:
    """The same form over two connections at once; whoever comes second may be told to wait."""
    other, cookies = Browser(browser.port, browser.tally), dict(who.cookies)

    def click(own: Browser) -> tuple[Subscriber, Answer]:
        clicking = Subscriber(who.login, cookies)
        return clicking, own.post(clicking, f"/tv/{order}", form, kind="double click", good=(303, 409))

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(click, (browser, other)))
    if other.connection:
        other.connection.close()
    taken = next((clicking for clicking, answer in answers if answer.status == 303), None)
    if taken is None:
        raise OrderFailed(f"a double click on {order} came to nothing")
    who.cookies = taken.cookies


def _form(page: str, order: str) -> dict[str, str]:
    """The hidden fields of the form that places `order`."""
    begin = page.find(f'action="/tv/{order}"')
    if begin < 0:
        raise OrderFailed(f"the page about {order} has no form")
    return {unescape(name): unescape(value) for name, value in FIELD.findall(page[begin : page.find("</form>", begin)])}


def _keep(person: Orderer, order: str, tariff: int | None) -> None:
    person.orders += 1
    match order, tariff:
        case "leave", None:
            person.mains, person.addons = set(), set()
        case "leave", _:
            person.addons = person.addons - {tariff}
        case "resume", _:
            person.suspended = False
            person.paid.update([*person.mains, *person.addons])
        case "add", int():
            person.addons = person.addons | {tariff}
            person.paid[tariff] += 1
        case _, int():
            person.mains = {tariff}
            person.paid[tariff] += 1
