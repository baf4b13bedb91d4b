"""Adding people to the provider's own subscribers, where no other billing keeps them."""

import re
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotAllowed
from billing.host.base import Person
from billing.host.native import LONGEST_LOGIN, NativeHost, NativeSubscriber
from billing.money import Money
from billing.staff import LoginTaken
from billing.uow import UnitOfWork, use_case

LOGIN = re.compile(r"[\w@.+-]{1,64}")
TAKEN_BY_PAGES = frozenset(("new", "bulk", ".", ".."))
"""Logins that could not be told from addresses of pages."""


class PeopleElsewhere(NotAllowed):
    """The subscribers are kept by another billing."""

    code = "people_elsewhere"
    text = N_("Subscribers are kept in another billing. Add them there; they can order television here at once.")


class BadLogin(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_login"
    text = N_("“%(value)s” is no login: up to 64 letters, digits and . _ - + @ without spaces.")


@use_case
def register(
    uow: UnitOfWork,
    *,
    login: str,
    password: str,
    credit: Money,
    profile: Mapping[str, str],
    actor: Actor,
    now: datetime,
) -> Person:
    """Add a subscriber with an empty wallet; `profile` may have name, address, email and mobile.

    The partner hears of him when he orders something. Without a password he cannot enter the cabinet.

    :raises PeopleElsewhere, BadLogin, LoginTaken: nothing has changed
    """
    if not isinstance(uow.host, NativeHost):
        raise PeopleElsewhere()
    if not LOGIN.fullmatch(login) or len(login) > LONGEST_LOGIN or login in TAKEN_BY_PAGES:
        raise BadLogin(field="login", value=login)
    if uow.session.scalar(select(NativeSubscriber.id).where(NativeSubscriber.login == login)):
        raise LoginTaken(field="login", login=login)
    try:
        person = uow.host.add(login=login, password=password, credit=credit, **profile)
    except IntegrityError as rival:  # somebody has taken it since we looked
        raise LoginTaken(field="login", login=login) from rival
    told = {name: text for name, text in profile.items() if text} | {"credit": str(credit)}
    uow.events.write("USER CREATE ({login})", login=login, actor=actor, at=now, after=told)
    return person
