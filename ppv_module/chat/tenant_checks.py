"""What the staff may decide about a tenant: each value is looked at before any is kept."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from billing.errors import N_, InvalidInput
from billing.money import CREDITS
from ppv_module.chat.models import FIRST_VIEWER, Rules

KINDS = ("performer", "teacher", "adviser", "lawyer", "fortune_teller", "custom")
CUSTOM = KINDS[-1]
LANGUAGES = ("uk", "ru", "en")
LEAST_SECRET, MOST_SECRET, LEAST_DIFFERENT = 32, 128, 12
MOST_WEBMASTER = 10**12 // FIRST_VIEWER - 1
"""Rooms of performers stay below those of private shows."""

MOST_CREDITS = 1_000_000
RANGES: Mapping[str, tuple[int, int]] = {
    "min_start_credits": (1, MOST_CREDITS),
    "request_ttl_s": (10, 600),
    "ready_ttl_s": (5, 300),
    "tick_interval_s": (2, 60),
    "max_tick_gap_s": (2, 300),
    "tick_timeout_s": (5, 600),
    "resume_window_s": (5, 600),
    "max_show_s": (60, 24 * 3600),
    "low_warn_s": (0, 3600),
    "grace_s": (0, 3600),
    "min_charge_credits": (0, MOST_CREDITS),
    "tip_max": (1, MOST_CREDITS),
    "tip_dedupe_ms": (0, 60_000),
    "presence_cache_s": (1, 10),
    "sig_window_s": (10, 3600),
    "vendor_tick_interval_s": (5, 600),
}
"""What each rule may be. Presence is asked each ten seconds at least, or the wall would be older than fifteen."""

HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[::1\]")
WORD = re.compile(r"[A-Za-z0-9_.\[\]-]{1,64}")
MOST_FIELDS, MOST_NETWORKS, MOST_TITLE, MOST_NAME, MOST_ADDRESS = 32, 32, 40, 64, 200


class WeakPassword(InvalidInput):
    """The chat's password signs tokens. Facts: `field`, `least`, `most`; never the password."""

    code = "weak_password"
    text = N_("The password of the chat must have %(least)s to %(most)s random characters without spaces.")


class OutOfRange(InvalidInput):
    """Facts: `field`, `value`, `least`, `most`."""

    code = "out_of_range"
    text = N_("Write a whole number from %(least)s to %(most)s.")


class StartBelowCharge(InvalidInput):
    """A show could cost more than the viewer had to have. Facts: `field`, `value`, `least`."""

    code = "start_below_charge"
    text = N_("The balance needed to start a show cannot be below the least charge of a show (%(least)s).")


class NoHttps(InvalidInput):
    """Facts: `field`, `value`."""

    code = "no_https"
    text = N_("Write an address that begins with https:// and has no question mark, like https://chat.example.")


class WrongWords(InvalidInput):
    """Facts: `field`, `value`."""

    code = "wrong_words"
    text = N_("Write plain text without line breaks, not too long: %(value)s.")


def password(given: str, *, field: str = "password") -> str:
    """`given`, if it may sign tokens: their payload tells its MD5, so it must not be guessable.

    :raises WeakPassword: it may not
    """
    is_long = LEAST_SECRET <= len(given) <= MOST_SECRET
    if not is_long or not re.fullmatch(r"[!-~]*", given) or len(set(given)) < LEAST_DIFFERENT:
        raise WeakPassword(field=field, least=LEAST_SECRET, most=MOST_SECRET)
    return given


def rest_token(given: str) -> str:
    """:raises InvalidInput: the chat's token has characters that no address can have"""
    if len(given) > MOST_SECRET or not re.fullmatch(r"[!-~]*", given):
        raise InvalidInput(field="rest_token", value="***")
    return given


def whole(field: str, value: int, least: int, most: int) -> int:
    """:raises OutOfRange: it is not from `least` to `most`"""
    if not least <= value <= most:
        raise OutOfRange(field=field, value=value, least=least, most=most)
    return value


