"""Telling the partner everything again, because somebody doubts that he has it."""

from datetime import datetime

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.outcomes import Scene, all_unclear
from olltv_module.services import subscribers


@use_case
def redeliver(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> int:
    """Have delivery read what the partner has, and make it match our wish; also for one who was left to staff.

    Moves no money by itself. Safe to repeat. Gives the subscriber's number.

    :raises UnknownLogin, NotSubscribed: he has never had to do with TV
    """
    subscriber = subscribers.locked(uow, login)
    if subscriber.remote_id is not None:
        all_unclear(Scene(uow, subscriber, now))
    subscribers.mark_due(uow, subscriber, now)
    uow.events.write("OLLTV SUBSCRIBER ({login}) REDELIVER", login=login, actor=actor, at=now)
    return subscriber.id
