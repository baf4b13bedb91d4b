"""What an order would do: the very use case is run and all of it is taken back, so a preview cannot differ from it."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from billing.actors import Actor
from billing.errors import BillingError, InvalidInput, NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.money import Money
from billing.uow import Billing, UnitOfWork, retried
from olltv_module.models import State, Tariff
from olltv_module.queries import view_in
from olltv_module.services import lifecycle, orders
from olltv_module.views import NextCharge, SubscriberView


class Order(StrEnum):
    """What a subscriber may ask for."""

    SUBSCRIBE = "subscribe"
    ADD = "add"
    CHANGE = "change"
    LEAVE = "leave"
    RESUME = "resume"


USE_CASES: dict[Order, Callable[..., object]] = {
    Order.SUBSCRIBE: orders.subscribe,
    Order.ADD: orders.add_addon,
    Order.CHANGE: orders.change,
    Order.LEAVE: lifecycle.leave,
    Order.RESUME: lifecycle.resume,
}
OF_A_TARIFF = (Order.SUBSCRIBE, Order.ADD, Order.CHANGE)


@dataclass(frozen=True)
class Named:
    """The tariff that an order names."""

    id: int
    name: str
    main: bool


@dataclass(frozen=True)
class Preview:
    """An order that was not made.

    `charge` is taken at once, `released` comes back of what is reserved now; `left` is available in the wallet after
    that. `lack` is missing for the order. `ends` and `begins` are names of tariffs: what the subscriber has now and
    will not have any more, and what is off now and will be on. `devices_stay` is false when everything ends, and with
    it the devices and the binding code. With a `refusal` nothing of it would happen; `charge` then is what was asked.
    """

    order: Order
    tariff: Named | None
    charge: Money
    released: Money
    available: Money
    lack: Money
    left: Money
    next_charge: NextCharge | None
    ends: Sequence[str]
    begins: Sequence[str]
    devices_stay: bool
    refusal: BillingError | None


class _TakenBack(Exception):
    """All is seen that was to be seen: it ends a unit of work whose changes nobody wants."""


def preview(
    billing: Billing, *, order: Order, login: str, tariff_id: int | None, actor: Actor, now: datetime
) -> Preview:
    """What `order` would do to this subscriber now. Nothing is kept of it, and the partner hears nothing.

    :raises UnknownLogin: nobody has this login
    :raises InvalidInput: the order wants a tariff
    """
    if order in OF_A_TARIFF and tariff_id is None:
        raise InvalidInput(field="tariff", value="")
    arguments: dict[str, Any] = {"login": login, "actor": actor, "now": now}
    if order is not Order.RESUME:
        arguments["tariff_id"] = tariff_id
    return retried(lambda: _tried(billing, order, arguments))


def _tried(billing: Billing, order: Order, arguments: dict[str, Any]) -> Preview:
    seen: Preview
    with suppress(_TakenBack), billing.uow() as uow:
        seen = _seen(uow, order, arguments)
        raise _TakenBack
    return seen


def _seen(uow: UnitOfWork, order: Order, arguments: dict[str, Any]) -> Preview:
    """The preview, in a unit of work that still has to be taken back."""
    uow.ledger.lock(uow.host.lock(arguments["login"]).wallet_id)
    before = _view(uow, arguments)
    tariff = uow.session.get(Tariff, arguments["tariff_id"]) if arguments.get("tariff_id") else None
    named = Named(tariff.id, tariff.name, tariff.main) if tariff else None
    try:
        USE_CASES[order](uow, **arguments)
    except BillingError as refusal:
        return _refused(order, named, before, refusal)
    return _carried_out(order, named, before, _view(uow, arguments))


def _view(uow: UnitOfWork, arguments: dict[str, Any]) -> SubscriberView:
    """The subscriber as this transaction has him, without what is over."""
    now = arguments["now"]
    return view_in(uow.billing, uow.session, login=arguments["login"], now=now, refused_since=now)


def _refused(order: Order, tariff: Named | None, view: SubscriberView, refusal: BillingError) -> Preview:
    available = _available(view)
    nothing = Money(0, available.unit)
    short: dict[str, Any] = refusal.facts if isinstance(refusal, NotEnoughMoney) else {}
    return Preview(
        order=order,
        tariff=tariff,
        charge=short.get("needed", nothing),
        released=nothing,
        available=available,
        lack=short.get("lack", nothing),
        left=available,
        next_charge=view.next_charge,
        ends=[],
        begins=[],
        devices_stay=True,
        refusal=refusal,
    )


def _carried_out(order: Order, tariff: Named | None, before: SubscriberView, after: SubscriberView) -> Preview:
    available, left = _available(before), _available(after)
    nothing = Money(0, available.unit)
    return Preview(
        order=order,
        tariff=tariff,
        charge=max(available - left, nothing),
        released=max(left - available, nothing),
        available=available,
        lack=nothing,
        left=left,
        next_charge=after.next_charge,
        ends=_names(before, (_live(before) - _live(after)) | (_staying(before) - _staying(after))),
        begins=_names(after, _wished_on(after) - _wished_on(before)),
        devices_stay=before.main is None or after.main is not None,
        refusal=None,
    )


def _available(view: SubscriberView) -> Money:
    """:raises UnknownLogin: he is gone, and his wallet with him"""
    if view.wallet is None:
        raise UnknownLogin(login=view.login)
    return view.wallet.available


def _live(view: SubscriberView) -> set[int]:
    return {each.id for each in view.live}


def _staying(view: SubscriberView) -> set[int]:
    """What is live and not about to be replaced."""
    is_changing = any(each.is_next for each in view.live)
    return {each.id for each in view.live if not (is_changing and each is view.main)}


def _wished_on(view: SubscriberView) -> set[int]:
    return {each.id for each in view.live if each.state in (State.PENDING, State.ACTIVE)}


def _names(view: SubscriberView, ids: set[int]) -> list[str]:
    return [each.tariff for each in view.subscriptions if each.id in ids]
