"""What must hold between subscriptions and the ledger, for `billing.ledger.audit`."""

from collections.abc import Iterator

from sqlalchemy import String, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from billing.errors import N_
from billing.ledger.audit import Check, Finding, findings
from billing.ledger.models import Hold, HoldState, Transfer
from olltv_module.models import MAIN_SLOT, Reason, State, Subscriber, Subscription, TvState
from olltv_module.services.money import KEY_PREFIX


def _holds_owned(session: Session) -> Iterator[Finding]:
    """Every live reserve for a fee belongs to an order that waits for the partner."""
    owner = and_(Subscription.hold_id == Hold.id, Subscription.state == State.PENDING)
    query = select(Hold.id, Hold.key, Hold.login).outerjoin(Subscription, owner)
    query = query.where(Hold.state == HoldState.HELD, Hold.key.startswith(KEY_PREFIX), Subscription.id.is_(None))
    text = N_("The reserve %(key)s of %(login)s belongs to no order.")
    yield from findings(session, query, "hold_without_order", text)


def _orders_covered(session: Session) -> Iterator[Finding]:
    """A reserve that an order names stands, and only orders name one."""
    query = select(Subscription.id, Subscriber.login).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    query = query.outerjoin(Hold, and_(Hold.id == Subscription.hold_id, Hold.state == HoldState.HELD))
    wrong = or_(Hold.id.is_(None), Subscription.state != State.PENDING)
    text = N_("The subscription %(id)s of %(login)s names a reserve that does not stand.")
    yield from findings(session, query.where(Subscription.hold_id.is_not(None), wrong), "order_uncovered", text)


def _paid_is_marked(session: Session) -> Iterator[Finding]:
    """A month that was paid in the ledger is marked as paid on the subscription."""
    paid = and_(Transfer.subscription_id == Subscription.id, Transfer.key.startswith(KEY_PREFIX))
    query = select(Subscription.id, Transfer.key, Subscription.paid_through).join(Transfer, paid)
    query = query.where(Subscription.paid_through < Transfer.period)
    text = N_("The fee %(key)s was taken, but the subscription is marked as paid through “%(paid_through)s”.")
    yield from findings(session, query, "payment_unmarked", text)


def _addons_beside_main(session: Session) -> Iterator[Finding]:
    """A live add-on has a live main beside it."""
    main = select(Subscription.subscriber_id).where(Subscription.slot == MAIN_SLOT)
    query = select(Subscription.id, Subscriber.login).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    stray = and_(Subscription.slot.is_not(None), ~Subscription.main, Subscription.state == State.ACTIVE)
    query = query.where(stray, Subscription.subscriber_id.not_in(main))
    yield from findings(session, query, "addon_without_main", N_("%(login)s has an add-on without a main tariff."))


def _lists_tell_the_truth(session: Session) -> Iterator[Finding]:
    """State and tariff in a subscriber's own row, which lists are read from, are those of his live main."""
    main = and_(Subscription.subscriber_id == Subscriber.id, Subscription.slot == MAIN_SLOT)
    suspended = Subscription.state == State.SUSPENDED
    state = case((suspended, func.coalesce(Subscription.reason, Reason.STAFF)), else_=Subscription.state)
    told = case((Subscription.id.is_(None), TvState.NONE), else_=cast(state, String))
    query = select(Subscriber.login, Subscriber.tv, Subscriber.tariff_id).outerjoin(Subscription, main)
    wrong = or_(cast(Subscriber.tv, String) != told, Subscriber.tariff_id != func.coalesce(Subscription.tariff_id, 0))
    text = N_("The list shows %(login)s as “%(tv)s” with the tariff %(tariff_id)s, the subscriptions say otherwise.")
    yield from findings(session, query.where(wrong), "list_differs", text)


CHECKS: tuple[Check, ...] = (
    _holds_owned,
    _orders_covered,
    _paid_is_marked,
    _addons_beside_main,
    _lists_tell_the_truth,
)
