"""PayPal's mail slot. What comes in is stored as it is; the worker finds out later whether PayPal has sent it."""

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from billing.errors import BillingError
from ppv_module.credits.notices import store_notice
from ppv_module.remote.door import door, require_module
from ppv_module.remote.signed import PREFIX, limits
from ppv_module.remote.signed_errors import TooManyRequests

LONGEST_NOTICE = 64 * 1024
LONGEST_TYPE = 128

bp = Blueprint("ipn", __name__, url_prefix=PREFIX)
bp.before_request(require_module)

log = structlog.get_logger(__name__)


@bp.post("/paypal/ipn")
def paypal() -> Response:
    """Store a notice byte by byte and say nothing; PayPal sends it again unless it was stored."""
    request.max_content_length = LONGEST_NOTICE
    address = request.remote_addr or ""
    if not limits().notices.take(address):
        raise TooManyRequests()
    store_notice(
        door().billing.uow(),
        provider="paypal",
        raw=request.get_data(parse_form_data=False),
        content_type=(request.content_type or "")[:LONGEST_TYPE],
        remote_ip=address,
        now=door().clock(),
    )
    return Response(status=200, content_type="text/plain")


@bp.errorhandler(Exception)
def failed(error: Exception) -> Response:
    """Nothing was stored."""
    if isinstance(error, BillingError):
        return Response(status=error.http_status, content_type="text/plain")
    if isinstance(error, HTTPException):
        return Response(status=error.code or 500, content_type="text/plain")
    # the text of a database's error quotes what was to be stored, and with it who has paid
    log.error("a notice could not be stored", kind=type(error).__name__)
    return Response(status=500, content_type="text/plain")
