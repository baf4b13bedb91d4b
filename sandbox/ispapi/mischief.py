"""What a fault does to one call on the wire."""

import json

from flask import Response, request

from .faults import Fault
from .partner import Partner

CUT = "sandbox.cut"  # in the WSGI environ: call it, and the server closes the connection instead of answering
_HTML = "<!doctype html><html><head><title>Maintenance</title></head><body><h1>We are coming back</h1></body></html>"


def spoil_before(partner: Partner, fault: Fault | None, key: str) -> Response | None:
    """The answer that replaces the work, or None: go on. `key` is the caller's hash."""
    settings = partner.faults.settings
    partner.stopping.wait(settings.latency_ms / 1000)
    match fault:
        case Fault.DELAY:
            partner.stopping.wait(settings.delay_ms / 1000)
        case Fault.HASH_EXPIRY:
            partner.hashes.revoke(key)
        case Fault.HANG:
            partner.stopping.wait(settings.hang_s)
            return _cut()
        case Fault.ERROR_BEFORE:
            return _server_error()
        case Fault.HTML:
            return Response(_HTML, content_type="text/html; charset=utf-8")
        case Fault.HTTP429:
            return Response("Too many requests\n", 429, {"Retry-After": "1"}, content_type="text/plain")
    return None


def answer(body: dict[str, object], fault: Fault | None) -> Response:
    """The answer after the work is done, spoiled by `fault` when there is one."""
    match fault:
        case Fault.ERROR_AFTER:
            return _server_error()
        case Fault.CUT_AFTER:
            return _cut()
        case Fault.WRONG_JSON:
            return as_json({"result": "ok"})
        case Fault.STATUS_STRING:
            return as_json(body | {"status": str(body["status"])})
        case Fault.TRUNCATED:
            whole = json.dumps(body)
            return Response(whole[: len(whole) // 2], content_type="application/json")
    return as_json(body)


def as_json(body: object, status: int = 200) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/json")


def _server_error() -> Response:
    return Response("Internal Server Error\n", 500, content_type="text/plain")


def _cut() -> Response:
    """Another WSGI server cannot cut: there the client gets HTTP 500."""
    if cut := request.environ.get(CUT):
        cut()
    return _server_error()