def rules(given: Rules) -> dict[str, object]:
    """Those rules that differ from the usual ones, as they are kept.

    :raises OutOfRange, StartBelowCharge: they do not make sense
    """
    for name, (least, most) in RANGES.items():
        whole(name, getattr(given, name), least, most)
    whole("max_tick_gap_s", given.max_tick_gap_s, given.tick_interval_s, RANGES["max_tick_gap_s"][1])
    whole("tick_timeout_s", given.tick_timeout_s, given.tick_interval_s, RANGES["tick_timeout_s"][1])
    if given.min_start_credits < given.min_charge_credits:
        value, least = given.min_start_credits, given.min_charge_credits
        raise StartBelowCharge(field="min_start_credits", value=value, least=least)
    usual = Rules()
    names = (each.name for each in fields(Rules))
    return {name: getattr(given, name) for name in names if getattr(given, name) != getattr(usual, name)}


def address(field: str, given: str, *, may_be_empty: bool = False) -> str:
    """The address without its closing slash. Plain http goes to this machine only: tokens would travel in clear.

    :raises NoHttps: it is another kind of address
    """
    text = given.strip()
    if not text and may_be_empty:
        return ""
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise NoHttps(field=field, value=text[:MOST_ADDRESS]) from None
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))
    shown = f"[{host}]" if ":" in host else host
    place = f"{shown}:{port}" if port else shown
    is_plain = (
        HOST.fullmatch(shown) and parts.netloc.lower() == place and re.fullmatch(r"[\w./~-]*", parts.path, re.ASCII)
    )
    if not is_safe or not is_plain or "?" in text or "#" in text or len(text) > MOST_ADDRESS:
        raise NoHttps(field=field, value=text[:MOST_ADDRESS])
    return f"{parts.scheme}://{place}{parts.path.rstrip('/')}"


def words(field: str, given: str, *, most: int, least: int = 0) -> str:
    """One line of text, single blanks.

    :raises WrongWords: it is too long, too short or has characters that cannot be seen
    """
    text = " ".join(given.split())
    if not least <= len(text) <= most or not text.isprintable():
        raise WrongWords(field=field, value=text[:most])
    return text


def networks(given: Sequence[str]) -> list[str]:
    """:raises InvalidInput: one is no network or address"""
    whole("hook_networks", len(given), 0, MOST_NETWORKS)
    try:
        return [str(ip_network(each.strip(), strict=False)) for each in given if each.strip()]
    except ValueError:
        raise InvalidInput(field="hook_networks", value=", ".join(given)[:MOST_ADDRESS]) from None


def field_map(given: Mapping[str, str]) -> dict[str, str]:
    """:raises InvalidInput: there are too many names, or one is no name of a field"""
    whole("field_map", len(given), 0, MOST_FIELDS)
    for name in (*given.keys(), *given.values()):
        if not WORD.fullmatch(name):
            raise InvalidInput(field="field_map", value=name[:64])
    return dict(given)


def kind(given: str) -> str:
    """:raises InvalidInput: there is no such kind of performers"""
    if given not in KINDS:
        raise InvalidInput(field="kind", value=given[:32])
    return given


def titles(given: Mapping[str, str], kind_given: str) -> dict[str, str]:
    """What performers are called, by language; a kind of the operator's own needs one at least.

    :raises WrongWords, InvalidInput: a title cannot be used, or there is none
    """
    kept = {each: words("kind_titles", given.get(each, ""), most=MOST_TITLE) for each in LANGUAGES}
    kept = {language: text for language, text in kept.items() if text}
    if kind_given == CUSTOM and not kept:
        raise InvalidInput(field="kind_titles", value="")
    return kept


def currency(given: str) -> str:
    """:raises InvalidInput: it is no currency; credits are none either"""
    if not re.fullmatch(r"[A-Z]{3}", given, re.ASCII) or given == CREDITS:
        raise InvalidInput(field="currency", value=given[:8])
    return given


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
