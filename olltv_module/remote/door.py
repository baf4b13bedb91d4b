"""What a door hands to the module's actions and routes."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.errors import N_, BillingError, recalled
from billing.uow import Billing
from olltv_module.delivery.runner import Delivering, deliver_now
from olltv_module.models import State, Subscription
from olltv_module.options import OlltvOptions
from olltv_module.queries import subscriber_view
from olltv_module.remote.charging import Charging
from olltv_module.views import SubscriberView

EXTENSION = "olltv"


class ModuleDisabled(BillingError):
    """OLLTV_ENABLED is 0."""

    code, http_status = "olltv_disabled", 503
    text = N_("Television is switched off here.")


@dataclass(frozen=True)
class Door:
    """`delivering` is asked for only where the partner is needed, since it wants his login and password.

    `tell` words a refusal and `translate` any text for the caller who is being served.
    """

    billing: Billing
    clock: Clock
    delivering: Callable[[], Delivering]
    charging: Charging
    tell: Callable[[BillingError], str]
    translate: Callable[[str], str]

    @property
    def options(self) -> OlltvOptions:
        return self.billing.option(OlltvOptions)

    def view(self, login: str) -> SubscriberView:
        """:raises UnknownLogin: nobody has this login"""
        return subscriber_view(self.billing, login=login, now=self.clock())

    def deliver(self, subscriber_id: int) -> bool:
        """Have the partner told at once; whether that was done within OLLTV_WAIT."""
        return deliver_now(self.delivering(), subscriber_id, wait_s=self.options.wait_s)

    def refusal_of(self, subscription: Subscription) -> BillingError | None:
        """Why an order came to nothing after it was accepted, if it did."""
        with self.billing.reading() as session:
            now_is = session.get_one(Subscription, subscription.id)
        return recalled(now_is.refusal) if now_is.state is State.REFUSED and now_is.refusal else None


def door() -> Door:
    """The door of the app that serves the present request."""
    found: Door = current_app.extensions[EXTENSION]
    return found


def actor() -> Actor:
    """On whose account the present request is, as the door made sure of."""
    found: Actor = g.actor
    return found


def subject() -> str:
    """The login that the present request acts for, as the door made sure of."""
    found: str = g.subject
    return found


def require_module() -> None:
    """Before each request of the module's routes.

    :raises ModuleDisabled: OLLTV_ENABLED is 0
    """
    if not door().options.enabled:
        raise ModuleDisabled()
