"""The doors of pay-per-view for machines: the signed API, the chat's hooks, PayPal's mail slot."""

import json
from dataclasses import dataclass

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from billing.errors import N_, BillingError
from ppv_module.remote import hooks, ipn, signed, signed_people, signed_shop, signed_shows
from ppv_module.remote.door import EXTENSION, Door
from ppv_module.remote.signed_errors import STATUS
from ppv_module.remote.signed_limits import Limits
from remoteapi.words import SORRY, Words
from suite.runtime import Runtime
from weblib.ops import ops
from weblib.requestid import request_ids
from weblib.security import secure

CALLS = (signed_people, signed_shop, signed_shows)
"""Modules whose routes are added to `signed.bp` when they are read."""

LARGEST_NUMBER = 2**63 - 1
RETRY_AFTER_S = 2
HIDDEN = "***"
OF_STATUS = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 429: "too_many_requests"}
PLAIN = {
    400: N_("The request cannot be read."),
    404: N_("There is nothing at this address."),
    405: N_("This address does not know that method."),
    413: N_("The request is too long."),
}

log = structlog.get_logger(__name__)


class Number(IntegerConverter):
    """`<int:...>` in an address: what no row of the database can have as its number is no address."""

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, max=LARGEST_NUMBER)


def create_ppv(runtime: Runtime, limits: Limits | None = None) -> Flask:
    """The app, with full paths. Nothing is opened before the first request.

    :raises Misconfigured: the database's address cannot be used
    """
    app = Flask("ppvapi")
    app.url_map.converters["int"] = Number
    app.url_map.merge_slashes = False
    app.config["MAX_CONTENT_LENGTH"] = ipn.LONGEST_NOTICE
    app.extensions[EXTENSION] = Door(runtime.billing, runtime.clock, runtime.chat_provider)
    app.extensions[signed.LIMITS] = limits or Limits()
    app.extensions[signed.CABINET] = runtime.settings.suite.cabinet_url.rstrip("/")
    words = Words(runtime)
    app.extensions[signed.TELL] = words.tell
    request_ids(app)
    secure(app)
    app.before_request(_hide_token)
    Errors(words).answer_for(app)
    for blueprint in (signed.bp, hooks.bp, ipn.bp, ops({"database": runtime.check_database})):
        app.register_blueprint(blueprint)
    return app


def _hide_token() -> None:
    """The address of a hook is its password, which must not stand in the access log."""
    if request.path.startswith(f"{hooks.PREFIX}/"):
        g.path_for_log = f"{hooks.PREFIX}/{HIDDEN}"


@dataclass(frozen=True)
class Errors:
    """Answers every error with a code of the API: `{"error": {"code", "message"}}`."""

    words: Words

    def answer_for(self, app: Flask) -> None:
        app.register_error_handler(BillingError, self._refused)
        app.register_error_handler(HTTPException, self._failed)
        app.register_error_handler(Exception, self._broken)

    def _refused(self, error: BillingError) -> Response:
        status, body = signed.refused(error)
        return _answer(status, body)

    def _failed(self, error: HTTPException) -> Response:
        status = error.code or 500
        text = self.words.translate(PLAIN.get(status, SORRY))
        return _error(OF_STATUS.get(status, "unavailable" if status >= 500 else "bad_request"), text)

    def _broken(self, error: Exception) -> Response:
        """A defect, or the database is away: nothing has changed, and it may be sent again."""
        log.exception("a call of the signed API failed", kind=type(error).__name__)
        return _error("unavailable", self.words.translate(SORRY))


def _error(code: str, message: str) -> Response:
    body = json.dumps({"error": {"code": code, "message": message}}, ensure_ascii=False)
    return _answer(STATUS[code], body.encode())


def _answer(status: int, body: bytes) -> Response:
    answer = Response(body, status, content_type=signed.JSON)
    if status in (429, 503):
        answer.headers["Retry-After"] = str(RETRY_AFTER_S)
    return answer
