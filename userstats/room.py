"""A performer's room: the chat in a frame, and around it the private show with its price, credits and tips."""

from collections.abc import Callable

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat import entered, tell
from userstats.chat_pages import called, chat, given_key, is_by_script, is_embedded, show_id, with_frame
from userstats.remote import Json, Refused
from userstats.troubles import SESSION_OVER
from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_

ADDRESS = "/chat/<int:tenant>/<int:number>"
PUBLIC = "public"
POLL_S, WAITING_POLL_S = 3, 2
UNANSWERED = ("refused", "expired", "cancelled")
OVER = ("ended", "aborted")
OPEN = ("accepted", "live")
LONGEST_TIP = 12

bp = Blueprint("room", __name__)


@bp.get(ADDRESS)
@signed.subscribers_only
def show(tenant: int, number: int) -> ResponseReturnValue:
    """The room; whoever may not be in it now is sent to the wall."""
    here = chat(tenant)
    if is_embedded(here):
        return redirect(url_for("chat.wall", tenant=tenant), 303)
    state = _state(tenant, number)
    if away := _away(tenant, state):
        return redirect(away, 303)
    return with_frame(render_template("room.html", whole=True, **_facts(here, number, state)), here)


@bp.get(f"{ADDRESS}/state")
@signed.subscribers_only
def state(tenant: int, number: int) -> ResponseReturnValue:
    """The live part of the room."""
    return _now(tenant, number)


@bp.post(f"{ADDRESS}/ask")
@signed.subscribers_only
def ask(tenant: int, number: int) -> ResponseReturnValue:
    """Ask for a private show."""
    return _done(tenant, number, lambda: _post(f"{tenant}/shows", {"performer": number}, key=given_key()))


@bp.post(f"{ADDRESS}/cancel")
@signed.subscribers_only
def cancel(tenant: int, number: int) -> ResponseReturnValue:
    """Take the request back."""
    return _done(tenant, number, lambda: _step(tenant, "cancel"))


@bp.post(f"{ADDRESS}/arrive")
@signed.subscribers_only
def arrive(tenant: int, number: int) -> ResponseReturnValue:
    """The frame shows the private room now."""
    return _done(tenant, number, lambda: _step(tenant, "arrive"))


@bp.post(f"{ADDRESS}/tick")
@signed.subscribers_only
def tick(tenant: int, number: int) -> ResponseReturnValue:
    """This side of the show is still here."""
    return _done(tenant, number, lambda: _step(tenant, "tick"))


@bp.post(f"{ADDRESS}/end")
@signed.subscribers_only
def end(tenant: int, number: int) -> ResponseReturnValue:
    """Leave the private show."""
    return _done(tenant, number, lambda: _step(tenant, "end"))


