"""The pages of the history: statement, file, subscriptions; whatever the billing says."""

import csv
import re
import time
from io import StringIO
from typing import Any

import pytest

from tests.userstats.conftest import send
from tests.userstats.fake import FakeBilling, subscription, uah
from userstats import remote
from userstats.statement import Sums, months, moved


def line(number: int = 9, amount: float = -50, **facts: Any) -> dict[str, Any]:
    usual = {
        "id": number,
        "at": "2026-11-22T09:05:00+02:00",
        "amount": uah(amount),
        "balance": uah(1234.5),
        "cause": "fee",
        "text": "Monthly fee for November 2026: Start",
        "tariff": "Start",
        "period": "2026-11",
        "note": None,
    }
    return usual | facts


TOP_UP = line(8, 300, balance=uah(1284.5), cause="top_up", text="Top-up: cash desk", tariff=None, period=None)


def statement(*lines: dict[str, Any], **facts: Any) -> dict[str, Any]:
    usual = {
        "opening": uah(984.5),
        "closing": uah(1234.5),
        "held": uah(0),
        "lines": list(lines or (line(), TOP_UP)),
        "reserves": [],
        "next": None,
        "first_month": "2026-09",
        "this_month": "2026-11",
    }
    return usual | facts


@pytest.fixture
def billing(billing: FakeBilling) -> FakeBilling:
    billing.says("GET me/statement", statement())
    billing.says("GET me/subscriptions", {"subscriptions": [subscription()], "next": None})
    return billing


def text(browser, path: str = "/history") -> str:
    return browser.get(path).get_data(as_text=True)


def cells(page: str) -> list[list[str]]:
    """The rows of the table without their markup."""
    rows = re.findall(r'<tr role="row">(.*?)</tr>', page.split("<tbody")[1], re.DOTALL)
    found = [re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]+>", "", cell).strip() for cell in row] for row in found]


def test_each_line_says_when_what_for_how_much_and_what_was_left(browser):
    assert cells(text(browser)) == [
        ["22 Nov 2026, 09:05", "Monthly fee for November 2026: Start", "−50.00\u202fUAH", "Balance: 1,234.50\u202fUAH"],
        ["22 Nov 2026, 09:05", "Top-up: cash desk", "+300.00\u202fUAH", "Balance: 1,284.50\u202fUAH"],
    ]


def test_all_times_come_by_pages(browser, billing):
    billing.says("GET me/statement", statement(next=77))
    page = text(browser)
    assert billing.asked("GET me/statement")[0].query == {"limit": "50"}
    assert 'href="/history?older_than=77"' in page
    assert "To the newest" not in page

    page = text(browser, "/history?older_than=77")
    assert billing.asked("GET me/statement")[1].query == {"older_than": "77", "limit": "50"}
    assert "Balance at the top of this page" in page
    assert "To the newest" in page


def test_a_month_is_one_page_with_its_sums(browser, billing):
    page = text(browser, "/history?month=2026-11")
    assert billing.asked("GET me/statement")[0].query == {"month": "2026-11", "limit": "500"}
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page))
    assert facts == {
        "At the beginning": "984.50\u202fUAH",
        "Came in": "+300.00\u202fUAH",
        "Went out": "−50.00\u202fUAH",
        "At the end": "1,234.50\u202fUAH",
    }
    assert '<option value="2026-11" selected>November 2026</option>' in page
    assert 'href="/history.csv?month=2026-11"' in page


def test_what_is_not_the_whole_month_is_not_summed():
    assert Sums.of(statement(next=5)) is None
    assert Sums.of(statement(line())) is None  # the lines do not explain the balance
    assert Sums.of(statement()).came == uah(300)


def test_months_go_from_the_first_movement_until_now():
    assert months(statement(first_month="2025-12", this_month="2026-02")) == ["2026-02", "2026-01", "2025-12"]
    assert months(statement(first_month=None, lines=[])) == ["2026-11"]


