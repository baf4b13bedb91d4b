"""Pages of long lists by their keys, never by OFFSET: the last page costs what the first one does.

A list is ordered by keys that together are unique and never NULL. A page is read by one statement per key, each a
range of an index: for the keys (a, b) after the row (1, 2) first `a = 1 AND b > 2`, and only if these rows do not
fill the page `a > 1`. So it takes the time of a page on every database, whatever the directions are, as long as an
index begins with the columns that the list is narrowed by and goes on with the keys.
"""

import heapq
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, Generic, Self, TypeVar

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.errors import InvalidInput
from billing.indexes import by_index

T = TypeVar("T")

SIZE = 50
COUNTED = 1000
CHUNK = 1000
TEXT = 255
INTEGER = 2**63


@dataclass(frozen=True)
class Key:
    """A column that a list is ordered by."""

    column: ColumnElement[Any] | InstrumentedAttribute[Any]
    descending: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list. `next` and `previous` are cursors of the pages beside it, None at the ends."""

    rows: Sequence[T]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True)
class Count:
    """How many rows there are, or with `is_more` that there are more than `number`."""

    number: int
    is_more: bool = False


def page(
    session: Session, query: Select[Any], *, keys: Sequence[Key], cursor: str | None = None, size: int = SIZE
) -> Page[Any]:
    """The page of `query` at `cursor`, the first one without a cursor.

    The rows are entities when `query` selects a single thing, else rows with its columns. `query` has no order.

    :raises InvalidInput: the cursor is none of this list
    """
    return page_of_union(session, [query], keys=keys, cursor=cursor, size=size)


def page_of_union(
    session: Session,
    branches: Sequence[Select[Any]],
    *,
    keys: Sequence[Key],
    cursor: str | None = None,
    size: int = SIZE,
) -> Page[Any]:
    """Like `page`, for a list that is the union of `branches`, each of which an index can give in the order of the
    keys, like the subscribers of three states. A row that stands in two branches is given once.

    :raises InvalidInput: the cursor is none of this list
    """
    place = _Place.read(cursor, keys) if cursor else _Place()
    found = list(_merged(session, branches, keys, place, size + 1))
    if place.backwards and len(found) <= size:
        place = _Place()  # the beginning is reached: show a whole first page
        found = list(_merged(session, branches, keys, place, size + 1))
    is_more, found = len(found) > size, found[:size]
    if not found:
        return Page([], previous=_Place(place.values, backwards=True).written(keys) if place.values else None)
    if place.backwards:
        found.reverse()
    first, last = _Place(found[0][0], backwards=True), _Place(found[-1][0])
    return Page(
        [row for _values, row in found],
        next=last.written(keys) if is_more or place.backwards else None,
        previous=first.written(keys) if place.values and (is_more or not place.backwards) else None,
    )


def all_rows(
    reading: Callable[[], AbstractContextManager[Session]],
    branches: Sequence[Select[Any]],
    *,
    keys: Sequence[Key],
    size: int = CHUNK,
) -> Iterator[Any]:
    """All rows of a list, for an export: as many are in memory as a chunk has, and no transaction lasts longer than
    the reading of one. `reading` opens a session, like `Billing.reading`.
    """
    cursor: str | None = None
    while True:
        with reading() as session:
            chunk = page_of_union(session, branches, keys=keys, cursor=cursor, size=size)
            session.expunge_all()
        yield from chunk.rows
        cursor = chunk.next
        if cursor is None:
            return


def cursor_behind(values: Sequence[Any], keys: Sequence[Key]) -> str:
    """The cursor of the page that begins behind the row with these values of the keys."""
    return _Place(tuple(values)).written(keys)


def count_upto(session: Session, query: Select[Any], limit: int = COUNTED) -> Count:
    """How many rows `query` has; counting stops at `limit`, since nobody needs more at the head of a list."""
    one: Select[Any] = query.with_only_columns(literal_column("1"), maintain_column_froms=True).order_by(None)
    number = session.scalar(select(func.count()).select_from(one.limit(limit + 1).subquery())) or 0
    return Count(min(number, limit), number > limit)


Values = tuple[Any, ...]


@dataclass(frozen=True)
class _Place:
    """Where a page begins: behind the row with these values of the keys, or `backwards` before it."""

    values: Values = ()
    backwards: bool = False

    def written(self, keys: Sequence[Key]) -> str:
        """The cursor. It names its keys, so that one of another order is noticed."""
        content = [_shape(keys), int(self.backwards), [_plain(value) for value in self.values]]
        return urlsafe_b64encode(json.dumps(content, ensure_ascii=False).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, cursor: str, keys: Sequence[Key]) -> Self:
        """:raises InvalidInput: not a cursor of a list with these keys"""
        try:
            shape, backwards, plain = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
            if shape != _shape(keys) or backwards not in (0, 1) or len(plain) != len(keys):
                raise ValueError(cursor)
            values = tuple(_value(each, key) for each, key in zip(plain, keys, strict=True))
        except (ValueError, TypeError, RecursionError) as error:
            raise InvalidInput(field="cursor", value=cursor[:64]) from error
        return cls(values, bool(backwards))


def _shape(keys: Sequence[Key]) -> str:
    return ",".join(f"{'-' if key.descending else ''}{getattr(key.column, 'key', '')}" for key in keys)


def _plain(value: Any) -> object:
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value  # a datetime is a date


def _value(plain: object, key: Key) -> object:
    """:raises ValueError: no value of the key's column"""
    wanted = key.column.type.python_type
    if issubclass(wanted, Enum):
        return wanted(plain)
    if issubclass(wanted, date) and isinstance(plain, str):
        return _instant(plain) if issubclass(wanted, datetime) else date.fromisoformat(plain)
    if type(plain) is not wanted:
        raise ValueError(plain)
    if isinstance(plain, str) and not _storable(plain):
        raise ValueError(plain)
    if isinstance(plain, int) and not -INTEGER <= plain < INTEGER:
        raise ValueError(plain)
    return plain


