"""Small debits one after the other: the same books as by single transfers."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.errors import NotEnoughMoney
from billing.ledger.metering import take
from billing.ledger.models import Account, Transfer
from billing.money import Money
from tests.billing.books import hold, open_wallet, transfers, wallet_now
from tests.support import NOV_10, assert_books_balance

INCOME = "income:olltv"


@pytest.fixture
def ivan(uow):
    return open_wallet(uow(), "wallet:ivan", "10.00 UAH")


def debit(uow, code, minor, key):
    with uow as opened:
        source = opened.session.scalars(select(Account).where(Account.code == code)).one()
        take(
            opened.session.connection(),
            source_id=source.id,
            target_id=opened.ledger.system(INCOME, "UAH").id,
            amount=Money(minor, "UAH"),
            key=key,
            journal="meter",
            actor="test",
            login="ivan",
            at=NOV_10,
        )


def test_a_debit_is_a_transfer_like_any_other(billing, uow, ivan):
    debit(uow(), ivan, 300, "a")
    debit(uow(), ivan, 700, "b")
    assert wallet_now(billing, ivan)[0] == "0.00 UAH"
    with billing.reading() as session:
        rows = session.scalars(select(Transfer).where(Transfer.journal == "meter").order_by(Transfer.id)).all()
    assert [(row.key, row.amount, row.login, row.actor, row.at) for row in rows] == [
        ("a", Money(300, "UAH"), "ivan", "test", NOV_10),
        ("b", Money(700, "UAH"), "ivan", "test", NOV_10),
    ]
    assert_books_balance(billing)


def test_the_floor_holds_and_what_is_reserved_is_not_taken(billing, uow, ivan):
    hold(uow(), ivan, INCOME, "4.00 UAH", "order")
    with pytest.raises(NotEnoughMoney):
        debit(uow(), ivan, 601, "a")
    debit(uow(), ivan, 600, "a")
    assert wallet_now(billing, ivan) == ("4.00 UAH", "0.00 UAH")
    assert len(transfers(billing)) == 2
    assert_books_balance(billing)


def test_a_key_that_is_there_fails_as_a_whole(billing, uow, ivan):
    debit(uow(), ivan, 300, "a")
    with pytest.raises(IntegrityError):
        debit(uow(), ivan, 300, "a")
    assert wallet_now(billing, ivan)[0] == "7.00 UAH"
    assert_books_balance(billing)
