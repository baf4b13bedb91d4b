"""The vendor's formulas: signatures of messages, and of links that let somebody in. MD5 is what they are made of."""

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv6Address, ip_address

WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) ([AP]M)", re.ASCII)
NEEDED = ("server_time", "hash_value", "validminutes")


class Refused(Exception):
    """Somebody is not let in. `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Pass:
    """What a good link says: who it is for (empty: anybody at this address), and until when it lets in."""

    viewer: str
    ends_at: float


def digest(*parts: str) -> str:
    """Base64 of the MD5 of the parts as one text."""
    return base64.b64encode(hashlib.md5("".join(parts).encode(), usedforsecurity=False).digest()).decode()


def is_same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def open_link(signed: str, *, path: str, ip: str, key: str) -> Pass:
    """What `signed` says about `path`, which is `application/stream`. The time is not looked at yet.

    :raises Refused: it is no signature for this path, address and key
    """
    fields = _fields(signed)
    if any(name not in fields for name in NEEDED):
        raise Refused("missing_field")
    begins_at = _instant(fields["server_time"])
    stream = _signed_part(path, fields.get("strm_len", "0"))
    viewer = fields.get("id", "")
    address = plain_address(ip) if fields.get("checkip") == "true" or not viewer else ""
    expected = digest(address, viewer, key, fields["server_time"], fields["validminutes"], stream)
    if not is_same(expected, fields["hash_value"]):
        raise Refused("bad_hash")
    return Pass(viewer, begins_at + 60 * int(fields["validminutes"]))


def require_in_time(signed: str, *, now: float, tolerance_s: float) -> None:
    """Both ends count.

    :raises Refused: the link is too early or too late
    """
    fields = _fields(signed)
    begins_at = _instant(fields["server_time"])
    if now < begins_at - tolerance_s:
        raise Refused("not_yet_valid")
    if now > begins_at + 60 * int(fields["validminutes"]) + tolerance_s:
        raise Refused("expired")


def _fields(signed: str) -> dict[str, str]:
    if not signed:
        raise Refused("missing_field")
    try:
        text = base64.b64decode(signed, validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        raise Refused("not_base64") from None
    fields = dict(part.partition("=")[::2] for part in text.split("&"))
    if not re.fullmatch(r"\d{1,9}", fields.get("validminutes", "0"), re.ASCII):
        raise Refused("bad_time")
    return fields


def _signed_part(path: str, length: str) -> str:
    if not re.fullmatch(r"\d{1,6}", length, re.ASCII):
        raise Refused("missing_field")
    octets = path.encode()
    if int(length) > len(octets):
        raise Refused("stream_mismatch")
    return octets[: int(length)].decode(errors="replace")


def _instant(text: str) -> float:
    """Seconds since 1970 of `3/7/2024 4:05:09 AM`, which is UTC; numbers may have zeros in front.

    :raises Refused: it is no such time
    """
    found = WRITTEN.fullmatch(text)
    if found is None or not 1 <= int(found[4]) <= 12:
        raise Refused("bad_time")
    month, day, year, hour, minute, second = (int(found[place]) for place in range(1, 7))
    try:
        whole = datetime(year, month, day, hour % 12 + 12 * (found[7] == "PM"), minute, second, tzinfo=UTC)
    except ValueError:
        raise Refused("bad_time") from None
    return whole.timestamp()


def plain_address(text: str) -> str:
    """IPv4 that is written as IPv6 is IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
