"""The laws of a single transfer, and of the transfer that undoes it."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError, IntegrityError

from billing.errors import KeyReused, NotEnoughMoney, NotFound, WrongState
from billing.ledger.models import Account
from billing.ledger.reading import system_balance
from billing.money import MixedUnits
from tests.billing.books import (
    REFS,
    account,
    hold,
    open_wallet,
    reverse,
    statement_of,
    transfer,
    transfers,
    wallet_now,
)
from tests.support import NOV_10, assert_books_balance, money

INCOME = "income:olltv"


@pytest.fixture
def ivan(uow):
    return open_wallet(uow(), "wallet:ivan", "100.00 UAH")


@pytest.fixture
def olha(uow):
    return open_wallet(uow(), "wallet:olha")


def test_a_transfer_takes_from_one_and_gives_to_the_other(billing, uow, ivan, olha):
    transfer(uow(), ivan, olha, "30.00 UAH", "gift")

    assert wallet_now(billing, ivan) == ("70.00 UAH", "70.00 UAH")
    assert wallet_now(billing, olha) == ("30.00 UAH", "30.00 UAH")
    assert_books_balance(billing)


def test_a_transfer_keeps_what_it_is_about(billing, uow, ivan):
    transfer(uow(), ivan, INCOME, "30.00 UAH", "fee", journal="run-1")

    row = transfers(billing)[-1]
    about = (row.actor, row.login, row.subscription_id, row.tariff_id, row.period, row.note)
    assert about == (REFS.actor, REFS.login, REFS.subscription_id, REFS.tariff_id, REFS.period, REFS.note)
    assert (row.key, row.journal, row.amount, row.at) == ("fee", "run-1", money("30.00 UAH"), NOV_10)
    assert row.reverses_id is None


def test_the_last_kopiyka_can_be_spent_but_not_one_more(billing, uow, ivan):
    with pytest.raises(NotEnoughMoney) as refusal:
        transfer(uow(), ivan, INCOME, "100.01 UAH", "too much")
    facts = refusal.value.facts
    assert (facts["needed"], facts["available"], facts["lack"]) == (
        money("100.01 UAH"),
        money("100.00 UAH"),
        money("0.01 UAH"),
    )
    assert wallet_now(billing, ivan) == ("100.00 UAH", "100.00 UAH")

    transfer(uow(), ivan, INCOME, "100.00 UAH", "all of it")
    assert wallet_now(billing, ivan) == ("0.00 UAH", "0.00 UAH")
    assert_books_balance(billing)


def test_a_credit_lets_a_wallet_fall_below_zero_down_to_its_floor(billing, uow):
    debtor = open_wallet(uow(), "wallet:debtor", "10.00 UAH", "-20.00 UAH")
    transfer(uow(), debtor, INCOME, "30.00 UAH", "fee")

    assert wallet_now(billing, debtor) == ("-20.00 UAH", "-20.00 UAH")
    with pytest.raises(NotEnoughMoney):
        transfer(uow(), debtor, INCOME, "0.01 UAH", "one more")
    assert_books_balance(billing)


def test_what_has_to_be_kept_counts_when_it_is_more_than_the_floor(uow):
    debtor = open_wallet(uow(), "wallet:debtor", "10.00 UAH", "-20.00 UAH")
    with pytest.raises(NotEnoughMoney) as refusal:
        transfer(uow(), debtor, INCOME, "11.00 UAH", "fee", keep="0 UAH")
    assert refusal.value.facts["lack"] == money("1.00 UAH")
    assert transfer(uow(), debtor, INCOME, "10.00 UAH", "fee", keep="0 UAH")


def test_keeping_less_than_the_floor_does_not_lower_the_floor(uow, ivan):
    with pytest.raises(NotEnoughMoney):
        transfer(uow(), ivan, INCOME, "101.00 UAH", "fee", keep="-50.00 UAH")


def test_reserved_money_cannot_be_spent(billing, uow, ivan):
    hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    with pytest.raises(NotEnoughMoney) as refusal:
        transfer(uow(), ivan, INCOME, "40.01 UAH", "fee")
    assert refusal.value.facts["available"] == money("40.00 UAH")
    assert_books_balance(billing)


def test_the_same_key_with_the_same_content_is_already_done(billing, uow, ivan):
    first = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    again = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")

    assert again.id == first.id
    assert wallet_now(billing, ivan)[0] == "70.00 UAH"


def test_a_repeat_is_already_done_even_when_the_wallet_is_empty_by_now(uow, ivan):
    transfer(uow(), ivan, INCOME, "100.00 UAH", "fee")
    assert transfer(uow(), ivan, INCOME, "100.00 UAH", "fee")


@pytest.mark.parametrize(
    ("source", "target", "amount"),
    [
        ("wallet:ivan", INCOME, "30.01 UAH"),
        ("wallet:ivan", "income:ppv", "30.00 UAH"),
        ("wallet:olha", INCOME, "30.00 UAH"),
        ("outside:cash", "wallet:ivan", "30.00 UAH"),
    ],
)
def test_the_same_key_with_other_content_is_refused(billing, uow, ivan, olha, source, target, amount):
    transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    with pytest.raises(KeyReused) as refusal:
        transfer(uow(), source, target, amount, "fee")
    assert refusal.value.facts == {"key": "fee"}
    assert wallet_now(billing, ivan)[0] == "70.00 UAH"
    assert_books_balance(billing)


def test_keys_differ_by_case_and_by_a_closing_blank(billing, uow, ivan):
    for key in ("fee", "FEE", "fee ", "fée"):
        transfer(uow(), ivan, INCOME, "10.00 UAH", key)
    assert wallet_now(billing, ivan)[0] == "60.00 UAH"


@pytest.mark.parametrize("amount", ["0 UAH", "-1.00 UAH"])
def test_nothing_and_less_than_nothing_cannot_be_moved(uow, ivan, amount):
    with pytest.raises(ValueError, match="positive"):
        transfer(uow(), ivan, INCOME, amount, "nothing")


@pytest.mark.parametrize(("target", "amount"), [("credits:ivan", "5 CRD"), ("credits:ivan", "5.00 UAH")])
def test_units_are_never_mixed(billing, uow, ivan, target, amount):
    with uow() as unit:
        account(unit, "credits:ivan", "CRD")
    with pytest.raises(MixedUnits):
        transfer(uow(), ivan, target, amount, "exchange")
    assert len(transfers(billing)) == 1


def test_nobody_pays_himself(billing, uow, ivan):
    with pytest.raises(ValueError, match="itself"):
        transfer(uow(), ivan, ivan, "1.00 UAH", "circle")
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"


def test_an_account_that_was_never_opened_is_not_found(uow):
    with pytest.raises(NotFound):
        transfer(uow(), "wallet:nobody", INCOME, "1.00 UAH", "fee")


def test_a_code_is_opened_once(uow, ivan):
    with pytest.raises(IntegrityError):
        open_wallet(uow(), ivan)


def test_system_accounts_keep_no_balance_and_know_no_floor(billing, uow, ivan):
    transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    transfer(uow(), INCOME, "outside:bank", "500.00 UAH", "withdrawal")

    with billing.reading() as session:
        stored = session.scalars(select(Account.balance_minor).where(Account.code.in_([INCOME, "outside:bank"])))
        assert list(stored) == [None, None]
        assert str(system_balance(session, INCOME)) == "-470.00 UAH"
        assert str(system_balance(session, "outside:UAH")) == "-100.00 UAH"
    assert_books_balance(billing)


def test_a_lowered_floor_holds_at_once_and_a_deep_debt_becomes_the_floor(billing, uow):
    debtor = open_wallet(uow(), "wallet:debtor", "10.00 UAH", "-50.00 UAH")
    transfer(uow(), debtor, INCOME, "40.00 UAH", "fee")
    with uow() as unit:
        unit.ledger.set_floor(unit.ledger.account(debtor).id, money("0 UAH"))

    with pytest.raises(NotEnoughMoney):
        transfer(uow(), debtor, INCOME, "0.01 UAH", "one more")
    assert wallet_now(billing, debtor)[0] == "-30.00 UAH"
    assert_books_balance(billing)


def test_the_database_itself_guards_the_floor(billing, uow, ivan):
    with pytest.raises(DBAPIError, match="ck_ledger_account_floor"), uow() as unit:
        unit.ledger.lock(unit.ledger.account(ivan).id).balance_minor = -1
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"


def test_a_reversal_brings_everything_back_and_names_what_it_undoes(billing, uow, ivan):
    fee = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee", journal="run-1")
    undone = reverse(uow(), fee, "undo fee")

    assert wallet_now(billing, ivan)[0] == "100.00 UAH"
    assert (undone.source_id, undone.target_id, undone.amount) == (fee.target_id, fee.source_id, fee.amount)
    assert (undone.reverses_id, undone.journal) == (fee.id, "run-1")
    assert [str(line.amount) for line in statement_of(billing, ivan).lines] == [
        "30.00 UAH",
        "-30.00 UAH",
        "100.00 UAH",
    ]
    assert_books_balance(billing)


def test_repeating_a_reversal_is_already_done(billing, uow, ivan):
    fee = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    assert reverse(uow(), fee, "undo fee").id == reverse(uow(), fee, "undo fee").id
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"


def test_a_transfer_is_undone_at_most_once(billing, uow, ivan):
    fee = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    reverse(uow(), fee, "undo fee")
    with pytest.raises(WrongState):
        reverse(uow(), fee, "undo fee again")
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"
    assert_books_balance(billing)


def test_one_key_does_not_undo_two_transfers(billing, uow, ivan):
    first = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee 1")
    second = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee 2")
    reverse(uow(), first, "undo")
    with pytest.raises(KeyReused):
        reverse(uow(), second, "undo")
    assert wallet_now(billing, ivan)[0] == "70.00 UAH"


def test_money_that_is_spent_cannot_be_taken_back(billing, uow, ivan, olha):
    gift = transfer(uow(), ivan, olha, "30.00 UAH", "gift")
    transfer(uow(), olha, INCOME, "20.00 UAH", "fee")
    with pytest.raises(NotEnoughMoney) as refusal:
        reverse(uow(), gift, "undo gift")
    assert refusal.value.facts["lack"] == money("20.00 UAH")
    assert wallet_now(billing, olha)[0] == "10.00 UAH"
    assert_books_balance(billing)


def test_a_reversal_can_itself_be_undone(billing, uow, ivan):
    fee = transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    reverse(uow(), reverse(uow(), fee, "undo"), "undo the undoing")
    assert wallet_now(billing, ivan)[0] == "70.00 UAH"
    assert_books_balance(billing)