def test_reserved_money_is_told_with_its_order(browser, billing):
    reserve = {"tariff": "<Sport>", "amount": uah(20), "at": "2026-11-22T09:05:00+02:00", "expires_at": "2026-11-23"}
    billing.says("GET me/statement", statement(held=uah(20), reserves=[reserve, reserve | {"tariff": None}]))
    page = text(browser)
    assert "20.00\u202fUAH are reserved now" in page
    assert "&lt;Sport&gt;" in page
    assert "reserved now" not in text_without_reserve(browser, billing)


def text_without_reserve(browser, billing) -> str:
    billing.says("GET me/statement", statement())
    return text(browser)


def test_notes_are_text_and_not_told_twice(browser, billing):
    evil = '<script>alert("1")</script>'
    told = line(text="Refund of the fee: channel away", note="channel away")
    billing.says("GET me/statement", statement(line(note=evil, text="<i>Fee</i>"), told))
    page = text(browser)
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
    assert "&lt;i&gt;Fee&lt;/i&gt;" in page
    assert page.count("channel away") == 1


def test_an_empty_history_and_an_empty_month_say_so(browser, billing):
    billing.says("GET me/statement", statement(lines=[], first_month=None, opening=uah(0), closing=uah(0)))
    assert "There is nothing here yet" in text(browser)
    assert "Nothing came in or went out" in text(browser, "/history?month=2026-08")
    assert "history.csv" not in text(browser)


@pytest.mark.parametrize(
    "month", ["2026-13", "2026-00", "november", "2026-1", "0000-01", "9999-12", "２０２６-11", "2026-11\n"]
)
@pytest.mark.parametrize("path", ["/history", "/history.csv"])
def test_a_month_that_cannot_be_is_a_clear_page(browser, billing, path, month):
    answer = browser.get(path, query_string={"month": month})
    assert answer.status_code == 404
    assert "There is no such part of your history." in answer.get_data(as_text=True)
    assert billing.asked("GET me/statement") == []


@pytest.mark.parametrize("older_than", ["x", "-1", "0", "9" * 30, "1.5", "²"])
@pytest.mark.parametrize("path", ["/history", "/history/subscriptions"])
def test_a_page_that_cannot_be_is_a_clear_page(browser, billing, path, older_than):
    answer = browser.get(path, query_string={"older_than": older_than})
    assert answer.status_code == 404
    assert "There is no such part of your history." in answer.get_data(as_text=True)


def test_a_line_of_somebody_else_is_a_clear_page(browser, billing):
    billing.refuses("GET me/statement", 404, "not_found", "Nothing was found under this name or number.")
    answer = browser.get("/history?older_than=5")
    assert answer.status_code == 404
    assert "Nothing was found" in answer.get_data(as_text=True)


def test_the_printed_page_names_operator_subscriber_and_period(build, billing):
    browser = build(isp_name="Home Net").test_client()
    send(browser, "/sign-in", login="ivan", password="x")
    paper = text(browser, "/history?month=2026-11").split('class="history-paper"')[1].split("</header>")[0]
    for told in ("Home Net", "Ivan Franko (ivan)", "November 2026"):
        assert told in paper
    assert "all times" in text(browser).split('class="history-paper"')[1].split("</header>")[0]


def rows_of(answer) -> list[list[str]]:
    content = answer.get_data().decode()
    assert content.startswith("\ufeff")
    return list(csv.reader(StringIO(content.removeprefix("\ufeff"), newline="")))


def test_the_file_holds_every_line_of_every_page(browser, billing):
    def pages(call):
        if "older_than" in call.query:
            return 200, statement(TOP_UP)
        return 200, statement(line(), next=9)

    billing.says("GET me/statement", pages)
    answer = browser.get("/history.csv?month=2026-11")
    head, *rows = rows_of(answer)
    assert answer.mimetype == "text/csv"
    assert 'filename="Statement_ivan_2026-11.csv"' in answer.headers["Content-Disposition"]
    assert head == ["When", "What", "Reason", "Tariff", "Month", "Note", "Amount, UAH", "Balance, UAH"]
    assert [row[-2:] for row in rows] == [["-50.00", "1234.50"], ["300.00", "1284.50"]]
    assert rows[0][0] == "2026-11-22 09:05:00"  # by the operator's clock
    assert [call.query.get("month") for call in billing.asked("GET me/statement")] == ["2026-11", "2026-11"]


