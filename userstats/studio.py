"""The studio: a performer's own room with the requests of viewers, the running show, tips, and what she has earned."""

from collections.abc import Callable, Iterator
from itertools import chain

from flask import Blueprint, Response, abort, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat import entered, tell
from userstats.chat_pages import called, chat, is_by_script, show_id, with_frame
from userstats.remote import Json, Refused, Subject, begin_anew
from userstats.statement import MONTH
from userstats.studio_words import ACTIONS, COLUMNS, REASONS, hour, last_day, percent
from userstats.troubles import SESSION_OVER
from weblib.exports import csv_stream
from weblib.pages import gettext as _

ADDRESS = "/studio/<int:tenant>"
PUBLIC = "public"
OPEN = ("accepted", "live")
POLL_S, BEAT_S = 2, 10
LONGEST_CURSOR = 500

bp = Blueprint("studio", __name__)
bp.add_app_template_filter(hour)
bp.add_app_template_filter(last_day)
bp.add_app_template_filter(percent)


@bp.get("/studio")
@signed.subscribers_only
def choose() -> ResponseReturnValue:
    """The chats in which one performs; where it is only one, that. Whoever performs nowhere is sent to the chat."""
    found = signed.billing().get("me/studio", signed.subject())["performers"]
    if not found:
        return redirect(url_for("chat.choose"), 303)
    if len(found) == 1:
        return redirect(url_for(".show", tenant=found[0]["tenant"]), 303)
    return render_template("studio_choose.html", studios=found)


@bp.get(ADDRESS)
@signed.subscribers_only
def show(tenant: int) -> ResponseReturnValue:
    """Her room, with all that happens in it."""
    here, state = chat(tenant), _state(tenant)
    return with_frame(render_template("studio.html", whole=True, **_facts(here, state)), here)


@bp.get(f"{ADDRESS}/state")
@signed.subscribers_only
def state(tenant: int) -> ResponseReturnValue:
    """The live part of the page."""
    return _fragment(tenant, _state(tenant))


@bp.post(f"{ADDRESS}/<any(beat, accept, refuse, arrive, tick, end):step>")
@signed.subscribers_only
def act(tenant: int, step: str) -> ResponseReturnValue:
    """Her page is open, or a step of a show: one that is asked for, or the running one."""
    name = show_id(request.values.get("show", ""))
    if step == "beat":
        return _done(tenant, lambda: _post(f"{tenant}/beat", {"show": name} if name else {}))
    if name is None:
        abort(400)
    return _done(tenant, lambda: _post(f"{tenant}/shows/{name}/{step}"))


@bp.post(f"{ADDRESS}/entry")
@signed.subscribers_only
def enter(tenant: int) -> ResponseReturnValue:
    """The way into her room, for the script of the page alone."""
    room = request.form.get("room", "")
    name = None if room in ("", PUBLIC) else show_id(room)
    body: Json = {"site": request.url_root} | ({"show": name} if name else {})
    return entered(lambda: _post(f"{tenant}/entry", body))


@bp.get(f"{ADDRESS}/earnings")
@signed.subscribers_only
def earnings(tenant: int) -> ResponseReturnValue:
    """What she has earned: by months, and each row of one of them."""
    month, cursor = _month(), _cursor()
    page = signed.billing().get(f"me/studio/{tenant}/earnings", signed.subject(), month=month, cursor=cursor)
    facts = {"chat": chat(tenant), "page": page, "is_first": not cursor, "actions": ACTIONS}
    return render_template("studio_earnings.html", **facts)


@bp.get(f"{ADDRESS}/earnings.csv")
@signed.subscribers_only
def as_csv(tenant: int) -> ResponseReturnValue:
    """Her rows of a month as a file for spreadsheet programs."""
    month = _month()
    first = _page(signed.subject(), tenant, month)
    name = f"{_('Earnings')} {session['login']} {first['month']}"
    return csv_stream(COLUMNS, _rows(signed.subject(), tenant, first), name=f"{name}.csv")


@bp.get(f"{ADDRESS}/payouts")
@signed.subscribers_only
def payouts(tenant: int) -> ResponseReturnValue:
    """What she was paid, and what is about to be."""
    cursor = _cursor()
    page = signed.billing().get(f"me/studio/{tenant}/payouts", signed.subject(), cursor=cursor)
    return render_template("studio_payouts.html", chat=chat(tenant), page=page, is_first=not cursor)


@bp.after_request
def not_kept(answer: Response) -> Response:
    """Nothing of it stays in the browser of a shared computer."""
    answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _state(tenant: int) -> Json:
    """The studio as it is now; the show that the page knows of is told of even when it is over."""
    name = show_id(request.values.get("show", ""))
    return signed.billing().get(f"me/studio/{tenant}", signed.subject(), show=name)


def _post(path: str, body: Json | None = None) -> Json:
    return signed.billing().post(f"me/studio/{path}", body or {}, key=signed.new_key(), subject=signed.subject())


def _done(tenant: int, act: Callable[[], Json]) -> ResponseReturnValue:
    """Do something and show the studio as it is then."""
    try:
        state = act()
    except Refused as refusal:
        return _refused(tenant, refusal)
    if is_by_script():
        return _fragment(tenant, state)
    return redirect(url_for(".show", tenant=tenant, show=_known(state)), 303)


def _refused(tenant: int, refusal: Refused) -> ResponseReturnValue:
    if refusal.code in SESSION_OVER:
        raise refusal
    if not is_by_script():
        tell(refusal)
        return redirect(url_for(".show", tenant=tenant), 303)
    return _fragment(tenant, _state(tenant), refusal.detail)


def _fragment(tenant: int, state: Json, said: str = "") -> ResponseReturnValue:
    return render_template("studio_state.html", whole=False, said=said, **_facts(chat(tenant), state))


def _facts(chat: Json, state: Json) -> Json:
    """What the templates of the studio show."""
    show, over = state["show"], state["over"]
    is_open = bool(show and show["state"] in OPEN)
    return {
        "chat": chat,
        "state": state,
        "show": show,
        "over": over,
        "reason": REASONS.get(over["end_reason"], "") if over else "",
        "name": called(chat, state["card"]["name"]),
        "room": show["id"] if is_open and show["private"] else PUBLIC,
        "known": _known(state),
        "is_open": is_open,
        "every": POLL_S,
        "beat_every": BEAT_S,
    }


def _known(state: Json) -> str | None:
    """The show that the page goes on asking for: the open one, or the one that is just over."""
    show = state["show"] or state["over"]
    return show["id"] if show else None


def _month() -> str | None:
    """The month that the address names; None where it names none, 404 for what is no month."""
    month = request.args.get("month", "")
    if month and MONTH.fullmatch(month) is None:
        abort(404)
    return month or None


def _cursor() -> str | None:
    """The place in a list that the address names; what is none of it, the billing refuses."""
    return request.args.get("cursor", "")[:LONGEST_CURSOR] or None


def _page(subject: Subject, tenant: int, month: str | None, cursor: str | None = None) -> Json:
    return signed.billing().get(f"me/studio/{tenant}/earnings", subject, month=month, cursor=cursor)


def _rows(subject: Subject, tenant: int, first: Json) -> Iterator[Json]:
    """All rows of a month, read while they are written; the first are there."""
    return chain(first["rows"], _further(subject, tenant, first))


def _further(subject: Subject, tenant: int, page: Json) -> Iterator[Json]:
    while page["next"] is not None:
        begin_anew()
        page = _page(subject, tenant, page["month"], page["next"])
        yield from page["rows"]
