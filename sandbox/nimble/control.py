"""Control endpoints: who watches, what was answered, faults, simulated viewers. They ask for no password, so they are
off unless wanted."""

from dataclasses import asdict
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from sandbox.dice import FaultError

from .mediaserver import MediaServer
from .place import Place, Unknown
from .sessions import Session, Stream
from .signing import Refused

bp = Blueprint("control", __name__, url_prefix="/control")


class BadRequest(ValueError):
    """A body that cannot be used."""


def _place() -> Place:
    found: Place = current_app.extensions["nimble"]
    return found


def _body() -> dict[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise BadRequest("the body must be a JSON object")
    return body


def _servers(body: dict[str, Any]) -> list[MediaServer]:
    """The one that is named, or all."""
    return [_place().server(str(body["server"]))] if body.get("server") else _place().servers


@bp.errorhandler(FaultError)
@bp.errorhandler(BadRequest)
def refuse(error: ValueError) -> ResponseReturnValue:
    """Say what is wrong with the request; nothing has changed."""
    return {"error": str(error)}, 422


@bp.errorhandler(Unknown)
def unknown(error: Unknown) -> ResponseReturnValue:
    return {"error": f"there is no server {error}"}, 422


@bp.get("/state")
def state() -> dict[str, Any]:
    """Every server with its sessions, its list and its last answers."""
    return {"servers": [each.state() for each in _place().servers]}


@bp.post("/sync")
def sync() -> dict[str, Any]:
    """`{"server": "nimble-1"}`, or `{}` for all: they report now. Answers when the handler has answered."""
    return {"answers": [asdict(each) for each in _place().report(_servers(_body()))]}


@bp.post("/faults")
def faults() -> dict[str, Any]:
    """`{"faults": [{"kind": "repeat", "rate": 1, "times": 2, "server": "nimble-1"}]}`; replaces all faults."""
    _place().faults.replace(_body().get("faults", []))
    return {"ok": True}


@bp.post("/outage")
def outage() -> dict[str, Any]:
    """`{"server": "nimble-1", "seconds": 60}`: it reports nothing for so long, and all of it afterwards."""
    body = _body()
    seconds = body.get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or seconds < 0:
        raise BadRequest("seconds is a number from 0 on")
    for each in _servers(body):
        each.down_until = _place().now() + seconds
    return {"ok": True}


@bp.post("/events")
def events() -> dict[str, Any]:
    """`{"server", "events": [{"event": "publish", "stream": "live/news"}]}`: told with the next message."""
    body = _body()
    told = body.get("events")
    if not (isinstance(told, list) and all(isinstance(each, dict) and each.get("event") for each in told)):
        raise BadRequest("events is a list of objects with event")
    for each in _servers(body):
        each.events += told
    return {"ok": True}


@bp.post("/viewers")
def viewers() -> dict[str, Any]:
    """`{"viewers": [{"viewer", "stream", "server", "ip", "agents", "idle", "sessions"}]}`: simulated ones come to stay.

    Whoever is denied is named in `refused`. Who watches that stream already has `idle` changed.
    """
    asked = _body().get("viewers")
    if not (isinstance(asked, list) and all(isinstance(each, dict) for each in asked)):
        raise BadRequest("viewers is a list of objects")
    refused = []
    for each in asked:
        try:
            _seat(each)
        except Refused:
            refused.append(each["viewer"])
    return {"ok": not refused, "refused": refused}


@bp.post("/leave")
def leave() -> dict[str, Any]:
    """`{"viewer": "u1", "server": "nimble-1"}`: all sessions of a viewer end; without a name everybody's."""
    body = _body()
    viewer = body.get("viewer")
    for server in _servers(body):
        for session in _found(server, viewer):
            server.leave(session)
    return {"ok": True}


@bp.post("/reset")
def reset() -> dict[str, Any]:
    """Back to the start: nobody watches, nothing is denied."""
    _place().reset()
    return {"ok": True}


def _seat(asked: dict[str, Any]) -> None:
    viewer, path = asked.get("viewer"), asked.get("stream", "live/test")
    agents, sessions = asked.get("agents", ["sandbox"]), asked.get("sessions", 1)
    if not (
        isinstance(viewer, str) and isinstance(path, str) and isinstance(agents, list) and isinstance(sessions, int)
    ):
        raise BadRequest("a viewer has viewer and stream as text, agents as a list, sessions as a number")
    stream = Stream.at(path)
    server = _place().server(str(asked["server"])) if asked.get("server") else _place().server_of(stream)
    there = [each for each in _found(server, viewer) if each.stream == stream]
    ip = str(asked.get("ip", "192.0.2.1"))
    for number in range(len(there), sessions):
        there.append(server.join(viewer, ip=ip, stream=stream, agents=tuple(map(str, agents)), again=f"{number}"))
    for each in there:
        server.rest(each, idle=bool(asked.get("idle", False)))


def _found(server: MediaServer, viewer: object) -> list[Session]:
    return [each for each in list(server.sessions.values()) if viewer in (None, each.viewer)]
