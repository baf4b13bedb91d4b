"""One operator with tariffs of the sandbox's catalogue: orders, deliveries, and what came of them."""

from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import select

from billing.host.base import Person
from billing.uow import Billing
from olltv_module.delivery import queue
from olltv_module.delivery.queue import Claim
from olltv_module.delivery.runner import Delivering, deliver, run
from olltv_module.models import Delivery, Reason, Subscriber, Subscription, Tariff
from olltv_module.services import lifecycle, orders
from tests.support import STAFF, FakeClock, Make, subscriber

FEES = {
    "main_start": "50.00 UAH",
    "main_max": "100.00 UAH",
    "main_nocode": "60.00 UAH",
    "screen2": "15.00 UAH",
    "sport": "35.00 UAH",
    "no_such_bundle": "10.00 UAH",
    "no_such_screen": "5.00 UAH",
}
ADDONS = ("screen2", "sport", "no_such_screen")


@dataclass
class House:
    billing: Billing
    clock: FakeClock
    make: Make
    delivering: Delivering
    people: dict[str, Person] = field(default_factory=dict)

    @cached_property
    def tariffs(self) -> dict[str, Tariff]:
        return {name: self.make.tariff(fee, service=name, main=name not in ADDONS) for name, fee in FEES.items()}

    def person(self, login: str = "ivan", wallet: str = "1000 UAH", **profile: object) -> Person:
        self.people[login] = self.make.subscriber(login, wallet=wallet, **profile)
        return self.people[login]

    def order(self, *services: str, login: str = "ivan") -> None:
        """Order bundles, the main first; a second main is a change."""
        if login not in self.people:
            self.person(login)
        for service in services:
            tariff = self.tariffs[service]
            known = subscriber(self.billing, login).main if self.id_of(login) else None
            place = orders.change if known else orders.subscribe
            place = place if tariff.main else orders.add_addon
            place(self.billing.uow(), login=login, tariff_id=tariff.id, actor=STAFF, now=self.clock())

    def watching(self, *services: str, login: str = "ivan") -> None:
        """Order bundles and have them switched on."""
        self.order(*services, login=login)
        self.deliver(login)

    def leave(self, service: str | None = None, login: str = "ivan") -> None:
        tariff_id = self.tariffs[service].id if service else None
        lifecycle.leave(self.billing.uow(), login=login, tariff_id=tariff_id, actor=STAFF, now=self.clock())

    def suspend(self, reason: Reason = Reason.STAFF, login: str = "ivan") -> None:
        lifecycle.suspend(self.billing.uow(), login=login, reason=reason, actor=STAFF, now=self.clock())

    def resume(self, login: str = "ivan", free: str | None = None) -> None:
        lifecycle.resume(self.billing.uow(), login=login, actor=STAFF, now=self.clock(), free=free)

    def deliver(self, login: str = "ivan") -> None:
        """One delivery to one subscriber, due or not."""
        for claim in self.claims(login):
            deliver(self.delivering, claim)

    def claims(self, login: str = "ivan") -> list[Claim]:
        return queue.claim(self.billing.uow(), now=self.clock(), subscriber_id=self.id_of(login))

    def run(self, workers: int = 4) -> int:
        """Deliver until nothing but the parked is left."""
        return run(self.delivering, workers=workers, until_idle=True)

    def id_of(self, login: str = "ivan") -> int:
        """Our number of a subscriber; 0 for one who has never had to do with TV."""
        with self.billing.reading() as session:
            return session.scalar(select(Subscriber.id).where(Subscriber.login == login)) or 0

    def row(self, login: str = "ivan") -> Delivery | None:
        """His row in the queue."""
        with self.billing.reading() as session:
            return session.get(Delivery, self.id_of(login))

    def sub(self, service: str, login: str = "ivan") -> Subscription:
        """The newest subscription to a bundle."""
        subs = subscriber(self.billing, login).subscriptions
        return [each for each in subs if each.tariff.service == service][-1]

    def states(self, login: str = "ivan") -> dict[str, str]:
        """`{"main_start": "active on"}`: state and fact of the newest subscription to each bundle."""
        subs = subscriber(self.billing, login).subscriptions
        return {each.tariff.service: f"{each.state} {each.fact}" for each in subs}

    def codes(self, login: str = "ivan") -> dict[str, str | None]:
        subs = subscriber(self.billing, login).live
        return {each.tariff.service: each.code for each in subs}
