"""The performer's earnings and payouts: pages and file."""

import csv
from html import unescape
from io import StringIO

import pytest

from tests.userstats.fake import FakeBilling
from tests.userstats.studio_world import NOTHING, PAYOUT, T, earnings, mills, performing, row, sums

PAGE, FILE, PAYOUTS = f"/studio/{T}/earnings", f"/studio/{T}/earnings.csv", f"/studio/{T}/payouts"
ASKED = f"GET me/studio/{T}/earnings"


@pytest.fixture
def billing(billing: FakeBilling) -> FakeBilling:
    return performing(billing)


@pytest.fixture
def build(build):
    return lambda **options: build(**{"chat": True} | options)


def page(browser, path: str = PAGE) -> str:
    return unescape(browser.get(path).get_data(as_text=True))


def test_months_totals_and_rows_are_told(browser):
    text = page(browser)
    for told in (
        "<dt>Your benefit</dt><dd>1.192\u202fUAH</dd>",
        "<dt>Time in shows</dt><dd>1:02:05</dd>",
        f'href="{PAGE}?month=2026-09"',
        "nothing",
        "Private show: ivan",
        "50 % of 0.717\u202fUAH",
        "A refund",
        "−0.005\u202fUAH",
        "taken back",
        "paid out",
    ):
        assert told in text, told


def test_a_month_and_its_pages_are_asked_for(browser, billing):
    billing.says(ASKED, earnings(next="c2"))
    text = page(browser, f"{PAGE}?month=2026-10&cursor=c1")
    assert billing.asked(ASKED)[0].query == {"month": "2026-10", "cursor": "c1"}
    assert f'href="{PAGE}?month=2026-11&cursor=c2"' in text
    assert "To the newest" in text


@pytest.mark.parametrize("month", ["2026-13", "november", "2026-1"])
def test_a_month_that_cannot_be_is_not_found(browser, billing, month):
    for path in (PAGE, FILE):
        assert browser.get(f"{path}?month={month}").status_code == 404
    assert not billing.asked(ASKED)


def test_two_currencies_are_never_mixed(browser, billing):
    euros = sums(currency="EUR", benefit={"mills": 5000, "unit": "EUR"})
    billing.says(ASKED, earnings(total=[sums(), euros], sums=[sums(), euros]))
    text = page(browser)
    assert "5.000\u202fEUR" in text and "1.192\u202fUAH" in text


def test_who_has_earned_nothing_yet_is_told_what_will_stand_here(browser, billing):
    billing.says(ASKED, NOTHING)
    text = page(browser)
    assert "There is nothing here yet" in text and "earnings.csv" not in text


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(StringIO(answer.get_data().decode().removeprefix("\ufeff"), newline="")))


def test_the_file_holds_every_row_of_every_page(browser, billing):
    def pages(call):
        return 200, earnings(rows=[row(7)]) if "cursor" in call.query else earnings(next="c2")

    billing.says(ASKED, pages)
    answer = browser.get(f"{FILE}?month=2026-11")
    head, *rows = rows_of(answer)
    assert answer.mimetype == "text/csv"
    assert head[5:8] == ["Price, UAH", "Your part, %", "Benefit, UAH"]
    assert len(rows) == 5
    told = ["2026-11-22 09:05:00", "Private show", "ivan", "85", "43", "0.717", "50.00", "0.359", "no", "no", ""]
    assert rows[0] == told
    assert billing.asked(ASKED)[1].query == {"month": "2026-11", "cursor": "c2"}


@pytest.mark.parametrize("formula", ["=1+1", "@SUM(A1)", "+1", "-2+3"])
def test_a_formula_in_a_nickname_is_text_in_the_file(browser, billing, formula):
    billing.says(ASKED, earnings(rows=[row(viewer=formula, note=formula)]))
    cells = rows_of(browser.get(FILE))[1]
    assert [cells[2], cells[10]] == [f"'{formula}"] * 2


def test_a_negative_benefit_is_a_number_in_the_file(browser, billing):
    billing.says(ASKED, earnings(rows=[row(benefit=mills(-5))]))
    assert rows_of(browser.get(FILE))[1][7] == "-0.005"


def test_without_the_billing_there_is_no_half_file(browser, billing):
    billing.refuses(ASKED, 500, "failed")
    assert (answer := browser.get(FILE)).status_code == 503 and answer.mimetype == "text/html"


def test_payouts_tell_period_sum_and_reference(browser):
    text = page(browser, PAYOUTS)
    for told in (
        "From 1 October 2026 until 31 October 2026",
        "1,234.50\u202fUAH",
        "Paid on 2 November 2026",
        "IBAN 7",
        "Is being prepared",
    ):
        assert told in text, told


def test_payouts_come_by_pages(browser, billing):
    billing.says(f"GET me/studio/{T}/payouts", {"payouts": [PAYOUT], "next": "c2"})
    assert f'href="{PAYOUTS}?cursor=c2"' in page(browser, f"{PAYOUTS}?cursor=c1")
    assert billing.asked(f"GET me/studio/{T}/payouts")[0].query == {"cursor": "c1"}


def test_no_payouts_yet(browser, billing):
    billing.says(f"GET me/studio/{T}/payouts", {"payouts": [], "next": None})
    assert "There are no payouts yet" in page(browser, PAYOUTS)
