"""Views and runs as the JSON routes show them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from billing.errors import N_, BillingError
from billing.host.base import UnknownLogin
from billing.money import Money
from olltv_module import wording
from olltv_module.histories import SubscriptionPage, WalletPage
from olltv_module.models import Reason
from olltv_module.previews import Preview
from olltv_module.remote.door import Door
from olltv_module.services.fees.models import FeeRun
from olltv_module.statements import WalletLine
from olltv_module.views import SubscriberView, SubscriptionView, Tv

REFUSALS_SHOWN = timedelta(days=7)
SENTENCES = {
    Tv.NONE: N_("You have no television yet."),
    Tv.ON: N_("Television is on."),
    Tv.SWITCHING_ON: N_("Television is being switched on."),
    Tv.SUSPENDED: N_("Television is switched off."),
}
WHY_OFF = {
    Reason.NO_MONEY: N_("Television is switched off: there was not enough money for the monthly fee."),
    Reason.FROZEN: N_("Television is switched off because your account is frozen."),
    Reason.VACATION: N_("Television is switched off for the time of your vacation."),
    Reason.STAFF: N_("Television was switched off by your provider."),
}
DELAYED = N_("Television is being switched on. It takes longer than usual; your provider is looking at it.")


def me(door: Door, login: str) -> dict[str, Any]:
    """What the subscriber is shown: what he has, and what was refused lately.

    :raises UnknownLogin: he is gone
    """
    view = door.view(login, refused_since=door.clock() - REFUSALS_SHOWN)
    if view.person is None:
        raise UnknownLogin(login=login)
    return _common(door, view) | {
        "obstacle": _refusal(door, view.obstacle),
        "phone": view.device_phone,
        "autoresume": {"offered": door.options.autoresume, "on": view.autoresume},
        "self_devices": door.options.self_devices,
    }


def preview(door: Door, seen: Preview) -> dict[str, Any]:
    return vars(seen) | {"refusal": _refusal(door, seen.refusal)}


def subscriptions(door: Door, page: SubscriptionPage) -> dict[str, Any]:
    return {"subscriptions": [_subscription(door, each) for each in page.subscriptions], "next": page.next}


def statement(door: Door, page: WalletPage) -> dict[str, Any]:
    """A page of a wallet's statement, each line with its reason in the caller's language."""
    found = page.statement
    return vars(found) | {
        "lines": [_line(door, each) for each in found.lines],
        "reserves": [_local(door, vars(each)) for each in found.reserves],
        "first_month": page.first_month and str(page.first_month),
        "this_month": str(page.this_month),
    }


def subscriber(door: Door, view: SubscriberView) -> dict[str, Any]:
    """What staff are shown: everything."""
    return _common(door, view) | {
        "gone": view.person is None,
        "remote_id": view.remote_id,
        "phone": view.phone,
        "email": view.email,
        "delivery": view.delivery,
    }


def fee_run(run: FeeRun, *, unit: str, location: str) -> dict[str, Any]:
    return {
        name: getattr(run, name) for name in ("is_done", "percent", "suspended", *FeeRun.__table__.columns.keys())
    } | {
        "location": location,
        "missed": run.missed.split(",") if run.missed else [],
        "taken": Money(run.charged_minor, unit),
        "lack": Money(run.lack_minor, unit),
    }


def _common(door: Door, view: SubscriberView) -> dict[str, Any]:
    return {
        "login": view.login,
        "name": view.person.name if view.person else "",
        "frozen": view.person is not None and view.person.frozen,
        "down": view.person is not None and view.person.down,
        "wallet": view.wallet,
        "tv": {"state": view.tv, "text": door.translate(_sentence(view)), "settled": view.delivery is None},
        "subscriptions": [_subscription(door, each) for each in view.subscriptions],
        "price_of_resuming": view.price_of_resuming,
        "lack_for_resuming": view.lack_for_resuming,
        "next_charge": view.next_charge,
    }


def _sentence(view: SubscriberView) -> str:
    main = view.main
    if view.tv is Tv.SUSPENDED and main and main.reason in WHY_OFF:
        return WHY_OFF[main.reason]
    if view.tv is Tv.SWITCHING_ON and view.delivery and view.delivery.parked_at:
        return DELAYED
    return SENTENCES[view.tv]


def _subscription(door: Door, sub: SubscriptionView) -> dict[str, Any]:
    return _local(door, vars(sub)) | {"refusal": _refusal(door, sub.refusal)}


def _line(door: Door, line: WalletLine) -> dict[str, Any]:
    text = wording.cause(line, translate=door.translate, show=door.show)
    return _local(door, vars(line)) | {"text": text}


def _local(door: Door, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The same with all instants at the operator's clock."""
    zone = door.billing.zone
    return {name: value.astimezone(zone) if isinstance(value, datetime) else value for name, value in shown.items()}


def _refusal(door: Door, error: BillingError | None) -> dict[str, str] | None:
    return {"code": error.code, "detail": door.tell(error)} if error else None
