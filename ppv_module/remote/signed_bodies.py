"""What a call of the signed API carries, read strictly: what is not understood is refused before anything is done."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NoReturn

from ppv_module.remote.signed_errors import BadBody, BadField

LARGEST = 2**63 - 1
LAST_SECOND = 253_402_300_799


class Body:
    """The fields of a request. Each is taken out by its kind; `end` refuses what nobody has asked for."""

    def __init__(self, raw: bytes) -> None:
        """:raises BadBody: `raw` is not one JSON object; nothing at all counts as an empty one"""
        self._given = _read(raw) if raw else {}

    def whole(self, name: str, *, least: int = 0) -> int:
        """A whole number from `least` on; neither true nor 1.0 is one.

        :raises BadField: it is missing or something else
        """
        value = self._given.pop(name, None)
        if type(value) is not int or not least <= value <= LARGEST:
            raise BadField(field=name, value=value)
        return value

    def whole_or_none(self, name: str) -> int | None:
        """Like `whole`, but it may be missing or null."""
        if self._given.get(name) is None:
            self._given.pop(name, None)
            return None
        return self.whole(name)

    def flag(self, name: str, *, usually: bool) -> bool:
        """:raises BadField: it is there and neither true nor false"""
        value = self._given.pop(name, usually)
        if type(value) is not bool:
            raise BadField(field=name, value=value)
        return value

    def number_or_none(self, name: str) -> float | int | None:
        """Any number, which may be missing or null.

        :raises BadField: it is something else
        """
        value = self._given.pop(name, None)
        if value is None or type(value) is int or type(value) is float:
            return value
        raise BadField(field=name, value=value)

    def word(self, name: str, words: Collection[str]) -> str:
        """One of `words`.

        :raises BadField: it is missing or something else
        """
        value = self._given.pop(name, None)
        if not isinstance(value, str) or value not in words:
            raise BadField(field=name, value=value)
        return value

    def text(self, name: str, *, usually: str = "", longest: int = 64) -> str:
        """May be missing or null.

        :raises BadField: it is there and no text, or too long
        """
        value = self._given.pop(name, None)
        value = usually if value is None else value
        if not isinstance(value, str) or len(value) > longest:
            raise BadField(field=name, value=value)
        return value

    def instant(self, name: str) -> datetime:
        """Unix seconds, or a time with its zone as ISO 8601 writes it.

        :raises BadField: it is missing or something else
        """
        value = self._given.pop(name, None)
        try:
            if type(value) is int and 0 <= value <= LAST_SECOND:
                return datetime.fromtimestamp(value, UTC)
            if isinstance(value, str) and (at := datetime.fromisoformat(value)).tzinfo:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):  # OverflowError: a zone that leads out of the calendar
            pass
        raise BadField(field=name, value=value)

    def end(self) -> None:
        """:raises BadField: there is more than what was asked for; a misspelt name must not go unnoticed"""
        for name in self._given:
            raise BadField(field=name, value="")


def _read(raw: bytes) -> dict[str, Any]:
    try:
        text = raw.decode()
        given = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number)
        json.dumps(given, ensure_ascii=False).encode()  # half of a surrogate pair is no text
    except (ValueError, RecursionError) as error:
        raise BadBody(field="body", value="") from error
    if not isinstance(given, dict):
        raise BadBody(field="body", value="")
    return given


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no number")
