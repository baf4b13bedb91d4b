"""What a signed-in subscriber sees and orders. Every route acts for the login of the token, and for no other."""

from collections.abc import Sequence
from typing import Any

from apiflask import APIBlueprint
from flask import request

from billing.periods import Month
from olltv_module import histories, previews, queries
from olltv_module.delivery import devices
from olltv_module.delivery.devices import Hardware
from olltv_module.models import Subscription
from olltv_module.remote import schemas, schemas_me, shown
from olltv_module.remote.door import actor, door, require_module, subject
from olltv_module.services import autoresume, lifecycle, orders

bp = APIBlueprint("me", __name__, url_prefix="/me", tag="me")
bp.before_request(require_module)

LATER: Any = {
    202: {
        "description": "Accepted; the partner is still being told.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Me"}}},
    }
}

Shown = tuple[dict[str, Any], int]


@bp.before_request
def require_partner() -> None:
    """What nobody could carry out is not begun.

    :raises Misconfigured: the partner's login is missing
    """
    if request.method == "POST":
        door().delivering()


@bp.get("")
@bp.output(schemas_me.Me)
def show() -> dict[str, Any]:
    """Wallet, television, what comes next, what stands in the way of an order."""
    return shown.me(door(), subject())


@bp.get("/preview")
@bp.input(schemas_me.Asked, location="query", arg_name="asked")
@bp.output(schemas_me.Preview)
def preview(asked: dict[str, Any]) -> dict[str, Any]:
    """What an order would charge, end and begin now, or why it would be refused. Nothing is ordered by asking."""
    wanted = {"order": asked["order"], "tariff_id": asked.get("tariff")}
    return shown.preview(door(), previews.preview(door().billing, **wanted, **_by_subject()))


@bp.post("/subscriptions")
@bp.input(schemas_me.Order, arg_name="order")
@bp.output(schemas_me.Me)
@bp.doc(responses=LATER)
def subscribe(order: dict[str, Any]) -> Shown:
    """Order a main tariff. Its fee is reserved and taken when the partner has switched it on."""
    ordered = orders.subscribe(door().billing.uow(), tariff_id=order["tariff"], **_by_subject())
    return _delivered([ordered])


@bp.post("/addons")
@bp.input(schemas_me.Order, arg_name="order")
@bp.output(schemas_me.Me)
@bp.doc(responses=LATER)
def add_addon(order: dict[str, Any]) -> Shown:
    """Order an add-on beside the main tariff."""
    return _delivered([orders.add_addon(door().billing.uow(), tariff_id=order["tariff"], **_by_subject())])


@bp.post("/change")
@bp.input(schemas_me.Order, arg_name="order")
@bp.output(schemas_me.Me)
@bp.doc(responses=LATER)
def change(order: dict[str, Any]) -> Shown:
    """Order another main tariff in place of the present one; devices and codes stay."""
    return _delivered([orders.change(door().billing.uow(), tariff_id=order["tariff"], **_by_subject())])


@bp.post("/leave")
@bp.input(schemas_me.Leave, arg_name="order")
@bp.output(schemas_me.Me)
@bp.doc(responses=LATER)
def leave(order: dict[str, Any]) -> Shown:
    """End one subscription; the main, or no tariff at all, ends everything. Takes and gives back no fee."""
    return _delivered(lifecycle.leave(door().billing.uow(), tariff_id=order.get("tariff"), **_by_subject()))


@bp.post("/resume")
@bp.input(schemas.Nothing, arg_name="_nothing")
@bp.output(schemas_me.Me)
@bp.doc(responses=LATER)
def resume(_nothing: dict[str, Any]) -> Shown:
    """Switch everything suspended on again; fees not yet paid for this month are reserved, all or none."""
    return _delivered(lifecycle.resume(door().billing.uow(), **_by_subject()))


@bp.post("/autoresume")
@bp.input(schemas_me.Choice, arg_name="choice")
@bp.output(schemas_me.Me)
def choose_autoresume(choice: dict[str, Any]) -> dict[str, Any]:
    """Choose whether what lack of money switched off comes on by itself after a top-up, where that is offered."""
    autoresume.choose_oneself(door().billing.uow(), wanted=choice["wanted"], **_by_subject())
    return shown.me(door(), subject())


@bp.get("/subscriptions")
@bp.input(schemas_me.SubscriptionsPage, location="query", arg_name="page")
@bp.output(schemas_me.Subscriptions)
def list_subscriptions(page: dict[str, Any]) -> dict[str, Any]:
    """What the subscriber has and had, the newest first."""
    found = histories.subscriptions(door().billing, login=subject(), now=door().clock(), **page)
    return shown.subscriptions(door(), found)


@bp.get("/statement")
@bp.input(schemas_me.StatementPage, location="query", arg_name="page")
@bp.output(schemas_me.OwnStatement)
def statement(page: dict[str, Any]) -> dict[str, Any]:
    """What moved in the wallet and why, the newest first, and what is reserved in it now."""
    if "month" in page:
        page["month"] = Month.parse(page["month"], field="month")
    return shown.statement(door(), histories.wallet(door().billing, login=subject(), now=door().clock(), **page))


@bp.get("/devices")
@bp.output(schemas_me.Devices)
def list_devices() -> dict[str, Any]:
    """The devices as the partner has them now."""
    return _devices()


@bp.post("/devices")
@bp.input(schemas_me.NewDevice, arg_name="device")
@bp.output(schemas_me.Devices)
def add_device(device: dict[str, Any]) -> dict[str, Any]:
    """Bind a device, as many as the operator lets subscribers bind themselves."""
    code = device.pop("binding_code", None)
    devices.add_device(
        door().delivering(),
        login=subject(),
        hardware=Hardware.read(**device),
        binding_code=code,
        limit=door().options.self_devices,
        actor=actor(),
    )
    return _devices()


@bp.post("/devices/remove")
@bp.input(schemas_me.DeviceName, arg_name="device")
@bp.output(schemas_me.Devices)
def remove_device(device: dict[str, Any]) -> dict[str, Any]:
    """Unbind a device; one that the partner does not know counts as done."""
    devices.remove_device(
        door().delivering(),
        login=subject(),
        hardware=Hardware.read(**device),
        limit=door().options.self_devices,
        actor=actor(),
    )
    return _devices()


def _devices() -> dict[str, Any]:
    found = queries.devices(door().delivering(), login=subject())
    return {"devices": found, "limit": door().options.self_devices}


def _by_subject() -> dict[str, Any]:
    return {"login": subject(), "actor": actor(), "now": door().clock()}


def _delivered(changed: Sequence[Subscription]) -> Shown:
    """The subscriber after the partner was told: 200, or 202 while that is under way.

    :raises BillingError: the partner refused the order within OLLTV_WAIT
    """
    done = door().deliver(changed[0].subscriber_id) if changed else True
    for each in changed:
        if done and (refusal := door().refusal_of(each)):
            raise refusal
    return shown.me(door(), subject()), 200 if done else 202
