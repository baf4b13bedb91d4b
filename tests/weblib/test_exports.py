"""Lists as files: spreadsheet programs read what the page shows, and no cell does anything."""

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from io import BytesIO, StringIO
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from openpyxl import load_workbook

from billing.money import Money
from billing.periods import Month
from ppv_module.chat.earnings.mills import Mills
from suite.settings import PROJECT
from suite.texts import show
from weblib import exports
from weblib.exports import csv_lines, csv_stream, write_xlsx
from weblib.i18n import Catalogue
from weblib.pages import Languages, speak
from weblib.tables import Column

NOON = datetime(2026, 11, 22, 10, 5, 30, tzinfo=UTC)
FORMULAS = [
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "  =1+1",
    "\u00a0=1",
    "＝1+1",
    '=HYPERLINK("http://evil","x")',
]


class State(StrEnum):
    ON = "Sign in"


@dataclass
class Row:
    value: object = None
    name: str = "Іван, «1»"


COLUMNS = [Column("name", "Name", lambda row: row.name), Column("value", "Amount", lambda row: row.value)]


@pytest.fixture(autouse=True)
def app():
    app = Flask(__name__)
    languages = Languages(Catalogue.load(PROJECT / "translations"), default="en", zone=ZoneInfo("Europe/Kyiv"))
    speak(app, languages, show=show)
    with app.test_request_context():
        yield app


def as_csv(rows):
    text = "".join(csv_lines(COLUMNS, rows))
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline="")))


def as_xlsx(rows, **kwargs):
    file = BytesIO()
    write_xlsx(file, COLUMNS, rows, title="People", **kwargs)
    return load_workbook(file)


@pytest.mark.parametrize(
    ("value", "in_csv", "in_xlsx", "pattern"),
    [
        (None, "", None, "General"),
        ("", "", "", "General"),
        ("text", "text", "text", "General"),
        (7, "7", 7, "General"),
        (-7, "-7", -7, "General"),
        (True, "yes", "yes", "General"),
        (Money(-123450, "UAH"), "-1234.50", -1234.5, "#,##0.00"),
        (Money(7, "CRD"), "7", 7, "#,##0"),
        (Mills(-1234500, "UAH"), "-1234.500", -1234.5, "#,##0.000"),
        (Month(2026, 11), "2026-11", "2026-11", "General"),
        (NOON, "2026-11-22 12:05:30", datetime(2026, 11, 22, 12, 5, 30), "yyyy-mm-dd hh:mm:ss"),
        (date(2026, 11, 22), "2026-11-22", datetime(2026, 11, 22), "yyyy-mm-dd"),
        (State.ON, "Sign in", "Sign in", "General"),
        ('a "b", c\r\nd', 'a "b", c\r\nd', 'a "b", c\nd', "General"),
        ("+380501234567", "'+380501234567", "+380501234567", "General"),
    ],
)
def test_each_kind_of_value_is_written_as_what_it_is(value, in_csv, in_xlsx, pattern):
    assert as_csv([Row(value)])[1] == ["Іван, «1»", in_csv]
    cell = as_xlsx([Row(value)]).active["B2"]
    assert str(cell.value).replace("_x000D_", "").replace("\r", "") == str(in_xlsx)
    assert cell.number_format == pattern


def test_other_systems_get_times_in_utc():
    text = "".join(csv_lines(COLUMNS, [Row(NOON)], utc=True))
    assert text.endswith(",2026-11-22T10:05:30Z\r\n")


def test_a_heading_names_a_unit_only_where_all_rows_have_it():
    same, mixed = [Row(Money(1, "UAH"))] * 2, [Row(Money(1, "UAH")), Row(Money(1, "EUR"))]
    assert as_csv(same)[0][1] == "Amount, UAH"
    assert as_csv(mixed)[0][1] == "Amount"
    columns = [*COLUMNS, Column("currency", "Currency", lambda row: row.value.unit)]
    assert "".join(csv_lines(columns, same)).splitlines()[0] == "\ufeffName,Amount,Currency"


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_becomes_a_formula(text):
    [_, [cell, _]] = as_csv([Row(name=text)])
    assert cell == f"'{text}"
    cell = as_xlsx([Row(name=text)]).active["A2"]
    assert (cell.data_type, cell.hyperlink) == ("s", None)


def test_a_heading_that_looks_like_a_formula_is_text_too():
    columns = [Column("x", "=1", lambda row: row.name)]
    assert "".join(csv_lines(columns, [])) == "\ufeff'=1\r\n"


def test_the_unit_stands_in_the_heading():
    rows = [Row(None), Row(Money(5, "UAH"))]
    assert as_csv(rows)[0] == ["Name", "Amount, UAH"]
    assert as_xlsx(rows).active["B1"].value == "Amount, UAH"
    assert as_csv([])[0] == ["Name", "Amount"]


def test_headings_are_in_the_readers_language(app):
    with app.test_request_context(headers={"Cookie": "lang=uk"}):
        assert as_csv([])[0][1] == "Сума"


def test_a_csv_is_sent_while_it_is_read(app):
    read = []

    def rows():
        for number in range(5000):
            read.append(number)
            yield Row(number)

    answer = csv_stream(COLUMNS, rows(), name="Люди 2026-11-22.csv")
    pieces = iter(answer.response)
    assert next(pieces).startswith("\ufeffName,Amount\r\n")
    assert len(read) < 1500
    assert sum(piece.count("\r\n") for piece in pieces) + 501 == 5001
    assert answer.mimetype == "text/csv"
    assert "filename*=UTF-8''%D0%9B%D1%8E%D0%B4%D0%B8%202026-11-22.csv" in answer.headers["Content-Disposition"]


def test_more_rows_than_a_sheet_holds_go_on_further_sheets(monkeypatch):
    monkeypatch.setattr(exports, "SHEET_ROWS", 10)
    book = as_xlsx(Row(number) for number in range(25))
    assert book.sheetnames == ["People", "People 2", "People 3"]
    values = [[row[1] for row in sheet.values] for sheet in book]
    assert values == [["Amount", *range(10)], ["Amount", *range(10, 20)], ["Amount", *range(20, 25)]]


def test_an_empty_list_is_a_sheet_with_headings():
    assert list(as_xlsx([]).active.values) == [("Name", "Amount")]


def test_a_title_that_no_sheet_may_have_is_made_one():
    file = BytesIO()
    write_xlsx(file, COLUMNS, [], title="a/b:c?*[d] " + "x" * 40)
    assert load_workbook(file).sheetnames[0].startswith("a b c")


def test_a_text_that_no_cell_holds_is_cut():
    assert len(as_xlsx([Row(name="x" * 40_000)]).active["A2"].value) == 32_767


def test_progress_is_told_now_and_then():
    told = []
    as_xlsx((Row(number) for number in range(1700)), progress=told.append)
    assert told == [500, 1000, 1500]
