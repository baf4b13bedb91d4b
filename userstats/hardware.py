"""What stands at the subscriber's home, and the codes that sign it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

import segno
from markupsafe import Markup

from userstats.remote import Json
from weblib.fields import N_
from weblib.i18n import format_date
from weblib.pages import gettext as _
from weblib.pages import language

MARKS = ("mac", "serial_number")
"""What names a device."""

LIVE = ("pending", "active", "suspended")

KINDS = {
    "stb": ("box", N_("Set-top box")),
    "dune": ("box", N_("Set-top box")),
    "smarttv": ("tv", N_("Smart TV")),
    "lge": ("tv", N_("LG television")),
    "samsung": ("tv", N_("Samsung television")),
    "androidtv": ("tv", N_("Android television")),
    "android": ("phone", N_("Android phone or tablet")),
    "iphone": ("phone", N_("iPhone")),
    "ipad": ("phone", N_("iPad")),
    "pc": ("computer", N_("Computer")),
}
"""The partner's words for types of devices: the picture and the marked text."""

ANY = ("box", N_("Device"))


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device as the partner has it. `kind` is what it is in words, `added` the day."""

    mac: str
    serial_number: str
    picture: str
    kind: str
    model: str
    added: str

    @classmethod
    def of(cls, facts: Json) -> Self:
        """The device of a list of the billing; a type that is not known is told as the partner writes it."""
        known = {name: str(value or "").strip() for name, value in facts.items()}
        picture, kind = KINDS.get(known["device_type"].lower(), ANY)
        is_known = kind is not ANY[1] or not known["device_type"]
        return cls(
            mac=known["mac"],
            serial_number=known["serial_number"],
            picture=picture,
            kind=_(kind) if is_known else known["device_type"],
            model=known["device_model"],
            added=_day(known["date_added"]),
        )

    @property
    def name(self) -> str:
        return self.model or self.kind

    @property
    def marks(self) -> dict[str, str]:
        """What an order about it names it by."""
        return marks_of({"mac": self.mac, "serial_number": self.serial_number})


@dataclass(frozen=True)
class BindingCode:
    """A code, and the tariffs whose devices it signs in."""

    text: str
    tariffs: Sequence[str]

    @cached_property
    def picture(self) -> Markup:
        """A QR code with its quiet zone, as SVG without styles, dark on white in every theme."""
        drawn = segno.make(self.text, error="m", micro=False).svg_inline(
            scale=4, border=4, dark="#000", light="#fff", omitsize=True, svgclass="qr", lineclass=None
        )
        return Markup(drawn)  # noqa: S704 (drawn by segno; the text is not in it)


def binding_codes(me: Json) -> list[BindingCode]:
    """The codes of what a subscriber has, the main's first; one that several share is there once."""
    tariffs: dict[str, list[str]] = {}
    for each in sorted(me["subscriptions"], key=lambda each: not each["main"]):
        if each["code"] and each["state"] in LIVE:
            tariffs.setdefault(each["code"], []).append(each["tariff"])
    return [BindingCode(code, names) for code, names in tariffs.items()]


def marks_of(given: Mapping[str, str]) -> dict[str, str]:
    """The marks that a form or an address gives."""
    written = {mark: given.get(mark, "").strip() for mark in MARKS}
    return {mark: value for mark, value in written.items() if value}


def _day(moment: str) -> str:
    """The day of the partner's time, whose zone he does not tell; what is no time stays as it is."""
    try:
        return format_date(date.fromisoformat(moment[:10]), language())
    except ValueError:
        return moment
