"""The list of subscribers in the panel: filters, orders, columns, exports, views."""

import csv
import re
from io import BytesIO, StringIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest

from olltv_module.models import Reason
from olltv_module.services import lifecycle
from olltv_module.services.fees.run import FeeDay, charge
from tests.panel.client import text
from tests.support import DEC_1, STAFF


@pytest.fixture
def town(billing, make, viewers, clock):
    """Anna watches with an add-on, Borys is short of money since December, Vira is suspended by staff, Danylo left."""
    start, top = make.tariff("50 UAH", name="Start"), make.tariff("80 UAH", name="Max")
    sport = make.tariff("20 UAH", main=False, name="Sport")
    anna = viewers.watching(
        top, sport, login="anna", wallet="300 UAH", name="Анна <b>Мороз</b>", address="вул. Садова, 1"
    )
    clock.advance(days=1)
    viewers.watching(start, login="borys", wallet="60 UAH", name="=2+3")
    clock.advance(days=1)
    viewers.watching(start, login="vira", wallet="200 UAH")
    viewers.watching(start, login="danylo", wallet="200 UAH")
    who = {"actor": STAFF, "now": clock()}
    lifecycle.suspend(billing.uow(), login="vira", reason=Reason.STAFF, **who)
    lifecycle.leave(billing.uow(), login="danylo", **who)
    viewers.deliver()
    clock.now = DEC_1
    list(charge(FeeDay(billing, clock), actor=STAFF))
    return SimpleNamespace(start=start, top=top, anna=anna)


def logins(answer):
    """The logins of the table, from above."""
    page = answer.get_data(as_text=True)
    return re.findall(r'<td data-label="Login"[^>]*>\s*<a href="/subscribers/([^"]+)"', page)


def test_a_row_tells_the_state_and_the_money(panel, town):
    page = panel.page("/subscribers")
    assert "4 rows" in page
    assert "borys =2+3" in page and "Not enough money" in page
    assert "40.00 UAH" in page  # what Borys lacks: 50 due, 10 in the wallet
    assert "Suspended by staff" in page and "No television" in page
    assert "Анна <b>Мороз</b>" in page  # as text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["anna", "borys", "danylo", "vira"]),
        ({"tv": "active"}, ["anna"]),
        ({"tv": ["staff", "no_money"]}, ["borys", "vira"]),
        ({"debt": "y"}, ["borys"]),
        ({"login": "d"}, ["danylo"]),
        ({"tariff": "1"}, ["borys", "vira"]),
        ({"tariff": "1", "tv": "staff"}, ["vira"]),
        ({"registered_since": "2026-11-12"}, ["vira", "danylo"]),
        ({"registered_since": "11.11.2026", "registered_until": "11.11.2026"}, ["borys"]),
        ({"registered_since": "2026-11-11", "dir": "desc", "sort": "registered"}, ["danylo", "vira", "borys"]),
        ({"since_from": "2026-12-01"}, ["borys"]),
        ({"since_until": "2026-11-12", "tv": "no_tv"}, ["danylo"]),
        ({"sort": "login", "dir": "desc"}, ["vira", "danylo", "borys", "anna"]),
        ({"sort": "registered"}, ["anna", "borys", "vira", "danylo"]),
        ({"sort": "since", "dir": "desc"}, ["borys", "danylo", "vira", "anna"]),
        ({"login": "zzz"}, []),
    ],
)
def test_the_list_is_narrowed_and_ordered_as_asked(panel, town, asked, found):
    answer = panel.get("/subscribers", **asked)
    assert answer.status_code == 200
    assert logins(answer) == found
    exported = panel.get("/exports/subscribers.csv", **asked)
    assert [line[0] for line in csv.reader(StringIO(exported.get_data(as_text=True)))][1:] == found


def test_who_asks_for_dates_can_only_sort_by_them(panel, town):
    page = panel.get("/subscribers", registered_since="2026-11-01").get_data(as_text=True)
    assert re.findall(r'class="sorter" href="[^"]*sort=(\w+)', page) == []  # the column is not shown
    page = panel.get("/subscribers", since_from="2026-11-01").get_data(as_text=True)
    assert re.findall(r'class="sorter" href="[^"]*sort=(\w+)', page) == ["since"]


@pytest.mark.parametrize(
    "asked",
    [{"login": "a", "registered_since": "2026-11-01"}, {"registered_until": "2026-11-30", "since_from": "2026-11-01"}],
)
def test_two_ranges_at_once_are_told_and_the_first_one_counts(panel, town, asked):
    assert "Narrow the list by one of these at a time" in panel.page("/subscribers", **asked)
    assert panel.get("/subscribers", **asked).status_code == 200


@pytest.mark.parametrize("asked", [{"tv": "rain"}, {"tariff": "77"}, {"tariff": "x"}, {"since_from": "yesterday"}])
def test_what_cannot_be_read_is_told_and_does_not_narrow(panel, town, asked):
    assert len(logins(panel.get("/subscribers", **asked))) == 4
    assert "is-invalid" in panel.get("/subscribers", **asked).get_data(as_text=True)


def test_a_forged_cursor_is_refused(panel, town):
    assert panel.get("/subscribers", cursor="W10").status_code == 422


def test_columns_are_chosen_on_the_page_and_in_the_export(panel, town):
    asked = {"columns": "login,addons,remote_id", "login": "anna"}
    assert "anna Sport r-anna" in panel.page("/subscribers", **asked)
    exported = panel.get("/exports/subscribers.csv", **asked).get_data(as_text=True)
    assert list(csv.reader(StringIO(exported.lstrip("\ufeff")))) == [
        ["Login", "Add-ons", "Partner’s id"],
        ["anna", "Sport", "r-anna"],
    ]


def test_no_formula_reaches_a_spreadsheet(panel, town):
    exported = panel.get("/exports/subscribers.csv", login="borys").get_data(as_text=True)
    assert "'=2+3" in exported
    book = ZipFile(BytesIO(panel.get("/exports/subscribers.xlsx", login="borys").data))
    assert "<f>" not in book.read("xl/worksheets/sheet1.xml").decode()


def test_pages_lead_on_and_back(panel, make, viewers, billing, clock):
    start = make.tariff()
    for number in range(55):
        viewers.watching(start, login=f"user{number:02d}")
    first = panel.get("/subscribers")
    (onward,) = re.findall(r'href="([^"]+)" rel="next"', first.get_data(as_text=True))
    second = panel.client.get(onward.replace("&amp;", "&"))
    assert [len(logins(first)), logins(second)] == [50, [f"user{number}" for number in range(50, 55)]]
    (back,) = re.findall(r'href="([^"]+)" rel="prev"', second.get_data(as_text=True))
    assert logins(panel.client.get(back.replace("&amp;", "&"))) == logins(first)


def test_an_empty_list_says_what_to_do(panel):
    assert "Nobody has television yet." in panel.page("/subscribers")
    assert "Nothing matches." in panel.page("/subscribers", login="zzz")


def test_a_view_is_saved_with_filter_and_columns(panel, town):
    query = "tv=no_money&columns=login%2Clack"
    assert panel.done("/views", page="/subscribers", query=query, name="Debtors") == f"/subscribers?{query}"
    assert "Debtors" in panel.page("/subscribers")


def test_the_list_wants_its_right(person):
    assert person("MONEY").get("/subscribers").status_code == 403
    assert person("MONEY", login="other").get("/exports/subscribers.csv").status_code == 403


def test_names_stay_text(panel, town):
    assert "<b>Мороз" not in panel.get("/subscribers").get_data(as_text=True)
    assert text(panel.get("/search", q="мороз")) is not None
