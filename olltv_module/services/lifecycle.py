"""What happens to subscriptions after they are ordered: leave, suspend, resume."""

from collections.abc import Sequence
from datetime import datetime

from billing.actors import Actor
from billing.errors import NotEnoughMoney
from billing.host.base import Person
from billing.money import Money
from billing.uow import UnitOfWork, use_case
from olltv_module.errors import NotEnoughToResume, NotSubscribed
from olltv_module.models import Reason, State, Subscriber, Subscription
from olltv_module.services import money, subscribers


@use_case
def leave(
    uow: UnitOfWork, *, login: str, actor: Actor, now: datetime, tariff_id: int | None = None
) -> list[Subscription]:
    """End the subscription to `tariff_id`; the main, or no tariff at all, ends everything.

    Takes and gives back no fee, but an order that the partner has not confirmed yet is released. Always possible:
    with debt, frozen, suspended. Gives what was ended; leaving twice gives an empty list.

    :raises UnknownLogin, NotSubscribed: there is and was no such subscription; nothing has changed
    """
    subscriber = subscribers.locked(uow, login)
    ending = _ending(subscriber, tariff_id)
    for sub in sorted(ending, key=lambda each: each.main):  # add-ons first, as the partner wants it
        money.release(uow, sub, now)
        before = _standing(sub)
        sub.end(now)
        _say(uow, subscriber, sub, "DROP", before, actor=actor, now=now)
    if ending:
        subscribers.mark_due(uow, subscriber, now)
    return ending


def _ending(subscriber: Subscriber, tariff_id: int | None) -> list[Subscription]:
    if tariff_id is None:
        return subscriber.live
    if not any(each.tariff_id == tariff_id for each in subscriber.subscriptions):
        raise NotSubscribed(login=subscriber.login)
    asked = subscriber.of_tariff(tariff_id)
    if asked is None:
        return []
    return subscriber.live if asked is subscriber.main else [asked]


@use_case
def suspend(uow: UnitOfWork, *, login: str, reason: Reason, actor: Actor, now: datetime) -> list[Subscription]:
    """Switch everything off that is on; devices and codes stay at the partner. Costs and gives back nothing.

    An order that has never been on is cancelled and its reserve released. What is suspended already keeps its
    reason. Gives the subscriptions that are suspended now.

    :raises UnknownLogin, NotSubscribed: he has no TV; nothing has changed
    """
    subscriber = subscribers.locked(uow, login)
    for sub in subscriber.live:
        if sub.wished_on:
            suspend_one(uow, subscriber, sub, reason, actor=actor, now=now)
    subscribers.mark_due(uow, subscriber, now)
    return [each for each in subscriber.live if each.state is State.SUSPENDED]


def suspend_one(
    uow: UnitOfWork, subscriber: Subscriber, sub: Subscription, reason: Reason, *, actor: Actor, now: datetime
) -> None:
    """Suspend `sub`, or cancel it when it is an order that has never been on."""
    money.release(uow, sub, now)
    before = _standing(sub)
    if sub.active_since is None:
        sub.end(now)
        _say(uow, subscriber, sub, "DROP", before, actor=actor, now=now)
    else:
        sub.suspend(reason)
        _say(uow, subscriber, sub, "SUSPEND", before, actor=actor, now=now)


@use_case
def resume(
    uow: UnitOfWork, *, login: str, actor: Actor, now: datetime, free: str | None = None
) -> Sequence[Subscription]:
    """Wish everything suspended on again: each fee not yet paid for this month is held, all of them or none.

    Safe to repeat: what is on, or being switched on, is answered as it stands. `free` is the reason for taking no
    fee this month.

    :raises NotEnoughToResume: nothing has changed; `facts["lack"]` says how much is missing
    :raises UnknownLogin, NotSubscribed, SubscriberFrozen, SubscriberDown, ReasonWanted: he may or can not
    """
    note = money.without_charge(free)
    person, subscriber = subscribers.enrolled(uow, login, now)
    sleeping = [each for each in subscriber.live if each.state is State.SUSPENDED]
    if not subscriber.live:
        raise NotSubscribed(login=login)
    if free is None:
        _require_fees(uow, person, sleeping, now)
    for sub in sleeping:
        sub.resume()
        if free is None:
            money.reserve(uow, person, sub, actor=actor, now=now)
        else:
            sub.paid_through = max(sub.paid_through, str(uow.month(now)))
    if sleeping:
        subscribers.mark_due(uow, subscriber, now)
        uow.events.write("OLLTV SUBSCRIBER ({login}) RESUME{note}", login=login, note=note, actor=actor, at=now)
    return subscriber.live


def price_of_resuming(uow: UnitOfWork, subscriber: Subscriber, now: datetime) -> Money:
    """The sum of the fees that resuming costs now."""
    sleeping = [each for each in subscriber.live if each.state is State.SUSPENDED]
    return _unpaid(uow, sleeping, now)


def _unpaid(uow: UnitOfWork, subs: list[Subscription], now: datetime) -> Money:
    owing = [each.tariff.fee(now, uow.billing.unit) for each in subs if each.owes(uow.month(now))]
    return sum(owing, Money(0, uow.billing.unit))


def _require_fees(uow: UnitOfWork, person: Person, subs: list[Subscription], now: datetime) -> None:
    try:
        money.require_all(uow, person, _unpaid(uow, subs, now))
    except NotEnoughMoney as short:
        raise NotEnoughToResume(login=person.login, **short.facts) from None


def _standing(sub: Subscription) -> dict[str, object]:
    """State and reason, for the event log."""
    return {"state": sub.state.value, "reason": sub.reason.value if sub.reason else None}


def _say(
    uow: UnitOfWork,
    subscriber: Subscriber,
    sub: Subscription,
    what: str,
    before: dict[str, object],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    uow.events.write(
        f"OLLTV SUBSCRIBER ({{login}}) {what} {'TARIFF' if sub.main else 'ADDTARIFF'} [{{tariff}}]",
        login=subscriber.login,
        tariff=sub.tariff_id,
        actor=actor,
        at=now,
        before=before,
        after=_standing(sub),
    )
