"""Wallets that are opened by the thousand are opened as properly as single ones."""

import pytest
from sqlalchemy.exc import IntegrityError

from billing.errors import NotFound
from billing.ledger.seeding import Opening, open_accounts
from billing.uow import use_case
from tests.billing.books import account, open_wallet, transfer, transfers, wallet_now
from tests.support import NOV_10, assert_books_balance

PEOPLE = [Opening("ivan", 10_000), Opening("olha", 0), Opening("petro", 500, floor_minor=-2000)]


@use_case
def seed(uow, people):
    source = account(uow, "outside:seed")
    return open_accounts(uow.session, people, prefix="wallet:", source=source, actor="olena", at=NOV_10)


def test_each_account_is_opened_with_its_first_money(billing, uow):
    ids = seed(uow(), PEOPLE)

    assert [wallet_now(billing, f"wallet:{each.login}")[0] for each in PEOPLE] == ["100.00 UAH", "0.00 UAH", "5.00 UAH"]
    assert {row.target_id: (row.key, row.login, row.at) for row in transfers(billing)} == {
        ids["ivan"]: ("opening:wallet:ivan", "ivan", NOV_10),
        ids["petro"]: ("opening:wallet:petro", "petro", NOV_10),
    }
    assert_books_balance(billing)


def test_each_account_keeps_its_own_floor(billing, uow):
    seed(uow(), PEOPLE)
    transfer(uow(), "wallet:petro", "income:olltv", "25.00 UAH", "fee")
    assert wallet_now(billing, "wallet:petro")[0] == "-20.00 UAH"
    assert_books_balance(billing)


def test_an_account_that_exists_breaks_the_whole(billing, uow):
    open_wallet(uow(), "wallet:petro")
    with pytest.raises(IntegrityError):
        seed(uow(), PEOPLE)
    assert transfers(billing) == []
    with billing.uow() as unit, pytest.raises(NotFound):
        unit.ledger.account("wallet:ivan")
