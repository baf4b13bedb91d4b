"""The messages that PayPal sends: the fields, and the bytes that must come back unchanged."""

import secrets
from decimal import ROUND_HALF_UP, Decimal
from urllib.parse import urlencode

from .asked import Asked

CENT = Decimal("0.01")
RECEIVER_ID = "SANDBOXSELLER"
PAYER = {
    "payer_id": "SANDBOXBUYER1",
    "payer_email": "buyer@sandbox.example",
    "first_name": "Zoë",
    "last_name": "Kovalenko",
    "payer_status": "verified",
    "residence_country": "UA",
}


def sale(asked: Asked, txn_id: str, status: str = "Completed", **changed: str) -> dict[str, str]:
    """What is told of a payment; `changed` makes it another one than was asked for."""
    gross = changed.get("mc_gross", asked.amount)
    pending = {"pending_reason": "echeck"} if status == "Pending" else {"mc_fee": fee(gross)}
    return {
        **_common(asked, txn_id, status, gross),
        **pending,
        "txn_type": "web_accept",
        "payment_type": "instant",
        **changed,
    }


def following(
    asked: Asked, txn_id: str, status: str, gross: Decimal, *, parent: str, reason: str = "refund"
) -> dict[str, str]:
    """What is told of money that goes back (`gross` is negative), or comes again."""
    return {
        **_common(asked, txn_id, status, str(gross)),
        "parent_txn_id": parent,
        "reason_code": reason,
        "mc_fee": fee(str(gross)),
    }


def written(fields: dict[str, str]) -> bytes:
    """The message as bytes, in the Western set as long as that has every letter."""
    charset = "windows-1252"
    try:
        return urlencode({**fields, "charset": charset}, encoding=charset).encode()
    except UnicodeEncodeError:
        return urlencode({**fields, "charset": "UTF-8"}, encoding="utf-8").encode()


def fee(gross: str) -> str:
    """What PayPal keeps: 3.4 per cent."""
    return str((Decimal(gross) * Decimal("0.034")).quantize(CENT, ROUND_HALF_UP))


def new_txn_id() -> str:
    """Seventeen letters and digits."""
    return "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ0123456789") for _ in range(17))


def _common(asked: Asked, txn_id: str, status: str, gross: str) -> dict[str, str]:
    by_address = "@" in asked.business
    return {
        "payment_status": status,
        "txn_id": txn_id,
        "mc_gross": gross,
        "mc_currency": asked.currency,
        **PAYER,
        "business": asked.business,
        "receiver_email": asked.business if by_address else "seller@sandbox.example",
        "receiver_id": RECEIVER_ID if by_address else asked.business,
        "item_name": asked.item_name,
        "item_number": asked.item_number,
        "quantity": asked.quantity,
        "invoice": asked.invoice,
        "custom": asked.custom,
        "notify_version": "3.9",
        "verify_sign": secrets.token_urlsafe(24),
        "ipn_track_id": secrets.token_hex(6),
        "test_ipn": "1",
    }
