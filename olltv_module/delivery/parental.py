"""Setting a forgotten parental code back to the partner's default."""

from datetime import datetime

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.live import registered, telling
from olltv_module.delivery.runner import Delivering


def reset(delivering: Delivering, *, login: str, actor: Actor) -> None:
    """Set the subscriber's parental code back. Safe to repeat.

    :raises NotSubscribed: the partner does not know him
    :raises PartnerRefused: a definite no; NoClearAnswer: unclear, send it again
    """
    registered(delivering.billing, login)
    with telling():
        delivering.partner.reset_parent_control(account=login)
    _say(delivering.billing.uow(), login=login, actor=actor, now=delivering.clock())


@use_case
def _say(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> None:
    uow.events.write("OLLTV SUBSCRIBER ({login}) RESET PARENTCONTROL", login=login, actor=actor, at=now)
