"""Two, or fifty, at once: one effect each, and never below the floor."""

import pytest
from sqlalchemy.exc import IntegrityError

from billing.errors import KeyReused, NotEnoughMoney, WrongState
from billing.ledger.models import Hold, Transfer
from tests.billing.books import (
    at_once,
    capture,
    hold,
    holds,
    open_wallet,
    release,
    reverse,
    transfer,
    transfers,
    wallet_now,
)
from tests.support import assert_books_balance

INCOME = "income:olltv"
THREADS = 50


@pytest.fixture
def ivan(uow):
    return open_wallet(uow(), "wallet:ivan", "100.00 UAH")


def count(outcomes, kind):
    return sum(isinstance(each, kind) for each in outcomes)


def test_fifty_transfers_with_one_key_are_one(billing, uow, ivan):
    outcomes = at_once(THREADS, lambda _: transfer(uow(), ivan, INCOME, "10.00 UAH", "fee").id)

    assert len(set(outcomes)) == 1
    assert len(transfers(billing)) == 2
    assert wallet_now(billing, ivan)[0] == "90.00 UAH"
    assert_books_balance(billing)


def test_fifty_transfers_spend_what_there_is_and_no_more(billing, uow, ivan):
    outcomes = at_once(THREADS, lambda number: transfer(uow(), ivan, INCOME, "10.00 UAH", f"fee {number}"))

    assert (count(outcomes, Transfer), count(outcomes, NotEnoughMoney)) == (10, THREADS - 10)
    assert wallet_now(billing, ivan) == ("0.00 UAH", "0.00 UAH")
    assert_books_balance(billing)


def test_fifty_holds_with_one_key_are_one(billing, uow, ivan):
    outcomes = at_once(THREADS, lambda _: hold(uow(), ivan, INCOME, "10.00 UAH", "order").id)

    assert len(set(outcomes)) == 1
    assert wallet_now(billing, ivan) == ("100.00 UAH", "90.00 UAH")
    assert_books_balance(billing)


def test_fifty_holds_reserve_what_there_is_and_no_more(billing, uow, ivan):
    outcomes = at_once(THREADS, lambda number: hold(uow(), ivan, INCOME, "10.00 UAH", f"order {number}"))

    assert (count(outcomes, Hold), count(outcomes, NotEnoughMoney)) == (10, THREADS - 10)
    assert wallet_now(billing, ivan) == ("100.00 UAH", "0.00 UAH")
    assert_books_balance(billing)


def test_a_hold_is_either_captured_or_released_however_many_try(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    steps = (lambda: capture(uow(), held, "order"), lambda: release(uow(), held))
    outcomes = at_once(20, lambda number: steps[number % 2]())

    assert count(outcomes, WrongState) == 10
    [row] = holds(billing)
    assert wallet_now(billing, ivan)[0] == {"captured": "40.00 UAH", "released": "100.00 UAH"}[row.state]
    assert_books_balance(billing)


def test_money_that_crosses_between_two_wallets_arrives_without_a_deadlock(billing, uow, ivan):
    olha = open_wallet(uow(), "wallet:olha", "100.00 UAH")
    ways = ((ivan, olha), (olha, ivan))
    outcomes = at_once(20, lambda number: transfer(uow(), *ways[number % 2], "5.00 UAH", f"gift {number}"))

    assert count(outcomes, Transfer) == 20
    assert wallet_now(billing, ivan) == wallet_now(billing, olha) == ("100.00 UAH", "100.00 UAH")
    assert_books_balance(billing)


def test_a_transfer_is_undone_once_however_many_try(billing, uow, ivan):
    fee = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    outcomes = at_once(20, lambda number: reverse(uow(), fee, f"undo {number}"))

    assert (count(outcomes, Transfer), count(outcomes, WrongState)) == (1, 19)
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"
    assert_books_balance(billing)


def test_a_key_fought_over_by_several_wallets_goes_to_one_of_them(billing, uow):
    rich = [open_wallet(uow(), f"wallet:{number}", "10.00 UAH") for number in range(10)]
    outcomes = at_once(10, lambda number: transfer(uow(), rich[number], INCOME, "10.00 UAH", "fee"))

    assert (count(outcomes, Transfer), count(outcomes, KeyReused | IntegrityError)) == (1, 9)
    assert sorted(wallet_now(billing, code)[0] for code in rich) == ["0.00 UAH"] + ["10.00 UAH"] * 9
    assert_books_balance(billing)


def test_a_system_account_is_made_once_however_many_use_it_first(billing, uow, ivan):
    outcomes = at_once(20, lambda number: transfer(uow(), ivan, "income:new", "1.00 UAH", f"fee {number}"))
    assert len({row.target_id for row in outcomes}) == 1
    assert_books_balance(billing)
