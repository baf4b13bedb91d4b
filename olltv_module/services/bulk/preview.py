"""What an action would do to each of some subscribers: it is done to every one of them and taken back at once.

So the preview cannot differ from the deed, and no rule is written twice. Nothing is committed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing.actors import Actor
from billing.errors import BillingError
from billing.money import Money
from billing.uow import Billing, retried
from olltv_module.services.bulk.actions import Effect, Order, carry_out


@dataclass(frozen=True)
class Forecast:
    """What would happen to one subscriber: a result and what would be reserved, or the refusal that he would meet."""

    login: str
    result: str = ""
    cost: Money | None = None
    refusal: BillingError | None = None


class _TakenBack(Exception):
    """Ends the transaction without a trace."""

    def __init__(self, effect: Effect) -> None:
        self.effect = effect


def forecast(billing: Billing, order: Order, logins: Iterable[str], *, actor: Actor, now: datetime) -> list[Forecast]:
    """What `order` would do to these subscribers now."""
    return [_of(billing, order, login, actor, now) for login in logins]


def _of(billing: Billing, order: Order, login: str, actor: Actor, now: datetime) -> Forecast:
    uow = billing.uow()

    def attempt() -> None:
        with uow:
            raise _TakenBack(carry_out(uow, order, login=login, actor=actor, now=now))

    try:
        retried(attempt)
    except _TakenBack as done:
        return Forecast(login, done.effect.result, done.effect.cost)
    except BillingError as refusal:
        return Forecast(login, refusal=refusal)
    raise AssertionError("an attempt always ends with an exception")
