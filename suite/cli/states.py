"""What became of an order, in a sentence."""

from billing.errors import BillingError
from olltv_module.models import Fact, State
from olltv_module.views import DeliveryView, SubscriberView, SubscriptionView
from suite.cli.console import Console


def sentence(console: Console, view: SubscriberView, sub: SubscriptionView) -> str:
    """How this subscription stands, for people."""
    if sub.refusal:
        why = console.refusal(sub.refusal)
        return console._("“%(tariff)s” was refused: %(why)s", tariff=sub.tariff, why=why)
    if sub.state in (State.PENDING, State.ACTIVE):
        return _coming(console, view, sub)
    return _going(console, view, sub)


def _coming(console: Console, view: SubscriberView, sub: SubscriptionView) -> str:
    if sub.state is State.ACTIVE and sub.fact is Fact.ON:
        if sub.code:
            return console._("“%(tariff)s” is on, its code is %(code)s.", tariff=sub.tariff, code=sub.code)
        return console._("“%(tariff)s” is on.", tariff=sub.tariff)
    if why := trouble(view.delivery):
        return console._("“%(tariff)s” is being switched on: %(why)s", tariff=sub.tariff, why=console.refusal(why))
    return console._("“%(tariff)s” is being switched on.", tariff=sub.tariff)


def _going(console: Console, view: SubscriberView, sub: SubscriptionView) -> str:
    if sub.fact in (Fact.ON, Fact.UNKNOWN):
        if why := trouble(view.delivery):
            text = console.refusal(why)
            return console._("“%(tariff)s” is being switched off: %(why)s", tariff=sub.tariff, why=text)
        return console._("“%(tariff)s” is being switched off.", tariff=sub.tariff)
    if sub.state is State.SUSPENDED:
        return console._("“%(tariff)s” is suspended: %(reason)s.", tariff=sub.tariff, reason=sub.reason)
    return console._("“%(tariff)s” is over.", tariff=sub.tariff)


def trouble(delivery: DeliveryView | None) -> BillingError | None:
    """What stopped the last try to tell the partner."""
    return delivery.obstacle if delivery else None
