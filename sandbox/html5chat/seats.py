"""What an open page asks for, every second: short calls, no sockets. Its seat's key is its password."""

from typing import Any

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from .chat import MOST_TIP, Chat
from .place import Place
from .rooms import FIRST_VIEWER
from .tokens import Refused

bp = Blueprint("seats", __name__, url_prefix="/seats/<int:webmaster_id>/<key>")


def _place() -> Place:
    found: Place = current_app.extensions["html5chat"]
    return found


def _chat(webmaster_id: int) -> Chat:
    return _place().chat(webmaster_id)


def _sent(name: str) -> Any:
    body = request.get_json(silent=True)
    return body.get(name) if isinstance(body, dict) else None


@bp.get("")
def look(webmaster_id: int, key: str) -> dict[str, Any]:
    """The room, and what was said since line `after`."""
    return _chat(webmaster_id).view(key, request.args.get("after", 0, type=int))


@bp.post("/say")
def say(webmaster_id: int, key: str) -> dict[str, Any]:
    _chat(webmaster_id).say(key, str(_sent("text") or ""))
    return {}


@bp.post("/ask")
def ask(webmaster_id: int, key: str) -> dict[str, Any]:
    _chat(webmaster_id).ask(key)
    return {}


@bp.post("/answer")
def answer(webmaster_id: int, key: str) -> dict[str, Any]:
    _chat(webmaster_id).answer(key, yes=_sent("yes") is True)
    return {}


@bp.post("/end")
def end(webmaster_id: int, key: str) -> dict[str, Any]:
    _chat(webmaster_id).end(key)
    return {}


@bp.post("/kick")
def kick(webmaster_id: int, key: str) -> dict[str, Any]:
    number = _sent("id")
    _chat(webmaster_id).kick(key, number if isinstance(number, int) else -1)
    return {}


@bp.post("/tip")
def tip(webmaster_id: int, key: str) -> dict[str, Any]:
    """A tip, which the operator's server takes or refuses."""
    chat, credits = _chat(webmaster_id), _sent("credits")
    seat = chat.seat(key)
    if not _place().config.buttons or seat.is_performer:
        raise Refused("Tips are given on the operator's own page.")
    if type(credits) is not int or not 1 <= credits <= MOST_TIP:
        raise Refused(f"A tip is from 1 to {MOST_TIP} credits.")
    fields = {"performerid": seat.room - webmaster_id * FIRST_VIEWER, "credits": credits}
    balance = _place().hooks.balance(webmaster_id, "sendCredits", userid=seat.card.id, **fields)
    if balance is None:
        raise Refused("You have not enough credits.")
    chat.tipped(key, credits, balance)
    return {"credits": balance}


@bp.post("/leave")
def leave(webmaster_id: int, key: str) -> ResponseReturnValue:
    """The page is closed."""
    _chat(webmaster_id).leave(key)
    return Response(status=204)
