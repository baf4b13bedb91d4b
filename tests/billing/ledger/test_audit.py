"""Whatever is spoiled behind the ledger's back, the audit finds exactly that, and nothing in clean books."""

from contextlib import closing

import pytest

from billing.ledger.audit import LEDGER_CHECKS, audit
from tests.billing.books import capture, hold, open_wallet, release, reverse, transfer

INCOME = "income:olltv"
WITHOUT_GUARDS = {
    "sqlite": ("PRAGMA ignore_check_constraints=1", "PRAGMA foreign_keys=0"),
    "mysql": ("SET tx_read_only=0", "SET check_constraint_checks=0", "SET foreign_key_checks=0"),
}
SELF_MADE = """INSERT INTO ledger_transfer (`key`, source_id, target_id, amount_minor, unit, at, actor)
    SELECT 'self-made', {source}, target.id, {amount}, '{unit}', '2026-11-10', 'thief'
    FROM ledger_account AS target, ledger_account AS cash
    WHERE target.code = 'income:olltv' AND cash.code = 'outside:UAH'"""


@pytest.fixture
def books(billing, uow):
    """Books in which everything has happened once."""
    ivan = open_wallet(uow(), "wallet:ivan", "100.00 UAH", "-20.00 UAH")
    open_wallet(uow(), "wallet:olha", "50.00 UAH")
    open_wallet(uow(), "wallet:empty")
    open_wallet(uow(), "credits:ivan", "7 CRD")
    transfer(uow(), ivan, INCOME, "30.00 UAH", "fee")
    transfer(uow(), INCOME, "outside:bank", "5.00 UAH", "withdrawal")
    reverse(uow(), transfer(uow(), ivan, INCOME, "3.00 UAH", "mistake"), "undo")
    capture(uow(), hold(uow(), ivan, INCOME, "10.00 UAH", "taken"), "taken")
    release(uow(), hold(uow(), ivan, INCOME, "10.00 UAH", "dropped"))
    hold(uow(), ivan, INCOME, "20.00 UAH", "kept")
    return billing


def spoil(billing, *statements):
    """Run SQL past the ledger and past the constraints of the database."""
    with closing(billing.engine.raw_connection()) as connection:
        with closing(connection.cursor()) as cursor:
            for statement in (*WITHOUT_GUARDS[billing.engine.dialect.name], *statements):
                cursor.execute(statement)
        connection.commit()
        connection.invalidate()  # nobody else may get a connection without guards


def found(billing):
    with billing.reading() as session:
        return [(each.code, each.text % each.facts) for each in audit(session)]


def test_clean_books_have_no_findings(books):
    assert found(books) == []


def test_books_without_a_row_have_no_findings(billing):
    assert found(billing) == []


def test_a_plugin_may_add_checks_of_its_own(books):
    with books.reading() as session:
        assert audit(session, LEDGER_CHECKS[:1]) == []


