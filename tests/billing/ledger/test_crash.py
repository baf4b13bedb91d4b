"""A process that dies leaves all of its transaction or nothing of it."""

import pytest
from sqlalchemy import event

from billing.ledger.holds import Ledger
from billing.uow import UnitOfWork
from tests.billing.books import capture, hold, holds, open_wallet, release, reverse, transfer, transfers, wallet_now
from tests.support import Crash, assert_books_balance, crash_after

INCOME = "income:olltv"


@pytest.fixture
def ivan(uow):
    return open_wallet(uow(), "wallet:ivan", "100.00 UAH")


@pytest.fixture
def steps(uow, ivan):
    """Each way to change the books, ready to go, by the name of the ledger's method."""
    posted = transfer(uow(), ivan, INCOME, "10.00 UAH", "posted")
    held = hold(uow(), ivan, INCOME, "20.00 UAH", "held")
    return {
        "transfer": lambda: transfer(uow(), ivan, INCOME, "5.00 UAH", "fee"),
        "hold": lambda: hold(uow(), ivan, INCOME, "5.00 UAH", "order"),
        "capture": lambda: capture(uow(), held, "held"),
        "release": lambda: release(uow(), held),
        "reverse": lambda: reverse(uow(), posted, "undo"),
    }


METHODS = ("transfer", "hold", "capture", "release", "reverse")


def books(billing):
    rows = [(row.id, row.key, row.amount, row.transfer_id, row.state, row.live_key) for row in holds(billing)]
    return wallet_now(billing, "wallet:ivan"), [row.key for row in transfers(billing)], rows


@pytest.mark.parametrize("name", METHODS)
def test_a_crash_right_after_the_step_leaves_no_trace(billing, steps, name):
    before = books(billing)
    with pytest.raises(Crash), crash_after(Ledger, name):
        steps[name]()
    assert books(billing) == before
    assert_books_balance(billing)


@pytest.mark.parametrize("name", METHODS)
def test_a_crash_right_after_the_commit_leaves_all_of_it_and_a_repeat_adds_nothing(billing, steps, name):
    before = books(billing)
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        steps[name]()
    done = books(billing)
    assert done != before
    steps[name]()
    assert books(billing) == done
    assert_books_balance(billing)


@pytest.mark.parametrize("name", METHODS)
def test_a_crash_before_any_one_statement_leaves_no_trace_and_a_repeat_succeeds(billing, steps, name):
    before, statements = books(billing), 0
    while dies_before(billing, statements, steps[name]):
        statements += 1
        assert books(billing) == before
    assert statements >= 4
    assert books(billing) != before
    assert_books_balance(billing)


def dies_before(billing, number, step):
    """Run `step` in a process that dies when it has sent `number` statements; False when it needs no more."""
    seen = iter(range(number))

    def count(_connection, _cursor, statement, *_):
        if not statement.startswith("BEGIN") and next(seen, None) is None:
            raise Crash

    event.listen(billing.engine, "before_cursor_execute", count)
    try:
        step()
    except Crash:
        return True
    finally:
        event.remove(billing.engine, "before_cursor_execute", count)
    return False
