"""What callers are told, in their language and no more than is theirs to know."""

from dataclasses import dataclass
from functools import cached_property
from ipaddress import IPv6Address, ip_address

from flask import request
from sqlalchemy.exc import DBAPIError, OperationalError

from billing.errors import N_, BillingError, Misconfigured
from olltv_module.remote.charging import Charging
from olltv_module.remote.door import Door
from suite.runtime import Runtime, database_trouble
from suite.texts import project_catalogue, say, show
from weblib.i18n import Catalogue, pick_language

SORRY = N_("The service is not available at the moment. Please try again later.")


@dataclass(frozen=True)
class Words:
    """Texts for whoever is being served."""

    runtime: Runtime

    @cached_property
    def _catalogue(self) -> Catalogue:
        return project_catalogue()

    @property
    def language(self) -> str:
        return pick_language(request.headers.get("Accept-Language"), self.runtime.settings.suite.lang)

    def translate(self, text: str) -> str:
        return self._catalogue.gettext(self.language, text)

    def show(self, fact: object) -> str:
        """An amount, a month, a time for the caller."""
        return show(fact, self.language, zone=self.runtime.settings.suite.zone, catalogue=self._catalogue)

    def tell(self, error: BillingError) -> str:
        """The sentence for an error. What the operator has to mend is told to callers on this machine only."""
        if isinstance(error, Misconfigured) and not is_at_home():
            return self.translate(SORRY)
        return say(error, self.language, zone=self.runtime.settings.suite.zone, catalogue=self._catalogue)


def open_door(runtime: Runtime, words: Words) -> Door:
    """What the actions and routes of the module work with."""
    return Door(
        billing=runtime.billing,
        clock=runtime.clock,
        delivering=lambda: runtime.delivering,
        charging=Charging(runtime.billing, runtime.clock),
        tell=words.tell,
        translate=words.translate,
        show=words.show,
    )


def is_at_home() -> bool:
    """Whether the caller sits on this machine, as the operator does."""
    if not request.remote_addr:
        return False
    caller = ip_address(request.remote_addr)
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    return caller.is_loopback


def operator_must_mend(runtime: Runtime, error: DBAPIError) -> Misconfigured | None:
    """What is wrong with the database; None when nothing is, so that the error is a defect of ours."""
    try:
        runtime.check_database()
    except Misconfigured as found:
        return found
    return database_trouble(error) if isinstance(error, OperationalError) else None
