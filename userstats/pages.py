"""The pages of the cabinet: sign-in, and one page with money, television and everything that can be ordered."""

import re

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.remote import Json, Refused
from userstats.settings import CabinetOptions
from weblib.pages import gettext as _

ORDERS = {"subscriptions", "addons", "change", "leave", "resume"}

bp = Blueprint("pages", __name__)


@bp.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in goes on."""
    if "token" in session:
        return redirect(url_for(".home"), 303)
    return render_template("sign_in.html", login="", problem="")


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Have the billing check login and password."""
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        signed.sign_in(login, password)
    except Refused as refusal:
        wrong = refusal.code in ("wrong_credentials", "invalid_input")
        problem = _("Login or password is wrong.") if wrong else refusal.detail
        return render_template("sign_in.html", login=login, problem=problem), 401 if wrong else refusal.status
    return redirect(url_for(".home"), 303)


@bp.post("/visit")
def visit() -> ResponseReturnValue:
    """Let a person of the staff look, who comes from the panel with a ticket. The ticket stands for the form's token.

    A ticket that is refused changes nothing for whoever is signed in here.
    """
    try:
        signed.visit(request.form.get("ticket", ""))
    except Refused as refusal:
        text = _("This ticket is not valid any more. Open the cabinet from the panel again.")
        return render_template("trouble.html", text=text), refusal.status
    return redirect(url_for(".home"), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for(".show_sign_in"), 303)


@bp.get("/")
@signed.subscribers_only
def home() -> ResponseReturnValue:
    """Wallet, television, and what can be ordered."""
    options: CabinetOptions = current_app.extensions["options"]
    if not options.enabled:
        return render_template("trouble.html", text=_("Television is not offered here."))
    me = signed.billing().get("me", signed.subject())
    offers = signed.billing().get("tariffs")["tariffs"]
    return render_template("home.html", me=me, **_sorted(me, offers), new_key=signed.new_key)


@bp.post("/orders/<kind>")
@signed.subscribers_only
def order(kind: str) -> ResponseReturnValue:
    """Place an order. Pressing twice, or sending the form again, is the same order."""
    if kind not in ORDERS:
        abort(404)
    tariff, key = request.form.get("tariff", ""), request.form.get("key", "")
    if not (re.fullmatch(r"\d{0,15}", tariff, re.ASCII) and re.fullmatch(r"[\w-]{1,64}", key, re.ASCII)):
        abort(400)
    body: Json = {"tariff": int(tariff)} if tariff else {}
    try:
        me = signed.billing().post(f"me/{kind}", body, key=key, subject=signed.subject())
    except Refused as refusal:
        if refusal.status == 401:
            raise
        flash(refusal.detail, "bad")
    else:
        done, later = _("Done."), _("Your order is accepted and is being carried out.")
        flash(done if me["tv"]["settled"] else later, "good")
    return redirect(url_for(".home"), 303)


def _sorted(me: Json, offers: list[Json]) -> Json:
    """What he has, what was refused lately, and what he can have beside it."""
    live = [each for each in me["subscriptions"] if each["ended_at"] is None]
    has = {each["tariff_id"] for each in live}
    mains = {each["tariff_id"] for each in live if each["main"]}
    return {
        "live": live,
        "refused": [each for each in me["subscriptions"] if each["refusal"]],
        "main": next((each for each in live if each["main"] and not each["is_next"]), None),
        "sleeping": [each for each in live if each["state"] == "suspended"],
        "mains": [each for each in offers if each["main"] and each["id"] not in has],
        "addons": [each for each in offers if not each["main"] and each["id"] not in has and _fits(each, mains)],
    }


def _fits(addon: Json, mains: set[int]) -> bool:
    """Whether an add-on goes with all mains that are live; with none named it goes with every one."""
    return not addon["goes_with"] or mains <= set(addon["goes_with"])
