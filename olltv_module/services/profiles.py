"""The profile of a subscriber of our own host, as staff edit it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from billing.actors import Actor
from billing.errors import N_, NotAllowed
from billing.host.base import Person
from billing.host.native import NativeHost
from billing.ledger.holds import Ledger
from billing.money import Money
from billing.uow import Billing, UnitOfWork, use_case

TOLD = ("name", "address", "email", "mobile", "ip", "frozen", "down", "credit")


class ProfileElsewhere(NotAllowed):
    """The subscribers are kept by another billing."""

    code = "profile_elsewhere"
    text = N_("Profiles are kept in another billing. Change this one there.")


@use_case
def edit(
    uow: UnitOfWork,
    *,
    login: str,
    seen: int | None,
    credit: Money,
    profile: Mapping[str, str | bool],
    actor: Actor,
    now: datetime,
) -> Person:
    """Change name, addresses, e-mail, mobile number, the flags and the credit limit, as `NativeHost.edit` does.

    :raises UnknownLogin, ChangedMeanwhile, WrongIp, ProfileElsewhere: nothing has changed
    """
    if not isinstance(uow.host, NativeHost):
        raise ProfileElsewhere()
    before, after = uow.host.edit(login, seen=seen, credit=credit, **profile)
    if before != after:
        uow.events.write(
            "USER CHANGE ({login})", login=login, actor=actor, at=now, before=_told(before), after=_told(after)
        )
    return after


def edition(billing: Billing, *, login: str) -> int:
    """Which edition of the profile a form shows.

    :raises UnknownLogin, ProfileElsewhere: there is none that could be edited here
    """
    with billing.reading() as session:
        host = billing.host(session, Ledger(session))
        if not isinstance(host, NativeHost):
            raise ProfileElsewhere()
        return host.version(login)


def _told(person: Person) -> dict[str, object]:
    facts = asdict(person) | {"credit": str(person.credit)}
    return {name: facts[name] for name in TOLD}
