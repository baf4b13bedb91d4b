"""What the panel hands to the module's pages."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from flask import current_app, g

from billing.actors import Actor
from billing.clock import Clock
from billing.errors import Misconfigured
from billing.uow import Billing
from ppv_module.options import PpvOptions
from ppv_module.provider.base import ChatProvider
from ppv_module.streams.syncs.spool import Spool

EXTENSION = "ppv.desk"


@dataclass(frozen=True)
class Desk:
    """What the pages stand on. `cabinet_url` is where viewers and performers are; empty where nobody said.

    `spool` has the messages of media servers; exports do without it.
    """

    billing: Billing
    clock: Clock
    provider: ChatProvider
    cabinet_url: str = ""
    spool: Spool | None = None

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


def spool() -> Spool:
    """Where messages of media servers lie.

    :raises Misconfigured: this process has nothing to do with them
    """
    if (found := desk().spool) is None:
        raise Misconfigured(what="messages of media servers are not at hand here")
    return found


def actor() -> Actor:
    """The signed-in person, as the panel's guard made sure of."""
    found: Actor = g.actor
    return found


def signed() -> Signed:
    """The present person and moment, as use cases take them."""
    return {"actor": actor(), "now": desk().clock()}
