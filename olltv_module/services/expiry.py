"""Orders that the partner never confirmed: after OLLTV_ORDER_DAYS their reserves expire and they are called off."""

from datetime import datetime

from sqlalchemy import select

from billing.actors import WORKER
from billing.errors import N_, BillingError
from billing.uow import UnitOfWork, use_case
from olltv_module.models import Reason, Subscriber, Subscription
from olltv_module.services import lifecycle, money, subscribers


class OrderExpired(BillingError):
    """The partner gave no clear answer until the reserve expired."""

    code = "order_expired"
    text = N_("The TV partner did not answer for too long, so the order was called off. No money was taken.")


def expire_orders(uow: UnitOfWork, *, now: datetime) -> int:
    """Call off every order whose reserve has expired, one transaction each; gives their number."""
    with uow:
        expired = [hold.id for hold in uow.ledger.expired(now=now)]
        query = select(Subscriber.login, Subscription.id, Subscription.hold_id).join(
            Subscriber, Subscriber.id == Subscription.subscriber_id
        )
        orders = uow.session.execute(query.where(Subscription.hold_id.in_(expired))).all()
    for login, subscription_id, hold_id in orders:
        _call_off(uow, login=login, subscription_id=subscription_id, hold_id=hold_id, now=now)
    return len(orders)


@use_case
def _call_off(uow: UnitOfWork, *, login: str, subscription_id: int, hold_id: int, now: datetime) -> None:
    subscriber = subscribers.locked(uow, login)
    sub = next(each for each in subscriber.subscriptions if each.id == subscription_id)
    if sub.hold_id != hold_id:  # confirmed or called off in the meantime, maybe ordered anew
        return
    if sub.active_since:
        lifecycle.suspend_one(uow, subscriber, sub, sub.reason or Reason.STAFF, actor=WORKER, now=now)
    else:
        money.release(uow, sub, now)
        sub.refuse(OrderExpired(), now)
    text = "OLLTV SUBSCRIBER ({login}) ORDER EXPIRED [{tariff}]"
    uow.events.write(text, login=login, tariff=sub.tariff_id, actor=WORKER, at=now)
    subscribers.mark_due(uow, subscriber, now)
