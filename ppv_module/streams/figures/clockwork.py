"""Days and hours at the operator's place, as the figures number them."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta, tzinfo


def day_of(moment: datetime, zone: tzinfo) -> int:
    """The day that `moment` falls in, as 20261123."""
    return number_of(moment.astimezone(zone).date())


def hour_of(moment: datetime, zone: tzinfo) -> int:
    """The hour that the clock shows, from 0; one that comes twice a year is one."""
    return moment.astimezone(zone).hour


def number_of(day: date) -> int:
    """20261123 of a day."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_named(number: int) -> date:
    """The day of 20261123."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def days_between(first: date, last: date) -> Iterator[date]:
    """All days, both included."""
    for step in range((last - first).days + 1):
        yield first + timedelta(days=step)
