"""What is told when an order was accepted: what has been done, or what is under way."""

from userstats.remote import Json
from weblib.pages import gettext as _


def told(order: str, tariff_id: int | None, me: Json) -> str:
    """One or two sentences about `order`; `me` is the billing's answer to it."""
    live = [each for each in me["subscriptions"] if each["ended_at"] is None]
    ordered = next((each for each in live if each["tariff_id"] == tariff_id), None)
    match order:
        case "leave":
            return _dropped() if live else _left()
        case "resume":
            return _resumed(me)
        case "change" if ordered:
            return _changed(ordered)
        case _ if ordered:
            return _ordered(ordered)
    return _("Your order is accepted.")


def _ordered(sub: Json) -> str:
    if sub["state"] != "active":
        return _("“%(tariff)s” is being switched on. Usually that takes less than a minute.", tariff=sub["tariff"])
    if sub["main"] and sub["code"]:
        return _("“%(tariff)s” is on. Your code: %(code)s.", tariff=sub["tariff"], code=sub["code"])
    return _("“%(tariff)s” is on.", tariff=sub["tariff"])


def _changed(sub: Json) -> str:
    if sub["is_next"]:
        return _(
            "The change to “%(tariff)s” is being carried out. Usually that takes less than a minute.",
            tariff=sub["tariff"],
        )
    return _("Your tariff is “%(tariff)s” now. The code and the devices have stayed.", tariff=sub["tariff"])


def _resumed(me: Json) -> str:
    if me["tv"]["state"] == "on":
        return _("Television is on again. The code and the devices have stayed.")
    return _("Television is being switched on again. Usually that takes less than a minute.")


def _left() -> str:
    return _("You have unsubscribed. Nothing will be charged for television any more.")


def _dropped() -> str:
    return _("The package is switched off. Nothing will be charged for it any more.")
