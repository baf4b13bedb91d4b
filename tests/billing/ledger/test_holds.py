"""The laws of a hold: reserved, then captured or released, never both."""

from datetime import timedelta

import pytest

from billing.errors import KeyReused, NotEnoughMoney, WrongState
from billing.ledger.models import HoldState
from billing.ledger.reading import live_holds
from billing.money import MixedUnits
from tests.billing.books import capture, hold, holds, open_wallet, release, transfer, transfers, wallet_now
from tests.support import NOV_10, assert_books_balance, money

INCOME = "income:olltv"


@pytest.fixture
def ivan(uow):
    return open_wallet(uow(), "wallet:ivan", "100.00 UAH")


def test_a_hold_reserves_and_moves_nothing(billing, uow, ivan):
    hold(uow(), ivan, INCOME, "60.00 UAH", "order")

    assert wallet_now(billing, ivan) == ("100.00 UAH", "40.00 UAH")
    assert len(transfers(billing)) == 1  # how the wallet was filled
    assert_books_balance(billing)


def test_a_captured_hold_becomes_one_transfer(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    paid = capture(uow(), held, "order")

    assert wallet_now(billing, ivan) == ("40.00 UAH", "40.00 UAH")
    assert (paid.amount, paid.login, paid.tariff_id, paid.period) == (money("60.00 UAH"), "ivan", 3, "2026-11")
    [row] = holds(billing)
    assert (row.state, row.settled_at, row.transfer_id) == (HoldState.CAPTURED, NOV_10, paid.id)
    assert_books_balance(billing)


def test_a_hold_may_be_captured_for_another_period_under_another_key(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "fee:1:2026-11")
    paid = capture(uow(), held, "fee:1:2026-12", "2026-12")
    assert (paid.key, paid.period) == ("fee:1:2026-12", "2026-12")
    assert_books_balance(billing)


def test_a_released_hold_gives_all_of_it_back(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    release(uow(), held)

    assert wallet_now(billing, ivan) == ("100.00 UAH", "100.00 UAH")
    assert [(row.state, row.live_key) for row in holds(billing)] == [(HoldState.RELEASED, None)]
    assert_books_balance(billing)


def test_a_released_hold_frees_its_key(billing, uow, ivan):
    first = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    release(uow(), first)
    second = hold(uow(), ivan, INCOME, "70.00 UAH", "order")
    assert second.id != first.id
    assert wallet_now(billing, ivan) == ("100.00 UAH", "30.00 UAH")


def test_repeating_any_step_changes_nothing_more(billing, uow, ivan):
    held, dropped = (hold(uow(), ivan, INCOME, "20.00 UAH", key) for key in ("order", "other"))
    assert hold(uow(), ivan, INCOME, "20.00 UAH", "order").id == held.id
    assert capture(uow(), held, "order").id == capture(uow(), held, "order").id
    release(uow(), dropped)
    release(uow(), dropped)

    assert wallet_now(billing, ivan) == ("80.00 UAH", "80.00 UAH")
    assert_books_balance(billing)


def test_a_released_hold_is_never_captured(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    release(uow(), held)
    with pytest.raises(WrongState) as refusal:
        capture(uow(), held, "order")
    assert refusal.value.facts == {"state": HoldState.RELEASED, "wanted": HoldState.CAPTURED}
    assert wallet_now(billing, ivan)[0] == "100.00 UAH"
    assert_books_balance(billing)


def test_a_captured_hold_is_never_released(billing, uow, ivan):
    held = hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    capture(uow(), held, "order")
    with pytest.raises(WrongState) as refusal:
        release(uow(), held)
    assert refusal.value.facts == {"state": HoldState.CAPTURED, "wanted": HoldState.RELEASED}
    assert wallet_now(billing, ivan)[0] == "40.00 UAH"
    assert_books_balance(billing)


def test_only_what_is_not_reserved_yet_can_be_reserved(billing, uow, ivan):
    hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    with pytest.raises(NotEnoughMoney) as refusal:
        hold(uow(), ivan, INCOME, "50.00 UAH", "second")
    assert refusal.value.facts["lack"] == money("10.00 UAH")
    assert wallet_now(billing, ivan) == ("100.00 UAH", "40.00 UAH")
    assert len(holds(billing)) == 1


def test_a_credit_can_be_reserved_unless_money_must_be_kept(uow):
    debtor = open_wallet(uow(), "wallet:debtor", "10.00 UAH", "-20.00 UAH")
    with pytest.raises(NotEnoughMoney):
        hold(uow(), debtor, INCOME, "30.00 UAH", "order", keep="0 UAH")
    assert hold(uow(), debtor, INCOME, "30.00 UAH", "order")


def test_a_capture_on_the_floor_goes_through(billing, uow):
    debtor = open_wallet(uow(), "wallet:debtor", "10.00 UAH", "-20.00 UAH")
    held = hold(uow(), debtor, INCOME, "30.00 UAH", "order")
    with uow() as unit:
        unit.ledger.set_floor(unit.ledger.account(debtor).id, money("0 UAH"))
    capture(uow(), held, "order")
    assert wallet_now(billing, debtor) == ("-20.00 UAH", "-20.00 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("source", "target", "amount"),
    [
        ("wallet:ivan", INCOME, "60.01 UAH"),
        ("wallet:ivan", "income:ppv", "60.00 UAH"),
        ("wallet:olha", INCOME, "60.00 UAH"),
    ],
)
def test_a_live_key_with_other_content_is_refused(billing, uow, ivan, source, target, amount):
    open_wallet(uow(), "wallet:olha", "100.00 UAH")
    hold(uow(), ivan, INCOME, "60.00 UAH", "order")
    with pytest.raises(KeyReused):
        hold(uow(), source, target, amount, "order")
    assert wallet_now(billing, ivan) == ("100.00 UAH", "40.00 UAH")
    assert wallet_now(billing, "wallet:olha") == ("100.00 UAH", "100.00 UAH")


def test_what_has_been_paid_is_not_reserved_again(uow, ivan):
    capture(uow(), hold(uow(), ivan, INCOME, "10.00 UAH", "order"), "order")
    transfer(uow(), ivan, INCOME, "10.00 UAH", "fee")
    for key in ("order", "fee"):
        with pytest.raises(KeyReused):
            hold(uow(), ivan, INCOME, "10.00 UAH", key)


def test_two_holds_for_one_fact_take_the_money_once(billing, uow, ivan):
    early, late = (hold(uow(), ivan, INCOME, "20.00 UAH", key) for key in ("fee:2026-11", "fee:2026-12"))
    assert capture(uow(), early, "fee:2026-12").id == capture(uow(), late, "fee:2026-12").id
    assert wallet_now(billing, ivan) == ("80.00 UAH", "80.00 UAH")
    assert_books_balance(billing)


def test_a_capture_under_a_key_of_something_else_is_refused(billing, uow, ivan):
    transfer(uow(), ivan, INCOME, "5.00 UAH", "fee")
    held = hold(uow(), ivan, INCOME, "20.00 UAH", "order")
    with pytest.raises(KeyReused):
        capture(uow(), held, "fee")
    assert wallet_now(billing, ivan) == ("95.00 UAH", "75.00 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("amount", ["0 UAH", "-1.00 UAH"])
def test_nothing_and_less_than_nothing_cannot_be_reserved(uow, ivan, amount):
    with pytest.raises(ValueError, match="positive"):
        hold(uow(), ivan, INCOME, amount, "order")


def test_units_are_never_mixed(uow, ivan):
    with pytest.raises(MixedUnits):
        hold(uow(), ivan, INCOME, "5 CRD", "order")


def test_money_is_not_reserved_for_its_own_account(uow, ivan):
    with pytest.raises(ValueError, match="itself"):
        hold(uow(), ivan, ivan, "5.00 UAH", "order")


def test_a_holds_time_is_over_from_its_very_instant(uow, ivan):
    late, early, settled = (
        hold(uow(), ivan, INCOME, "1.00 UAH", key, expires_at=NOV_10 + timedelta(hours=hours))
        for key, hours in (("late", 2), ("early", 1), ("settled", 0))
    )
    release(uow(), settled)

    with uow() as unit:
        moments = (NOV_10 + timedelta(minutes=59), NOV_10 + timedelta(hours=1), NOV_10 + timedelta(hours=2))
        over = [[row.id for row in unit.ledger.expired(now=now)] for now in moments]
        assert over == [[], [early.id], [early.id, late.id]]
        assert [row.id for row in unit.ledger.expired(now=moments[2], limit=1)] == [early.id]


def test_live_holds_are_those_neither_captured_nor_released(billing, uow, ivan):
    kept, taken, dropped = (hold(uow(), ivan, INCOME, "1.00 UAH", key) for key in ("kept", "taken", "dropped"))
    capture(uow(), taken, "taken")
    release(uow(), dropped)
    with uow() as unit:
        assert [row.id for row in live_holds(unit.session, unit.ledger.account(ivan))] == [kept.id]
