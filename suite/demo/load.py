"""Loading the demo data, thousands of subscribers a statement; a load that was broken off goes on where it ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, func, insert, literal, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.db import Base
from billing.errors import N_, WrongState
from billing.events import Event
from billing.host.native import PASSWORDS, NativeSubscriber, wallet_code
from billing.host.search import Word, word_rows
from billing.ledger.seeding import Opening, open_accounts
from billing.periods import Month
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.models import MAIN_SLOT, Delivery, Fact, State, Subscriber, Subscription, Tariff, TvState
from suite.demo.history import charge_months
from suite.demo.notice import announce
from suite.demo.offer import CODELESS, put_on_sale
from suite.demo.people import PORTION, STORIES, Someone, people

ACTOR = Actor("demo")
PASSWORD = "demo-demo"  # noqa: S105 (opens invented wallets only)
LOGINS = [f"demo{number:05d}" for number in STORIES]
"""The first subscribers have this password; nobody signs in as the others."""

DOMAIN = "demo.example"


class DatabaseInUse(WrongState):
    """There are subscribers that are not of this demo."""

    code = "database_in_use"
    text = N_("The database holds other subscribers already. Demo data wants a database of its own.")


@dataclass(frozen=True, kw_only=True)
class Demo:
    """How much and which data: `history` months have been paid; `delivered` pretends that the partner knows all."""

    subscribers: int
    seed: int = 1
    history: int = 1
    delivered: bool = False

    @property
    def mark(self) -> str:
        partner = "DELIVERED" if self.delivered else "TO DELIVER"
        return f"DEMO LOAD {self.subscribers} SEED {self.seed} HISTORY {self.history} {partner}"


def load(
    billing: Billing, demo: Demo, *, now: datetime, progress: Callable[[int], None] = lambda _percent: None
) -> bool:
    """Load the data as of `now`; False when all of it was there before. `progress` takes percents.

    :raises DatabaseInUse: nothing has changed
    """
    begun_at, there = _begin(billing.uow(), demo=demo, now=now)
    for first in range(there + 1, demo.subscribers + 1, PORTION):
        _add_portion(billing.uow(), demo=demo, first=first, now=begun_at)
        progress(100 * min(first + PORTION - 1, demo.subscribers) // demo.subscribers)
    return there < demo.subscribers


@use_case
def _begin(uow: UnitOfWork, *, demo: Demo, now: datetime) -> tuple[datetime, int]:
    """When this load was begun, and how many of its subscribers are there."""
    there = uow.session.scalar(select(func.count()).select_from(NativeSubscriber)) or 0
    mark = uow.session.scalar(select(Event).where(Event.login == ACTOR.name, Event.text.startswith("DEMO LOAD")))
    if mark is None and there:
        raise DatabaseInUse
    if mark is None:
        put_on_sale(uow, actor=ACTOR, now=now)
        announce(uow, actor=ACTOR, now=now)
        uow.events.write(demo.mark, login=ACTOR.name, actor=ACTOR, at=now)
        return now, 0
    if mark.text != demo.mark or (there < demo.subscribers and there % PORTION):
        raise DatabaseInUse
    return mark.at, there


@use_case
def _add_portion(uow: UnitOfWork, *, demo: Demo, first: int, now: datetime) -> None:
    last = min(first + PORTION - 1, demo.subscribers)
    portion = list(people(seed=demo.seed, first=first, last=last))
    months = past_months(uow.month(now), demo.history)
    since = months[0].starts(uow.billing.zone)
    _add_natives(uow, portion, demo, since)
    _enroll(uow.session, portion, demo, since)
    tariffs = uow.session.scalars(select(Tariff).order_by(Tariff.id)).all()
    for tariff in tariffs:
        watching = [each.number for each in portion if tariff.service in each.services]
        _switch_on(uow.session, watching, tariff=tariff, demo=demo, since=since, paid_through=months[-1])
    if not demo.delivered:
        due = {"subscriber_id": Subscriber.id, "due_at": now}
        _copy(uow.session, Delivery, due, Subscriber.id.between(first, last))
    charge_months(uow, tariffs=tariffs, first=first, last=last, months=months, actor=ACTOR)


def past_months(present: Month, count: int) -> list[Month]:
    """The `count` months before `present`, the oldest first."""
    months = [present.previous()]
    while len(months) < count:
        months.insert(0, months[0].previous())
    return months


def _add_natives(uow: UnitOfWork, portion: Sequence[Someone], demo: Demo, since: datetime) -> None:
    source = uow.ledger.system("outside:demo", uow.billing.unit)
    openings = [
        Opening(each.login, each.left_minor + demo.history * each.monthly_minor, -each.credit_minor) for each in portion
    ]
    wallets = open_accounts(uow.session, openings, prefix=wallet_code(""), source=source, actor=ACTOR.name, at=since)
    rows = [_native(each, wallets[each.login]) for each in portion]
    uow.session.execute(insert(NativeSubscriber.__table__), rows)  # type: ignore[arg-type]
    words = [row for each in portion for row in word_rows(each.number, each.name, each.address, each.mobile)]
    uow.session.execute(insert(Word.__table__), words)  # type: ignore[arg-type]


def _native(someone: Someone, wallet_id: int) -> dict[str, object]:
    return {
        "id": someone.number,
        "login": someone.login,
        "password_hash": PASSWORDS.hash(PASSWORD) if someone.login in LOGINS else "",
        "name": someone.name,
        "address": someone.address,
        "email": "",
        "mobile": someone.mobile,
        "ip": someone.ip,
        "frozen": someone.frozen,
        "down": False,
        "credit_minor": someone.credit_minor,
        "wallet_id": wallet_id,
    }


def _enroll(session: Session, portion: Sequence[Someone], demo: Demo, since: datetime) -> None:
    person = NativeSubscriber
    row = {
        "id": person.id,
        "host_id": person.id,
        "login": person.login,
        "email": person.login.concat(f"@{DOMAIN}"),
        "phone": func.replace(person.mobile, "+38", ""),
        "created_at": since,
        "remote_id": literal("9").concat(person.id) if demo.delivered else None,
        "autoresume": False,
        "tv": TvState.ACTIVE,
        "tv_since": since,
    }
    for service in {each.services[0] for each in portion if each.services}:
        numbers = [each.number for each in portion if service in each.services[:1]]
        main = select(Tariff.id).where(Tariff.service == service).scalar_subquery()
        _copy(session, Subscriber, row | {"tariff_id": main}, person.id.in_(numbers))


def _switch_on(
    session: Session, numbers: list[int], *, tariff: Tariff, demo: Demo, since: datetime, paid_through: Month
) -> None:
    has_code = demo.delivered and tariff.service not in CODELESS
    row = {
        "subscriber_id": Subscriber.id,
        "tariff_id": tariff.id,
        "main": tariff.main,
        "slot": MAIN_SLOT if tariff.main else f"addon:{tariff.id}",
        "state": State.ACTIVE,
        "fact": Fact.ON if demo.delivered else Fact.OFF,
        "code": literal(f"{tariff.id}0").concat(Subscriber.id) if has_code else None,
        "paid_through": str(paid_through),
        "ordered_at": since,
        "active_since": since,
    }
    _copy(session, Subscription, row, Subscriber.id.in_(numbers))


def _copy(session: Session, model: type[Base], row: dict[str, Any], where: ColumnElement[bool]) -> None:
    """Insert `row` into `model` once for each row that its columns are taken from; plain values are the same in all."""
    types = {column.name: column.type for column in model.__table__.c}
    cells = [
        each if isinstance(each, SQLColumnExpression) else literal(each, types[name]) for name, each in row.items()
    ]
    query = select(*cells).where(where)
    session.execute(insert(model).from_select(list(row), query, include_defaults=False))
