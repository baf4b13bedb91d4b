"""A stage for stories about shows: one viewer and one performer in a tenant, moved by the test's own clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from billing.uow import Billing
from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.presence import beat
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Show, ShowEvent, Source
from ppv_module.chat.shows.running import Tick, ready, tick
from ppv_module.chat.shows.sweeping import sweep
from tests.ppv.make import MakeChat
from tests.support import STAFF, FakeClock

ROOM = 777_000_111


@dataclass
class Stage:
    """Whatever is done is done at the clock's present time."""

    billing: Billing
    clock: FakeClock
    chat: MakeChat
    tenant: Tenant
    viewer: Person
    performer: Performer

    def ask(
        self, viewer: Person | None = None, performer: Performer | None = None, source: Source = Source.API
    ) -> Show:
        return request_show(
            self.billing.uow(),
            viewer_id=(viewer or self.viewer).id,
            performer_id=(performer or self.performer).person_id,
            source=source,
            actor=STAFF,
            now=self.clock(),
        )

    def another(self, **given: Any) -> Performer:
        return self.chat.performer(self.tenant, **given)

    def beat(self) -> None:
        """Her page is open now."""
        beat(self.billing.uow(), person_id=self.performer.person_id, now=self.clock())

    def accept(self, show: Show, by: int | None = None) -> Show:
        return accept_show(self.billing.uow(), show_id=show.id, by=by, room_id=ROOM, actor=STAFF, now=self.clock())

    def live(self, source: Source = Source.API) -> Show:
        """A show whose meter starts now."""
        show = self.ask(source=source)
        self.accept(show)
        ready(self.billing.uow(), show_id=show.id, now=self.clock())
        return show

    def tick(self, show: Show, **given: Any) -> Tick:
        return tick(self.billing.uow(), show_id=show.id, now=self.clock(), **given)

    def end(self, show: Show, reason: EndReason = EndReason.ADMIN_END, by: int | str | None = None) -> Show:
        return end_show(self.billing.uow(), show_id=show.id, reason=reason, by=by, actor=STAFF, now=self.clock())

    def sweep(self) -> int:
        return sweep(self.billing, self.clock())

    def play(self, show: Show, seconds: float, every: float = 10) -> Tick | None:
        """Ticks every so often, the last one when the seconds are over; stops where the show ends."""
        done, answer = 0.0, None
        while done < seconds and (answer is None or answer.action != "end"):
            gap = min(every, seconds - done)
            self.clock.advance(seconds=gap)
            done += gap
            answer = self.tick(show)
        return answer

    def now(self, show: Show) -> Show:
        return self.chat.again(show)

    def balance(self, viewer: Person | None = None) -> int:
        return self.chat.balance((viewer or self.viewer).login)

    def earnings(self) -> list[Earning]:
        with self.billing.reading() as session:
            return list(session.scalars(select(Earning).order_by(Earning.id)))

    def log(self, show: Show) -> list[str]:
        """What the show's log says, with `-` where a tick was ignored."""
        with self.billing.reading() as session:
            lines = session.scalars(select(ShowEvent).where(ShowEvent.show_id == show.id).order_by(ShowEvent.id))
            return [f"{'-' if line.ignored else ''}{line.type}" for line in lines]


def stage(billing: Billing, clock: FakeClock, chat: MakeChat, *, rate: int, credits: int, **rules: Any) -> Stage:
    """A viewer with so many credits, and a performer at this rate in a tenant with these rules."""
    tenant = chat.tenant(rules={"min_start_credits": 1, **rules})
    return Stage(
        billing,
        clock,
        chat,
        tenant,
        viewer=chat.viewer(tenant, credits=credits),
        performer=chat.performer(tenant, rate=rate),
    )


def seconds_after(start: datetime, show: Show) -> float:
    """When a show ended, in seconds after `start`."""
    assert show.ended_at is not None
    return (show.ended_at - start).total_seconds()
