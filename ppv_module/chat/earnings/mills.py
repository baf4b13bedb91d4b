"""Amounts in thousandths of a currency, as prices of credits and benefits are counted."""

import re
from dataclasses import dataclass
from typing import Self

from billing.money import MAX_MINOR, InvalidAmount, MixedUnits


@dataclass(frozen=True)
class Mills:
    """`mills` thousandths of `unit`: Mills(1500, "UAH") is 1.500 UAH."""

    mills: int
    unit: str

    @classmethod
    def parse(cls, text: str, unit: str, field: str = "amount") -> Self:
        """Read what a person types: `49,90`, `1.500`, `1 000`. A sign is not allowed.

        :raises InvalidAmount: empty, signed, more than three decimals, too large
        """
        compact = re.sub(r"(?<=\d)[ \u00a0\u202f](?=\d{3}(?!\d))", "", text.strip())
        match = re.fullmatch(r"(\d{1,12})(?:[.,](\d{1,3}))?", compact, re.ASCII)
        mills = int(match[1]) * 1000 + int((match[2] or "").ljust(3, "0")) if match else MAX_MINOR + 1
        if mills > MAX_MINOR:
            raise InvalidAmount(field=field, value=text)
        return cls(mills, unit)

    def plain(self) -> str:
        """Digits with a point and three decimals, for machines: `1.500`."""
        sign, whole = "-" if self.mills < 0 else "", abs(self.mills)
        return f"{sign}{whole // 1000}.{whole % 1000:03d}"

    def __add__(self, other: Self) -> Self:
        return type(self)(self.mills + self._same(other), self.unit)

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.mills - self._same(other), self.unit)

    def _same(self, other: Self) -> int:
        if self.unit != other.unit:
            raise MixedUnits(f"{self.unit} with {other.unit}")
        return other.mills

    def __str__(self) -> str:
        return f"{self.plain()} {self.unit}"
