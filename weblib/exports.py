"""Lists as files for spreadsheet programs: CSV as a stream, XLSX written row by row; neither needs memory for the list.

A page registers what it can export once, as a `Source`. Its rows are read while the address of the list is the
present request, so the same filter form tells what to export, on the page and in the worker.

Text that a spreadsheet program would take for a formula is made harmless: in CSV by an apostrophe before it, in XLSX
by the type of the cell.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum, StrEnum
from io import StringIO
from itertools import chain, islice
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import xlsxwriter
from flask import Response, stream_with_context, url_for
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from weblib.pages import gettext as _
from weblib.pages import shown, zone
from weblib.tables import Column, wish

AT_ONCE = 20_000
"""An XLSX with more rows is made by the worker."""

SHEET_ROWS = 1_048_575
"""What a sheet holds besides its heading."""

CELL_TEXT = 32_767
DIGITS: dict[object, str] = {0: "#,##0", 2: "#,##0.00", 3: "#,##0.000"}
NUMBER_FORMATS: dict[object, str] = {**DIGITS, "moment": "yyyy-mm-dd hh:mm:ss", "day": "yyyy-mm-dd"}
LOCAL_TIME, UTC_TIME = "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"
WIDEST = 60
LOOKED_AT = 200
FLUSH_ROWS = 500
BOM = "\ufeff"
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
CURRENCY = "currency"
"""A column of this name says the unit of each row, so the titles say none."""

FORMATS = {"csv": "text/csv", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True, kw_only=True)
class Source:
    """A list that can be exported.

    `title` is a marked text, the name of the file and of the sheet. `rights`: one of them is wanted. `rows` gives all
    rows for a core that is handed in, in the order of the page, read in pieces; `columns` are those of the page.
    `utc`: the CSV has its times as 2026-11-22T07:05:00Z for other systems, not by the readers' clock.
    """

    name: str
    title: str
    columns: Sequence[Column[Any]]
    rows: Callable[[Any], Iterator[Any]]
    rights: tuple[str, ...] = ()
    utc: bool = False


_SOURCES: dict[str, Source] = {}


def register(source: Source) -> Source:
    """Make `source` known under its name."""
    _SOURCES[source.name] = source
    return source


def find(name: str) -> Source | None:
    """The source of this name."""
    return _SOURCES.get(name)


def sources() -> list[Source]:
    """All that can be exported."""
    return list(_SOURCES.values())


def urls(name: str, **fixed: Any) -> dict[str, str]:
    """For `Listing.exports`: the addresses of the exports of a source, by format. `fixed` is part of what they ask."""
    return {kind: url_for("exports.download", name=name, kind=kind, **fixed) for kind in FORMATS}


def picked(source: Source) -> list[Column[Any]]:
    """The columns that the present request asks for."""
    names = wish(source.columns).columns
    return [column for column in source.columns if column.name in names]


def file_name(source: Source, kind: str, now: datetime) -> str:
    """How the file is called: title and local day."""
    return f"{_(source.title)} {now.astimezone(zone()):%Y-%m-%d}.{kind}"


def csv_stream(columns: Sequence[Column[Any]], rows: Iterable[Any], *, name: str, utc: bool = False) -> Response:
    """The answer that sends `rows` as RFC 4180 in UTF-8 while they are read."""
    lines = stream_with_context(csv_lines(columns, rows, utc=utc))
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = _attached(name)
    return answer


def _attached(name: str) -> str:
    """The header that gives a file its name, as RFC 6266 writes names in any alphabet."""
    plain = re.sub(r"[^\w.-]+", "_", name, flags=re.ASCII).strip("_")
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


def csv_lines(columns: Sequence[Column[Any]], rows: Iterable[Any], *, utc: bool = False) -> Iterator[str]:
    """The text of the file, in pieces. Amounts and times are written for machines: 1234.50, 2026-11-22 09:05:00, or
    with `utc` 2026-11-22T07:05:00Z.
    """
    head, rows = _looked_at(rows)
    buffer = StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    buffer.write(BOM)
    writer.writerow([_defused(title) for title in headings(columns, head)])
    for number, row in enumerate(rows, 1):
        writer.writerow([_csv_cell(column.value(row), utc=utc) for column in columns])
        if number % FLUSH_ROWS == 0:
            yield _emptied(buffer)
    yield _emptied(buffer)


def write_xlsx(
    file: Path | IO[bytes],
    columns: Sequence[Column[Any]],
    rows: Iterable[Any],
    *,
    title: str,
    progress: Callable[[int], object] = lambda _rows: None,
) -> int:
    """Write `rows` into `file`, on as many sheets as they need, and give their number.

    `progress` is told now and then how many are done. Memory does not grow with the rows.
    """
    head, rows = _looked_at(rows)
    titles = headings(columns, head)
    number = 0
    with xlsxwriter.Workbook(str(file) if isinstance(file, Path) else file, {"constant_memory": True}) as book:
        sheets = _Sheets(
            book, title, titles, [_width(column, each, head) for column, each in zip(columns, titles, strict=True)]
        )
        for number, row in enumerate(rows, 1):
            sheets.write([column.value(row) for column in columns])
            if number % FLUSH_ROWS == 0:
                progress(number)
    return number


def headings(columns: Sequence[Column[Any]], head: Sequence[Any]) -> list[str]:
    """The titles; with the unit where the first rows hold amounts of one unit."""
    is_said = any(column.name == CURRENCY for column in columns)
    return [_(column.title) if is_said else _heading(column, head) for column in columns]


def _heading(column: Column[Any], head: Sequence[Any]) -> str:
    values: Iterator[Any] = (column.value(row) for row in head)
    units = {value.unit for value in values if _kind(value) is _Kind.AMOUNT}
    unit = units.pop() if len(units) == 1 else ""
    return f"{_(column.title)}, {unit}" if unit else _(column.title)


def _looked_at(rows: Iterable[Any]) -> tuple[list[Any], Iterator[Any]]:
    """The first rows, and all of them."""
    remaining = iter(rows)
    head = list(islice(remaining, LOOKED_AT))
    return head, chain(head, remaining)


class _Kind(StrEnum):
    NOTHING, SHOWN, NUMBER, MOMENT, DAY, AMOUNT, TEXT = "nothing", "shown", "number", "moment", "day", "amount", "text"


_KINDS: dict[type, _Kind] = {}


def _kind(value: object) -> _Kind:
    """How a value is written; found out once per class, since a list has millions of values."""
    kind = type(value)
    if kind not in _KINDS:
        _KINDS[kind] = _kind_of(kind)
    return _KINDS[kind]


def _kind_of(kind: type) -> _Kind:
    known = (
        (type(None), _Kind.NOTHING),
        ((bool, Enum), _Kind.SHOWN),
        (str, _Kind.TEXT),
        (int, _Kind.NUMBER),
        (datetime, _Kind.MOMENT),
        (date, _Kind.DAY),
    )
    found = next((word for classes, word in known if issubclass(kind, classes)), None)
    return found or (_Kind.AMOUNT if hasattr(kind, "plain") else _Kind.TEXT)


def _csv_cell(value: Any, *, utc: bool = False) -> object:
    match _kind(value):
        case _Kind.NOTHING:
            return ""
        case _Kind.NUMBER:
            return value
        case _Kind.AMOUNT:
            return value.plain()
        case _Kind.MOMENT:
            return f"{value.astimezone(UTC if utc else zone()):{UTC_TIME if utc else LOCAL_TIME}}"
        case _Kind.SHOWN:
            return _defused(shown(value))
    return _defused(str(value))


def _defused(text: str) -> str:
    """`text` as no formula: the apostrophe tells spreadsheet programs that text follows."""
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip().startswith(FORMULA) else text


def _emptied(buffer: StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


class _Sheets:
    """The sheets of a workbook; a new one is begun when one is full."""

    def __init__(self, book: xlsxwriter.Workbook, title: str, titles: Sequence[str], widths: Sequence[int]) -> None:
        self._book, self._title, self._titles, self._widths = book, _sheet_name(title), titles, widths
        self._bold = book.add_format({"bold": True, "bottom": 1})
        self._formats: dict[object, Format] = {
            name: book.add_format({"num_format": pattern}) for name, pattern in NUMBER_FORMATS.items()
        }
        self._zone = zone()
        self._number = 0
        self._begin()

    def write(self, values: Sequence[Any]) -> None:
        """One row."""
        if self._row > SHEET_ROWS:
            self._begin()
        for column, value in enumerate(values):
            self._write(column, value)
        self._row += 1

    def _begin(self) -> None:
        self._number += 1
        name = self._title if self._number == 1 else f"{self._title} {self._number}"
        self._sheet: Worksheet = self._book.add_worksheet(name)
        self._sheet.freeze_panes(1, 0)
        for column, (title, width) in enumerate(zip(self._titles, self._widths, strict=True)):
            self._sheet.set_column(column, column, width)
            self._sheet.write_string(0, column, title, self._bold)
        self._row = 1

    def _write(self, column: int, value: Any) -> None:
        sheet, row = self._sheet, self._row
        match _kind(value):
            case _Kind.NOTHING:
                return
            case _Kind.NUMBER:
                sheet.write_number(row, column, value)
            case _Kind.AMOUNT:
                plain = value.plain()
                sheet.write_number(row, column, float(plain), self._formats[len(plain.partition(".")[2])])
            case _Kind.MOMENT:
                local = value.astimezone(self._zone).replace(tzinfo=None)
                sheet.write_datetime(row, column, local, self._formats["moment"])
            case _Kind.DAY:
                sheet.write_datetime(row, column, value, self._formats["day"])
            case _Kind.SHOWN:
                sheet.write_string(row, column, shown(value))
            case _Kind.TEXT:
                sheet.write_string(row, column, str(value)[:CELL_TEXT])


def _sheet_name(title: str) -> str:
    """What spreadsheet programs take as the name of a sheet, with room for a number behind it."""
    return "".join(" " if each in r"[]:*?/\'" else each for each in title)[:26].strip() or "1"


def _width(column: Column[Any], title: str, head: Sequence[Any]) -> int:
    """Characters that show most of the values."""
    longest = max((len(str(_csv_cell(column.value(row)))) for row in head), default=0)
    return min(max(longest, len(title)) + 2, WIDEST)
