"""Streams: what there is to watch, tickets, what was watched; the way to the player, which is for one alone."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat import tell
from userstats.chat_pages import given_key, page_number
from userstats.remote import Json, Refused, Unreachable
from userstats.uncertain import uncertain
from userstats.watch_pages import by_day, called, for_one, own_device, way, with_player
from userstats.words import at
from weblib.pages import gettext as _

MEANS = ("wallet", "credits")

bp = Blueprint("watch", __name__, url_prefix="/watch")
bp.add_app_template_filter(called, "device")


@bp.get("")
def show() -> ResponseReturnValue:
    """The streams with one button each, tickets, offers. Strangers see what there is and what it costs."""
    there = signed.streams()
    if "token" not in session:
        return render_template("watch_stranger.html", there=there)
    page = render_template("watch.html", there=there, mine=_mine(), own=own_device())
    return with_player(page, there["player"])


@bp.get("/now")
@signed.subscribers_only
def now() -> ResponseReturnValue:
    """The live part: credits, what is watched now, and why something is not shown."""
    return render_template("watch_now.html", mine=_mine(), own=own_device())


@bp.post("/channels/<int:number>")
@signed.subscribers_only
def play(number: int) -> ResponseReturnValue:
    """Go to the player with a link of one's own, or show that link where there is no player for it."""
    body = {"device": own_device(make=True), "address": request.remote_addr}
    path = f"me/watch/channels/{number}/link"
    try:
        link = signed.billing().post(path, body, key=signed.new_key(), subject=signed.subject())
    except Refused as refusal:
        tell(refusal)
        return redirect(url_for(".show"), 303)
    if found := way(link["player"], link["url"]):
        return for_one(redirect(found, 303))
    return for_one(render_template("watch_link.html", link=link))


@bp.get("/buy")
@signed.subscribers_only
def ask() -> ResponseReturnValue:
    """Say what the ticket gives and what it costs, before it is bought."""
    means = request.args.get("means", "")
    offer = _offer(signed.billing().get("watch"), request.args.get("offer", ""), means)
    if offer is None:
        abort(404)
    return render_template("watch_ask.html", offer=offer, means=means, mine=_mine())


@bp.post("/buy")
@signed.subscribers_only
def buy() -> ResponseReturnValue:
    """Buy the ticket. Pressing twice, or sending the form again, buys one."""
    number, means, key = request.form.get("offer", ""), request.form.get("means", ""), given_key()
    price = request.form.get("price", "")
    if page_number(number) is None or page_number(price) is None or means not in MEANS:
        abort(400)
    order = {"offer": int(number), "means": means, "price": int(price)}
    try:
        ticket = signed.billing().post("me/watch/tickets", order, key=key, subject=signed.subject())
    except Unreachable:
        return _uncertain(order, key, is_busy=False)
    except Refused as refusal:
        if refusal.code == "busy":  # this very order is being carried out: nobody may think it was not
            return _uncertain(order, key, is_busy=True)
        tell(refusal)
        again = refusal.code == "price_changed"
        return redirect(url_for(".ask", offer=number, means=means) if again else url_for(".show"), 303)
    flash(_("The ticket “%(title)s” is yours until %(at)s.", title=ticket["title"], at=at(ticket["valid_to"])), "good")
    return redirect(url_for(".show"), 303)


@bp.get("/history")
@signed.subscribers_only
def history() -> ResponseReturnValue:
    """What was watched, the newest first, and what each day has cost."""
    older_than = page_number(request.args.get("older_than", ""))
    page = signed.billing().get("me/watch/history", signed.subject(), older_than=older_than)
    return render_template("watch_history.html", page=page, days=by_day(page), is_first=not older_than)


def _uncertain(order: Json, key: str, *, is_busy: bool) -> ResponseReturnValue:
    back = url_for(".show"), _("To the channels")
    return uncertain(url_for(".buy"), {"key": key, **order}, back=back, is_busy=is_busy)


def _mine() -> Json:
    return signed.billing().get("me/watch", signed.subject())


def _offer(there: Json, number: str, means: str) -> Json | None:
    """An offer that can be paid so."""
    found = next((each for each in there["offers"] if str(each["id"]) == number), None)
    return found if found and means in MEANS and found["prices"][means] is not None else None
