"""A chat behind the JSON door: Olena performs, Ann watches with credits, Boris watches too."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from billing.host.base import Person as Subscriber
from billing.uow import Billing
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.people import person_of
from ppv_module.chat.shows import answering, running
from ppv_module.chat.shows.models import Show
from tests.ppv.make import MakeChat
from tests.remoteapi.conftest import Machine, set_password
from tests.support import STAFF, FakeClock, Make

PRIVATE_ROOM = 10**12 + 5


def token(entry: dict[str, Any]) -> dict[str, Any]:
    """What the token of an entry says."""
    payload = entry["url"].rpartition("/")[2].split(".")[1]
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return said


@dataclass
class Stage:
    """`ann` and `boris` are cabinets in which they are signed in."""

    make: MakeChat
    clock: FakeClock
    tenant: Tenant
    olena: Performer
    number: int
    ann: Machine
    boris: Machine

    @property
    def billing(self) -> Billing:
        return self.make.make.billing

    def path(self, rest: str) -> str:
        return f"/me/chat/{self.tenant.id}{rest}"

    def person(self, login: str) -> Person | None:
        with self.billing.reading() as session:
            return person_of(session, tenant_id=self.tenant.id, login=login)

    def is_there(self) -> None:
        """Her page is open."""
        uow = self.billing.uow()
        with uow:
            uow.session.get_one(Performer, self.olena.person_id).beat_at = self.clock()

    def asked(self, viewer: Machine | None = None) -> str:
        """The show that was asked for."""
        answer = (viewer or self.ann).post(self.path("/shows"), {"performer": self.number})
        assert answer.status_code == 200, answer.text
        return answer.json["show"]["id"]

    def accepted(self, viewer: Machine | None = None) -> str:
        show_id = self.asked(viewer)
        by = {"by": self.olena.person_id, "room_id": PRIVATE_ROOM, "actor": STAFF, "now": self.clock()}
        answering.accept_show(self.billing.uow(), show_id=show_id, **by)
        return show_id

    def live(self, viewer: Machine | None = None) -> str:
        show_id = self.accepted(viewer)
        self.hers(show_id)
        answer = (viewer or self.ann).post(self.path(f"/shows/{show_id}/arrive"))
        assert answer.json["show"]["state"] == "live", answer.text
        return show_id

    def hers(self, show_id: str) -> None:
        """The performer's page is alive."""
        running.touch(self.billing.uow(), show_id=show_id, person_id=self.olena.person_id, now=self.clock())

    def passes(self, seconds: float) -> None:
        self.clock.now += timedelta(seconds=seconds)

    def show(self, show_id: str) -> Show:
        with self.billing.reading() as session:
            return session.get_one(Show, show_id)


@pytest.fixture
def ini() -> dict[str, str]:
    return {"PPV_ENABLED": "1"}


@pytest.fixture
def chat(make: Make) -> MakeChat:
    return MakeChat(make)


@pytest.fixture
def stage(
    chat: MakeChat, machine: Callable[..., Machine], ann: Subscriber, make: Make, billing: Billing, clock: FakeClock
) -> Stage:
    make.subscriber("boris", wallet="0 UAH")
    set_password(billing, "boris")
    cabinets = []
    for login in (ann.login, "boris"):
        cabinets.append(machine("cabinet") if not cabinets else Machine(cabinets[0].app, cabinets[0].key))
        assert cabinets[-1].sign_in(login).status_code == 201
    tenant = chat.tenant(kind_titles={"en": "teacher", "uk": "учитель"})
    olena = chat.performer(tenant, "olena", number=5, rate=60)
    chat.give("ann", 600)
    return Stage(chat, clock, tenant, olena, 5, *cabinets)
