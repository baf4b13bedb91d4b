"""Lists as tables: which columns, in which order, and the addresses that lead on. All of it stands in the address,
so that a view can be saved, sent and exported as it is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar
from urllib.parse import urlencode

from flask import request

from weblib.pages import gettext as _
from weblib.pages import ngettext as ngettext_

R = TypeVar("R")

SORT, DIRECTION, CURSOR, COLUMNS = "sort", "dir", "cursor", "columns"
OWN = (SORT, DIRECTION, CURSOR, COLUMNS)


@dataclass(frozen=True)
class Column(Generic[R]):
    """A column of a table and of its exports.

    `title` is a marked text. `value` gives what is shown, of any kind that the filter `shown` knows; `link` an address
    of our own or None; `badge` good, warn, bad, info or quiet, or None for plain text. `sort`: the list can be ordered
    by it. `shown`: it is there until somebody picks columns. `picture` gives the address of a small picture before it.
    """

    name: str
    title: str
    value: Callable[[R], object]
    link: Callable[[R], str | None] | None = None
    badge: Callable[[R], str | None] | None = None
    sort: bool = False
    shown: bool = True
    numeric: bool = False
    picture: Callable[[R], str | None] | None = None


@dataclass(frozen=True)
class Wish:
    """What the address asks of a list: hand these to the query."""

    sort: str
    descending: bool
    cursor: str | None
    columns: tuple[str, ...]


class Counted(Protocol):
    """How many rows a list has; with `is_more` at least that many."""

    @property
    def number(self) -> int: ...

    @property
    def is_more(self) -> bool: ...


@dataclass(frozen=True)
class Head:
    """A column that is shown. `sorted` is asc, desc or nothing."""

    name: str
    title: str
    numeric: bool
    sort_url: str | None
    sorted: str


@dataclass(frozen=True)
class Choice:
    """A column that can be picked."""

    name: str
    title: str
    shown: bool


@dataclass(frozen=True)
class Cell:
    """One value of a row."""

    value: object
    url: str | None = None
    badge: str | None = None
    picture: str | None = None


def wish(columns: Sequence[Column[Any]], *, sort: str = "", descending: bool = False) -> Wish:
    """What the address of this request asks for. Names that are unknown do not count; without a column to sort by it
    is `sort`, `descending` as said.
    """
    asked = request.args.get(SORT, "")
    if asked in {column.name for column in columns if column.sort}:
        sort, descending = asked, request.args.get(DIRECTION) == "desc"
    picked = {name for value in request.args.getlist(COLUMNS) for name in value.split(",")}
    names = tuple(column.name for column in columns if column.name in picked)
    usual = tuple(column.name for column in columns if column.shown)
    return Wish(sort, descending, request.args.get(CURSOR) or None, names or usual)


@dataclass(frozen=True, kw_only=True)
class Listing(Generic[R]):
    """A page of a list, for the template. `next` and `previous` are cursors; `exports` are addresses by format."""

    columns_known: Sequence[Column[R]]
    items: Sequence[R]
    wish: Wish
    next: str | None = None
    previous: str | None = None
    counted: Counted | None = None
    exports: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> list[Head]:
        return [
            Head(each.name, _(each.title), each.numeric, self._sort_url(each), self._sorted(each))
            for each in self._picked()
        ]

    @property
    def all_columns(self) -> list[Choice]:
        return [Choice(each.name, _(each.title), each.name in self.wish.columns) for each in self.columns_known]

    @property
    def rows(self) -> list[list[Cell]]:
        picked = self._picked()
        return [[_cell(column, item) for column in picked] for item in self.items]

    @property
    def count(self) -> str:
        """How many there are: `1 234 rows`, `more than 1 000 rows`."""
        if self.counted is None:
            return ""
        if self.counted.is_more:
            return ngettext_("more than %(num)s row", "more than %(num)s rows", self.counted.number)
        return ngettext_("%(num)s row", "%(num)s rows", self.counted.number)

    @property
    def next_url(self) -> str | None:
        return self.next and address({CURSOR: self.next})

    @property
    def previous_url(self) -> str | None:
        return self.previous and address({CURSOR: self.previous})

    @property
    def first_url(self) -> str | None:
        return address({CURSOR: None}) if self.wish.cursor else None

    @property
    def export_urls(self) -> dict[str, str]:
        """The exports of exactly what is filtered, with the columns that are shown, in this order."""
        asked = query()
        return {
            name: f"{path}{'&' if '?' in path else '?'}{asked}" if asked else path
            for name, path in self.exports.items()
        }

    @property
    def is_filtered(self) -> bool:
        return any(value for name, value in request.args.items(multi=True) if name not in OWN)

    @property
    def reset_url(self) -> str:
        """The list without its filter; order and columns stay."""
        kept = {name: request.args.getlist(name) for name in (SORT, DIRECTION, COLUMNS) if name in request.args}
        return f"{request.path}?{urlencode(kept, doseq=True)}" if kept else request.path

    def _picked(self) -> list[Column[R]]:
        return [column for column in self.columns_known if column.name in self.wish.columns]

    def _sorted(self, column: Column[R]) -> str:
        if column.name != self.wish.sort:
            return ""
        return "desc" if self.wish.descending else "asc"

    def _sort_url(self, column: Column[R]) -> str | None:
        turned = "desc" if self._sorted(column) == "asc" else "asc"
        return address({SORT: column.name, DIRECTION: turned, CURSOR: None}) if column.sort else None


def query() -> str:
    """What this list is, without the page of it: the address behind the question mark, as it can be saved."""
    return address({CURSOR: None}).partition("?")[2]


def address(changes: Mapping[str, str | None]) -> str:
    """The address of this request with some parts changed, or with None taken out."""
    parts: dict[str, list[str]] = {name: values for name, values in request.args.lists() if name not in changes}
    parts = {name: [value for value in values if value] for name, values in parts.items()}
    parts |= {name: [value] for name, value in changes.items() if value is not None}
    text = urlencode({name: values for name, values in parts.items() if values}, doseq=True)
    return f"{request.path}?{text}" if text else request.path


def _cell(column: Column[R], item: R) -> Cell:
    url = column.link(item) if column.link else None
    badge = column.badge(item) if column.badge else None
    picture = column.picture(item) if column.picture else None
    return Cell(column.value(item), url, badge, picture)
