"""What a door hands to the module's routes."""

from dataclasses import dataclass

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.errors import N_, BillingError
from billing.uow import Billing
from ppv_module.options import PpvOptions
from ppv_module.provider.base import ChatProvider

EXTENSION = "ppv"


class PpvDisabled(BillingError):
    """PPV_ENABLED is 0."""

    code, http_status = "ppv_disabled", 503
    text = N_("Pay-per-view is switched off here.")


@dataclass(frozen=True)
class Door:
    """What the routes stand on."""

    billing: Billing
    clock: Clock
    provider: ChatProvider

    @property
    def options(self) -> PpvOptions:
        return self.billing.option(PpvOptions)


def door() -> Door:
    """The door of the app that serves the present request."""
    found: Door = current_app.extensions[EXTENSION]
    return found


def actor() -> Actor:
    """On whose account the present request is, as the app made sure of."""
    found: Actor = g.actor
    return found


def subject() -> str:
    """The login that the present request acts for, as the app made sure of."""
    found: str = g.subject
    return found


def require_module() -> None:
    """Before each request of the module's routes.

    :raises PpvDisabled: PPV_ENABLED is 0
    """
    if not door().options.enabled:
        raise PpvDisabled()
