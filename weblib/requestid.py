"""One id per request, from the first door to the partner's log, and one access line per request."""

import re
import secrets
from time import perf_counter

import structlog
from flask import Flask, Response, g, request, request_started

HEADER = "X-Request-ID"
ACCEPTED = re.compile(r"[A-Za-z0-9._-]{8,64}")

log = structlog.get_logger("access")


def request_ids(app: Flask) -> None:
    """Give every request of `app` an id: in its logs, its answer's header and `current_request_id()`."""
    request_started.connect(_begin, app)  # comes before every hook, also before one that answers by itself
    app.after_request(_answer)
    app.teardown_request(_end)


def current_request_id() -> str:
    """The id to send on in X-Request-ID; empty outside a request."""
    return str(structlog.contextvars.get_contextvars().get("request_id", ""))


def _begin(_: Flask) -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if ACCEPTED.fullmatch(given) else secrets.token_hex(8)
    g.request_started = perf_counter()
    g.request_context = structlog.contextvars.bind_contextvars(request_id=g.request_id)


def _answer(response: Response) -> Response:
    response.headers[HEADER] = g.request_id
    # Never the query string: the legacy RemoteAPI has its key there.
    log.info(
        "request",
        method=request.method,
        path=g.get("path_for_log", request.path),
        status=response.status_code,
        ms=round((perf_counter() - g.request_started) * 1000, 1),
    )
    return response


def _end(_: BaseException | None) -> None:
    tokens = g.pop("request_context", {})
    structlog.contextvars.reset_contextvars(**tokens)
