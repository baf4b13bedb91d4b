"""What viewers ask for: segments of a stream, with a signed link."""

import re
from pathlib import Path
from urllib.parse import unquote

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from .place import Place, Unknown
from .sessions import Stream
from .signing import Refused, open_link, plain_address, require_in_time

CLIP = (Path(__file__).parent / "static" / "clip.webm").read_bytes()
SIGNATURE = re.compile(r"(?:^|&)wmsAuthSign=([^&]*)")

bp = Blueprint("watching", __name__)


@bp.errorhandler(Refused)
def refuse(error: Refused) -> ResponseReturnValue:
    return {"reason": error.reason}, 403


@bp.errorhandler(Unknown)
def unknown(_error: Unknown) -> ResponseReturnValue:
    return {"reason": "unknown_server"}, 404


@bp.get("/<path:path>/clip.webm")
def segment(path: str) -> ResponseReturnValue:
    """The next segment of the stream `path`; they are all the same."""
    place: Place = current_app.extensions["nimble"]
    stream = Stream.at(path)
    if not stream.name:
        return {"reason": "unknown_stream"}, 404
    asked = request.args.get("server", "")
    server = place.server(asked) if asked else place.server_of(stream)
    ip = plain_address(request.remote_addr or "")
    viewer = _admitted(place, stream, ip)

    def in_time() -> None:
        """The time of a link is judged when somebody begins; who watches already may go on."""
        if place.config.key:
            require_in_time(_signature(), now=place.now(), tolerance_s=place.config.tolerance_s)

    agents = tuple(filter(None, [request.headers.get("User-Agent", "")]))
    server.watch(viewer, ip=ip, stream=stream, agents=agents, may_begin=in_time)
    return Response(CLIP, content_type="video/webm", headers={"Cache-Control": "no-store"})


def _admitted(place: Place, stream: Stream, ip: str) -> str:
    """Who the link is for; nobody in particular where links are not signed.

    :raises Refused: the link is not good
    """
    if not place.config.key:
        return ""
    return open_link(_signature(), path=stream.path, ip=ip, key=place.config.key).viewer


def _signature() -> str:
    """As it stands in the address: a plus sign in it is no blank."""
    found = SIGNATURE.search(request.query_string.decode("ascii", "replace"))
    return unquote(found[1]) if found else ""
