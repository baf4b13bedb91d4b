"""Amounts. Whole minor units, never float; text is read once, at the edge."""

import re
from dataclasses import dataclass
from typing import Self

from billing.errors import N_, InvalidInput

CREDITS = "CRD"
EXPONENT = {"UAH": 2, CREDITS: 0}
"""Digits after the point per unit; a unit that is not listed has two."""

MAX_MINOR = 10**12
"""Above this an amount is a typing error (ten billion), not money of a subscriber."""


class InvalidAmount(InvalidInput):
    """Text that is no amount."""

    code = "invalid_amount"
    text = N_("The field “%(field)s” wants an amount like 49,90, but it has: %(value)s.")


class MixedUnits(TypeError):
    """A programming error: amounts of two units met in one sum."""


@dataclass(frozen=True)
class Money:
    """`minor` units of `unit`: Money(4990, "UAH") is 49.90 UAH, Money(7, "CRD") is seven credits."""

    minor: int
    unit: str

    @classmethod
    def parse(cls, text: str, unit: str, field: str = "amount") -> Self:
        """Read what a person types: `49,90`, `49.9`, `1 000`. Zero is allowed, a sign is not.

        :raises InvalidAmount: empty, signed, exponent, more digits than the unit has, too large
        """
        digits = EXPONENT.get(unit, 2)
        compact = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text.strip())
        match = re.fullmatch(rf"(\d{{1,13}})(?:[.,](\d{{1,{max(digits, 1)}}}))?", compact, re.ASCII)
        if not match or (match[2] and not digits):
            raise InvalidAmount(field=field, value=text)
        minor = int(match[1]) * 10**digits + int((match[2] or "").ljust(digits, "0") or 0)
        if minor > MAX_MINOR:
            raise InvalidAmount(field=field, value=text)
        return cls(minor, unit)

    def plain(self) -> str:
        """Digits with a point and all decimals, for machines: `49.90`."""
        digits = EXPONENT.get(self.unit, 2)
        sign, whole = "-" if self.minor < 0 else "", abs(self.minor)
        if not digits:
            return f"{sign}{whole}"
        return f"{sign}{whole // 10**digits}.{whole % 10**digits:0{digits}d}"

    def short(self) -> str:
        """Like `plain` without closing zeros, the way the event log writes fees: `49.9`, `50`."""
        plain = self.plain()
        return plain.rstrip("0").rstrip(".") if "." in plain else plain

    def __add__(self, other: Self) -> Self:
        return type(self)(self.minor + self._same(other), self.unit)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.minor - self._same(other), self.unit)

    def __neg__(self) -> Self:
        return type(self)(-self.minor, self.unit)

    def __lt__(self, other: Self) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Self) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Self) -> int:
        if self.unit != other.unit:
            raise MixedUnits(f"{self.unit} with {other.unit}")
        return other.minor

    def __str__(self) -> str:
        return f"{self.plain()} {self.unit}"
