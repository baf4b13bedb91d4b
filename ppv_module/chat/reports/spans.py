"""Ranges of time that reports are about."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Self

from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from billing.periods import Month

Moment = ColumnElement[Any] | InstrumentedAttribute[Any]


@dataclass(frozen=True)
class Span:
    """[since, until) in UTC; an end that is None is open."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def of_days(cls, first: date | None, last: date | None, zone: tzinfo) -> Self:
        """From the beginning of `first` to the end of `last`, as clocks in `zone` have it."""
        since = None if first is None else day_starts(first, zone)
        until = None if last is None else day_starts(last + timedelta(days=1), zone)
        return cls(since, until)

    @classmethod
    def of_month(cls, month: Month, zone: tzinfo) -> Self:
        """A whole month at the operator's place."""
        return cls(month.starts(zone), month.next().starts(zone))

    def holds(self, column: Moment) -> list[ColumnElement[bool]]:
        """The conditions that `column` is in it."""
        return list(self._conditions(column))

    def _conditions(self, column: Moment) -> Iterator[ColumnElement[bool]]:
        if self.since is not None:
            yield column >= self.since
        if self.until is not None:
            yield column < self.until


def day_starts(day: date, zone: tzinfo) -> datetime:
    """The first instant of `day` in `zone`, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def days_back(now: datetime, number: int, zone: tzinfo) -> list[date]:
    """The last `number` days in `zone`, the oldest first, today included."""
    today = now.astimezone(zone).date()
    return [today - timedelta(days=back) for back in reversed(range(number))]
