"""The signed API `/api/ppv/v1`, for a media gateway and the backends of a tenant: who may call, and repeated calls."""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, current_app, g, request

from billing.actors import Actor
from billing.errors import BillingError
from billing.idempotency import Answer, fingerprint, once
from billing.uow import UnitOfWork
from ppv_module.errors import UnknownShow
from ppv_module.remote.door import actor, door, require_module
from ppv_module.remote.signed_bodies import Body
from ppv_module.remote.signed_errors import STATUS, BadKey, BadSignature, TooManyRequests, code_of
from ppv_module.remote.signed_keys import KEY_HEADER, SIGNATURE_HEADER, TIME_HEADER, Call, Caller, identify
from ppv_module.remote.signed_limits import Limits

PREFIX = "/api/ppv/v1"
LIMITS, TELL, CABINET = "ppv.limits", "ppv.tell", "ppv.cabinet"
IDEMPOTENCY_KEY, REPLAYED = "Idempotency-Key", "Idempotent-Replayed"
KEY = re.compile(r"[A-Za-z0-9_-]{8,128}")
LONGEST_BODY = 16 * 1024
JSON = "application/json"

bp = Blueprint("signed", __name__, url_prefix=PREFIX)


def limits() -> Limits:
    """How much the callers of this app may ask."""
    found: Limits = current_app.extensions[LIMITS]
    return found


def cabinet() -> str:
    """The address of the subscribers' cabinet, without a slash at its end; empty where nobody said."""
    found: str = current_app.extensions[CABINET]
    return found


def caller() -> Caller:
    """The key of the present call, as `admit` made sure of."""
    found: Caller = g.caller
    return found


@bp.before_request
def admit() -> None:
    """Let a call in whose signature is right: with `g.caller`, `g.actor` and `g.now`.

    :raises PpvDisabled, TooManyRequests, BadSignature, StaleTimestamp, NotAllowed: or not
    :raises UnknownShow: its address names a show that the key's tenant does not have
    :raises BadKey: a POST that could not be repeated safely
    """
    require_module()
    request.max_content_length = LONGEST_BODY
    g.now, address = door().clock(), request.remote_addr or ""
    g.caller = _identified(address)
    g.actor = Actor(f"ppv:{g.caller.key_id}", address)
    if not limits().calls.take(g.caller.key_id):
        raise TooManyRequests()
    if "show_id" in (request.view_args or {}) and not g.caller.show_id:
        raise UnknownShow(show=(request.view_args or {})["show_id"])
    if request.method == "POST" and not KEY.fullmatch(request.headers.get(IDEMPOTENCY_KEY, "")):
        raise BadKey(field=IDEMPOTENCY_KEY, value="")


def _identified(address: str) -> Caller:
    if not limits().failures.has(address):
        raise TooManyRequests()
    call = Call(
        key_id=request.headers.get(KEY_HEADER, ""),
        timestamp=request.headers.get(TIME_HEADER, ""),
        signature=request.headers.get(SIGNATURE_HEADER, ""),
        method=request.method,
        target=target(),
        body=request.get_data(),
        show_id=str((request.view_args or {}).get("show_id", "")),
    )
    try:
        return identify(door().billing, call, g.now)
    except BadSignature:
        limits().failures.take(address)
        raise


def target() -> str:
    """Path and query of the request, as they were sent, since that is what was signed."""
    sent = str(request.environ.get("RAW_URI") or request.environ.get("REQUEST_URI") or "")
    if not sent:  # a server that keeps it to itself
        query = request.query_string.decode("latin-1")
        return quote(request.path) + (f"?{query}" if query else "")
    if sent.startswith("/"):
        return sent
    parts = urlsplit(sent)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def body() -> Body:
    """The fields of the present request.

    :raises BadBody: there are none that can be read
    """
    return Body(request.get_data())


def answered(given: dict[str, Any], status: int = 200) -> Response:
    return Response(_encoded(given), status, content_type=JSON)


def refused(error: BillingError) -> tuple[int, bytes]:
    """How a refusal is answered: status and body."""
    code = code_of(error)
    return STATUS[code], _encoded({"error": {"code": code, "message": current_app.extensions[TELL](error)}})


def served(work: Callable[[UnitOfWork], dict[str, Any] | BillingError], *, status: int = 200) -> Response:
    """Do the work of a POST once: its answer is kept with its effect, and the same request gets it again.

    Keys are the tenant's, so that a request may be repeated with another key of his as well. A refusal that has changed
    something is given back by `work` and kept like any answer; one that is raised has changed nothing.

    :raises KeyReused: the Idempotency-Key belongs to another request
    """

    def serve(uow: UnitOfWork) -> Answer:
        done = work(uow)
        if isinstance(done, BillingError):
            error_status, body = refused(done)
            return Answer(error_status, JSON, body)
        return Answer(status, JSON, _encoded(done))

    answer, is_repeat = once(
        door().billing.uow(),
        owner=f"ppv:{caller().tenant_id}",
        key=idempotency_key(),
        fingerprint=fingerprint(request.method.encode(), target().encode(), request.get_data()),
        serve=serve,
        actor=actor(),
        now=g.now,
    )
    response = Response(answer.body, answer.status, content_type=answer.content_type)
    if is_repeat:
        response.headers[REPLAYED] = "true"
    return response


def idempotency_key() -> str:
    return request.headers[IDEMPOTENCY_KEY]


def _encoded(given: object) -> bytes:
    return json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()
