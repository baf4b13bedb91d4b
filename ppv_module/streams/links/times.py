"""Instants as media servers write them: UTC, US style, twelve hours, never by a locale."""

import re
from datetime import UTC, datetime

WRITTEN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d{2}):(\d{2}) (AM|PM)", re.ASCII)


def written(at: datetime) -> str:
    """`3/7/2024 4:05:09 AM`. `at` is aware; what is less than a second is left out."""
    at = at.astimezone(UTC)
    half = "AM" if at.hour < 12 else "PM"
    return f"{at.month}/{at.day}/{at.year} {at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {half}"


def instant(text: str) -> datetime | None:
    """The instant that `text` means, padded with zeros or not; None when it means none."""
    match = WRITTEN.fullmatch(text)
    if match is None:
        return None
    month, day, year, hour, minute, second = (int(match[number]) for number in range(1, 7))
    if not 1 <= hour <= 12:
        return None
    try:
        return datetime(year, month, day, hour % 12 + (12 if match[7] == "PM" else 0), minute, second, tzinfo=UTC)
    except ValueError:
        return None
