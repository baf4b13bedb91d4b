"""What the panel hands to the module's pages."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.uow import Billing
from olltv_module.delivery.runner import Delivering, deliver_now
from olltv_module.options import OlltvOptions

EXTENSION = "olltv.desk"


@dataclass(frozen=True)
class Desk:
    """`delivering` is asked for only where the partner is needed, since it wants his login and password.

    `cabinet_url` is where staff look into subscribers' cabinets; empty where they may not.
    """

    billing: Billing
    clock: Clock
    delivering: Callable[[], Delivering]
    cabinet_url: str = ""

    @property
    def options(self) -> OlltvOptions:
        return self.billing.option(OlltvOptions)

    def deliver(self, subscriber_id: int) -> bool:
        """Have the partner told at once; whether that was done within OLLTV_WAIT."""
        return deliver_now(self.delivering(), subscriber_id, wait_s=self.options.wait_s)


def desk() -> Desk:
    """The desk of the app that serves the present request."""
    found: Desk = current_app.extensions[EXTENSION]
    return found


def actor() -> Actor:
    """The signed-in person, as the panel's guard made sure of."""
    found: Actor = g.actor
    return found
