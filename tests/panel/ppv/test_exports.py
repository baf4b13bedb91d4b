"""Every report as a file: CSV for other systems, XLSX for people."""

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook

from ppv_module.chat.models import Person
from tests.ppv.reports.made import Made

REPORTS = {
    "/ppv/packs": ("ppv_packs",),
    "/ppv/viewers": ("ppv_viewers",),
    "/ppv/viewers/ivan": ("ppv_viewer_history",),
    "/ppv/shows": ("ppv_shows",),
    "/ppv/tips": ("ppv_tips",),
    "/ppv/earnings": ("ppv_earnings",),
    "/ppv/payouts": ("ppv_payouts",),
    "/ppv/payouts/{payout}": ("ppv_payout_rows",),
    "/ppv/purchases": ("ppv_orders",),
    "/ppv/purchases/packs": ("ppv_pack_turnover",),
    "/ppv/purchases/payments": ("ppv_payments",),
    "/ppv/purchases/notices": ("ppv_notices",),
    "/ppv/reconciliation": ("ppv_reconciliation",),
    "/ppv/overview": ("ppv_days", "ppv_top_viewers"),
}


def address(panel, path, name, kind):
    page = panel.get(path).get_data(as_text=True)
    return re.search(rf'href="(/exports/{name}\.{kind}[^"]*)"', page)[1].replace("&amp;", "&")


def rows(answer):
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in REPORTS.items() for name in names])
def test_each_report_is_a_csv_and_a_spreadsheet(panel, trade, path, name):
    path = path.format(payout=trade.payout.id)
    head, *lines = rows(panel.client.get(address(panel, path, name, "csv")))
    assert lines
    assert all(len(line) == len(head) for line in lines)
    book = load_workbook(BytesIO(panel.client.get(address(panel, path, name, "xlsx")).get_data()))
    assert book.active.max_row == len(lines) + 1


def test_times_are_utc_iso_and_amounts_have_points(panel, trade):
    columns = "end,currency,at,price,benefit,credits,seconds"
    [line] = rows(panel.get("/exports/ppv_shows.csv", state="ended", columns=columns))[1:]
    assert line == ["2026-11-09T12:00:00Z", "90", "90"]
    lines = rows(panel.get("/exports/ppv_tips.csv", columns=columns))
    assert lines[0] == ["Time", "Credits", "Worth", "Benefit", "Currency"]
    assert lines[2] == ["2026-11-09T12:00:00Z", "600", "10.000", "5.000", "UAH"]


def test_two_currencies_stand_in_their_rows_not_in_the_heading(panel, trade, chat):
    other = chat.tenant(name="Wien", currency="EUR")
    made, berta = Made(chat), chat.performer(other, "berta")
    made.tip(berta, chat.viewer(other, "hans"), 600, at=trade.old_tip.at + timedelta(hours=1))
    head, *lines = rows(panel.get("/exports/ppv_tips.csv", columns="price"))
    assert head == ["Worth"]
    head, *lines = rows(panel.get("/exports/ppv_tips.csv", columns="price,currency", performer=str(berta.person_id)))
    assert (head, lines) == (["Worth", "Currency"], [["10.000", "EUR"]])


def test_spreadsheets_have_three_decimals_of_prices(panel, trade):
    answer = panel.get("/exports/ppv_tips.xlsx", columns="price")
    cell = load_workbook(BytesIO(answer.get_data())).active["A2"]
    assert (cell.value, cell.number_format) == (0.167, "#,##0.000")


def test_no_name_becomes_a_formula(panel, trade, billing):
    uow = billing.uow()
    with uow:
        uow.session.get_one(Person, trade.viewer.id).nickname = "=1+1"
    lines = rows(panel.get("/exports/ppv_tips.csv", columns="viewer"))
    assert lines[1:] == [["'=1+1"], ["'=1+1"]]


def test_an_export_holds_what_the_page_was_narrowed_to(panel, trade):
    assert rows(panel.get("/exports/ppv_shows.csv", viewer="nobody"))[1:] == []
    assert len(rows(panel.get("/exports/ppv_shows.csv", viewer="petro"))[1:]) == 1


def test_exports_want_the_right_of_their_page(person, trade):
    television = person("OLLTV")
    for names in REPORTS.values():
        for name in names:
            assert television.get(f"/exports/{name}.csv").status_code == 403
