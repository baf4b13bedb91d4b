"""Tokens with which people enter: JWS compact, HS256, signed here with the tenant's password (video chat guide, "JWT
auto-login"). The chat's own encoder is never asked, since that would send the password in an address."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping

HEADER = {"typ": "JWT", "alg": "HS256"}


def encode(payload: Mapping[str, object], *, key: str) -> str:
    """`payload` as a signed token; its fields keep their order."""
    signed = f"{_part(HEADER)}.{_part(payload)}"
    signature = hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_text(signature)}"


def password_digest(password: str) -> str:
    """What the chat wants to find as the tenant's password in the payload, which everybody can read."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def image(address: str) -> str:
    """An avatar's address as the payload has it: the chat cuts it at `?` and `&` unless it is in Base64."""
    return base64.b64encode(address.encode()).decode() if "?" in address or "&" in address else address


def _part(fields: Mapping[str, object]) -> str:
    return _text(json.dumps(fields, separators=(",", ":")).encode())


def _text(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