def test_a_long_file_may_take_longer_than_a_page(browser, billing, monkeypatch):
    left = [3]

    def slow(_call):
        time.sleep(0.4)
        left[0] -= 1
        return 200, statement(line(), next=9 if left[0] else None)

    monkeypatch.setattr(remote, "PAGE_LIMIT_S", 0.7)
    billing.says("GET me/statement", slow)
    assert len(rows_of(browser.get("/history.csv"))) == 4


@pytest.mark.parametrize("formula", ['=cmd|" /C calc"!A0', "+1+1", "-2+3", "@SUM(A1)", " =1+1", "\t=1"])
def test_a_formula_in_a_note_is_text_in_the_file(browser, billing, formula):
    billing.says("GET me/statement", statement(line(note=formula, text=formula, tariff=formula)))
    row = rows_of(browser.get("/history.csv"))[1]
    assert [row[2], row[3], row[5]] == [f"'{formula}"] * 3


def test_without_the_billing_there_is_no_half_file(browser, billing):
    billing.refuses("GET me/statement", 500, "failed")
    answer = browser.get("/history.csv")
    assert answer.status_code == 503
    assert answer.mimetype == "text/html"


def test_amounts_carry_their_sign(cabinet):
    with cabinet.test_request_context(headers={"Accept-Language": "en"}):
        assert [moved(uah(each)) for each in (5, -5, 0)] == ["+5.00\u202fUAH", "−5.00\u202fUAH", "0.00\u202fUAH"]


def test_subscriptions_tell_when_and_why(browser, billing):
    new = subscription(2, active_since="2026-11-10T10:00:00+02:00")
    old = subscription(1, state="ended", ended_at="2026-11-10T10:00:00+02:00", code=None)
    asleep = subscription(3, state="suspended", reason="no_money")
    no = {"code": "partner_refused", "detail": "The partner <said> no."}
    refused = subscription(3, state="refused", active_since=None, ended_at="2026-10-10T10:00:00+03:00", refusal=no)
    billing.says("GET me/subscriptions", {"subscriptions": [new, old, asleep, refused], "next": 4})
    page = text(browser, "/history/subscriptions")
    for told in (
        "Since 10 November 2026",
        "From 1 November 2026 until 10 November 2026",
        "Changed for “Max”.",
        "There was not enough money for the monthly fee.",
        "The partner &lt;said&gt; no.",
        "Ordered on 1 November 2026",
        'href="/history/subscriptions?older_than=4"',
    ):
        assert told in page
    assert page.count("Changed for") == 1


def test_who_never_had_television_is_told_where_to_begin(browser, billing):
    billing.says("GET me/subscriptions", {"subscriptions": [], "next": None})
    page = text(browser, "/history/subscriptions")
    assert "You have had no television yet" in page
    assert 'href="/tv"' in page.split("<main")[1]


def test_a_state_and_a_reason_that_are_new_are_no_crash(browser, billing):
    odd = subscription(state="paused", reason="moon")
    billing.says(
        "GET me/subscriptions", {"subscriptions": [odd, subscription(state="suspended", reason="moon")], "next": None}
    )
    assert browser.get("/history/subscriptions").status_code == 200


@pytest.mark.parametrize("path", ["/history", "/history.csv", "/history/subscriptions"])
def test_strangers_are_sent_to_the_sign_in_and_nothing_is_changed_by_any_method(stranger, browser, path):
    assert browser.post(path).status_code in (400, 405)
    fresh = stranger.application.test_client()
    assert fresh.get(path).location == "/sign-in"
