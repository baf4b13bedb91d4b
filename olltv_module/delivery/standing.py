"""Where a subscriber stands in the queue, what stopped him, and what the partner is to be told: for people to read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from billing.errors import N_, BillingError, NotFound
from billing.host.search import begins
from billing.ledger.models import Hold
from billing.money import Money
from billing.paging import SIZE, Count, Key, Page, count_upto, page
from billing.uow import Billing
from olltv_module.delivery.plan import Do, Step, next_step
from olltv_module.models import Delivery, State, Subscriber, Subscription
from olltv_module.views import obstacle

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
"""Before anything here was ever done."""


class Part(StrEnum):
    """The queue falls into these parts."""

    DUE = "due_now"
    LEASED = "at_work"
    WAITING = "waiting"
    PARKED = "parked"


SAYINGS = {
    Do.READ: N_("Ask the partner what is on there: the last answer was unclear."),
    Do.REGISTER: N_("Register the subscriber with the partner."),
    Do.SWITCH_ON: N_("Switch “%(tariff)s” on."),
    Do.SWITCH_OFF: N_("Switch “%(tariff)s” off."),
    Do.CHANGE: N_("Change from “%(old)s” to “%(tariff)s”."),
    Do.CANCEL: N_("Call “%(tariff)s” off: there is no main tariff that it could stand beside."),
}
"""What is done next, for people; filled in with `Standing.facts`."""

NOTHING = N_("Nothing: the partner knows everything.")


@dataclass(frozen=True, kw_only=True)
class Standing:
    """One subscriber in the queue. `to_give_up`: the orders that the partner has not confirmed, add-ons first."""

    subscriber_id: int
    login: str
    part: Part
    tries: int
    due_at: datetime
    leased_at: datetime | None
    parked_at: datetime | None
    obstacle: BillingError | None
    step: Step | None
    to_give_up: Sequence[Subscription]

    @property
    def saying(self) -> str:
        """What the partner is to be told next, a marked text to be filled in with `facts`."""
        return SAYINGS[self.step.do] if self.step else NOTHING

    @property
    def facts(self) -> dict[str, str]:
        sub, old = (self.step.sub, self.step.old) if self.step else (None, None)
        return {"tariff": sub.tariff.name if sub else "", "old": old.tariff.name if old else ""}


def pending(subscriber: Subscriber) -> list[Subscription]:
    """The orders that the partner has not confirmed, the add-ons first: what can be given up."""
    waiting = [each for each in subscriber.live if each.state is State.PENDING]
    return sorted(waiting, key=lambda each: each.main)


def part_of(row: Delivery, now: datetime) -> Part:
    if row.leased_until and row.leased_until >= now:
        return Part.LEASED
    if row.parked_at:
        return Part.PARKED
    return Part.DUE if row.due_at <= now else Part.WAITING


def count(session: Session, part: Part, now: datetime) -> Count:
    """How many stand in `part`; counting stops at a thousand."""
    return count_upto(session, select(Delivery.subscriber_id).where(*_within(part, now)))


def listed(
    session: Session, part: Part, now: datetime, *, cursor: str | None = None, size: int = SIZE
) -> Page[Standing]:
    """A page of those who stand in `part`, who is there longest first."""
    first = {Part.LEASED: [Key(Delivery.leased_at)], Part.PARKED: [Key(Delivery.parked_at)]}.get(part, [])
    keys = [*first, Key(Delivery.due_at), Key(Delivery.subscriber_id)]
    found = page(session, _rows(*_within(part, now)), keys=keys, cursor=cursor, size=size)
    return Page([_standing(row, subscriber, now) for row, subscriber in found.rows], found.next, found.previous)


def of_login(session: Session, login: str, now: datetime) -> Standing:
    """:raises NotFound: nothing is to be delivered to him"""
    found = session.execute(_rows(Subscriber.login == login)).first()
    if found is None:
        raise NotFound(login=login)
    return _standing(found[0], found[1], now)


def of_logins(session: Session, beginning: str, now: datetime, *, size: int = SIZE) -> list[Standing]:
    """Those in the queue whose logins begin so, in their order."""
    found = _rows(begins(Subscriber.login, beginning)).order_by(Subscriber.login).limit(size)
    return [_standing(row, subscriber, now) for row, subscriber in session.execute(found)]


@dataclass(frozen=True)
class Order:
    """An order that can be given up: what is reserved for it; `was_on` when it was to be resumed."""

    tariff: str
    held: Money
    was_on: bool


def orders(billing: Billing, session: Session, of: Standing) -> list[Order]:
    """What giving up would call off."""
    numbers = [each.hold_id for each in of.to_give_up if each.hold_id]
    holds = {each.id: each.amount for each in session.scalars(select(Hold).where(Hold.id.in_(numbers)))}
    nothing = Money(0, billing.unit)
    return [
        Order(each.tariff.name, holds.get(each.hold_id or 0, nothing), each.active_since is not None)
        for each in of.to_give_up
    ]


def _rows(*conditions: ColumnElement[bool]) -> Select[tuple[Delivery, Subscriber]]:
    joined = select(Delivery, Subscriber).join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    return joined.where(*conditions)


def _within(part: Part, now: datetime) -> list[ColumnElement[bool]]:
    """Each part as a range of an index: for “not empty” alone not every database uses one."""
    idle = or_(Delivery.leased_until.is_(None), Delivery.leased_until < now)
    match part:
        case Part.LEASED:
            return [Delivery.token > "", Delivery.leased_until >= now]
        case Part.PARKED:
            return [Delivery.parked_at > LONG_AGO, idle]
        case Part.DUE:
            return [Delivery.parked_at.is_(None), Delivery.due_at <= now, idle]
    return [Delivery.parked_at.is_(None), Delivery.due_at > now, idle]


def _standing(row: Delivery, subscriber: Subscriber, now: datetime) -> Standing:
    return Standing(
        subscriber_id=subscriber.id,
        login=subscriber.login,
        part=part_of(row, now),
        tries=row.tries,
        due_at=row.due_at,
        leased_at=row.leased_at,
        parked_at=row.parked_at,
        obstacle=obstacle(row.trouble),
        step=next_step(subscriber),
        to_give_up=pending(subscriber),
    )
