"""Television: what he has, what is on sale, and every order as two steps: a page that asks, a form that does it."""

import re
from dataclasses import dataclass
from typing import Self

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from userstats import signed
from userstats.offers import Standing, offers
from userstats.remote import Json, Refused, Unreachable
from userstats.results import told
from userstats.uncertain import uncertain
from weblib.pages import gettext as _

PATHS = {
    "subscribe": "me/subscriptions",
    "add": "me/addons",
    "change": "me/change",
    "leave": "me/leave",
    "resume": "me/resume",
}
"""The orders, and where the billing takes them."""

WANT_TARIFF = ("subscribe", "add", "change")
DONE, DONE_KEPT = "done", 5
"""The keys of the last orders are remembered in the session."""

ORDER_URL = "/tv/<any(subscribe, add, change, leave, resume):order>"

bp = Blueprint("tv", __name__)


@dataclass(frozen=True)
class Order:
    """An order as a form sends it: what, of which tariff, under which key.

    `charge` is the sum that the page has told, in minor units; None where the page could not know it.
    """

    kind: str
    tariff: int | None
    key: str
    charge: int | None

    @classmethod
    def read(cls, kind: str, form: MultiDict[str, str]) -> Self:
        """Read a form; one that is not ours is answered with 400."""
        key, tariff, charge = (form.get(name, "") for name in ("key", "tariff", "charge"))
        is_ours = re.fullmatch(r"[\w-]{8,64}", key, re.ASCII) and re.fullmatch(r"\d{0,15}", charge, re.ASCII)
        if not is_ours or not _is_number(tariff, kind):
            abort(400)
        return cls(kind, int(tariff) if tariff else None, key, int(charge) if charge else None)

    @property
    def body(self) -> Json:
        return {} if self.tariff is None else {"tariff": self.tariff}


@bp.get("/tv")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """What he has, then what he can have. Whoever cannot order now sees why, and can leave."""
    me = signed.me()
    facts = {"me": me, "standing": Standing.of(me)}
    if me["obstacle"]:
        return render_template("tv_obstacle.html", **facts)
    return render_template("tv.html", offers=offers(me, signed.tariffs()), **facts)


@bp.get(ORDER_URL)
@signed.subscribers_only
def ask(order: str) -> ResponseReturnValue:
    """Say what the order will do and what it costs, before it does."""
    tariff = request.args.get("tariff", "")
    if not _is_number(tariff, order):
        abort(404)
    return render_template("tv_ask.html", preview=_preview(order, tariff or None))


@bp.post(ORDER_URL)
@signed.subscribers_only
def place(order: str) -> ResponseReturnValue:
    """Carry an order out. Pressing twice, or sending the form again, is the same order."""
    wanted = Order.read(order, request.form)
    if wanted.key in session.get(DONE, []):
        flash(_("This order was carried out before. Nothing was ordered a second time."), "info")
        return redirect(url_for(".show"), 303)
    try:
        if _costs_more(wanted):
            flash(_("The sum has changed since the page was opened. Nothing was ordered: please look again."), "warn")
            return redirect(url_for(".ask", order=order, tariff=wanted.tariff), 303)
        me = signed.billing().post(PATHS[order], wanted.body, key=wanted.key, subject=signed.subject())
    except Unreachable:
        return _uncertain(wanted, is_busy=False)
    except Refused as refusal:
        return _refused(wanted, refusal)
    session[DONE] = [*session.get(DONE, []), wanted.key][-DONE_KEPT:]
    flash(told(order, wanted.tariff, me), "good")
    return redirect(url_for(".show"), 303)


@bp.post("/tv/autoresume")
@signed.subscribers_only
def choose_autoresume() -> ResponseReturnValue:
    """Whether television is to come back by itself as soon as there is money."""
    is_wanted = request.form.get("wanted") == "1"
    body, key = {"wanted": is_wanted}, signed.new_key()
    signed.billing().post("me/autoresume", body, key=key, subject=signed.subject())
    on, off = _("Automatic resuming is on."), _("Automatic resuming is off.")
    flash(on if is_wanted else off, "good")
    return redirect(url_for(".show"), 303)


def _preview(order: str, tariff: int | str | None) -> Json:
    """What the order would do now."""
    return signed.billing().get("me/preview", signed.subject(), order=order, tariff=tariff)


def _costs_more(order: Order) -> bool:
    """Whether it costs more than the page has told, because another month or another fee has begun meanwhile.

    An order that was carried out already costs nothing more, so sending it again goes on to its answer.
    """
    return order.charge is not None and _preview(order.kind, order.tariff)["charge"]["minor"] > order.charge


def _refused(order: Order, refusal: Refused) -> ResponseReturnValue:
    """What the billing has refused is told where he can choose anew; what it is doing just now can be asked again."""
    if refusal.status == 401:
        raise refusal
    if refusal.code == "busy":
        return _uncertain(order, is_busy=True)
    flash(refusal.detail, "bad")
    return redirect(url_for(".show"), 303)


def _uncertain(order: Order, *, is_busy: bool) -> ResponseReturnValue:
    address, sent = url_for(".place", order=order.kind), {"key": order.key, "tariff": order.tariff or ""}
    return uncertain(address, sent, back=(url_for(".show"), _("To television")), is_busy=is_busy)


def _is_number(tariff: str, order: str) -> bool:
    """Whether `tariff` can be the number of one, or is empty where the order needs none."""
    return bool(re.fullmatch(r"\d{1,15}", tariff, re.ASCII)) or (not tariff and order not in WANT_TARIFF)
