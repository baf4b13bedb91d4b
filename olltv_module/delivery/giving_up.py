"""Giving up an order that the partner will not confirm: it is called off and its reserve released.

Only our wish and our money change, as if the subscriber had never ordered. Delivery then reads what the partner really
has, where that is unclear, and switches off there what should not be on.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, BillingError, Busy, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.standing import pending
from olltv_module.models import Delivery, Reason, Subscriber, Subscription
from olltv_module.services import lifecycle, money, subscribers

LONGEST_REASON = 120


class GivenUp(BillingError):
    """Why an order came to nothing, as the subscriber is told. Facts: `reason`, for the staff."""

    code = "given_up"
    text = N_("Your provider called the order off because the TV partner did not carry it out. No money was taken.")


class NothingToGiveUp(WrongState):
    """What waits is no order: something on is to be kept on, or something is to go off. Facts: `login`."""

    code = "nothing_to_give_up"
    text = N_(
        "No order of %(login)s waits for the partner. What is to be switched off has to be told to him; "
        "what is paid and on can be suspended or left on the page of the subscriber."
    )


class BeingDelivered(Busy):
    """The partner is being called for this subscriber at this moment. Facts: `login`."""

    code = "being_delivered"
    text = N_("The partner is being told about %(login)s at this moment. Wait for his answer, at most two minutes.")


@use_case
def give_up(uow: UnitOfWork, *, login: str, reason: str, actor: Actor, now: datetime) -> list[Subscription]:
    """Call off every order of a subscriber that the partner has not confirmed; gives them.

    One that was never on ends as refused, one that was to be resumed is suspended as before. What is reserved for
    them is released. `reason` goes to the event log.

    :raises InvalidInput: the reason is empty or too long
    :raises BeingDelivered: somebody is calling the partner for him; nothing has changed
    :raises NothingToGiveUp, NotFound: no order of his waits; nothing is to be delivered to him
    """
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise InvalidInput(field="reason", value=reason)
    subscriber = subscribers.locked(uow, login)
    _require_idle(uow.session, subscriber, now)
    orders = pending(subscriber)
    if not orders:
        raise NothingToGiveUp(login=login)
    for sub in _going(subscriber, orders):
        _call_off(uow, subscriber, sub, reason.strip(), actor=actor, now=now)
    subscribers.mark_due(uow, subscriber, now)
    return orders


def _require_idle(session: Session, subscriber: Subscriber, now: datetime) -> None:
    row = session.get(Delivery, subscriber.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(login=subscriber.login)
    if row.leased_until and row.leased_until >= now:
        raise BeingDelivered(login=subscriber.login, name=subscriber.login)


def _going(subscriber: Subscriber, orders: list[Subscription]) -> list[Subscription]:
    """The orders; with the main goes whatever else is wished on, since no add-on can be on without it."""
    if subscriber.main in orders:
        return sorted((each for each in subscriber.live if each.wished_on), key=lambda each: each.main)
    return orders


def _call_off(
    uow: UnitOfWork, subscriber: Subscriber, sub: Subscription, reason: str, *, actor: Actor, now: datetime
) -> None:
    before = {"state": sub.state, "held": money.held_fee(uow, sub).short()}
    why = GivenUp(reason=reason)
    if sub.active_since:
        lifecycle.suspend_one(uow, subscriber, sub, sub.reason or Reason.STAFF, actor=actor, now=now)
        sub.refusal = why.remembered()
    else:
        money.release(uow, sub, now)
        sub.refuse(why, now)
    uow.events.write(
        "OLLTV SUBSCRIBER ({login}) GIVE UP {kind} [{tariff}] `{reason}`",
        login=subscriber.login,
        kind="TARIFF" if sub.main else "ADDTARIFF",
        tariff=sub.tariff_id,
        reason=reason,
        actor=actor,
        at=now,
        before=before,
        after={"state": sub.state, "held": money.held_fee(uow, sub).short()},
    )
