"""Checking a signed link as a media server does: for support, simulators and tests."""

import base64
import binascii
import hmac
from datetime import datetime, timedelta
from enum import StrEnum

from ppv_module.streams.authenticity import digest
from ppv_module.streams.links.signing import plain_address, taken
from ppv_module.streams.links.times import instant

TOLERANCE = timedelta(seconds=60)


class Trouble(StrEnum):
    """Why a link lets nobody in."""

    NOT_BASE64 = "not_base64"
    MISSING_FIELD = "missing_field"
    BAD_TIME = "bad_time"
    BAD_HASH = "bad_hash"
    STREAM_MISMATCH = "stream_mismatch"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"


def trouble(url: str, *, key: str, at: datetime, ip: str = "", tolerance: timedelta = TOLERANCE) -> Trouble | None:
    """Why `url` is refused at the instant `at` to a viewer from `ip`; None when it is good.

    :raises BadLink: it is no address of a stream at all
    """
    signed, path = taken(url)
    if not signed:
        return Trouble.MISSING_FIELD
    fields = _fields(signed)
    if fields is None:
        return Trouble.NOT_BASE64
    if not {"server_time", "hash_value", "validminutes"} <= fields.keys():
        return Trouble.MISSING_FIELD
    if not (fields["validminutes"].isascii() and fields["validminutes"].isdigit()):
        return Trouble.BAD_TIME
    return _hash_trouble(fields, path, key, ip) or _time_trouble(fields, at, tolerance)


def viewer_in(url: str) -> str:
    """The viewer whom a signed link names; empty where it names none. It is to be believed of genuine links only.

    :raises BadLink: it is no address of a stream at all
    """
    signed, _ = taken(url)
    return (_fields(signed) or {}).get("id", "")


def _fields(signed: str) -> dict[str, str] | None:
    try:
        text = base64.b64decode(signed, validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return dict(part.partition("=")[::2] for part in text.split("&"))


def _hash_trouble(fields: dict[str, str], path: str, key: str, ip: str) -> Trouble | None:
    length = fields.get("strm_len", "0")
    if not (length.isascii() and length.isdigit()):
        return Trouble.MISSING_FIELD
    stream = path.encode()[: int(length)].decode(errors="replace") if int(length) else ""
    if len(stream.encode()) != int(length):
        return Trouble.STREAM_MISMATCH
    viewer = fields.get("id", "")
    is_bound = fields.get("checkip") == "true" or not viewer
    address = plain_address(ip) if is_bound and ip else ""
    expected = digest(address, viewer, key, fields["server_time"], fields["validminutes"], stream)
    return None if hmac.compare_digest(expected.encode(), fields["hash_value"].encode()) else Trouble.BAD_HASH


def _time_trouble(fields: dict[str, str], at: datetime, tolerance: timedelta) -> Trouble | None:
    begins = instant(fields["server_time"])
    if begins is None:
        return Trouble.BAD_TIME
    if at < begins - tolerance:
        return Trouble.NOT_YET_VALID
    if at > begins + timedelta(minutes=int(fields["validminutes"])) + tolerance:
        return Trouble.EXPIRED
    return None
