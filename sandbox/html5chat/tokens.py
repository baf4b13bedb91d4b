"""Tokens with which people come in: JWS compact, HS256, signed with the tenant's password."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Any, TypeGuard

ROLES = ("guest", "user", "dj", "moderator", "admin", "performer", "custom1", "custom2", "custom3")


class Refused(Exception):
    """Why somebody is not let in, or may not do what he wants."""


@dataclass(frozen=True, kw_only=True)
class Card:
    """Who comes in, as his token says. `room` is empty for the general chat."""

    id: int
    username: str
    role: str = "user"
    room: int | None = None
    image: str = ""
    profile: str = ""
    credits: int | None = None


def open_token(token: str, *, webmaster_id: int, password: str, now_s: float) -> Card:
    """Who the token is for.

    :raises Refused: it is forged, over, or another tenant's
    """
    head, payload, signature = _parts(token)
    if head.get("alg") != "HS256":
        raise Refused("The token is not signed with HS256.")
    made = hmac.new(password.encode(), token.rpartition(".")[0].encode(), hashlib.sha256).digest()
    if not hmac.compare_digest(made, signature):
        raise Refused("The token is signed with another password.")
    if payload.get("webmasterid") != webmaster_id:
        raise Refused("The token is for another webmaster.")
    if payload.get("password") != hashlib.md5(password.encode(), usedforsecurity=False).hexdigest():
        raise Refused("The token does not hold the MD5 of the password.")
    expires = payload.get("exp")
    if expires is not None and (not _is_number(expires) or now_s >= expires):
        raise Refused("The token is no longer valid.")
    return _card(payload)


def _parts(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes]:
    try:
        head, payload, signature = (_octets(part) for part in token.split("."))
        fields = json.loads(head), json.loads(payload)
    except (ValueError, binascii.Error, RecursionError) as error:
        raise Refused("This is no token.") from error
    if not all(isinstance(each, dict) for each in fields):
        raise Refused("This is no token.")
    return *fields, signature


def _octets(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _card(payload: dict[str, Any]) -> Card:
    username, role, room = payload.get("username"), payload.get("role", "user"), payload.get("startRoom")
    if not isinstance(username, str) or not username:
        raise Refused("The token names nobody.")
    if role not in ROLES:
        raise Refused("The token has a role that there is not.")
    if room is not None and (not _is_number(room) or room < 0):
        raise Refused("The token has a room that there is not.")
    number, credits = payload.get("id"), payload.get("credits")
    return Card(
        id=number if _is_number(number) else _made_up(username),
        username=username,
        role=role,
        room=room,
        image=_address(payload.get("image")),
        profile=_address(payload.get("profile")),
        credits=credits if _is_number(credits) else None,
    )


def _is_number(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _made_up(username: str) -> int:
    """A number for who has none: the same for the same name."""
    return 10**9 + int.from_bytes(hashlib.sha256(username.encode()).digest()[:4], "big")


def _address(value: object) -> str:
    """An address, which is Base64 when it has a query."""
    text = value if isinstance(value, str) else ""
    if text and not text.startswith("http"):
        try:
            text = base64.b64decode(text, validate=True).decode()
        except ValueError:
            return ""
    return text if text.startswith(("http://", "https://")) else ""
