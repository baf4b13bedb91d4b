"""Who is at which subscriber: committed leases on the rows of the queue, never a lock held during a call.

A row goes only when its holder found wish and fact equal. So a lease that ran out means that its holder died, maybe
in the middle of a call: whoever takes over trusts no fact and reads the partner's state first.
"""

import random
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import NotFound
from billing.uow import UnitOfWork, use_case
from olltv_module.models import Delivery, Fact, Subscriber, Subscription

LEASE = timedelta(seconds=120)
FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 300.0
MOST_DOUBLINGS = 10


@dataclass(frozen=True)
class Claim:
    """The right to deliver to one subscriber."""

    subscriber_id: int
    token: str


@use_case
def claim(uow: UnitOfWork, *, now: datetime, limit: int = 1, subscriber_id: int | None = None) -> list[Claim]:
    """Lease up to `limit` subscribers who are due, or the one that is named if nobody is at him.

    A rival who is faster takes some of them: then fewer are given. Never waits.
    """
    free = or_(Delivery.leased_until.is_(None), Delivery.leased_until < now)
    due: list[ColumnElement[bool]] = [Delivery.parked_at.is_(None), Delivery.due_at <= now, free]
    if subscriber_id is not None:
        due = [Delivery.subscriber_id == subscriber_id, free]
    chosen = uow.session.execute(
        select(Delivery.subscriber_id, Delivery.token, Delivery.leased_at)
        .where(*due)
        .order_by(Delivery.due_at)
        .limit(limit)
    ).all()
    if not chosen:
        return []
    token = secrets.token_hex(16)
    ours = update(Delivery).where(Delivery.subscriber_id.in_([row.subscriber_id for row in chosen]), free)
    uow.session.execute(ours.values(token=token, leased_at=now, leased_until=now + LEASE))
    won = set(uow.session.scalars(select(Delivery.subscriber_id).where(Delivery.token == token)))
    for row in chosen:
        if row.token and row.subscriber_id in won:
            distrust(uow, row.subscriber_id, row.leased_at)
    return [Claim(each, token) for each in sorted(won)]


def distrust(uow: UnitOfWork, subscriber_id: int, since: datetime) -> None:
    """A holder since `since` died, or his answer was lost: any bundle that he may have touched is unclear.

    A subscription that ended shortly before he came may have ended after he looked: clocks and commits lag.
    """
    touched = or_(Subscription.slot.is_not(None), Subscription.ended_at >= since - LEASE)
    registered = select(Subscriber.id).where(Subscriber.id == subscriber_id, Subscriber.remote_id.is_not(None))
    uow.session.execute(
        update(Subscription)
        .where(Subscription.subscriber_id.in_(registered), touched)
        .values(fact=Fact.UNKNOWN)
        .execution_options(synchronize_session=False)
    )


def held_until(row: Delivery | None, claim: Claim, now: datetime) -> datetime | None:
    """The end of a claim that is still good, by its row; None for one whose lease ran out or was taken over."""
    if row is None or row.token != claim.token or row.leased_until is None or row.leased_until <= now:
        return None
    return row.leased_until


def prolong(row: Delivery, *, now: datetime) -> datetime:
    """Keep a row that is ours for another while; gives its end."""
    row.leased_until = now + LEASE
    return row.leased_until


def postpone(
    row: Delivery,
    *,
    trouble: str,
    now: datetime,
    counts: bool = True,
    first_s: float = FIRST_PAUSE_S,
    longest_s: float = LONGEST_PAUSE_S,
) -> None:
    """Try again after a pause that doubles with each try, spread by chance so that rivals do not march in step.

    `counts` says whether this try brings the subscriber nearer to being parked.
    """
    pause_s = min(first_s * 2 ** min(row.tries, MOST_DOUBLINGS), longest_s) * random.uniform(0.5, 1)  # noqa: S311
    row.tries += counts
    row.due_at = now + timedelta(seconds=pause_s)
    row.trouble = trouble[:200]
    _let_go(row)


def park(row: Delivery, *, trouble: str, now: datetime) -> None:
    """Leave the subscriber to staff; the rest go on. A change of the wish, or `retry`, takes him up again."""
    row.parked_at, row.trouble = now, trouble[:200]
    _let_go(row)


def _let_go(row: Delivery) -> None:
    row.token, row.leased_at, row.leased_until = None, None, None


@use_case
def retry(uow: UnitOfWork, *, subscriber_id: int, now: datetime, actor: Actor | None = None) -> None:
    """Somebody of the staff, `actor`, has cleared the way: deliver to this subscriber at once.

    :raises NotFound: nothing is to be delivered to him
    """
    row = uow.session.get(Delivery, subscriber_id, with_for_update=True)
    if row is None:
        raise NotFound(subscriber=subscriber_id)
    row.due_at, row.tries, row.parked_at, row.trouble = now, 0, None, None
    if actor:
        login = uow.session.scalars(select(Subscriber.login).where(Subscriber.id == subscriber_id)).one()
        uow.events.write("OLLTV SUBSCRIBER ({login}) DELIVER AGAIN", login=login, actor=actor, at=now)


@use_case
def retry_parked(uow: UnitOfWork, *, actor: Actor, now: datetime) -> int:
    """The same for everybody who is parked; gives how many they were."""
    unparked = update(Delivery).where(Delivery.parked_at.is_not(None)).execution_options(synchronize_session=False)
    found = uow.session.execute(unparked.values(due_at=now, tries=0, parked_at=None, trouble=None))
    number = int(found.rowcount)  # type: ignore[attr-defined]
    if number:
        uow.events.write("OLLTV DELIVER AGAIN ALL PARKED {number}", number=number, actor=actor, at=now)
    return number


@dataclass(frozen=True)
class Length:
    """How much is in the queue: `waiting` for their time, `leased` by somebody, `parked` for staff."""

    due: int
    waiting: int
    leased: int
    parked: int

    @property
    def open(self) -> int:
        """Everything that will still be done without staff."""
        return self.due + self.waiting + self.leased


def length(session: Session, now: datetime) -> Length:
    """Count the queue."""
    leased = func.sum(case((and_(Delivery.parked_at.is_(None), Delivery.leased_until >= now), 1), else_=0))
    parked = func.sum(case((Delivery.parked_at.is_not(None), 1), else_=0))
    idle = and_(Delivery.parked_at.is_(None), or_(Delivery.leased_until.is_(None), Delivery.leased_until < now))
    due = func.sum(case((and_(idle, Delivery.due_at <= now), 1), else_=0))
    row = session.execute(select(func.count(), due, leased, parked)).one()
    total, due_now, at_work, left = (int(each or 0) for each in row)
    return Length(due=due_now, waiting=total - due_now - at_work - left, leased=at_work, parked=left)


def next_due(session: Session) -> datetime | None:
    """When the next subscriber who is not parked is due, or his lease runs out."""
    waits = case((Delivery.leased_until > Delivery.due_at, Delivery.leased_until), else_=Delivery.due_at)
    return session.scalar(select(waits).where(Delivery.parked_at.is_(None)).order_by(waits).limit(1))
