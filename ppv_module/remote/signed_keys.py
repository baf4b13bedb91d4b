"""Whose call it is: the key is found, the signature checked, the time compared, by one statement."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, select

from billing.errors import NotAllowed
from billing.prepared import Prepared
from billing.uow import Billing
from ppv_module.chat.models import Rules, SigningKey, Tenant
from ppv_module.chat.shows.models import Show
from ppv_module.remote.signature import is_signed
from ppv_module.remote.signed_errors import BadSignature, StaleTimestamp

KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER = "X-PPV-Key", "X-PPV-Timestamp", "X-PPV-Signature"
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")
TIMESTAMP = re.compile(r"[0-9]{1,12}")
GIVEN = re.compile(r"v1=[0-9a-f]{64}")
KEY = Prepared(
    select(
        SigningKey.key_id,
        SigningKey.secret,
        SigningKey.older_secret,
        SigningKey.tenant_id,
        Tenant.active,
        Tenant.rules_given.label("rules"),
        Show.id.label("show_id"),
    )
    .join(Tenant, Tenant.id == SigningKey.tenant_id)
    .outerjoin(Show, and_(Show.id == bindparam("show_id"), Show.tenant_id == SigningKey.tenant_id))
    .where(SigningKey.key_id == bindparam("key_id"), SigningKey.revoked_at.is_(None))
)
"""Built once, since every call sends it. A show of another tenant is not found."""


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request as far as its signature goes. `show_id` is the show that its address names, if it does."""

    key_id: str
    timestamp: str
    signature: str
    method: str
    target: str
    body: bytes
    show_id: str = ""


@dataclass(frozen=True)
class Caller:
    """A key whose signature was right. `show_id` is empty when its tenant has no such show."""

    key_id: str
    tenant_id: int
    show_id: str


def identify(billing: Billing, call: Call, now: datetime) -> Caller:
    """Whose call it is.

    :raises BadSignature: the key is unknown or revoked, or the signature is not that of this call
    :raises StaleTimestamp: it was signed too long ago, or in the future
    :raises NotAllowed: the tenant is switched off
    """
    if not (KEY_ID.fullmatch(call.key_id) and TIMESTAMP.fullmatch(call.timestamp) and GIVEN.fullmatch(call.signature)):
        raise BadSignature()
    row = _row(billing, call.key_id, call.show_id)
    secrets = (row["secret"], row["older_secret"]) if row else ("nobody's",)
    fits = is_signed(
        call.signature, secrets, timestamp=call.timestamp, method=call.method, target=call.target, body=call.body
    )
    if row is None or not fits:
        raise BadSignature()
    window_s = row["rules"].get("sig_window_s", Rules.sig_window_s)
    if abs(now.timestamp() - int(call.timestamp)) > window_s:
        raise StaleTimestamp(window_s=window_s)
    if not row["active"]:
        raise NotAllowed()
    return Caller(row["key_id"], row["tenant_id"], row["show_id"] or "")


def _row(billing: Billing, key_id: str, show_id: str) -> dict[str, Any] | None:
    with billing.reading_rows() as connection:
        return KEY.row(connection, {"key_id": key_id, "show_id": show_id})
