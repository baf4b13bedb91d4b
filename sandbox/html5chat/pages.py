"""Pages for browsers and the scripts that put them into other pages."""

import json
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from .chat import Chat
from .place import Place
from .rooms import PERFORMER
from .tokens import Card, Refused

# Frames are what this is for: the operator's pages show the rooms.
POLICY = "default-src 'self'; img-src 'self' data: http: https:; frame-ancestors *; base-uri 'none'; form-action 'self'"
ALLOW = "camera; microphone; autoplay; fullscreen"

bp = Blueprint("pages", __name__)


@bp.after_app_request
def protect(response: Response) -> Response:
    """Own files only; addresses with tokens go nowhere and are not kept."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@bp.app_errorhandler(Refused)
def refuse(error: Refused) -> ResponseReturnValue:
    if request.path.startswith("/seats/"):
        return {"error": str(error)}, 409
    return render_template("refused.html", why=str(error)), 403


def _place() -> Place:
    found: Place = current_app.extensions["html5chat"]
    return found


@bp.get("/")
def index() -> str:
    """What is going on, for whoever runs the sandbox."""
    place = _place()
    chats = [(chat, chat.sitting()) for chat in place.chats.values()]
    return render_template("index.html", chats=chats, calls=place.hooks.last()[:30], config=place.config)


@bp.get("/chat/<int:webmaster_id>/<token>")
def room(webmaster_id: int, token: str) -> str:
    """The room that a token opens."""
    return _entered(_place().chat(webmaster_id), _place().card(webmaster_id, token))


@bp.get("/chat/<int:webmaster_id>")
def sign_in(webmaster_id: int) -> str:
    """Without a token one gives oneself a name, and is a guest."""
    _place().chat(webmaster_id)
    return render_template("sign_in.html", webmaster_id=webmaster_id)


@bp.post("/chat/<int:webmaster_id>")
def as_guest(webmaster_id: int) -> str:
    name = request.form.get("username", "").strip()[:32]
    if not name:
        raise Refused("Give yourself a name first.")
    chat = _place().chat(webmaster_id)
    number = 2 * 10**9 + len(chat.known)
    return _entered(chat, Card(id=number, username=name, role="guest"))


def _entered(chat: Chat, card: Card) -> str:
    if card.credits is None and card.role != PERFORMER:
        card = Card(
            **{**_fields(card), "credits": _place().hooks.balance(chat.webmaster_id, "getCredits", userid=card.id)}
        )
    seat = chat.enter(card)
    return render_template("room.html", chat=chat, seat=seat, config=_place().config)


def _fields(card: Card) -> dict[str, Any]:
    return {name: getattr(card, name) for name in ("id", "username", "role", "room", "image", "profile")}


@bp.get("/script/<int:webmaster_id>/<token>")
@bp.get("/script/<int:webmaster_id>")
def script(webmaster_id: int, token: str = "") -> Response:
    """A script that puts the room where its tag stands."""
    _place().chat(webmaster_id)
    if token:
        return _frame(url_for(".room", webmaster_id=webmaster_id, token=token, _external=True))
    return _frame(url_for(".sign_in", webmaster_id=webmaster_id, _external=True))


@bp.get("/ppv_listing/<int:webmaster_id>")
def listing_script(webmaster_id: int) -> Response:
    """A script that puts the performers where its tag stands."""
    _place().chat(webmaster_id)
    return _frame(url_for(".listing", webmaster_id=webmaster_id, _external=True))


@bp.get("/listing/<int:webmaster_id>")
def listing(webmaster_id: int) -> str:
    """The performers, as the operator's server names them, or as many as have ever been here."""
    chat = _place().chat(webmaster_id)
    found = _place().hooks.performers(webmaster_id)
    if found is None:
        cards = [card for card in chat.known.values() if card.role == PERFORMER]
        found = [{"id": card.id, "username": card.username, "status": chat.status(card.id)} for card in cards]
    return render_template("listing.html", performers=found)


def _frame(address: str) -> Response:
    """A script that puts a frame where its own tag stands."""
    code = f"""(function () {{
  var frame = document.createElement("iframe");
  frame.src = {_quoted(address)};
  frame.allow = {_quoted(ALLOW)};
  frame.title = "Chat";
  frame.width = "100%";
  frame.height = "640";
  var tag = document.currentScript;
  tag.parentNode.insertBefore(frame, tag.nextSibling);
}})();
"""
    return Response(code, content_type="text/javascript; charset=utf-8")


def _quoted(text: str) -> str:
    return json.dumps(text).replace("<", "\\u003c")
