"""What can be done to many: each action is a use case that staff have for one, and tells whether it did anything."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from billing.actors import Actor
from billing.errors import InvalidInput
from billing.money import Money
from billing.uow import UnitOfWork
from olltv_module.models import Fact, Reason, State
from olltv_module.services import lifecycle, subscribers
from olltv_module.services.bulk.models import DONE, NOTHING, Action

WHYS = (Reason.STAFF, Reason.VACATION, Reason.FROZEN)
"""Reasons for which staff suspend."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """An action with all that it wants to know.

    :raises InvalidInput: there is no note, or a suspension has none of the reasons for it
    """

    action: Action
    note: str
    why: str = ""

    def __post_init__(self) -> None:
        if not self.note.strip():
            raise InvalidInput(field="note", value=self.note)
        if self.action is Action.SUSPEND and self.why not in WHYS:
            raise InvalidInput(field="why", value=self.why)


@dataclass(frozen=True)
class Effect:
    """What became of one subscriber: done, or nothing to do; and what is reserved in his wallet for it."""

    result: str
    cost: Money


def carry_out(uow: UnitOfWork, order: Order, *, login: str, actor: Actor, now: datetime) -> Effect:
    """Do it to one subscriber, in an open unit of work.

    :raises BillingError: the refusal of the action's use case
    """
    return _ACTIONS[order.action](uow, order, login, actor, now)


def _suspend(uow: UnitOfWork, order: Order, login: str, actor: Actor, now: datetime) -> Effect:
    if not any(each.wished_on for each in subscribers.locked(uow, login).live):
        return _effect(uow, NOTHING)
    lifecycle.suspend(uow, login=login, reason=Reason(order.why), actor=actor, now=now)
    return _effect(uow, DONE)


def _resume(uow: UnitOfWork, _order: Order, login: str, actor: Actor, now: datetime) -> Effect:
    return _resumed(uow, login, actor, now, free=None)


def _resume_free(uow: UnitOfWork, order: Order, login: str, actor: Actor, now: datetime) -> Effect:
    return _resumed(uow, login, actor, now, free=order.note)


def _resumed(uow: UnitOfWork, login: str, actor: Actor, now: datetime, *, free: str | None) -> Effect:
    subscriber = subscribers.locked(uow, login)
    if not any(each.state is State.SUSPENDED for each in subscriber.live):
        return _effect(uow, NOTHING)
    cost = lifecycle.price_of_resuming(uow, subscriber, now)
    lifecycle.resume(uow, login=login, actor=actor, now=now, free=free)
    return _effect(uow, DONE, None if free else cost)


def _deliver(uow: UnitOfWork, _order: Order, login: str, actor: Actor, now: datetime) -> Effect:
    """Have the partner asked what he has, and told what differs from our wish."""
    subscriber = subscribers.locked(uow, login)
    for sub in subscriber.live if subscriber.remote_id else ():
        sub.fact = Fact.UNKNOWN
    subscribers.mark_due(uow, subscriber, now)
    uow.events.write("OLLTV SUBSCRIBER ({login}) DELIVER AGAIN", login=login, actor=actor, at=now)
    return _effect(uow, DONE)


def _leave(uow: UnitOfWork, _order: Order, login: str, actor: Actor, now: datetime) -> Effect:
    ended = lifecycle.leave(uow, login=login, actor=actor, now=now)
    return _effect(uow, DONE if ended else NOTHING)


def _effect(uow: UnitOfWork, result: str, cost: Money | None = None) -> Effect:
    return Effect(result, cost or Money(0, uow.billing.unit))


_ACTIONS: dict[Action, Callable[[UnitOfWork, Order, str, Actor, datetime], Effect]] = {
    Action.SUSPEND: _suspend,
    Action.RESUME: _resume,
    Action.RESUME_FREE: _resume_free,
    Action.DELIVER: _deliver,
    Action.LEAVE: _leave,
}
