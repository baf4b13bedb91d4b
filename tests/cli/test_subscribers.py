"""One subscriber from the command line: money in, what he has, what moved."""

import pytest

from tests.support import assert_books_balance, balance, money

pytestmark = pytest.mark.usefixtures("demo")


def test_money_is_put_into_a_wallet(olltv, runtime):
    said = olltv("topup", "demo00004", "100,50")
    assert (said.status, said.out) == (0, "The balance of demo00004 is 150.50 UAH now.\n")
    assert balance(runtime.billing, "demo00004") == money("150.50 UAH")
    assert_books_balance(runtime.billing)


def test_a_payment_with_a_key_is_booked_once(olltv, runtime):
    first = olltv("topup", "demo00004", "10", "--key", "bank-17", "--json")
    assert olltv("topup", "demo00004", "10", "--key", "bank-17", "--json").json == first.json
    assert balance(runtime.billing, "demo00004") == money("60.00 UAH")
    lines = [line for line in olltv("statement", "demo00004").out.splitlines() if "outside:console" in line]
    assert len(lines) == 1


def test_a_key_of_another_payment_is_refused(olltv, runtime):
    olltv("topup", "demo00004", "10", "--key", "bank-17")
    said = olltv("topup", "demo00004", "20", "--key", "bank-17", "--json")
    assert (said.status, said.json["error"]["code"]) == (1, "key_reused")
    assert balance(runtime.billing, "demo00004") == money("60.00 UAH")


def test_one_subscriber_is_shown_with_wallet_bundles_and_next_fee(olltv, runtime):
    said = olltv("show", "demo00004")
    assert said.status == 0
    assert said.out.startswith("demo00004 · ")
    assert "The balance is 50.00 UAH.\n" in said.out
    assert "“Максимум” is being switched on.\n" in said.out
    assert ": 148.90 UAH.\nFor that 98.90 UAH is missing now.\n" in said.out


def test_reserved_money_and_frozen_accounts_are_told(olltv):
    olltv("subscribe", "demo00003", "main_start", "--no-wait")
    assert "The balance is 200.00 UAH, of it 50.00 UAH is reserved.\n" in olltv("show", "demo00003").out
    assert "The account is frozen by the subscriber's wish.\n" in olltv("show", "demo00005").out


def test_whoever_has_no_television_is_told_so(olltv):
    assert olltv("show", "demo00003").out.endswith("There is no television now.\n")


def test_all_of_a_subscriber_comes_as_json(olltv):
    view = olltv("show", "demo00002", "--json").json
    assert view["wallet"]["balance"] == {"minor": 40000, "unit": "UAH"}
    assert [each["service"] for each in view["subscriptions"]] == ["main_max", "screen2"]
    assert view["next_charge"]["total"] == {"minor": 12490, "unit": "UAH"}


def test_a_statement_has_the_newest_movement_first(olltv):
    lines = [line.split("\t") for line in olltv("statement", "demo00002").out.splitlines()]
    assert [line[1:4] for line in lines] == [
        ["-25.00 UAH", "400.00 UAH", "income:olltv"],
        ["-99.90 UAH", "425.00 UAH", "income:olltv"],
        ["524.90 UAH", "524.90 UAH", "outside:demo"],
    ]
    assert len(olltv("statement", "demo00002", "--limit", "1").out.splitlines()) == 1


def test_a_statement_comes_as_json(olltv):
    found = olltv("statement", "demo00001", "--json").json
    assert found["closing"] == {"minor": 25000, "unit": "UAH"}
    assert [each["amount"]["minor"] for each in found["lines"]] == [-5000, 30000]
