"""What a call carries, and the answer it gets."""

import re
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from .catalogue import Bundle, Catalogue
from .codes import MESSAGES, Refused, Status

_DAY_FORMATS = ("%Y-%m-%d", "%d.%m.%Y")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Answer:
    """`data` None means that the answer has no `data`."""

    status: Status = Status.OK
    data: object = None
    hash: str | None = None

    def body(self, warnings: list[str]) -> dict[str, object]:
        """The JSON object for the wire."""
        body: dict[str, object] = {"status": int(self.status)}
        if self.status:
            body["message"] = MESSAGES[self.status]
        if self.status in (Status.HASH_EXPIRED, Status.HASH_MISSING):
            body["id"] = int(self.status)  # clients of API 1.x look here
        if self.hash is not None:
            body["hash"] = self.hash
        if self.data is not None:
            body["data"] = self.data
        if warnings:
            body["warnings"] = warnings
        return body


@dataclass(slots=True)
class Ask:
    """One authenticated call, inside its transaction. An empty parameter counts as a missing one."""

    operator_id: int
    params: Mapping[str, str]
    db: sqlite3.Connection
    catalogue: Catalogue
    now: str
    warnings: list[str] = field(default_factory=list)

    def text(self, name: str) -> str:
        return self.params.get(name, "").strip()

    def required(self, name: str, missing: Status = Status.FIELD_MISSING) -> str:
        """:raises Refused: 200, or the code that this method has for the missing field"""
        if value := self.text(name):
            return value
        raise Refused(missing)

    def whole(self, name: str, *, default: int, low: int, high: int) -> int:
        """A whole number; one that cannot be read or lies outside becomes `default`."""
        value = self.text(name)
        return int(value) if value.isdecimal() and low <= int(value) <= high else default

    def day(self, name: str) -> date | None:
        """:raises Refused: 120 when it is neither YYYY-MM-DD nor DD.MM.YYYY"""
        value = self.text(name)
        return parse_day(value) if value else None

    def bundle(self, name: str) -> Bundle:
        """The bundle named by a parameter. :raises Refused: 200, 407"""
        bundle = self.catalogue.get(self.required(name))
        if bundle is None:
            raise Refused(Status.BUNDLE_NOT_FOUND)
        return bundle

    def check_type(self, known: frozenset[str]) -> str:
        """`type` as given; one that is not known is a warning, never a refusal."""
        value = self.text("type")
        if value and value not in known:
            self.warnings.append(f"Unknown type: {value}")
        return value


def parse_day(value: str) -> date:
    """:raises Refused: 120"""
    for form in _DAY_FORMATS:
        try:
            return datetime.strptime(value, form).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    raise Refused(Status.WRONG_DATE)


def checked_email(value: str) -> str:
    """:raises Refused: 116"""
    if not _EMAIL.fullmatch(value):
        raise Refused(Status.EMAIL_MALFORMED)
    return value


def utc_text() -> str:
    """This moment as the API writes moments: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