@pytest.mark.parametrize(
    ("statement", "findings"),
    [
        pytest.param(
            "UPDATE ledger_account SET balance_minor = balance_minor + 1 WHERE code = 'wallet:olha'",
            [
                ("unit_unbalanced", "The accounts in UAH do not sum to zero but to 1."),
                ("balance_differs", "The balance of wallet:olha is 5001, but its transfers sum to 5000."),
            ],
            id="money out of nothing",
        ),
        pytest.param(
            "UPDATE ledger_account SET balance_minor = balance_minor + "
            "CASE code WHEN 'wallet:ivan' THEN 1 ELSE -1 END WHERE code IN ('wallet:ivan', 'wallet:olha')",
            [
                ("balance_differs", "The balance of wallet:ivan is 6001, but its transfers sum to 6000."),
                ("balance_differs", "The balance of wallet:olha is 4999, but its transfers sum to 5000."),
            ],
            id="moved without a transfer",
        ),
        pytest.param(
            "UPDATE ledger_account SET balance_minor = 1 WHERE code = 'wallet:empty'",
            [
                ("unit_unbalanced", "The accounts in UAH do not sum to zero but to 1."),
                ("balance_differs", "The balance of wallet:empty is 1, but its transfers sum to 0."),
            ],
            id="balance without any transfer",
        ),
        pytest.param(
            "UPDATE ledger_account SET held_minor = 1999 WHERE code = 'wallet:ivan'",
            [("reserve_differs", "wallet:ivan has 1999 reserved, but its holds sum to 2000.")],
            id="reserve less than the holds",
        ),
        pytest.param(
            "UPDATE ledger_account SET held_minor = 1 WHERE code = 'wallet:olha'",
            [("reserve_differs", "wallet:olha has 1 reserved, but its holds sum to 0.")],
            id="reserve without a hold",
        ),
        pytest.param(
            "UPDATE ledger_account SET floor_minor = 4001 WHERE code = 'wallet:ivan'",
            [("below_floor", "wallet:ivan fell to 6000, below its floor 4001.")],
            id="reserved money counts as spent",
        ),
        pytest.param(
            SELF_MADE.format(source="cash.id", amount=0, unit="UAH"),
            [("transfer_unsound", "The transfer self-made has no proper sides, amount or unit.")],
            id="nothing moved",
        ),
        pytest.param(
            SELF_MADE.format(source="cash.id", amount=5, unit="CRD"),
            [("transfer_unsound", "The transfer self-made has no proper sides, amount or unit.")],
            id="wrong unit",
        ),
        pytest.param(
            SELF_MADE.format(source="999", amount=5, unit="UAH"),
            [
                ("unit_unbalanced", "The accounts in UAH do not sum to zero but to 5."),
                ("transfer_unsound", "The transfer self-made has no proper sides, amount or unit."),
            ],
            id="from an account that is not there",
        ),
        pytest.param(
            "UPDATE ledger_hold SET transfer_id = NULL WHERE `key` = 'taken'",
            [("hold_unowned", "The reserve taken and its transfer do not agree.")],
            id="captured without a transfer",
        ),
        pytest.param(
            "UPDATE ledger_hold SET transfer_id = 1 WHERE `key` = 'taken'",
            [("hold_unowned", "The reserve taken and its transfer do not agree.")],
            id="captured with another amount",
        ),
        pytest.param(
            "UPDATE ledger_hold SET transfer_id = 1 WHERE `key` = 'dropped'",
            [("hold_unowned", "The reserve dropped and its transfer do not agree.")],
            id="released, but with a transfer",
        ),
        pytest.param(
            "UPDATE ledger_transfer SET reverses_id = 999 WHERE `key` = 'undo'",
            [("reversal_differs", "undo does not undo exactly what it names.")],
            id="undoes nothing",
        ),
        pytest.param(
            "UPDATE ledger_transfer SET reverses_id = 1 WHERE `key` = 'undo'",
            [("reversal_differs", "undo does not undo exactly what it names.")],
            id="undoes another amount",
        ),
    ],
)
def test_what_is_spoiled_is_found(books, statement, findings):
    spoil(books, statement)
    assert found(books) == findings


@pytest.fixture
def books_without_unique_keys(books):
    """A copy of the transfers takes their place: a copy has no constraints."""
    spoil(
        books,
        "ALTER TABLE ledger_transfer RENAME TO guarded",
        "CREATE TABLE ledger_transfer AS SELECT * FROM guarded",
    )
    yield books
    spoil(books, "DROP TABLE ledger_transfer", "ALTER TABLE guarded RENAME TO ledger_transfer")


def test_a_key_that_was_posted_twice_is_found(books_without_unique_keys):
    spoil(
        books_without_unique_keys,
        "INSERT INTO ledger_transfer SELECT * FROM ledger_transfer WHERE `key` = 'withdrawal'",
    )
    assert found(books_without_unique_keys) == [("key_repeated", "The key withdrawal was posted 2 times.")]
