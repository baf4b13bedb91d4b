"""What tests of OLL.TV share: a partner who says yes, active subscriptions, the event log, a dump of everything."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select

from billing.db import Base
from billing.events import Event
from billing.host.base import Person
from billing.ledger.models import Refs
from billing.uow import Billing
from olltv_module.delivery import queue, runner
from olltv_module.models import Delivery, Subscriber, Subscription, Tariff
from olltv_module.partner import DisableType, EnableType, PartnerUser, Profile
from olltv_module.services import orders
from tests.support import STAFF, FakeClock, Make, money, subscriber


@dataclass
class YesPartner:
    """A partner in memory who does whatever he is asked, at once, and remembers it."""

    accounts: set[str] = field(default_factory=set)
    on: set[tuple[str, str]] = field(default_factory=set)
    calls: list[str] = field(default_factory=list)

    def account_exists(self, *, account: str) -> PartnerUser | None:
        return PartnerUser.read({"ID": f"r-{account}", "account": account}) if account in self.accounts else None

    def add_user(self, *, account: str, email: str, profile: Profile) -> str:
        self.calls.append(f"add {account} {email} {profile.phone}")
        self.accounts.add(account)
        return f"r-{account}"

    def enable_bundle(self, *, account: str, bundle: str, kind: EnableType) -> str:
        self.calls.append(f"enable {account} {bundle} {kind}")
        self.on.add((account, bundle))
        return f"code-{bundle}"

    def disable_bundle(self, *, account: str, bundle: str, kind: DisableType) -> None:
        self.calls.append(f"disable {account} {bundle} {kind}")
        self.on.discard((account, bundle))

    def change_bundle(self, *, account: str, old: str, new: str) -> None:
        self.calls.append(f"change {account} {old} {new}")
        self.on.discard((account, old))
        self.on.add((account, new))

    def user_info(self, *, account: str) -> PartnerUser:
        bundles = [{"sub_id": bundle, "binding_code": f"code-{bundle}"} for who, bundle in self.on if who == account]
        return PartnerUser.read({"ID": f"r-{account}", "account": account, "bought_subs": bundles})


def deliver_all(billing: Billing, clock: FakeClock, partner: Any = None) -> Any:
    """Deliver to everybody who is due, one after the other; gives the partner who was told."""
    partner = partner or YesPartner()
    delivering = runner.Delivering(billing, partner, clock, nap=clock.nap)
    for claim in queue.claim(billing.uow(), now=clock(), limit=1000):
        runner.deliver(delivering, claim)
    return partner


@dataclass
class Viewers:
    """Makes subscribers who watch: ordered and confirmed by the partner."""

    billing: Billing
    clock: FakeClock
    make: Make
    partner: YesPartner = field(default_factory=YesPartner)

    def watching(self, *tariffs: Tariff, wallet: str = "1000 UAH", **profile: Any) -> Person:
        """A new subscriber with these tariffs on and paid; the first one is the main."""
        person = self.make.subscriber(wallet=wallet, **profile)
        self.order(person, *tariffs)
        self.deliver()
        return person

    def order(self, person: Person, *tariffs: Tariff) -> None:
        for tariff in tariffs:
            place = orders.subscribe if tariff.main else orders.add_addon
            place(self.billing.uow(), login=person.login, tariff_id=tariff.id, actor=STAFF, now=self.clock())

    def deliver(self) -> None:
        deliver_all(self.billing, self.clock, self.partner)


def subs(billing: Billing, person: Person) -> list[Subscription]:
    """The subscriptions of somebody, oldest first; of one who never had any, none."""
    with billing.reading() as session:
        known = session.scalar(select(Subscriber.id).where(Subscriber.login == person.login))
    return subscriber(billing, person.login).subscriptions if known else []


def states(billing: Billing, person: Person) -> list[str]:
    """The states of his subscriptions, oldest first; a suspended one with its reason."""
    return [
        f"suspended:{each.reason}" if each.state == "suspended" else str(each.state) for each in subs(billing, person)
    ]


def events(billing: Billing, since: int = 0) -> list[str]:
    """The lines of the event log, oldest first, without the first `since`."""
    with billing.reading() as session:
        return list(session.scalars(select(Event.text).order_by(Event.id)))[since:]


def queued(billing: Billing) -> int:
    """How many subscribers delivery has to look at."""
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Delivery)) or 0


def dump(billing: Billing) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table."""
    with billing.reading() as session:
        return {
            name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for name, table in Base.metadata.tables.items()
        }


def spend(billing: Billing, clock: FakeClock, person: Person, amount: str, key: str = "spent") -> None:
    """Take money out of a wallet for something that is not television."""
    uow = billing.uow()
    with uow:
        uow.ledger.transfer(
            source=uow.ledger.lock(person.wallet_id),
            target=uow.ledger.system("outside:internet", "UAH"),
            amount=money(amount),
            key=key,
            refs=Refs(actor="test", login=person.login),
            at=clock(),
        )
