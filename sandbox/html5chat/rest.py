"""The status calls. Their paper does not say how an answer looks, so it may look in each of the likely ways."""

import hmac
import json
from typing import Any

from flask import Blueprint, Response, current_app

from .chat import Chat
from .place import Place
from .rooms import PERFORMER, Seat
from .tokens import Card

bp = Blueprint("rest", __name__)


def _place() -> Place:
    found: Place = current_app.extensions["html5chat"]
    return found


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")


@bp.get("/getUserStatus/<int:webmaster_id>/<int:number>")
@bp.get("/getUserStatus/<int:webmaster_id>/<int:number>/<token>")
def user_status(webmaster_id: int, number: int, token: str = "") -> Response:  # noqa: ARG001 (asked for or not)
    """The only call that needs no token."""
    chat = _place().chats.get(webmaster_id)
    if chat is None:
        return _text("ko")
    return _spoilt() or _word(chat.status(number))


@bp.get("/<action>/<int:webmaster_id>/<token>")
def everywhere(action: str, webmaster_id: int, token: str) -> Response:
    """What there is in all rooms."""
    chat = _let_in(webmaster_id, token)
    if chat is None or action not in CALLS:
        return _text("ko")
    return _spoilt() or _answer(CALLS[action](chat))


@bp.get("/<action>/<int:webmaster_id>/<int:room>/<token>")
def in_room(action: str, webmaster_id: int, room: int, token: str) -> Response:
    """What there is in one room."""
    chat = _let_in(webmaster_id, token)
    if chat is None or action not in ROOM_CALLS:
        return _text("ko")
    seats = _once(chat.sitting(room))
    return _spoilt() or _answer(len(seats) if action == "getNumberUsersInRoom" else _records(chat, seats))


def _let_in(webmaster_id: int, token: str) -> Chat | None:
    wanted = _place().config.rest_token
    if not hmac.compare_digest(token.encode(), wanted.encode()):
        return None
    chat = _place().chats.get(webmaster_id)
    if chat is not None:
        chat.sweep()
    return chat


def _spoilt() -> Response | None:
    faults = _place().faults
    return faults.spoil(faults.draw())


def _once(seats: list[Seat]) -> list[Card]:
    """Each person once, however many pages he has open."""
    return list({seat.card.id: seat.card for seat in seats}.values())


def _records(chat: Chat, cards: list[Card]) -> list[dict[str, Any]]:
    return [_record(chat, card) for card in cards]


def _record(chat: Chat, card: Card) -> dict[str, Any]:
    return {
        "id": card.id,
        "username": card.username,
        "image": card.image,
        "role": card.role,
        "status": chat.status(card.id),
    }


def _performers(chat: Chat) -> list[dict[str, Any]]:
    return _records(chat, [card for card in chat.known.values() if card.role == PERFORMER])


CALLS: dict[str, Any] = {
    "getNumberUsers": lambda chat: len(_once(chat.sitting())),
    "getUsers": lambda chat: _records(chat, _once(chat.sitting())),
    "getPerformers": _performers,
    "getOnlinePerformers": lambda chat: [each for each in _performers(chat) if each["status"] != "offline"],
}
ROOM_CALLS = ("getUsersInRoom", "getNumberUsersInRoom")


def _answer(found: list[dict[str, Any]] | int) -> Response:
    form = _place().rest_form
    if isinstance(found, int) and form == "text":
        return _text(str(found))
    if isinstance(found, list) and form == "object":
        return _json({str(each["id"]): each for each in found})
    return _json(found)


def _word(status: str) -> Response:
    return _text(status) if _place().rest_form == "text" else _json(status)


def _json(found: object) -> Response:
    return Response(json.dumps(found), content_type="application/json")
