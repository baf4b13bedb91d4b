"""What a door hands to the module's actions and routes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.errors import N_, BillingError
from billing.uow import Billing
from olltv_module import queries
from olltv_module.delivery.runner import Delivering, deliver_now
from olltv_module.models import Subscription
from olltv_module.options import OlltvOptions
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

    `tell` words a refusal, `translate` any text and `show` a fact (an amount, a month) for the caller who is being
    served.
    """

    billing: Billing
    clock: Clock
    delivering: Callable[[], Delivering]
    charging: Charging
    tell: Callable[[BillingError], str]
    translate: Callable[[str], str]
    show: Callable[[object], str]

    @property
    def options(self) -> OlltvOptions:
        return self.billing.option(OlltvOptions)

    def view(self, login: str, *, refused_since: datetime | None = None) -> SubscriberView:
        """:raises UnknownLogin: nobody has this login"""
        return queries.subscriber_view(self.billing, login=login, now=self.clock(), refused_since=refused_since)

    def deliver(self, subscriber_id: int) -> bool:
        """Have the partner told at once; whether that was done within OLLTV_WAIT."""
        return deliver_now(self.delivering(), subscriber_id, wait_s=self.options.wait_s)

    def refusal_of(self, subscription: Subscription) -> BillingError | None:
        """Why an order, or a resume, came to nothing after it was accepted, if it did."""
        return queries.refusal_of(self.billing, subscription.id)


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
