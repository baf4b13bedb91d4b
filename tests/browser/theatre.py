"""A house with a video chat and PayPal beside it, and an evening there: one performs, one pays, one is sent away."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.shows.models import Show, ShowState
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.corrections import correct
from suite.demo.chat import WEBMASTER
from suite.demo.load import PASSWORD
from tests.browser import house
from tests.browser.house import House, open_house
from tests.browser.visitor import Visitor
from tests.running.processes import wait_until

STAR, VIEWER, STRANGER = "star00001", "demo00001", "demo00002"
STAFF = Actor("olena")
RATE, CREDITS, TIP = 60, 75, 50
SECOND_WEBMASTER = 2
QUICK = {"tick_interval_s": 2, "max_tick_gap_s": 5, "presence_cache_s": 2}
PATIENCE_MS = 30_000
OPTIONS = house.OPTIONS | {"PPV_ENABLED": "1"}
CABINET = {"CHAT": "1"}


class Theatre(House):
    """The demo's chat, with ticks every two seconds and a performer who takes a credit a second."""

    def open(self) -> None:
        self._start_chat()
        super().open()

    def _fill_database(self) -> None:
        super()._fill_database()
        self._fill_chat()
        _hurry(self.runtime.billing.uow())

    def _start_chat(self) -> None:
        """As on any stage, but that the chat's server knows a second account."""
        known = " ".join(f"{number}:{self.chat_password}" for number in (WEBMASTER, SECOND_WEBMASTER))
        secrets = {"CHAT_WEBMASTERS": known, "CHAT_REST_TOKEN": self.chat_token}
        self.children.start("chat", ["sandbox.html5chat", "--port", str(self.ports.chat)], secrets)
        self.children.start("paypal", ["sandbox.paypal", "--port", str(self.ports.paypal), "--control"], {})

    @property
    def tenant(self) -> Tenant:
        """The demo's own; tests may have added others."""
        with self.runtime.billing.reading() as session:
            return session.scalars(select(Tenant).where(Tenant.webmaster_id == WEBMASTER)).one()

    def person(self, login: str) -> Person:
        """Somebody in the demo's chat."""
        here = Person.tenant_id == self.tenant.id
        with self.runtime.billing.reading() as session:
            return session.scalars(select(Person).where(here, Person.login == login)).one()

    def credits(self, login: str) -> int:
        with self.runtime.billing.reading() as session:
            return balance_of(session, login)

    def have(self, login: str, credits: int, key: str) -> None:
        """Let somebody have so many credits, whatever there was before."""
        if delta := credits - self.credits(login):
            correct(
                self.runtime.billing.uow(),
                login=login,
                delta=delta,
                reason="For this evening",
                key=key,
                actor=STAFF,
                now=self.runtime.clock(),
            )

    def last_show(self) -> Show:
        with self.runtime.billing.reading() as session:
            return session.scalars(select(Show).order_by(Show.requested_at.desc())).first()

    def earnings_of(self, show: Show) -> list[Earning]:
        """Its own row, and its tips."""
        with self.runtime.billing.reading() as session:
            return list(session.scalars(select(Earning).where(Earning.show_id == show.id).order_by(Earning.id)))


@contextmanager
def open_theatre(folder: Path) -> Iterator[Theatre]:
    with open_house(folder / "house", subscribers=5, options=OPTIONS, cabinet=CABINET, kind=Theatre) as opened:
        assert isinstance(opened, Theatre)
        yield opened


@use_case
def _hurry(uow: UnitOfWork) -> None:
    for tenant in uow.session.scalars(select(Tenant)):
        tenant.rules_given = {**tenant.rules_given, **QUICK}
    star = uow.session.scalars(select(Person.id).where(Person.login == STAR)).one()
    uow.session.get_one(Performer, star).rate = RATE


@dataclass
class Evening:
    """Three browsers: the performer, the viewer who pays, and another one. `shoot` may keep pictures by their names."""

    theatre: Theatre
    performer: Visitor
    viewer: Visitor
    stranger: Visitor
    shoot: Callable[[str, Visitor], None]

    def sign_in(self) -> None:
        for visitor, login in ((self.performer, STAR), (self.viewer, VIEWER), (self.stranger, STRANGER)):
            visitor.go("/sign-in")
            visitor.fill(login=login, password=PASSWORD)
            visitor.submit("#main form")
            visitor.page.wait_for_url(lambda url: "/sign-in" not in url)

    @property
    def number(self) -> int:
        return self.theatre.person(STAR).number

    @property
    def wall(self) -> str:
        return f"/chat/{self.theatre.tenant.id}"

    def wall_shows(self, visitor: Visitor, status: str) -> None:
        """She is on the wall with this colour."""
        card = visitor.page.locator(".wall-card", has_text=self.theatre.person(STAR).nickname)
        expect(card.locator(f".chat-status.{status}")).to_be_visible(timeout=PATIENCE_MS)

    def come_in(self) -> None:
        """She opens her studio; both viewers see her on the wall and enter."""
        self.performer.go(f"/studio/{self.theatre.tenant.id}")
        self.in_frame(self.performer)
        for visitor in (self.viewer, self.stranger):
            visitor.go(self.wall)
            self.wall_shows(visitor, "online")
        self.shoot("wall-online", self.viewer)
        for visitor in (self.viewer, self.stranger):
            visitor.page.locator(f"#wall-{self.number}").click()
            self.in_frame(visitor)
        self.shoot("room-public", self.viewer)

    def in_frame(self, visitor: Visitor) -> None:
        """The chat's own page has let this one in."""
        frame = visitor.page.frame_locator("iframe[data-frame]")
        expect(frame.locator("#me")).not_to_be_empty(timeout=PATIENCE_MS)

    def ask(self) -> None:
        self.viewer.page.locator("#room-asking").click()
        self.shoot("room-ask", self.viewer)
        self.viewer.page.locator("#room-ask").click()
        expect(self.viewer.page.locator("#room-say.requested")).to_be_visible()

    def accept(self) -> None:
        button = self.performer.page.locator("[id^=studio-accept]").first
        expect(button).to_be_visible(timeout=PATIENCE_MS)
        self.shoot("studio-asked", self.performer)
        button.click()
        for visitor in (self.viewer, self.performer):
            expect(visitor.page.locator(".room-say.live, .studio-say.live")).to_be_visible(timeout=PATIENCE_MS)

    def credits_fall(self, times: int = 3) -> list[int]:
        """What the viewer's page shows, each number once."""
        left = self.viewer.page.locator("#room-meter dd").first
        seen = [int(left.inner_text())]
        while len(seen) <= times:
            expect(left).not_to_have_text(str(seen[-1]), timeout=PATIENCE_MS)
            seen.append(int(left.inner_text()))
        return seen

    def tip(self) -> None:
        self.viewer.page.locator(f".tip-choices button[value='{TIP}']").click()
        expect(self.viewer.page.locator("#room-said.good")).to_be_visible()
        newest = self.performer.page.locator("#studio-newest")
        expect(newest).to_contain_text(str(TIP), timeout=PATIENCE_MS)

    def credits_end(self) -> Show:
        """Nobody does anything; gives the show as it was closed."""
        self.viewer.page.wait_for_url(lambda url: "?show=" in url, timeout=60_000)
        expect(self.performer.page.locator("#studio-do")).to_be_empty(timeout=PATIENCE_MS)
        wait_until(lambda: self.theatre.last_show().state is ShowState.ENDED)
        return self.theatre.last_show()


def facts(rows: list[Earning]) -> list[tuple[Any, ...]]:
    return [(str(each.action), each.credits, each.benefit_mills) for each in rows]
