"""Reading from the partner while a person waits, and telling apart "he was asked" and "he was told"."""

from collections.abc import Iterator
from concurrent.futures import TimeoutError as TooLate
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass

from sqlalchemy import select

from billing.errors import N_, PartnerUnreachable
from billing.uow import Billing
from olltv_module.delivery.runner import Delivering
from olltv_module.errors import NotSubscribed
from olltv_module.models import Subscriber
from olltv_module.partner import AccountUnknown, Device, ForeignUser, PartnerUser

LIMIT_S = 6.0
"""A person does not wait longer for what the partner knows."""


class PartnerSilent(PartnerUnreachable):
    """The partner was only asked, so nothing has changed."""

    code = "partner_silent"
    text = N_("The TV partner does not answer right now. Nothing was changed; try again in a few minutes.")


class NoClearAnswer(PartnerUnreachable):
    """The partner was told something, and nobody knows whether he heard it."""

    code = "no_clear_answer"
    text = N_(
        "The TV partner gave no clear answer: it is unknown whether this was done. Read what he knows, then try again."
    )


@dataclass(frozen=True)
class Known:
    """What the partner has of one subscriber now; `user` is None when he does not know him as ours."""

    user: PartnerUser | None
    devices: tuple[Device, ...]


@contextmanager
def asking() -> Iterator[None]:
    """:raises PartnerSilent: there is no answer to a question"""
    try:
        yield
    except PartnerUnreachable as silence:
        raise PartnerSilent(**silence.facts) from silence


@contextmanager
def telling() -> Iterator[None]:
    """:raises NoClearAnswer: there is no answer to what was to be done"""
    try:
        yield
    except PartnerSilent:
        raise
    except PartnerUnreachable as silence:
        raise NoClearAnswer(**silence.facts) from silence


def registered(billing: Billing, login: str) -> Subscriber:
    """The subscriber, whom the partner knows.

    :raises NotSubscribed: the partner does not know him
    """
    with billing.reading() as session:
        found = session.scalar(select(Subscriber).where(Subscriber.login == login))
    if found is None or found.remote_id is None:
        raise NotSubscribed(login=login)
    return found


def read(delivering: Delivering, *, login: str) -> Known:
    """Ask the partner for a subscriber's account, bundles and devices; gives up after `LIMIT_S` seconds.

    :raises NotSubscribed: the partner does not know him, as far as we know
    :raises PartnerSilent, PartnerRefused: nothing can be said
    """
    registered(delivering.billing, login)
    work = delivering.at_once.submit(copy_context().run, _read, delivering, login)
    with asking():
        try:
            return work.result(LIMIT_S)
        except TooLate as late:
            raise PartnerUnreachable(call="getUserInfo", reason="too late") from late


def _read(delivering: Delivering, login: str) -> Known:
    try:
        user = delivering.partner.user_info(account=login)
        return Known(user, tuple(delivering.partner.device_list(account=login)))
    except (AccountUnknown, ForeignUser):
        return Known(None, ())
