"""The history in the cabinet, before a real billing with a sandbox partner behind it."""

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from billing.ledger.models import Transfer
from olltv_module.models import Reason
from olltv_module.services import corrections, lifecycle, orders
from suite.runtime import Runtime
from tests.olltv.support import deliver_all, dump
from tests.running.cabinet import cabinet_of, come_in, subscriber, text, with_options
from tests.sandbox import Sandbox
from tests.support import STAFF, FakeClock, Make, money
from userstats import statement

OCTOBER, NOVEMBER = datetime(2026, 10, 5, 9, 0, tzinfo=UTC), datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
XSS = '<script>alert("1")</script>'


@pytest.fixture
def runtime(runtime: Runtime, partner: Sandbox) -> Runtime:
    return with_options(runtime, api_url=partner.base, wait_s=5.0)


@pytest.fixture
def cabinet(runtime) -> Iterator[Flask]:
    with cabinet_of(runtime, isp_name="Home Net") as app:
        yield app


@pytest.fixture
def make(runtime) -> Make:
    return Make(runtime.billing, runtime.clock)


@pytest.fixture
def ivan(runtime, clock: FakeClock, partner, make) -> str:
    """In October he topped up 200 and subscribed for 50; in November 10 were taken back, and he changed for 100."""
    clock.now = OCTOBER
    subscriber(make, "ivan", "200 UAH")
    start = make.tariff("50 UAH", service="main_start", name="Start")
    best = make.tariff("100 UAH", service="main_max", name="Max")
    uow = runtime.billing.uow
    orders.subscribe(uow(), login="ivan", tariff_id=start.id, actor=STAFF, now=clock())
    deliver_all(runtime.billing, clock, partner.partner())
    clock.now = NOVEMBER
    corrections.correct(
        uow(), login="ivan", amount=money("-10 UAH"), reason=f"counted twice {XSS}", key="c-1", actor=STAFF, now=clock()
    )
    orders.change(uow(), login="ivan", tariff_id=best.id, actor=STAFF, now=clock())
    deliver_all(runtime.billing, clock, partner.partner())
    return "ivan"


@pytest.fixture
def browser(cabinet, ivan) -> FlaskClient:
    return come_in(cabinet, ivan)


def amounts(page: str) -> list[str]:
    return re.findall(r'<td [^>]*class="sum moved[^>]*>([^<]+)<', page)


def balances(page: str) -> list[str]:
    return re.findall(r"Balance: </span>([^<]+)<", page)


def facts(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))


def uah(text: str) -> str:
    return f"{text}\u202fUAH"


def test_every_line_says_why_and_what_was_left(browser):
    page = text(browser, "/history")
    assert amounts(page) == [uah("−100.00"), uah("−10.00"), uah("−50.00"), uah("+200.00")]
    assert balances(page) == [uah("40.00"), uah("140.00"), uah("150.00"), uah("200.00")]
    for why in ("Max", "Start", "November 2026", "October 2026", "the cash desk", "counted twice"):
        assert why in page
    assert facts(page) == {"Balance": uah("40.00")}


def test_a_month_begins_where_the_one_before_ended(browser):
    october, november = (facts(text(browser, f"/history?month=2026-{each}")) for each in (10, 11))
    assert october == {
        "At the beginning": uah("0.00"),
        "Came in": uah("+200.00"),
        "Went out": uah("−50.00"),
        "At the end": uah("150.00"),
    }
    assert november["At the beginning"] == october["At the end"]
    assert november["Went out"] == uah("−110.00")
    assert november["At the end"] == uah("40.00")


def test_months_from_the_first_movement_on_can_be_picked_and_empty_ones_are_told(browser):
    page = text(browser, "/history")
    assert re.findall(r'<option value="([^"]+)"', page)[-1] == "2026-10"
    assert "Nothing came in or went out" in text(browser, "/history?month=2026-09")


def test_pages_follow_one_another_without_gap_or_repeat(browser, monkeypatch):
    monkeypatch.setattr(statement, "PAGE_LINES", 3)
    first = text(browser, "/history")
    second = text(browser, re.search(r'href="(/history\?older_than=\d+)"', first)[1])
    assert balances(first) + balances(second) == balances_of_all(browser, monkeypatch)
    assert "To the newest" in second


def balances_of_all(browser, monkeypatch) -> list[str]:
    monkeypatch.setattr(statement, "PAGE_LINES", 50)
    return balances(text(browser, "/history"))


def test_money_that_is_reserved_is_told_with_its_order(cabinet, runtime, clock, make):
    subscriber(make, "olha", "60 UAH")
    tariff = make.tariff("50 UAH", service="main_start", name="Start")
    orders.subscribe(runtime.billing.uow(), login="olha", tariff_id=tariff.id, actor=STAFF, now=clock())
    page = text(come_in(cabinet, "olha"), "/history")
    assert f"{uah('50.00')} are reserved now" in page
    assert "Start" in page.split("reserved now")[1].split("</ul>")[0]


def test_the_file_has_the_same_lines_for_programs(browser, monkeypatch):
    monkeypatch.setattr(statement, "FILE_LINES", 2)  # several pages make one file
    answer = browser.get("/history.csv")
    rows = list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"), newline="")))
    assert rows[0][-2:] == ["Amount, UAH", "Balance, UAH"]
    assert [row[-2:] for row in rows[1:]] == [
        ["-100.00", "40.00"],
        ["-10.00", "140.00"],
        ["-50.00", "150.00"],
        ["200.00", "200.00"],
    ]
    assert len(list(csv.reader(StringIO(browser.get("/history.csv?month=2026-10").get_data(as_text=True))))) == 3


def test_what_staff_write_is_text(browser):
    page = text(browser, "/history?month=2026-11")
    assert XSS not in page
    assert "&lt;script&gt;alert(" in page


def test_somebody_elses_line_is_no_door_to_his_statement(cabinet, runtime, browser, make):
    subscriber(make, "petro", "77.77 UAH")
    petro = come_in(cabinet, "petro")
    assert amounts(text(petro, "/history")) == [uah("+77.77")]
    with runtime.billing.reading() as session:
        numbers = sorted(session.scalars(select(Transfer.id)).all())
    for month in ("", "2026-11"):
        answer = petro.get("/history", query_string={"month": month, "older_than": numbers[0]})
        assert answer.status_code == 404
        assert "200.00" not in answer.get_data(as_text=True)


def test_reading_changes_nothing(browser, runtime):
    text(browser, "/history")
    before = dump(runtime.billing)
    for path in ("/history", "/history?month=2026-11", "/history.csv", "/history/subscriptions"):
        assert browser.get(path).status_code == 200
    assert dump(runtime.billing) == before


def test_subscriptions_tell_what_was_changed_for_what_and_what_sleeps(browser, runtime, clock, partner):
    page = text(browser, "/history/subscriptions")
    assert "Since 10 November 2026" in page
    assert "From 5 October 2026 until 10 November 2026" in page
    assert "Changed for “Max”." in page

    lifecycle.suspend(runtime.billing.uow(), login="ivan", reason=Reason.VACATION, actor=STAFF, now=clock())
    deliver_all(runtime.billing, clock, partner.partner())
    assert "For the time of your vacation." in text(browser, "/history/subscriptions")


def test_a_newcomer_has_an_empty_history(cabinet, make):
    subscriber(make, "newcomer", "0 UAH")
    browser = come_in(cabinet, "newcomer")
    assert "There is nothing here yet" in text(browser, "/history")
    assert "You have had no television yet" in text(browser, "/history/subscriptions")
    rows = browser.get("/history.csv").get_data(as_text=True)
    assert rows.count("\r\n") == 1
