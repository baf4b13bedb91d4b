"""Periods of charging."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Self

from billing.errors import N_, InvalidInput


class InvalidMonth(InvalidInput):
    """A month is written YYYY-MM."""

    code = "invalid_month"
    text = N_("The field “%(field)s” wants a month like 2026-11, but it has: %(value)s.")


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month, the period of a monthly fee. `str()` gives `YYYY-MM`, which sorts by time."""

    year: int
    month: int

    @classmethod
    def of(cls, instant: datetime, zone: tzinfo = UTC) -> Self:
        """The month that an aware instant falls in at the operator's place."""
        local = instant.astimezone(zone)
        return cls(local.year, local.month)

    @classmethod
    def parse(cls, text: str, field: str = "period") -> Self:
        """Read `YYYY-MM`.

        :raises InvalidMonth: anything else
        """
        match = re.fullmatch(r"(20\d\d)-(0[1-9]|1[0-2])", text.strip(), re.ASCII)
        if not match:
            raise InvalidMonth(field=field, value=text)
        return cls(int(match[1]), int(match[2]))

    def next(self) -> Self:
        return self._moved(1)

    def previous(self) -> Self:
        return self._moved(-1)

    def _moved(self, months: int) -> Self:
        index = self.year * 12 + self.month - 1 + months
        return type(self)(index // 12, index % 12 + 1)

    def starts(self, zone: tzinfo = UTC) -> datetime:
        """The first instant of the month, in UTC."""
        return datetime(self.year, self.month, 1, tzinfo=zone).astimezone(UTC)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"
