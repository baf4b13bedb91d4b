"""What a subscriber looks back on: his subscriptions of all times and his wallet's statement, page by page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from billing.ledger import reading
from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.periods import Month
from billing.uow import Billing
from olltv_module import statements
from olltv_module.models import Subscriber, Subscription
from olltv_module.queries import subscription_view
from olltv_module.statements import WalletStatement
from olltv_module.views import SubscriptionView

SUBSCRIPTIONS = 50


@dataclass(frozen=True)
class SubscriptionPage:
    """Subscriptions, the newest first. `next` is for `older_than` of the following page."""

    subscriptions: Sequence[SubscriptionView]
    next: int | None


@dataclass(frozen=True)
class WalletPage:
    """A page of a statement, the month of the wallet's first movement, and the present one."""

    statement: WalletStatement
    first_month: Month | None
    this_month: Month


def subscriptions(billing: Billing, *, login: str, now: datetime, older_than: int | None = None) -> SubscriptionPage:
    """What this subscriber has and had, live or over; nothing for one who has never ordered anything."""
    query = select(Subscription).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    query = query.where(Subscriber.login == login).order_by(Subscription.id.desc()).limit(SUBSCRIPTIONS + 1)
    if older_than is not None:
        query = query.where(Subscription.id < older_than)
    with billing.reading() as session:
        rows = session.scalars(query).all()
    shown = [subscription_view(each, billing.unit, now) for each in rows[:SUBSCRIPTIONS]]
    return SubscriptionPage(shown, shown[-1].id if len(rows) > SUBSCRIPTIONS else None)


def wallet(billing: Billing, *, login: str, now: datetime, **wanted: Any) -> WalletPage:
    """A page of the statement of his wallet; `wanted` is what `statements.page` takes.

    :raises UnknownLogin: nobody has this login
    :raises NotFound: `older_than` is no movement of his
    """
    with billing.reading() as session:
        person = billing.host(session, Ledger(session)).find(login)
        page = statements.page(billing, session, person, **wanted)
        first = reading.first_at(session, account=session.get_one(Account, person.wallet_id))
    return WalletPage(page, Month.of(first, billing.zone) if first else None, billing.month(now))
