"""Reads the partner's answers. Pure: no network, no clock."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from billing.errors import PartnerUnreachable
from olltv_module.partner.codes import Status, text_of
from olltv_module.partner.errors import error_for
from olltv_module.partner.masks import masked

MAX_MESSAGE_CHARS = 200

Fields = Mapping[str, object]
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """A success. Its readers raise PartnerUnreachable for a shape that does not say what was asked."""

    call: str
    fields: Fields

    @property
    def data(self) -> object:
        return self.fields.get("data")

    def text(self, name: str = "data") -> str:
        """A string or whole number as a string; 1 and true are both `"1"`."""
        value = self.fields.get(name)
        if isinstance(value, int):
            return str(int(value))
        if isinstance(value, str) and value:
            return value
        raise self.odd()

    def flag(self) -> bool:
        """Data 1 or 0."""
        text = self.text()
        if text not in ("0", "1"):
            raise self.odd()
        return text == "1"

    def found(self, read: Callable[[Fields], T]) -> T | None:
        """Data that is an object, or None where the partner says 0."""
        if isinstance(self.data, dict):
            return self._read(read, self.data)
        if self.flag():
            raise self.odd()
        return None

    def one(self, read: Callable[[Fields], T]) -> T:
        """Data that must be an object."""
        found = self.found(read)
        if found is None:
            raise self.odd()
        return found

    def each(self, read: Callable[[Fields], T], name: str = "data") -> list[T]:
        """A list of objects, beside `status` or inside data."""
        return self._read(lambda fields: [read(row) for row in rows_of(fields.get(name))], self._holder(name))

    def number(self, name: str, *, default: int) -> int:
        """A whole number beside `status` or inside data; `default` where it is not given."""
        return self._read(lambda fields: int(str(fields.get(name, default))), self._holder(name))

    def odd(self) -> PartnerUnreachable:
        """The error for an answer that says yes but not what."""
        return PartnerUnreachable(call=self.call, reason="unexpected data")

    def _holder(self, name: str) -> Fields:
        return self.data if name not in self.fields and isinstance(self.data, dict) else self.fields

    def _read(self, read: Callable[[Fields], T], fields: Fields) -> T:
        try:
            return read(fields)
        except ValueError as error:
            raise self.odd() from error


def rows_of(value: object) -> list[Fields]:
    """A list of objects; PHP writes some lists as objects and some empty ones as 0.

    :raises ValueError: it is none
    """
    if value in (0, "0"):
        return []
    rows = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("no list of objects")
    return rows


def classify(*, call: str, http_status: int, body: bytes, secrets: Iterable[str] = ()) -> Answer:
    """What an HTTP answer means.

    :param secrets: values to hide, should the partner's message repeat them
    :raises PartnerUnreachable: no clear answer; `reason` "rate limited" says that nothing was done
    :raises PartnerRejectsUs: our login or hash is not accepted, nothing was done
    :raises PartnerRefused: a definite no
    """
    if http_status == 429:
        raise PartnerUnreachable(call=call, reason="rate limited")
    if http_status >= 500 or 300 <= http_status < 400:
        raise PartnerUnreachable(call=call, reason=f"HTTP {http_status}")
    fields = _object(call, body)
    status = _status(fields.get("status"))
    if status is None or (status == Status.OK and http_status >= 400):
        raise PartnerUnreachable(call=call, reason="no status")
    if status != Status.OK:
        message = masked(str(fields.get("message") or text_of(status)), secrets)
        raise error_for(call=call, status=status, message=message[:MAX_MESSAGE_CHARS])
    return Answer(call, fields)


def _object(call: str, body: bytes) -> Fields:
    try:
        fields = json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        # the cause stays out of the chain: it carries the body, and with it secrets
        raise PartnerUnreachable(call=call, reason=f"broken JSON: {type(error).__name__}") from None
    if not isinstance(fields, dict):
        raise PartnerUnreachable(call=call, reason="not a JSON object")
    return fields


def _status(value: object) -> int | None:
    """A code from 0 or "0"; None for anything that is not one."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,5}", value, re.ASCII):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return None
