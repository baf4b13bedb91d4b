"""One subscriber as nearly every page asks for him, in one statement.

Building a statement takes longer than sending it, so these are built once a process.
"""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session, contains_eager, load_only

from billing.ledger.models import Account
from olltv_module.models import Delivery, Price, State, Subscriber, Subscription, Tariff

Columns = tuple[InstrumentedAttribute[Any], ...]

# Reading columns that nobody needs is a good part of the whole; what is not named here is loaded when it is asked for.
OF_SUBSCRIBER: Columns = (
    Subscriber.login,
    Subscriber.email,
    Subscriber.phone,
    Subscriber.remote_id,
    Subscriber.autoresume,
    Subscriber.version,
)
OF_QUEUE: Columns = (Delivery.due_at, Delivery.tries, Delivery.parked_at, Delivery.trouble)
OF_TARIFF: Columns = (Tariff.name, Tariff.service, Tariff.main)


def subscriber(
    session: Session, login: str, *, refused_since: datetime | None = None
) -> tuple[Subscriber | None, Delivery | None]:
    """The subscriber, with his subscriptions and their prices, and his place in the queue.

    With `refused_since` what is over is left out, but for orders that were refused since then.
    """
    query = _everything() if refused_since is None else _what_matters()
    row = session.execute(query, {"login": login, "since": refused_since}).unique().one_or_none()
    return (row[0], row[1]) if row else (None, None)


@cache
def _what_matters() -> Select[tuple[Subscriber, Delivery]]:
    """What is live, and what was refused since `since`."""
    lately_refused = and_(Subscription.state == State.REFUSED, Subscription.ended_at >= bindparam("since"))
    return _known_with(or_(Subscription.slot.is_not(None), lately_refused))


@cache
def _everything() -> Select[tuple[Subscriber, Delivery]]:
    return _known_with(true())


def _known_with(meant: ColumnElement[bool]) -> Select[tuple[Subscriber, Delivery]]:
    """The subscriber `login` with the subscriptions that are meant."""
    subscriptions = and_(Subscription.subscriber_id == Subscriber.id, meant)
    tariff = contains_eager(Subscriber.subscriptions).contains_eager(Subscription.tariff)
    return (
        select(Subscriber, Delivery)
        .outerjoin(Delivery, Delivery.subscriber_id == Subscriber.id)
        .outerjoin(Subscription, subscriptions)
        .outerjoin(Tariff, Tariff.id == Subscription.tariff_id)
        .outerjoin(Price, Price.tariff_id == Tariff.id)
        .where(Subscriber.login == bindparam("login"))
        .order_by(Subscription.id, Price.starts_at)
        .options(load_only(*OF_SUBSCRIBER), load_only(*OF_QUEUE))
        .options(tariff.load_only(*OF_TARIFF), tariff.contains_eager(Tariff.prices))
    )


def account(session: Session, account_id: int) -> Account:
    """An account that is known to exist."""
    return session.scalars(_account(), {"id": account_id}).one()


@cache
def _account() -> Select[tuple[Account]]:
    return select(Account).where(Account.id == bindparam("id"))
