"""Stylesheets, scripts and icons: kept in memory, compressed once, and kept by browsers until they change."""

import gzip
import hashlib
import mimetypes
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import quote

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue

from weblib.rights import public

STATIC = Path(__file__).with_name("static")
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
SERVED = {".css", ".js", ".svg", ".png"}
PACKED_ALREADY = {".png"}
FOLDERS = "asset_folders"

bp = Blueprint("assets", __name__)


@dataclass(frozen=True)
class Asset:
    """A file as it goes out; `mark` changes with its content and is part of its address.

    `packed` is nothing where packing makes it no smaller.
    """

    plain: bytes
    packed: bytes | None
    mimetype: str
    mark: str


def serve_assets(app: Flask, *own: Path) -> None:
    """Serve the kit's files below `/assets` and give templates `asset(name)`, the address of one.

    The folders `own` are the app's; of two files with one name the app's is served.
    """
    app.extensions[FOLDERS] = (*own, STATIC)
    app.register_blueprint(bp)
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of the file `name` as it is now.

    :raises KeyError: there is no such file
    """
    return f"{request.script_root}/assets/{named(name).mark}/{quote(name)}"


@bp.get("/assets/<mark>/<path:name>")
@public
def serve(mark: str, name: str) -> ResponseReturnValue:
    """The file, packed if the browser can unpack it. A page of an older release gets the file of today, uncached."""
    try:
        file = named(name)
    except KeyError:
        abort(404)
    packed = file.packed if request.accept_encodings.quality("gzip") > 0 else None
    response = Response(packed or file.plain, mimetype=file.mimetype)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = FOREVER if mark == file.mark else ASK_AGAIN
    return response


def named(name: str) -> Asset:
    """The file `name` of the app that serves this request.

    :raises KeyError: there is no such file
    """
    return _first(current_app.extensions[FOLDERS], name)


@cache
def _first(folders: Sequence[Path], name: str) -> Asset:
    for folder in folders:
        with suppress(FileNotFoundError):
            return found(folder, name)
    raise KeyError(name)


@cache
def found(folder: Path, name: str) -> Asset:
    """Read the file `name` of `folder` once in the life of the process.

    :raises FileNotFoundError: there is no such file; names that callers make up are not remembered
    """
    path = (folder / name).resolve()
    if path.suffix not in SERVED or not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise FileNotFoundError(name)
    plain = path.read_bytes()
    packed = None if path.suffix in PACKED_ALREADY else gzip.compress(plain, mtime=0)
    mimetype = mimetypes.types_map.get(path.suffix, "application/octet-stream")
    return Asset(plain, packed, mimetype, hashlib.sha256(plain).hexdigest()[:12])