@bp.post(f"{ADDRESS}/tip")
@signed.subscribers_only
def tip(tenant: int, number: int) -> ResponseReturnValue:
    """Send credits to the performer, out of a show or in it."""
    text = request.form.get("credits", "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_TIP):
        return _answered(tenant, number, _state(tenant, number), _("A tip is a whole number of credits."), "bad")
    body: Json = {"performer": number, "credits": int(text)}
    if name := show_id(request.form.get("show", "")):
        body["show"] = name
    key = given_key()
    try:
        _post(f"{tenant}/tips", body, key=key)
    except Refused as refusal:
        return _refused(tenant, number, refusal)
    told = ngettext_("You have sent %(num)s credit.", "You have sent %(num)s credits.", int(text))
    return _answered(tenant, number, _state(tenant, number), told, "good")


@bp.post(f"{ADDRESS}/entry")
@signed.subscribers_only
def enter(tenant: int, number: int) -> ResponseReturnValue:
    """The way into the room, for the script of the page alone."""
    room = request.form.get("room", "")
    name = None if room in ("", PUBLIC) else show_id(room)
    body: Json = {"site": request.url_root} | ({"show": name} if name else {})
    return entered(lambda: _post(f"{tenant}/rooms/{number}/entry", body))


def _state(tenant: int, number: int) -> Json:
    """The room as it is now; the show that the page knows of is told of even when it is over."""
    name = show_id(request.values.get("show", ""))
    return signed.billing().get(f"me/chat/{tenant}/rooms/{number}", signed.subject(), show=name)


def _post(path: str, body: Json, *, key: str = "") -> Json:
    return signed.billing().post(f"me/chat/{path}", body, key=key or signed.new_key(), subject=signed.subject())


def _step(tenant: int, step: str) -> Json:
    """A step of the show that the address or the form names; none named is no request of ours."""
    name = show_id(request.values.get("show", ""))
    if name is None:
        abort(400)
    return _post(f"{tenant}/shows/{name}/{step}", {})


def _done(tenant: int, number: int, act: Callable[[], Json]) -> ResponseReturnValue:
    """Do something and show the room as it is then."""
    try:
        state = act()
    except Refused as refusal:
        return _refused(tenant, number, refusal)
    return _answered(tenant, number, state)


def _refused(tenant: int, number: int, refusal: Refused) -> ResponseReturnValue:
    if refusal.code in SESSION_OVER:
        raise refusal
    if not is_by_script():
        tell(refusal)
        return redirect(url_for(".show", tenant=tenant, number=number, show=request.values.get("show")), 303)
    return _now(tenant, number, refusal.detail, "bad")


def _now(tenant: int, number: int, said: str = "", kind: str = "") -> ResponseReturnValue:
    """The live part as it is now. A room that is no more is left, with a word on the show that was held in it."""
    try:
        state = _state(tenant, number)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        away = url_for("chat.wall", tenant=tenant, show=show_id(request.values.get("show", "")), why="offline")
        return render_template("room_gone.html", away=away)
    return _fragment(tenant, number, state, said, kind)


def _answered(tenant: int, number: int, state: Json, said: str = "", kind: str = "") -> ResponseReturnValue:
    """The live part for the script, else the page to go to."""
    if is_by_script():
        return _fragment(tenant, number, state, said, kind)
    if said:
        flash(said, kind)
    name = state["show"]["id"] if state["show"] else None
    return redirect(_away(tenant, state) or url_for(".show", tenant=tenant, number=number, show=name), 303)


def _fragment(tenant: int, number: int, state: Json, said: str = "", kind: str = "") -> ResponseReturnValue:
    facts = _facts(chat(tenant), number, state)
    return render_template("room_state.html", whole=False, said=said, said_kind=kind, **facts)


def _away(tenant: int, state: Json) -> str:
    """Where the page has to go now; nothing while it may stay."""
    if state["leave"] == "over":
        return url_for("chat.wall", tenant=tenant, show=state["show"]["id"])
    return url_for("chat.wall", tenant=tenant, why=state["leave"]) if state["leave"] else ""


def _facts(chat: Json, number: int, state: Json) -> Json:
    """What the templates of the room show."""
    show = state["show"]
    step = show["state"] if show else ""
    by_second = state["rules"]["rounding"] == "per_second"
    return {
        "chat": chat,
        "number": number,
        "state": state,
        "show": show,
        "card": state["card"],
        "name": called(chat, state["card"]["name"]),
        "away": _away(chat["id"], state),
        "room": show["id"] if show and show["private"] else PUBLIC,
        "is_open": step in OPEN,
        "may_ask": step not in ("requested", *OPEN),
        "by_second": by_second,
        "lasts_s": _lasts_s(state["balance"], state["card"]["rate"], by_second),
        "every": WAITING_POLL_S if step in ("requested", "accepted") else POLL_S,
    }


def _lasts_s(credits: int, rate: int, by_second: bool) -> int:
    """Seconds of a private show that these credits pay for, about: what is free at the beginning does not count."""
    return max(60 * credits // rate if by_second else 60 * (credits // rate), 0)
