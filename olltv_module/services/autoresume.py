"""Automatic resume: who chose it is switched on again as soon as the wallet suffices (OLLTV_AUTORESUME)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select

from billing.actors import WORKER, Actor
from billing.errors import N_, BillingError, NotAllowed
from billing.ledger.models import Account
from billing.uow import UnitOfWork, retried, use_case
from olltv_module.models import Reason, State, Subscriber, Subscription
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, subscribers

log = structlog.get_logger(__name__)


class AutoresumeNotOffered(NotAllowed):
    """OLLTV_AUTORESUME is 0."""

    code = "autoresume_not_offered"
    text = N_("Your provider does not offer automatic resuming.")


@use_case
def choose(uow: UnitOfWork, *, login: str, wanted: bool, actor: Actor, now: datetime) -> None:
    """The subscriber's choice whether he is to be resumed without a click.

    :raises UnknownLogin, NotSubscribed: he has no TV; nothing has changed
    """
    subscriber = subscribers.locked(uow, login)
    if subscriber.autoresume is wanted:
        return
    before, subscriber.autoresume = subscriber.autoresume, wanted
    uow.events.write(
        "OLLTV SUBSCRIBER ({login}) AUTORESUME {word}",
        login=login,
        word="ON" if wanted else "OFF",
        actor=actor,
        at=now,
        before={"autoresume": before},
        after={"autoresume": wanted},
    )


@use_case
def choose_oneself(uow: UnitOfWork, *, login: str, wanted: bool, actor: Actor, now: datetime) -> None:
    """As `choose`, by the subscriber himself, where the operator offers it.

    :raises AutoresumeNotOffered: the operator does not
    :raises UnknownLogin, NotSubscribed: he has no TV; nothing has changed
    """
    if not uow.option(OlltvOptions).autoresume:
        raise AutoresumeNotOffered()
    choose(uow, login=login, wanted=wanted, actor=actor, now=now)


def resume_all(uow: UnitOfWork, *, now: datetime) -> list[str]:
    """Resume everybody who chose it and can pay all of it now, one transaction each; gives their logins."""
    return [login for login in _candidates(uow) if _resumed(uow, login, now)]


def _candidates(uow: UnitOfWork) -> Sequence[str]:
    """Those with money in the wallet whose TV sleeps for want of it and for no other reason."""
    with uow:
        person = uow.host.billable.c
        sleeping = select(Subscription.subscriber_id).where(Subscription.state == State.SUSPENDED)
        query: Any = select(Subscriber.login).join(uow.host.billable, person.id == Subscriber.host_id)
        credit = person.credit_minor if uow.option(OlltvOptions).use_credit else 0
        return uow.session.scalars(
            query.join(Account, Account.id == person.wallet_id)
            .where(Subscriber.autoresume, ~person.frozen)
            .where(Subscriber.id.in_(sleeping.where(Subscription.reason == Reason.NO_MONEY)))
            .where(Subscriber.id.not_in(sleeping.where(Subscription.reason != Reason.NO_MONEY)))
            .where(Account.balance_minor - Account.held_minor + credit > 0)
            .order_by(Subscriber.id)
        ).all()


def _resumed(uow: UnitOfWork, login: str, now: datetime) -> bool:
    def transaction() -> None:
        with uow:
            lifecycle.resume(uow, login=login, actor=WORKER, now=now)

    try:
        retried(transaction)
    except BillingError as refusal:  # nobody asked, so it leaves no line in the event log
        log.info("not resumed", login=login, why=refusal.code)
        return False
    return True
