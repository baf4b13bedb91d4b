"""Control endpoints: who is where, the last hooks, failures, forms. They ask for no password, so they are off unless
wanted."""

from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from sandbox.dice import FaultError

from .config import REST_FORMS
from .place import Place

bp = Blueprint("control", __name__, url_prefix="/control")


def _place() -> Place:
    found: Place = current_app.extensions["html5chat"]
    return found


@bp.errorhandler(FaultError)
def refuse(error: FaultError) -> ResponseReturnValue:
    """Say what is wrong with the request; nothing has changed."""
    return {"error": str(error)}, 422


@bp.get("/state")
def state() -> dict[str, Any]:
    """Everybody who is there, and the private shows."""
    seats = [
        {
            "webmaster": chat.webmaster_id,
            "id": seat.card.id,
            "name": seat.card.username,
            "role": seat.card.role,
            "room": seat.room,
            "status": chat.status(seat.card.id),
            "away": seat.away,
        }
        for chat in _place().chats.values()
        for seat in list(chat.seats.values())
    ]
    shows = [
        {"webmaster": chat.webmaster_id, "room": room.number, "performer": performer.card.id, "viewer": viewer.card.id}
        for chat in _place().chats.values()
        for room, performer, viewer in chat.couples()
    ]
    return {"seats": seats, "shows": shows}


@bp.get("/calls")
def calls() -> dict[str, Any]:
    """The hooks that were posted, newest first."""
    return {"calls": _place().hooks.last()}


@bp.post("/faults")
def faults() -> dict[str, Any]:
    """`{"faults": [{"kind": "error", "rate": 1, "times": 2}], "rest_form": "object"}`; faults are replaced."""
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise FaultError("the body must be a JSON object")
    form = body.get("rest_form", _place().rest_form)
    if form not in REST_FORMS:
        raise FaultError(f"there are the forms {', '.join(REST_FORMS)}")
    _place().faults.replace(body.get("faults", []))
    _place().rest_form = form
    return {"ok": True}


@bp.post("/reset")
def reset() -> dict[str, Any]:
    """Back to the start: nobody is there."""
    _place().reset()
    return {"ok": True}