def _instant(plain: str) -> datetime:
    instant = datetime.fromisoformat(plain)
    if instant.tzinfo is None:
        raise ValueError(plain)
    return instant


def _storable(text: str) -> bool:
    return len(text) <= TEXT and "\0" not in text and not any("\ud800" <= each <= "\udfff" for each in text)


Row = tuple[Values, Any]
"""The values of the keys, and what the caller gets."""


def _merged(
    session: Session, branches: Sequence[Select[Any]], keys: Sequence[Key], place: _Place, limit: int
) -> Iterator[Row]:
    """The first `limit` rows of all branches behind `place`, in order, each once."""
    parts = [_branch(session, query, keys, place, limit) for query in branches]
    last, given = None, 0
    for row in heapq.merge(*parts, key=lambda row: _rank(row[0], keys, place.backwards)):
        if row[0] != last:
            yield row
            last, given = row[0], given + 1
        if given == limit:
            return


def _branch(session: Session, query: Select[Any], keys: Sequence[Key], place: _Place, limit: int) -> Iterator[Row]:
    """The first `limit` rows of one branch. A statement is sent only when the rows before it have been used up."""
    width = len(query.column_descriptions)
    hinted = by_index(query, [key.column for key in keys])
    statement = hinted.order_by(None).add_columns(
        *(key.column.label(f"paging_key_{number}") for number, key in enumerate(keys))
    )
    for conditions, order in _ranges(keys, place):
        found = session.execute(statement.where(*conditions).order_by(*order).limit(limit)).freeze()
        values = found().columns(*range(width, width + len(keys))).all()
        rows = found().scalars().all() if width == 1 else found().columns(*range(width)).all()
        yield from zip((tuple(each) for each in values), rows, strict=True)
        limit -= len(rows)
        if not limit:
            return


def _ranges(keys: Sequence[Key], place: _Place) -> Iterator[tuple[list[ColumnElement[bool]], list[ColumnElement[Any]]]]:
    """Conditions and order of each range of the index that lies behind `place`, nearest first."""
    order: list[ColumnElement[Any]] = [
        key.column.desc() if key.descending != place.backwards else key.column.asc() for key in keys
    ]
    if not place.values:
        yield [], order
        return
    for depth in reversed(range(len(keys))):
        key, value = keys[depth], place.values[depth]
        same = [keys[number].column == place.values[number] for number in range(depth)]
        beyond = key.column < value if key.descending != place.backwards else key.column > value
        yield [*same, beyond], order[depth:]


@dataclass(frozen=True)
class _Down:
    """Sorts the other way round."""

    value: Any

    def __lt__(self, other: Self) -> bool:
        return bool(other.value < self.value)


def _rank(values: Values, keys: Sequence[Key], backwards: bool) -> Values:
    """What sorts like the database does. Texts have a binary collation there, which is the order of code points."""
    plain = [value.value if isinstance(value, Enum) else value for value in values]
    return tuple(_Down(value) if key.descending != backwards else value for value, key in zip(plain, keys, strict=True))
