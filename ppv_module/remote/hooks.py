"""The door for the chat's server: `/ppv/hooks/<token>`, one address a tenant that nobody can guess."""

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

import structlog
from flask import Blueprint, Response, request
from werkzeug.exceptions import HTTPException

from billing.actors import Actor
from billing.errors import BillingError, Busy, NotAllowed, NotFound
from ppv_module.chat.models import Tenant
from ppv_module.remote.door import door, require_module
from ppv_module.remote.hooks_actions import KO, Hook
from ppv_module.remote.hooks_calls import hear, tenant_of
from ppv_module.remote.hooks_fields import Told
from ppv_module.remote.signed import cabinet, limits
from ppv_module.remote.signed_errors import TooManyRequests

PREFIX = "/ppv/hooks"
LONGEST_BODY = 16 * 1024

bp = Blueprint("hooks", __name__, url_prefix=PREFIX)
bp.before_request(require_module)

log = structlog.get_logger(__name__)


@bp.post("/<token>")
def call(token: str) -> Response:
    """One call of the chat's server. What is answered goes to the people in the chat as it is."""
    request.max_content_length = LONGEST_BODY
    address, now = request.remote_addr or "", door().clock()
    raw = request.get_data(parse_form_data=False)
    tenant = _let_in(token, address)
    hook = Hook(
        tenant=tenant,
        told=Told.read(request.form, tenant),
        digest=sha256(raw).hexdigest(),
        actor=Actor("ppv:hook", address),
        now=now,
        pictures=f"{cabinet()}/chat/photos" if cabinet() else "",
    )
    return _plain(hear(door().billing.uow(), hook))


def _let_in(token: str, address: str) -> Tenant:
    """:raises NotAllowed, NotFound, TooManyRequests: the caller is not let in"""
    if not request.is_secure and not _is_this_machine(address):
        raise NotAllowed()
    if not limits().failures.has(address):
        raise TooManyRequests()
    tenant = tenant_of(door().billing, token)
    if tenant is None:
        limits().failures.take(address)
        raise NotFound()
    if tenant.hook_networks and not _is_among(address, tenant.hook_networks):
        raise NotAllowed()
    if not limits().hooks.take(str(tenant.id)):
        raise TooManyRequests()
    return tenant


def _is_this_machine(address: str) -> bool:
    return _is_among(address, ("127.0.0.0/8", "::1/128"))


def _is_among(address: str, networks: list[str] | tuple[str, ...]) -> bool:
    try:
        caller = ip_address(address)
    except ValueError:  # a socket of this machine has no address; nor is it on anybody's list
        return False
    if isinstance(caller, IPv6Address) and caller.ipv4_mapped:
        caller = caller.ipv4_mapped
    return any(caller in ip_network(each, strict=False) for each in networks)


@bp.errorhandler(Exception)
def refused(error: Exception) -> Response:
    """The chat understands one word of refusal. What went wrong here has changed nothing, and may be sent again."""
    if isinstance(error, BillingError):
        return _plain(KO, 503 if isinstance(error, Busy) else error.http_status)
    if isinstance(error, HTTPException):
        return _plain(KO, error.code or 500)
    log.exception("a hook failed")
    return _plain(KO, 503)


def _plain(text: str, status: int = 200) -> Response:
    kind = "application/json" if text[:1] in ("[", "{") else "text/plain; charset=utf-8"
    return Response(text, status, content_type=kind)
