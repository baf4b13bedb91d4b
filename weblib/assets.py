"""Stylesheets, scripts and icons: kept in memory, compressed once, and kept by browsers until they change."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from weblib.rights import public

STATIC = Path(__file__).with_name("static")
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SERVED = {".css", ".js", ".svg"}

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """A file as it goes out; `mark` changes with its content and is part of its address."""

    plain: bytes
    packed: bytes
    mimetype: str
    mark: str


def serve_assets(app: Flask) -> None:
    """Serve the kit's files below `/assets` and give templates `asset(name)`, the address of one."""
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of the file `name` as it is now.

    :raises KeyError: there is no such file
    """
    return url_for("assets.serve", mark=found(name).mark, name=name)


@bp.get("/assets/<mark>/<path:name>")
@public
def serve(mark: str, name: str) -> ResponseReturnValue:
    """The file, packed if the browser can unpack it. A page of an older release gets the file of today, uncached."""
    try:
        file = found(name)
    except KeyError:
        abort(404)
    packs = request.accept_encodings.quality("gzip") > 0
    response = Response(file.packed if packs else file.plain, mimetype=file.mimetype)
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER if mark == file.mark else ASK_AGAIN
    return response


@cache
def found(name: str) -> Asset:
    """Read the file `name` once in the life of the process.

    :raises KeyError: there is no such file
    """
    path = (STATIC / name).resolve()
    if path.suffix not in SERVED or not path.is_relative_to(STATIC.resolve()) or not path.is_file():
        raise KeyError(name)
    plain = path.read_bytes()
    mimetype = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    return Asset(plain, gzip.compress(plain, mtime=0), mimetype, hashlib.sha256(plain).hexdigest()[:12])
