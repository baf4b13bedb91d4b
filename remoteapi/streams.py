"""The door of media servers: one address, to which each of them posts who is watching."""

import zlib
from collections.abc import Iterator

import structlog
from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge

from billing.errors import N_, BillingError, InvalidInput
from ppv_module.options import PpvOptions
from ppv_module.remote.door import PpvDisabled
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.receiving import MIB, Answer, NotWorkedOn, receive, refused
from ppv_module.streams.syncs.records import note_unread
from ppv_module.streams.syncs.refusals import WrongAddress
from ppv_module.streams.syncs.senders import plain_address, require_known_address
from ppv_module.streams.wire.errors import Malformed, TooLarge
from suite.runtime import Runtime
from weblib.ops import ops
from weblib.requestid import request_ids
from weblib.security import secure

CHUNK = 64 * 1024
GZIP = ("gzip", "x-gzip")
PLAIN = ("", "identity")
ONE_GZIP_MEMBER = 31
"""Window bits of zlib: with the head and the checksum of gzip."""

RETRY_AFTER_S = 5

log = structlog.get_logger(__name__)


class UnknownEncoding(InvalidInput):
    """The body is packed in a way that we do not unpack."""

    code, http_status = "unknown_encoding", 415
    text = N_("Send the message as it is, or packed with gzip.")


class BadRequest(InvalidInput):
    code, http_status = "bad_request", 400
    text = N_("The request cannot be read.")


class OnlyPost(InvalidInput):
    code, http_status = "method_not_allowed", 405
    text = N_("Media servers post their messages here.")


def create_streams(runtime: Runtime) -> Flask:
    """The app, with the path that the options name. Nothing is opened before the first request."""
    app = Flask("streams")
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = runtime.settings.streams.max_body_mib * MIB
    request_ids(app)
    secure(app)
    app.register_error_handler(Exception, _told)
    app.add_url_rule(
        runtime.settings.streams.path,
        view_func=lambda: _accept(runtime),
        endpoint="sync",
        methods=["POST"],
        provide_automatic_options=False,
    )
    app.register_blueprint(ops({"database": runtime.check_database}))
    return app


def _accept(runtime: Runtime) -> Response:
    """A message, stored and applied before it is answered.

    :raises PpvDisabled, WrongAddress, TooLarge, Malformed, UnknownEncoding: it was not even stored
    """
    if not runtime.billing.option(PpvOptions).enabled:
        raise PpvDisabled()
    options, address = runtime.settings.streams, plain_address(request.remote_addr or "")
    try:
        require_known_address(address, options)
        body = _body(options)
    except (WrongAddress, TooLarge) as error:
        size, now = request.content_length or 0, runtime.clock()
        note_unread(runtime.billing.uow(), size=size, reason=error.code, remote_ip=address, received_at=now)
        raise
    answer = receive(
        runtime.billing, body=body, remote_ip=address, received_at=runtime.clock(), spool=runtime.stream_spool
    )
    return _response(answer)


def _body(options: StreamOptions) -> bytes:
    """What was posted, unpacked: never more than the limit is in memory.

    :raises TooLarge, Malformed, UnknownEncoding: it is none that a message could be read from
    """
    encoding, most = request.headers.get("Content-Encoding", "").strip().lower(), options.max_body_mib * MIB
    if encoding not in GZIP + PLAIN:
        raise UnknownEncoding()
    try:
        chunks = _unpacked(_chunks(), most) if encoding in GZIP else _chunks()
        body = b"".join(chunks)
    except RequestEntityTooLarge:
        raise TooLarge(limit=most) from None
    except zlib.error:
        raise Malformed("bad_gzip") from None
    if not body:
        raise Malformed("empty", 0)
    return body


def _chunks() -> Iterator[bytes]:
    """:raises RequestEntityTooLarge: there is more than the limit
    :raises Malformed: the rest of it never came
    """
    while True:
        try:
            chunk = request.stream.read(CHUNK)
        except RequestEntityTooLarge:
            raise
        except Exception:  # noqa: BLE001 (every web server has errors of its own for a body that breaks off)
            raise Malformed("cut_off") from None
        if not chunk:
            return
        yield chunk


def _unpacked(packed: Iterator[bytes], most: int) -> Iterator[bytes]:
    """:raises TooLarge: there is more than `most` bytes in it
    :raises Malformed: it is cut off, or something follows
    """
    unpacking, left = zlib.decompressobj(ONE_GZIP_MEMBER), most
    for chunk in packed:
        waiting = chunk
        while waiting and not unpacking.eof:
            found = unpacking.decompress(waiting, left + 1)
            if len(found) > left:
                raise TooLarge(limit=most)
            left, waiting = left - len(found), unpacking.unconsumed_tail
            yield found
        if unpacking.unused_data or (unpacking.eof and waiting):
            raise Malformed("bad_gzip")
    if not unpacking.eof:
        raise Malformed("bad_gzip")


def _told(error: Exception) -> Response:
    """Every error as JSON: `{"error": {"code", "message", "position"}}`."""
    if isinstance(error, RequestEntityTooLarge):
        error = TooLarge(limit=request.max_content_length)
    if isinstance(error, BillingError):
        return _response(refused(error))
    if isinstance(error, MethodNotAllowed):
        answer = _response(refused(OnlyPost()))
        answer.headers["Allow"] = "POST"
        return answer
    if isinstance(error, HTTPException):
        return _response(refused(BadRequest()))
    log.exception("the door of media servers failed", kind=type(error).__name__)
    return _response(refused(NotWorkedOn()))


def _response(answer: Answer) -> Response:
    found = Response(answer.body, answer.status, content_type=answer.content_type)
    if answer.status == NotWorkedOn.http_status:
        found.headers["Retry-After"] = str(RETRY_AFTER_S)
    return found
