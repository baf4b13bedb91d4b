"""The old calls `GET|POST {any base}/?module=remoteapi&key=..&action=..`, whose bodies are fixed for ever.

The gates stand in the order that the old programs know. Every answer is a whole short body; where the original fell
through to its login page, one line says what was wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

import structlog
from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, NotFound

from billing.access import SERIAL, ApiKey
from billing.actors import GUEST, Actor
from billing.errors import BillingError
from olltv_module.remote.door import Door
from olltv_module.remote.legacy import ACTIONS, Reply, php_json, usable
from remoteapi.keys import Keys
from remoteapi.words import Words, open_door, operator_must_mend
from suite.partner_health import note_partner_health
from suite.runtime import Runtime
from suite.serial import ensure_serial
from weblib.requestid import request_ids
from weblib.security import secure

NO_KEY = "ERROR:GET_NO_KEY"
DISABLED = "ERROR:API_DISABLED"
JSON = "application/json; charset=UTF-8"
log = structlog.get_logger(__name__)

REMEMBERS = timedelta(seconds=5)
"""A cabinet asks three to five times a page; a serial that is revoked is let in for this long."""

DELETED = str.maketrans("", "", "~@+?%/;=*><\"'-")
"""The characters that the original deletes from a key before it looks at it."""

Args = Mapping[str, str]


def create_legacy(runtime: Runtime) -> Flask:
    """The app for old calls. It answers at any path; nothing is opened before the first request."""
    app = Flask("remoteapi_legacy", static_folder=None)
    request_ids(app)
    secure(app)
    words = Words(runtime)
    gates = Gates(runtime, Keys(runtime.billing, runtime.clock, remembers=REMEMBERS), open_door(runtime, words))
    app.add_url_rule("/", "call", gates.answer, methods=("GET", "POST"), defaults={"_path": ""})
    app.add_url_rule("/<path:_path>", "call", gates.answer, methods=("GET", "POST"))
    _answer_errors(app, runtime, words)
    note_partner_health(app, runtime)
    return app


def _answer_errors(app: Flask, runtime: Runtime, words: Words) -> None:
    @app.errorhandler(BillingError)
    def refused(error: BillingError) -> Response:
        return _response(Reply(f"ERROR:{error.code.upper()} {words.tell(error)}", error.http_status))

    @app.errorhandler(DBAPIError)
    def database_failed(error: DBAPIError) -> Response:
        trouble = operator_must_mend(runtime, error)
        if trouble is None:
            raise error
        log.error("database fails", what=trouble.facts["what"])
        return refused(trouble)

    @app.errorhandler(HTTPException)
    def failed(error: HTTPException) -> Response:
        return _response(Reply(f"ERROR:{error.name.upper().replace(' ', '_')}", error.code or 500))


def _response(reply: Reply) -> Response:
    return Response(reply.body, reply.status, content_type=reply.content_type)


@dataclass(frozen=True)
class Gates:
    """Every gate gives the body with which it turns a caller away, or nothing."""

    runtime: Runtime
    keys: Keys
    door: Door

    def answer(self, _path: str) -> ResponseReturnValue:
        if request.method == "HEAD":  # it would charge, as GET does here
            raise MethodNotAllowed(["GET", "POST"])
        args = {name: values[-1] for name, values in request.args.lists()}
        if args.get("module") != "remoteapi":
            raise NotFound
        if stopped := self._closed() or self._before_the_key(args) or self._at_the_key(args):
            return _response(stopped)
        g.actor = Actor(GUEST, request.remote_addr or "")
        return _response(self._act(usable(args, "action"), args))

    def _closed(self) -> Reply | None:
        suite = self.runtime.settings.suite
        if (suite.var_dir / "UPDATE").exists():
            return Reply("Ubilling maintance in progress")
        if not request.remote_addr or not suite.legacy_allows(request.remote_addr):
            return Reply("ERROR:IP_DENIED", 403)
        if not suite.remoteapi_enabled or not suite.remoteapi_legacy:
            return Reply(DISABLED)
        return None

    def _before_the_key(self, args: Args) -> Reply | None:
        if usable(args, "key"):
            return None
        return self._identify(args) if args.get("action") == "identify" else Reply(NO_KEY)

    def _identify(self, args: Args) -> Reply:
        ending = None if args.get("param") == "save" else self._ending()
        return Reply(ending or ensure_serial(self.runtime)[-4:])

    def _at_the_key(self, args: Args) -> Reply | None:
        caller = self.keys.find(args["key"].translate(DELETED))
        if caller is None or SERIAL not in caller.scopes:
            return Reply("ERROR:GET_WRONG_KEY" if self._ending() else "ERROR:NO_UBSERIAL_EXISTS")
        return None if usable(args, "action") else Reply("ERROR:GET_NO_ACTION")

    def _ending(self) -> str | None:
        query = select(ApiKey.ending).where(ApiKey.name == SERIAL, ApiKey.revoked_at.is_(None))
        with self.runtime.billing.reading() as session:
            return session.scalar(query.order_by(ApiKey.id.desc()).limit(1))

    def _act(self, action: str, args: Args) -> Reply:
        if action in self.runtime.settings.suite.remoteapi_disable_calls:
            return Reply("ERROR:ACTION_DISABLED")
        if action == "uscore":
            return _uscore(args)
        if action not in ACTIONS:
            return Reply("ERROR:UNKNOWN_ACTION")
        return ACTIONS[action](self.door, args) or Reply("ERROR:NO_PARAMETERS")


def _uscore(args: Args) -> Reply:
    """Of the core's own operations a cabinet needs one: whether we are alive."""
    operation = usable(args, "operation")
    if not operation:
        return Reply("ERROR:NO_PARAMETERS")
    known = operation == "isalivecheck"
    answer = {
        "operation": operation,
        "login": args.get("login") or False,
        "value": args.get("value") or False,
        "error": not known,
        "error_message": "" if known else "UNKNOWN_OPERATION",
    }
    return Reply(php_json(answer), content_type=JSON)
