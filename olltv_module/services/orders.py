"""What a subscriber orders: a main tariff, an add-on, a change of the main."""

from datetime import datetime

from billing.actors import Actor
from billing.host.base import Person
from billing.uow import UnitOfWork, use_case
from olltv_module.errors import AddonNeedsMain, AlreadyHasMain, ChangeUnderWay, NotSubscribed, ResumeFirst
from olltv_module.models import MAIN_SLOT, NEXT_SLOT, State, Subscriber, Subscription, Tariff
from olltv_module.services import money, pairs, subscribers, tariffs


@use_case
def subscribe(
    uow: UnitOfWork, *, login: str, tariff_id: int, actor: Actor, now: datetime, free: str | None = None
) -> Subscription:
    """Order a main tariff: hold its fee for this month in the wallet and wish the bundle on.

    Delivery captures the hold on the partner's yes and releases it on its no. Safe to repeat: an order that is
    live already is answered as it stands. `free` is the reason for taking no fee this month.

    :raises UnknownLogin, SubscriberFrozen, SubscriberDown, NoMobile, BadMobile, NoEmail: he may or can not
    :raises TariffNotOnSale, WrongKind, AlreadyHasMain, ResumeFirst, NotEnoughMoney: nothing has changed
    """
    person, subscriber = subscribers.enrolled(uow, login, now)
    if (live := subscriber.of_tariff(tariff_id)) and live.main:
        return _as_it_stands(live)
    tariff = tariffs.on_sale(uow, tariff_id, main=True)
    if subscriber.main:
        raise AlreadyHasMain(tariff=subscriber.main.tariff.name)
    return _start(uow, person, subscriber, tariff, MAIN_SLOT, actor=actor, now=now, free=free)


@use_case
def add_addon(
    uow: UnitOfWork, *, login: str, tariff_id: int, actor: Actor, now: datetime, free: str | None = None
) -> Subscription:
    """Order an add-on beside a main that is on or being switched on; money as in `subscribe`.

    :raises AddonNeedsMain: there is no main, or it is suspended
    :raises AddonDoesNotFit: it goes with other mains only
    :raises TariffNotOnSale, WrongKind, ResumeFirst, NotEnoughMoney, ...: as `subscribe`; nothing has changed
    """
    person, subscriber = subscribers.enrolled(uow, login, now)
    if (live := subscriber.of_tariff(tariff_id)) and not live.main:
        return _as_it_stands(live)
    tariff = tariffs.on_sale(uow, tariff_id, main=False)
    if subscriber.main is None or not subscriber.main.wished_on:
        raise AddonNeedsMain(login=login, tariff=tariff_id)
    pairs.require_fit(uow, tariff, subscriber)
    return _start(uow, person, subscriber, tariff, f"addon:{tariff_id}", actor=actor, now=now, free=free)


@use_case
def change(
    uow: UnitOfWork, *, login: str, tariff_id: int, actor: Actor, now: datetime, free: str | None = None
) -> Subscription:
    """Order another main in place of the present one: the new fee is held, devices and codes stay.

    The present one stays on, and stays paid, until the partner has changed it.

    :raises NotSubscribed: there is no main to change
    :raises DropAddonFirst: an add-on does not go with the new main
    :raises ResumeFirst, ChangeUnderWay, TariffNotOnSale, WrongKind, NotEnoughMoney: nothing has changed
    """
    person, subscriber = subscribers.enrolled(uow, login, now)
    present, under_way = subscriber.main, subscriber.successor
    if present is None:
        raise NotSubscribed(login=login)
    if under_way and under_way.tariff_id != tariff_id:
        raise ChangeUnderWay(tariff=under_way.tariff.name)
    if (live := subscriber.of_tariff(tariff_id)) and live.main:
        return _as_it_stands(live)
    if present.state is State.SUSPENDED:
        raise ResumeFirst(tariff=present.tariff.name)
    if present.state is State.PENDING:
        raise ChangeUnderWay(tariff=present.tariff.name)
    tariff = tariffs.on_sale(uow, tariff_id, main=True)
    pairs.require_addons_fit(uow, tariff, subscriber)
    return _start(uow, person, subscriber, tariff, NEXT_SLOT, actor=actor, now=now, free=free)


def _as_it_stands(live: Subscription) -> Subscription:
    if live.state is State.SUSPENDED:
        raise ResumeFirst(tariff=live.tariff.name)
    return live


def _start(
    uow: UnitOfWork,
    person: Person,
    subscriber: Subscriber,
    tariff: Tariff,
    slot: str,
    *,
    actor: Actor,
    now: datetime,
    free: str | None,
) -> Subscription:
    sub = Subscription(tariff=tariff, tariff_id=tariff.id, main=tariff.main, slot=slot, ordered_at=now, paid_through="")
    subscriber.subscriptions.append(sub)
    uow.session.flush()
    kind = "TARIFF" if tariff.main else "ADDTARIFF"
    uow.events.write(
        "OLLTV SUBSCRIBER ({login}) ORDER {kind} [{tariff}]{note}",
        login=person.login,
        kind=kind,
        tariff=tariff.id,
        note=money.without_charge(free),
        actor=actor,
        at=now,
    )
    if free is None:
        money.reserve(uow, person, sub, actor=actor, now=now)
    else:
        sub.paid_through = str(uow.month(now))
    subscribers.mark_due(uow, subscriber, now)
    return sub
