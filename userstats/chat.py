"""The video chat: which chats there are, who is there, the general chat, and the shows one has had."""

from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, jsonify, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed
from userstats.chat_pages import called, capitalised, chat, is_embedded, page_number, show_id, with_frame, with_scripts
from userstats.remote import Json, Refused
from userstats.troubles import SESSION_OVER
from weblib.assets import FOREVER
from weblib.pages import gettext as _

WHYS = ("private", "offline", "banned")
"""Why somebody was sent here from a room."""

PICTURES = ("image/webp", "image/jpeg", "image/png")
NAME_LENGTH = 64

bp = Blueprint("chat", __name__)
bp.add_app_template_filter(capitalised)


@bp.get("/chat")
def choose() -> ResponseReturnValue:
    """The chats; where there is only one, that."""
    chats = signed.chats()
    if len(chats) == 1:
        return redirect(url_for(".wall", tenant=chats[0]["id"]), 303)
    return render_template("chat.html", chats=chats)


@bp.get("/chat/<int:tenant>")
def wall(tenant: int) -> ResponseReturnValue:
    """Who is there. Whoever is not signed in sees it too, and cannot enter."""
    here = chat(tenant)
    if is_embedded(here):
        scripts = _wall(tenant)["tenant"]["scripts"]
        page = render_template("chat_embedded.html", chat=here, script=scripts["listing"], is_wall=True)
        return with_scripts(page, [scripts["listing"], here["chat_origin"]])
    why = request.args.get("why", "")
    return render_template(
        "wall.html",
        chat=here,
        cards=_wall(tenant)["cards"],
        me=_me(tenant),
        over=_over(tenant),
        why=why if why in WHYS else "",
    )


@bp.get("/chat/<int:tenant>/cards")
def cards(tenant: int) -> ResponseReturnValue:
    """The cards alone, for a wall that is open."""
    return render_template("wall_cards.html", chat=chat(tenant), cards=_wall(tenant)["cards"])


@bp.get("/chat/<int:tenant>/room")
@signed.subscribers_only
def general(tenant: int) -> ResponseReturnValue:
    """The general chat over the whole page, in which one is signed in by oneself."""
    here = chat(tenant)
    if is_embedded(here):
        script = _entry(tenant)["url"]
        page = render_template("chat_embedded.html", chat=here, script=script, is_wall=False)
        return with_scripts(page, [script, here["chat_origin"]])
    return with_frame(render_template("chat_general.html", chat=here), here)


@bp.get("/chat/<int:tenant>/state")
@signed.subscribers_only
def state(tenant: int) -> ResponseReturnValue:
    """The live part of the general chat: it stays where it is."""
    return render_template("chat_general_state.html", chat=chat(tenant), whole=False)


@bp.post("/chat/<int:tenant>/entry")
@signed.subscribers_only
def enter(tenant: int) -> ResponseReturnValue:
    """The way into the general chat, for the script of the page alone."""
    return entered(lambda: _entry(tenant))


@bp.post("/chat/<int:tenant>/nickname")
@signed.subscribers_only
def rename(tenant: int) -> ResponseReturnValue:
    """Be called otherwise in this chat."""
    wanted = request.form.get("nickname", "").strip()[:NAME_LENGTH]
    path = f"me/chat/{tenant}/nickname"
    try:
        signed.billing().post(path, {"nickname": wanted}, key=signed.new_key(), subject=signed.subject())
    except Refused as refusal:
        tell(refusal, text=_("This name cannot be used.") if refusal.code == "invalid_input" else "")
    else:
        flash(_("In the chat you are called %(name)s now.", name=wanted), "good")
    return redirect(url_for(".wall", tenant=tenant), 303)


@bp.get("/chat/<int:tenant>/shows")
@signed.subscribers_only
def shows(tenant: int) -> ResponseReturnValue:
    """The private shows one has had, the newest first."""
    older_than = page_number(request.args.get("older_than", ""))
    page = signed.billing().get(f"me/chat/{tenant}/shows", signed.subject(), older_than=older_than)
    return render_template("chat_shows.html", chat=chat(tenant), page=page, called=called, is_first=not older_than)


@bp.get("/chat/<int:tenant>/style.css")
def style(tenant: int) -> ResponseReturnValue:
    """The tenant's own stylesheet, which reaches no other page."""
    found = signed.billing().file(f"chat/{tenant}/style.css")
    is_present = request.args.get("v", "") == chat(tenant)["style"]
    kept = FOREVER if is_present else "no-cache"
    return Response(found.content, mimetype="text/css", headers={"Cache-Control": kept})


@bp.get("/chat/photos/<name>")
def photo(name: str) -> ResponseReturnValue:
    """A picture of somebody in the chat. A name is never used again, so browsers may keep it."""
    if not name.replace("-", "").replace("_", "").replace(".", "").isalnum() or not name.isascii():
        abort(404)
    found = signed.billing().file(f"chat/photos/{name}")
    if found.mimetype not in PICTURES:
        abort(404)
    return Response(found.content, mimetype=found.mimetype, headers={"Cache-Control": FOREVER})


def entered(ask: Callable[[], Json]) -> ResponseReturnValue:
    """A way into a room as JSON, which nobody keeps; or the sentence that says why there is none."""
    try:
        entry = ask()
    except Refused as refusal:
        if refusal.code in SESSION_OVER:
            raise
        answer = jsonify(detail=refusal.detail)
        answer.status_code = refusal.status
        return answer
    answer = jsonify(url=entry["url"], allow=entry["allow"])
    answer.headers["Cache-Control"] = "no-store"
    return answer


def tell(refusal: Refused, text: str = "") -> None:
    """Have the next page say what was refused.

    :raises Refused: the session is over
    """
    if refusal.code in SESSION_OVER:
        raise refusal
    flash(text or refusal.detail, "bad")


def _wall(tenant: int) -> Json:
    return signed.billing().get(f"chat/{tenant}/wall")


def _me(tenant: int) -> Json | None:
    """Who one is in this chat, if one is signed in."""
    return signed.billing().get(f"me/chat/{tenant}", signed.subject()) if "token" in session else None


def _over(tenant: int) -> Json | None:
    """The show that has just ended, as the address names it."""
    name = show_id(request.args.get("show", ""))
    if name is None or "token" not in session:
        return None
    return signed.billing().get(f"me/chat/{tenant}/shows/{name}", signed.subject())


def _entry(tenant: int) -> Json:
    body = {"site": request.url_root}
    return signed.billing().post(f"me/chat/{tenant}/entry", body, key=signed.new_key(), subject=signed.subject())
