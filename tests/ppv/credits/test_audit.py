"""The audit finds each kind of damage, and says nothing of books that are right."""

import pytest
from sqlalchemy import text

from ppv_module.credits.accounts import lock_credits, spend
from tests.support import STAFF, assert_books_balance, findings

DAMAGE = {
    "UPDATE ppv_order SET price_minor = 999 WHERE id = 1": "order_differs",
    "UPDATE ppv_order SET credits = 601 WHERE id = 1": "order_differs",
    "UPDATE ppv_order SET status = 'new', paid_at = NULL WHERE id = 1": "order_differs",
    "UPDATE ppv_order SET status = 'paid' WHERE id = 2": "order_state",
    "UPDATE ppv_order SET status = 'paid', paid_at = created_at WHERE id = 2": "order_differs",
    "UPDATE ppv_order SET status = 'failed' WHERE id = 1": "order_state",
    "UPDATE ledger_transfer SET journal = 'ppv.order:99', `key` = 'ppv.order:99:money'"
    " WHERE `key` = 'ppv.order:1:money'": "sale_without_order",
    "UPDATE ppv_payment SET credited_at = at WHERE id = 2": "granted_wrongly",
    "UPDATE ppv_payment SET credits = 5 WHERE id = 1": "granted_wrongly",
    "UPDATE ppv_payment SET clawed_credits = 601 WHERE id = 3": "clawed_wrongly",
    "UPDATE ppv_payment SET clawed_credits = 599 WHERE id = 3": "clawback_differs",
    "UPDATE ppv_credit_state SET frozen_by = ''": "frozen_wrongly",
    "UPDATE ppv_credit_state SET bonus = 1": "gifts_differ",
}


@pytest.fixture
def books(billing, shop, ivan, clock):
    """Order 1 is paid, paid twice, spent and reversed; order 2 is new."""
    order = shop.order("ivan")
    paid = shop.fields(order)
    shop.told(paid)
    shop.told(shop.fields(order))
    shop.order("ivan")
    uow = billing.uow()
    with uow:
        spend(uow, lock_credits(uow, "ivan"), credits=100, key="ppv.tip:x", actor=STAFF, at=clock())
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    assert_books_balance(billing)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found(billing, books, damage):
    with billing.engine.begin() as connection:
        connection.execute(text(damage))
    assert DAMAGE[damage] in [each.code for each in findings(billing)]


def test_a_debt_that_is_over_does_not_freeze(billing, books, shop):
    shop.told(shop.fields(shop.order("ivan")))
    with billing.engine.begin() as connection:
        connection.execute(text("UPDATE ppv_credit_state SET frozen_by = 'debt'"))
    assert [each.code for each in findings(billing)] == ["frozen_wrongly"]
