"""The money report in the panel."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, select

from billing.jobs import Job
from billing.ledger.turnover import roll_up
from olltv_module.models import Tariff
from olltv_module.reconcile.purchases import KIND, keep

NOV_10 = datetime(2026, 11, 10, 9, tzinfo=UTC)


@pytest.fixture
def sold(viewers, make, uow, clock):
    """Two months of two tariffs, of which one has a percent."""
    start, extra = make.tariff("50 UAH", name="Start"), make.tariff("20 UAH", main=False, name="Screen")
    with (unit := uow()):
        unit.session.get_one(Tariff, start.id).partner_percent = 60
    clock.now = NOV_10 - timedelta(days=30)
    viewers.watching(start)
    clock.now = NOV_10
    viewers.watching(start, extra)
    viewers.watching(start)
    return start, extra


def months_of(panel, **asked):
    """The months of the list, in its order."""
    page = panel.get("/money", **asked).get_data(as_text=True)
    return re.findall(r'href="/money/(\d{4}-\d\d)"', page)


def test_months_and_tariffs_with_their_totals(panel, sold):
    page = panel.page("/money")
    assert "To be paid to the partner 90.00 UAH" in page
    assert "Our part 60.00 UAH" in page
    assert "Nov 2026 3 120.00 UAH 0.00 UAH 120.00 UAH 60.00 UAH 40.00 UAH 20.00 UAH" in page
    assert "Oct 2026 1 50.00 UAH 0.00 UAH 50.00 UAH 30.00 UAH 20.00 UAH 0.00 UAH" in page
    assert "Total 4 170.00 UAH 0.00 UAH 170.00 UAH 90.00 UAH 60.00 UAH 20.00 UAH" in page
    assert "Start 60 % 3 150.00 UAH" in page
    assert "Screen not agreed 1 20.00 UAH" in page
    assert "20.00 UAH came from tariffs without a partner’s percent" in page


def test_months_are_sorted_as_asked(panel, sold):
    assert months_of(panel) == ["2026-11", "2026-10"]
    assert months_of(panel, sort="month", dir="asc") == ["2026-10", "2026-11"]
    assert months_of(panel, sort="own", dir="asc") == ["2026-10", "2026-11"]
    assert months_of(panel, sort="nonsense", dir="asc") == ["2026-11", "2026-10"]


def test_a_range_narrows_both_tables(panel, sold):
    assert months_of(panel, since="2026-10", until="2026-10") == ["2026-10"]
    assert "Screen" not in panel.page("/money", since="2026-10", until="2026-10")
    assert months_of(panel, since="2027-01", until="2026-11") == ["2026-11"]


def test_a_range_that_cannot_be_read_is_told(panel, sold):
    page = panel.page("/money", since="soon")
    assert "Write a month like 2026-11." in page
    assert months_of(panel, since="soon") == ["2026-11", "2026-10"]


def test_no_money_is_said(panel):
    assert "No money moved." in panel.page("/money")
    assert "No money moved." in panel.page("/money/2026-11")


def test_a_month_by_day_and_by_tariff(panel, sold):
    page = panel.page("/money/2026-11")
    assert "10 November 2026 120.00 UAH 0.00 UAH 120.00 UAH 60.00 UAH 40.00 UAH 20.00 UAH Total 120.00 UAH" in page
    assert "Start 60 % 2 100.00 UAH" in page
    assert 'data-chart-table="days"' in panel.get("/money/2026-11").get_data(as_text=True)


@pytest.mark.parametrize("month", ["2026-13", "soon", "2026"])
def test_what_is_no_month_is_refused(panel, month):
    assert panel.get(f"/money/{month}").status_code == 422
    assert panel.post(f"/money/{month}/fetch").status_code == 422


def test_the_partners_numbers_stand_beside_ours(panel, sold, uow, clock, billing):
    assert "has not been fetched" in panel.page("/money/2026-11")
    start, extra = sold
    sums = {start.service: [2, 10000, 6100], extra.service: [1, 2000, 900], "odd": [1, 700, 300]}
    keep(uow(), month=billing.month(clock()), sums=sums, now=clock())
    page = panel.page("/money/2026-11")
    assert "Fetched: 10 November 2026, 11:00. It lists 4 purchases." in page
    assert f"Start {start.service} 2 2 100.00 UAH 100.00 UAH 60.00 UAH 61.00 UAH 1.00 UAH" in page
    assert f"Screen {extra.service} 1 1 20.00 UAH 20.00 UAH not agreed 9.00 UAH —" in page
    assert "no tariff of ours odd 0 1 0.00 UAH 7.00 UAH not agreed 3.00 UAH —" in page


def test_fetching_is_a_job_and_a_second_click_gives_the_same(panel, billing):
    paths = {panel.done("/money/2026-10/fetch") for _ in range(2)}
    with billing.reading() as session:
        [job] = session.scalars(select(Job))
    assert paths == {f"/jobs/{job.id}"}
    assert (job.kind, job.args, job.actor) == (KIND, {"month": "2026-10"}, "olena")


def test_the_report_wants_the_right_for_money(person):
    for right in ("OLLTV", "ADMIN", "PPV"):
        somebody = person(right)
        assert somebody.get("/money").status_code == 403
        assert somebody.get("/money/2026-11").status_code == 403
        assert somebody.post("/money/2026-11/fetch").status_code == 403


def test_names_of_tariffs_stay_text(panel, viewers, make):
    viewers.watching(make.tariff("50 UAH", name="<script>alert(1)</script>"))
    for path in ("/money", "/money/2026-11", "/"):
        assert "<script>alert(1)" not in panel.get(path).get_data(as_text=True)


def test_the_days_are_read_from_what_was_added_up(panel, sold, billing, clock):
    """The ledger itself is read by a range of its newest keys only."""
    roll_up(billing.uow(), now=clock())
    roll_up(billing.uow(), now=clock.advance(minutes=2))
    sent = []

    def note(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(billing.engine, "before_cursor_execute", note)
    panel.page("/money")
    panel.page("/money/2026-11")
    event.remove(billing.engine, "before_cursor_execute", note)
    of_ledger = [each for each in sent if "ledger_transfer" in each]
    assert of_ledger
    assert all("ledger_transfer.id > " in each for each in of_ledger)
    assert not [each for each in sent if "olltv_subscri" in each]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["olltv_money_months", "olltv_money_tariffs", "olltv_money_days"])
def test_exports_hold_what_the_page_shows(panel, sold, name, kind):
    path = f"/exports/{name}.{kind}"
    page = panel.get("/money").get_data(as_text=True) + panel.get("/money/2026-11").get_data(as_text=True)
    found = [each for each in re.findall(r'href="([^"]+)"', page) if name in each and kind in each]
    assert found, path
    answer = panel.client.get(found[0].replace("&amp;", "&"))
    assert answer.status_code == 200
    if kind == "csv" and name == "olltv_money_months":
        lines = answer.get_data(as_text=True).splitlines()
        assert lines[1].startswith("2026-10,1,50.00,0.00,50.00,30.00,20.00,0.00")
