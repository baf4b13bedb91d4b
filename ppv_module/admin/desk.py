"""What the panel hands to the module's pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.uow import Billing
from ppv_module.options import PpvOptions
from ppv_module.provider.base import ChatProvider

EXTENSION = "ppv.desk"


@dataclass(frozen=True)
class Desk:
    """What the pages stand on. `cabinet_url` is where viewers and performers are; empty where nobody said."""

    billing: Billing
    clock: Clock
    provider: ChatProvider
    cabinet_url: str = ""

    @property
    def options(self) -> PpvOptions:
        return self.billing.option(PpvOptions)


class Signed(TypedDict):
    """Who does something, and when."""

    actor: Actor
    now: datetime


def desk() -> Desk:
    """The desk of the app that serves the present request."""
    found: Desk = current_app.extensions[EXTENSION]
    return found


def actor() -> Actor:
    """The signed-in person, as the panel's guard made sure of."""
    found: Actor = g.actor
    return found


def signed() -> Signed:
    """The present person and moment, as use cases take them."""
    return {"actor": actor(), "now": desk().clock()}
