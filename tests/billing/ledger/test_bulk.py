"""Thousands of transfers at once obey the laws of single ones."""

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import DBAPIError

from billing.host.native import NativeSubscriber
from billing.ledger import bulk
from billing.ledger.models import Account
from billing.uow import use_case
from tests.billing.books import at_once, hold, transfer, transfers, wallet_now
from tests.support import NOV_10, assert_books_balance, balance, money

INCOME = "income:olltv"
FEE = 1000


@use_case
def charge(uow, logins, keys="bulk:"):
    """Take ten hryvnias from each of `logins`."""
    them, wallet = NativeSubscriber.login.in_(logins), NativeSubscriber.wallet_id
    uow.session.execute(select(Account.id).where(Account.id.in_(select(wallet).where(them))).with_for_update()).all()
    columns = (literal(keys).concat(NativeSubscriber.login), wallet, literal(FEE), NativeSubscriber.login)
    return bulk.post(
        uow.session,
        transfers=select(*columns, literal(7), literal(3), literal("2026-11")).where(them),
        debits=select(wallet.label("account_id"), literal(FEE).label("amount_minor")).where(them),
        accounts=Account.id > 0,
        constants={
            "target_id": uow.ledger.system(INCOME, "UAH").id,
            "unit": "UAH",
            "at": NOV_10,
            "actor": "olena",
            "journal": "run-1",
        },
    )


@pytest.fixture
def people(make):
    return [make.subscriber(f"user{number}", wallet="10.00 UAH").login for number in range(6)]


def content(row):
    """A transfer but for its number, key and journal."""
    return (row.amount, row.target_id, row.at, row.actor, row.subscription_id, row.tariff_id, row.period)


def test_each_transfer_is_posted_and_each_balance_falls(billing, uow, people):
    assert charge(uow(), people[:4]) == 4

    assert [balance(billing, login) for login in people] == [money("0 UAH")] * 4 + [money("10.00 UAH")] * 2
    assert_books_balance(billing)


def test_it_does_what_single_transfers_do(billing, uow, people):
    charge(uow(), people[:3])
    for login in people[3:]:
        transfer(uow(), f"wallet:{login}", INCOME, "10.00 UAH", f"single:{login}")

    rows = [row for row in transfers(billing) if row.period]
    by_key = {row.key: content(row) for row in rows if not row.key.startswith("topup")}
    assert len(by_key) == 6
    assert len(set(by_key.values())) == 1
    assert len({wallet_now(billing, f"wallet:{login}") for login in people}) == 1
    assert_books_balance(billing)


def test_one_wallet_that_is_short_breaks_the_whole(billing, uow, make, people):
    poor = make.subscriber("poor", wallet="9.99 UAH").login
    with pytest.raises(DBAPIError, match="ck_ledger_account_floor"):
        charge(uow(), [*people, poor])

    assert {str(balance(billing, login)) for login in people} == {"10.00 UAH"}
    assert not [row for row in transfers(billing) if row.key.startswith("bulk:")]
    assert_books_balance(billing)


def test_reserved_money_is_not_charged(billing, uow, people):
    hold(uow(), f"wallet:{people[0]}", "income:ppv", "0.01 UAH", "order")
    with pytest.raises(DBAPIError, match="ck_ledger_account_floor"):
        charge(uow(), people)
    assert_books_balance(billing)


def test_a_credit_can_be_charged_down_to_its_floor(billing, uow, make):
    debtor = make.subscriber("debtor", credit="10.00 UAH").login
    charge(uow(), [debtor])
    assert wallet_now(billing, f"wallet:{debtor}")[0] == "-10.00 UAH"
    assert_books_balance(billing)


def test_a_key_that_exists_breaks_the_whole(billing, uow, make, people):
    charge(uow(), people[:1])
    make.top_up(people[0], "10.00 UAH")
    with pytest.raises(DBAPIError, match=r"(?i)unique|duplicate"):
        charge(uow(), people)

    assert {str(balance(billing, login)) for login in people} == {"10.00 UAH"}
    assert_books_balance(billing)


def test_a_charge_and_a_single_transfer_at_once_do_not_take_the_same_money(billing, uow, people):
    """Three pairs of wallets; each pair is charged while one of the two wallets pays something else."""

    def step(number):
        if number % 2:
            return transfer(uow(), f"wallet:{people[number]}", INCOME, "10.00 UAH", f"single {number}").amount_minor
        return charge(uow(), [people[number], people[number + 1]], f"bulk{number}:") * FEE

    outcomes = at_once(6, step)
    taken = [minor for minor in outcomes if isinstance(minor, int)]
    assert len(taken) == 3
    assert sum(balance(billing, login).minor for login in people) == 6 * FEE - sum(taken)
    assert_books_balance(billing)
