"""Views and runs as the JSON routes show them."""

from datetime import datetime, timedelta
from typing import Any

from billing.errors import N_, BillingError
from billing.host.base import UnknownLogin
from billing.money import Money
from olltv_module.models import Reason, State
from olltv_module.remote.door import Door
from olltv_module.services.fees.models import FeeRun
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


def me(door: Door, view: SubscriberView) -> dict[str, Any]:
    """What the subscriber is shown: what he has, and what was refused lately.

    :raises UnknownLogin: he is gone
    """
    if view.person is None:
        raise UnknownLogin(login=view.login)
    since = door.clock() - REFUSALS_SHOWN
    return _common(door, view) | {
        "subscriptions": [_subscription(door, each) for each in view.subscriptions if _matters(each, since)],
    }


def subscriber(door: Door, view: SubscriberView) -> dict[str, Any]:
    """What staff are shown: everything."""
    return _common(door, view) | {
        "gone": view.person is None,
        "remote_id": view.remote_id,
        "phone": view.phone,
        "email": view.email,
        "delivery": view.delivery,
        "subscriptions": [_subscription(door, each) for each in view.subscriptions],
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
        "wallet": view.wallet,
        "tv": {"state": view.tv, "text": door.translate(_sentence(view)), "settled": view.delivery is None},
        "price_of_resuming": view.price_of_resuming,
        "next_charge": view.next_charge,
    }


def _sentence(view: SubscriberView) -> str:
    main = view.main
    if view.tv is Tv.SUSPENDED and main and main.reason in WHY_OFF:
        return WHY_OFF[main.reason]
    if view.tv is Tv.SWITCHING_ON and view.delivery and view.delivery.parked_at:
        return DELAYED
    return SENTENCES[view.tv]


def _matters(sub: SubscriptionView, since: datetime) -> bool:
    return sub.is_live or (sub.state is State.REFUSED and sub.ended_at is not None and sub.ended_at >= since)


def _subscription(door: Door, sub: SubscriptionView) -> dict[str, Any]:
    return vars(sub) | {"refusal": _refusal(door, sub.refusal) if sub.refusal else None}


def _refusal(door: Door, error: BillingError) -> dict[str, str]:
    return {"code": error.code, "detail": door.tell(error)}
