"""A house with media servers beside it, and somebody who watches there until his credits end.

The servers report when they are told to, so that a test knows which message it was that ended something.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from playwright.sync_api import expect

from billing.actors import Actor
from billing.money import Money
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.corrections import correct
from ppv_module.streams.links.channels import save_channel
from ppv_module.streams.links.rules import Signing, save_rule
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.rights.offers import Terms, save_offer
from ppv_module.streams.rights.prices import set_price
from ppv_module.streams.rights.tariffs import save_tariff
from suite.demo.load import PASSWORD
from suite.stage import answers
from tests.browser import house
from tests.browser.house import House, open_house
from tests.browser.visitor import Visitor
from tests.running.processes import free_port

STAFF = Actor("olena")
TOKEN, KEY = "tok-of-the-cinema", "key-of-the-cinema"
MATCH, CAMERA, TICKET = "Матч", "Камера над містом", "Вечір спорту"
TICKET_MINOR = 3_000
PER_MINUTE, CREDITS = 300, 30
"""Five credits a second: they last for six."""

SERVERS = ("nimble-1", "nimble-2")
SILENT_S = 3600
PATIENCE_MS = 30_000
CABINET = {"WATCH": "1"}


class Cinema(House):
    """A camera that is paid by the minute, a match that wants a ticket, and one stream at a time."""

    def open(self) -> None:
        arguments = ["--port", str(self.media_port), "--handler", f"{self.panel}ppv/streams/sync"]
        arguments += ["--servers", str(len(SERVERS)), "--interval-s", str(SILENT_S), "--control"]
        self.children.start("cinema", ["sandbox.nimble", *arguments], {"NIMBLE_TOKEN": TOKEN, "NIMBLE_KEY": KEY})
        super().open()
        self._wait_until(lambda: answers(self.media), "the media servers do not answer", 60)

    def _fill_database(self) -> None:
        super()._fill_database()
        self._fill_chat()  # it sells the credits
        uow, signed = self.runtime.billing.uow, {"actor": STAFF, "now": self.runtime.clock()}
        save_rule(uow(), name="Cinema", signing=Signing(key=KEY), **signed)
        save_tariff(uow(), name=MATCH, kind=Kind.TICKET, application="live", stream="match*", **signed)
        camera = save_tariff(uow(), name=CAMERA, kind=Kind.MINUTE, application="live", stream="camera*", **signed)
        set_price(uow(), tariff_id=camera.id, per_minute=PER_MINUTE, **signed)
        price = Money(TICKET_MINOR, self.runtime.billing.unit)
        terms = Terms(application="live", stream="match*", hours=24, price=price, credits=500)
        save_offer(uow(), name=TICKET, terms=terms, **signed)
        for title, stream in ((MATCH, "live/match"), (CAMERA, "live/camera")):
            save_channel(uow(), title=title, url=f"{self.media}{stream}/clip.webm", **_names(stream), **signed)

    @property
    def media(self) -> str:
        """The address of the media servers."""
        return self.runtime.settings.streams.player_url.removesuffix("player")

    @property
    def media_port(self) -> int:
        return int(self.media.rstrip("/").rpartition(":")[2])

    def report(self) -> list[str]:
        """Each server tells who watches, one after the other; gives the list that the last of them was answered."""
        denied = list[str]()
        for server in SERVERS:
            answer = requests.post(f"{self.media}control/sync", json={"server": server}, timeout=30)
            answer.raise_for_status()
            for each in answer.json()["answers"]:
                assert each["status"] == 200 and not each["ignored"], each
                denied = each["denied"]
        return denied

    def close(self) -> None:
        """Nobody watches any more: the rest of their time is told once, then they are gone."""
        requests.post(f"{self.media}control/leave", json={}, timeout=30).raise_for_status()
        self.report()
        self.report()

    def credits(self, login: str) -> int:
        with self.runtime.billing.reading() as session:
            return balance_of(session, login)

    def have(self, login: str, credits: int, key: str) -> None:
        """Let somebody have so many credits, whatever there was before."""
        facts = {"reason": "For this evening", "key": key, "actor": STAFF, "now": self.runtime.clock()}
        if delta := credits - self.credits(login):
            correct(self.runtime.billing.uow(), login=login, delta=delta, **facts)


@contextmanager
def open_cinema(folder: Path) -> Iterator[Cinema]:
    options = house.OPTIONS | {
        "PPV_ENABLED": "1",
        "PPV_STREAM_TOKEN": TOKEN,
        "PPV_STREAM_PLAYER_URL": f"http://127.0.0.1:{free_port()}/player",
        "PPV_STREAM_MAX_STREAMS": "1",
    }
    with open_house(folder / "house", subscribers=5, options=options, cabinet=CABINET, kind=Cinema) as opened:
        assert isinstance(opened, Cinema)
        yield opened


def _names(stream: str) -> dict[str, str]:
    application, _, name = stream.partition("/")
    return {"application": application, "stream": name}


@dataclass
class Viewing:
    """Somebody before a browser, who buys and watches. `shoot` may keep pictures by their names."""

    cinema: Cinema
    visitor: Visitor
    login: str
    shoot: Callable[[str, Visitor], None] = lambda _name, _visitor: None

    def sign_in(self) -> None:
        self.visitor.go("/sign-in")
        self.visitor.fill(login=self.login, password=PASSWORD)
        self.visitor.submit("#main form")
        self.visitor.page.wait_for_url(lambda url: "/sign-in" not in url)

    def come(self) -> None:
        """Open the page by its tab."""
        self.visitor.go("/")
        self.visitor.link("Watch").click()
        self.visitor.at(r"/watch$")

    def card(self, title: str) -> Any:
        return self.visitor.page.locator(".watch-channel", has=self.visitor.page.get_by_role("heading", name=title))

    def buy_ticket(self) -> None:
        """From the channel that wants one, in two steps, from the wallet."""
        self.card(MATCH).get_by_role("link").click()
        offer = self.visitor.page.locator(".watch-offer", has_text=TICKET)
        expect(offer).to_be_in_viewport()
        offer.locator("a[href*='means=wallet']").click()
        self.visitor.at(r"/watch/buy\?")
        self.shoot("ticket", self.visitor)
        self.visitor.submit()
        self.visitor.at(r"/watch$")
        expect(self.visitor.page.locator(".note.good")).to_contain_text(TICKET)

    def play(self, title: str) -> None:
        """Press the button of a channel: the player plays."""
        self.card(title).get_by_role("button").click()
        self.visitor.page.wait_for_url(lambda url: "/player#" in url)
        self.plays()

    def plays(self, seconds: int = 3) -> None:
        page = self.visitor.page
        expect(page.locator("#say")).to_have_attribute("data-state", "playing", timeout=PATIENCE_MS)
        at_least = re.compile(rf"^(?:[{seconds}-9]|\d\d+)$")
        expect(page.locator("#seconds")).to_have_text(at_least, timeout=PATIENCE_MS)

    def is_stopped(self) -> None:
        say = self.visitor.page.locator("#say")
        expect(say).to_have_attribute("data-state", "stopped", timeout=PATIENCE_MS)
        expect(say).to_have_attribute("data-reason", "denied")

    def buy_credits(self) -> None:
        """The cheapest pack, from the wallet."""
        self.visitor.page.locator("a[href*='/credits/buy'][href*='means=wallet']").first.click()
        self.visitor.submit()
        self.visitor.at(r"/credits/orders/\d+$")
