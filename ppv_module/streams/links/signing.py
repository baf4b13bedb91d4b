"""Signing the way to a stream, and putting the signature where it belongs in an address."""

import base64
import re
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv6Address, ip_address

from billing.errors import N_, InvalidInput
from ppv_module.streams.authenticity import digest
from ppv_module.streams.links.times import written
from ppv_module.streams.wire.values import is_usable_id

PARAMETER = "wmsAuthSign"
LONGEST_MINUTES = 525_600
IN_PATH = ("rtmp", "rtmps", "rtsp", "rtsps")
IN_QUERY = ("http", "https")
ADDRESS = re.compile(r"([a-z]+)://([^/?#\s]+)([^?#\s]*)(?:\?([^#\s]*))?(#\S*)?", re.IGNORECASE)
PRESENT = re.compile(rf"{PARAMETER}=[A-Za-z0-9+/]*=*")
PRESENT_IN_PATH = re.compile(rf"\?{PARAMETER}=[A-Za-z0-9+]*=*(?=/)")
"""There a slash ends the signature: what is signed has no character that base64 makes one of."""


class BadLink(InvalidInput):
    """Something from which no signed link can be made. Facts: `field`, `value`."""

    code = "bad_link"
    text = N_("No signed link can be made: the field “%(field)s” has %(value)s.")


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a signature says. `viewer` or `ip` is wanted; with both the viewer is bound to the address.

    `stream` is the beginning of `application/stream` that is allowed; empty: any.
    """

    minutes: int
    viewer: str = ""
    ip: str = ""
    stream: str = ""


def signature(terms: Terms, *, key: str, at: datetime) -> str:
    """Sign `terms` from `at` on.

    :raises BadLink: a viewer, an address, minutes or a stream that cannot be signed
    """
    ip = _checked(terms)
    time = written(at)
    hashed = digest(ip, terms.viewer, key, time, str(terms.minutes), terms.stream)
    fields = [f"server_time={time}", f"hash_value={hashed}", f"validminutes={terms.minutes}"]
    fields += [f"strm_len={len(terms.stream.encode())}"] if terms.stream else []
    fields += [f"id={terms.viewer}"] if terms.viewer else []
    fields += ["checkip=true"] if terms.viewer and ip else []
    return base64.b64encode("&".join(fields).encode()).decode()


def _checked(terms: Terms) -> str:
    if not 1 <= terms.minutes <= LONGEST_MINUTES:
        raise BadLink(field="minutes", value=terms.minutes)
    if not is_usable_id(terms.viewer):
        raise BadLink(field="viewer", value=terms.viewer)
    if not (terms.viewer or terms.ip):
        raise BadLink(field="viewer", value="")
    return plain_address(terms.ip) if terms.ip else ""


def plain_address(text: str) -> str:
    """An address as servers see it: IPv4 that is written as IPv6 is IPv4.

    :raises BadLink: it is no address
    """
    try:
        address = ip_address(text)
    except ValueError:
        raise BadLink(field="ip", value=text) from None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def placed(url: str, signed: str) -> str:
    """`url` with the signature: in the query of HTTP, after the application of RTMP and RTSP. One that is there goes.

    :raises BadLink: it is no address of a stream
    """
    scheme, host, path, query, fragment = _parts(url)
    if scheme in IN_PATH:
        application, _, stream = path.lstrip("/").partition("/")
        application = application.partition("?")[0]
        if not (application and stream):
            raise BadLink(field="url", value=url)
        return f"{scheme}://{host}/{application}?{PARAMETER}={signed}/{stream}"
    rest = "&".join(part for part in query.split("&") if part and not part.startswith(f"{PARAMETER}="))
    return f"{scheme}://{host}{path}?{rest}{'&' if rest else ''}{PARAMETER}={signed}{fragment}"


def taken(url: str) -> tuple[str, str]:
    """The signature in `url`, empty where there is none, and the path of application and stream.

    :raises BadLink: it is no address of a stream
    """
    found = (PRESENT_IN_PATH if _is_in_path(url) else PRESENT).search(url)
    signed = found[0].partition("=")[2] if found else ""
    _, _, path, _, _ = _parts(url)
    return signed, path.lstrip("/")


def _parts(url: str) -> tuple[str, str, str, str, str]:
    """Scheme, host, path, query and fragment. In the path of RTMP and RTSP stands no signature any more."""
    cleaned = PRESENT_IN_PATH.sub("", url) if _is_in_path(url) else url
    match = ADDRESS.fullmatch(cleaned)
    if match is None or match[1].lower() not in (*IN_PATH, *IN_QUERY):
        raise BadLink(field="url", value=url)
    return match[1].lower(), match[2], match[3] or "", match[4] or "", match[5] or ""


def _is_in_path(url: str) -> bool:
    return url.partition("://")[0].lower() in IN_PATH
