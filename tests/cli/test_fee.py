"""`olltv fee`: the monthly run from the command line."""

import csv

import pytest
from sqlalchemy import func, select

from billing import leases
from billing.ledger.models import Transfer
from olltv_module.models import State, Subscription
from tests.support import assert_books_balance, subscriber

pytestmark = pytest.mark.usefixtures("demo")


@pytest.fixture
def present(runtime):
    return runtime.billing.month(runtime.clock())


def fees_of(runtime, month):
    """Number and sum of the fees taken for a month."""
    query = select(func.count(), func.coalesce(func.sum(Transfer.amount_minor), 0)).where(Transfer.period == str(month))
    with runtime.billing.reading() as session:
        return tuple(int(each) for each in session.execute(query).one())


def test_the_report_says_who_paid_who_is_suspended_and_what_is_missing(olltv, runtime, present):
    said = olltv("fee")

    number, total = fees_of(runtime, present)
    assert said.status == 0
    assert f"{number} fees are taken: {total / 100:.2f} UAH.\n" in said.out
    assert "1 subscriber is suspended because the money does not suffice.\n" in said.out
    assert "1 subscriber is suspended because the account is frozen.\n" in said.out
    assert "Together they lack 98.90 UAH.\n" in said.out
    assert subscriber(runtime.billing, "demo00001").main.paid_through == str(present)
    assert {each.state for each in subscriber(runtime.billing, "demo00004").live} == {State.SUSPENDED}
    assert_books_balance(runtime.billing)


def test_a_repeat_says_that_nobody_was_charged(olltv, runtime, present):
    olltv("fee")
    before = fees_of(runtime, present)

    said = olltv("fee")

    assert said.status == 0
    assert "Nobody is charged.\n" in said.out
    assert f"{before[0]} subscriptions were paid for this month before.\n" in said.out
    assert "3 subscriptions are switched off and pay nothing.\n" in said.out
    assert fees_of(runtime, present) == before


def test_a_preview_names_the_same_figures_and_charges_nobody(olltv, runtime, present):
    preview = olltv("fee", "--preview")

    assert preview.status == 0
    assert fees_of(runtime, present) == (0, 0)
    assert preview.out.splitlines()[0].startswith("Preview")
    assert preview.out.splitlines()[1:] == olltv("fee").out.splitlines()[1:]


def test_json_is_one_document_and_no_progress(olltv, runtime, present):
    said = olltv("fee", "--json")

    number, total = fees_of(runtime, present)
    assert said.err == ""
    assert said.json | {"run": 0, "started_at": "", "finished_at": ""} == {
        "run": 0,
        "kind": "run",
        "period": str(present),
        "started_at": "",
        "finished_at": "",
        "charged": said.json["charged"],
        "kept_main": 0,
        "no_money": 1,
        "frozen": 1,
        "gone": 0,
        "fees": number,
        "already_paid": 0,
        "switched_off": 0,
        "being_ordered": 0,
        "sum": {"minor": total, "unit": "UAH"},
        "lack": {"minor": 9890, "unit": "UAH"},
        "missed": [],
    }


def test_the_lines_of_all_subscribers_go_into_a_file(olltv, tmp_path):
    path = tmp_path / "lines.csv"
    assert olltv("fee", "--preview", "--lines", str(path)).status == 0

    lines = {line["login"]: line for line in csv.DictReader(path.open(encoding="utf-8"))}
    assert lines["demo00001"] == {
        "login": "demo00001",
        "outcome": "charged",
        "fees": "1",
        "due": "50.00",
        "charged": "50.00",
        "lack": "0.00",
        "currency": "UAH",
    }
    assert lines["demo00004"]["outcome"] == "not enough money"
    assert lines["demo00004"]["lack"] == "98.90"
    assert "demo00003" not in lines


def test_many_lines_come_page_by_page_and_none_twice(olltv, monkeypatch, tmp_path):
    monkeypatch.setattr("suite.cli.fees.LINES_AT_ONCE", 2)
    olltv("fee", "--lines", str(tmp_path / "lines.csv"))
    lines = list(csv.DictReader((tmp_path / "lines.csv").open(encoding="utf-8")))
    assert len({line["login"] for line in lines}) == len(lines) > 4


def test_a_file_that_cannot_be_written_is_told_in_one_line(olltv, tmp_path):
    said = olltv("fee", "--preview", "--lines", str(tmp_path / "no such directory" / "lines.csv"))
    assert said.status == 1
    assert "cannot be written" in said.err.splitlines()[-1]


def test_months_that_were_never_charged_are_named(olltv, present):
    olltv("fee", "--period", str(present.previous().previous().previous()))
    said = olltv("fee", "--json")
    assert said.json["missed"] == [str(present.previous().previous()), str(present.previous())]
    assert "These months were never charged: " in olltv("fee", "--preview").out


def test_a_month_to_come_is_refused(olltv, runtime, present):
    said = olltv("fee", "--period", str(present.next()))
    assert (said.status, said.out) == (1, "")
    assert "has not begun yet" in said.err
    assert fees_of(runtime, present.next()) == (0, 0)


def test_what_is_no_month_is_refused(olltv):
    said = olltv("fee", "--period", "november")
    assert (said.status, said.err.count("\n")) == (1, 1)
    assert "2026-11" in said.err


def test_while_another_run_is_at_it_the_status_is_3(olltv, runtime, present):
    with leases.held(runtime.billing, name="olltv.fee.run", clock=runtime.clock):
        said = olltv("fee", "--json")
    assert said.status == 3
    assert said.json["error"]["code"] == "busy"
    assert said.err.count("\n") == 1
    assert fees_of(runtime, present) == (0, 0)


def test_nobody_is_charged_while_olltv_is_switched_off(olltv, runtime, present):
    olltv.write(OLLTV_ENABLED=0)
    said = olltv("fee")
    assert (said.status, said.out) == (1, "")
    assert "write OLLTV_ENABLED=1" in said.err
    assert fees_of(runtime, present) == (0, 0)


def test_without_a_terminal_progress_is_plain_lines_beside_the_answer(olltv):
    said = olltv("fee")
    assert "Monthly fee: " in said.err
    assert said.err.endswith(" %\n")
    assert "\x1b" not in said.err + said.out


def test_the_income_of_the_month_is_what_the_report_says(olltv, runtime, present):
    said = olltv("fee", "--json")
    with runtime.billing.reading() as session:
        paid = session.scalars(select(Subscription).where(Subscription.paid_through == str(present))).all()
        expected = sum(each.tariff.fee(runtime.clock(), "UAH").minor for each in paid)
    assert said.json["sum"]["minor"] == expected > 0
