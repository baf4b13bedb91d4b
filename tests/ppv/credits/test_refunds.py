"""Refunds, reversals and their cancelling: what was granted is taken back once, and never more than that."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from billing.ledger.holds import Ledger
from billing.ledger.reading import system_balance
from ppv_module.credits.accounts import lock_credits, spend
from ppv_module.credits.models import CreditState, OrderState
from tests.olltv.support import events
from tests.support import STAFF, Crash, assert_books_balance, crash_after, money


@pytest.fixture
def order(shop, ivan):
    return shop.order("ivan")


@pytest.fixture
def paid(shop, order):
    """The notice of a payment whose 600 credits are granted."""
    fields = shop.fields(order)
    shop.told(fields)
    return fields


@pytest.fixture
def spent(billing, clock, paid):
    """So many of the credits are spent."""

    def take(credits):
        uow = billing.uow()
        with uow:
            spend(uow, lock_credits(uow, "ivan"), credits=credits, key="spent", actor=STAFF, at=clock())

    return take


def state(billing):
    with billing.reading() as session:
        found = session.get_one(CreditState, "ivan")
        return found.frozen_by, found.frozen_reason


def money_at_paypal(billing):
    with billing.reading() as session:
        both = system_balance(session, "outside:paypal:USD"), system_balance(session, "income:ppv:USD")
    assert both[0] == -both[1]
    return both[1]


@pytest.mark.parametrize("word", ["Refunded", "Reversed", "Partially_Refunded"])
def test_money_that_goes_back_takes_its_credits_once(billing, shop, order, paid, word):
    back = shop.follows(paid, word, "-10.00")
    for _ in range(3):
        shop.told(back)

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (0, OrderState.REFUNDED)
    assert money_at_paypal(billing) == money("0 USD")
    assert [(each.clawed_credits, each.parent_txn_id) for each in shop.payments()] == [(0, ""), (600, paid["txn_id"])]
    assert state(billing) == ("", "")
    assert sum("CLAWED BACK `600`" in each for each in events(billing)) == 1
    assert_books_balance(billing)


def test_parts_are_rounded_up_and_never_take_more_than_was_granted(billing, shop, ivan):
    order = shop.order("ivan", shop.pack(credits=100, price_minor=999))
    paid = shop.fields(order)
    shop.told(paid)
    left = []
    for _ in range(3):
        shop.told(shop.follows(paid, "Refunded", "-3.33"))
        left.append((shop.chat.balance("ivan"), shop.again(order).state.value))

    assert left == [(66, "paid"), (32, "paid"), (0, "refunded")]
    assert money_at_paypal(billing) == money("0 USD")
    shop.told(shop.follows(paid, "Reversed", "-9.99"))
    assert shop.chat.balance("ivan") == 0
    assert sum(each.clawed_credits for each in shop.payments()) == 100
    assert_books_balance(billing)


def test_a_cent_takes_at_least_a_credit(billing, shop, paid):
    shop.told(shop.follows(paid, "Refunded", "-0.01"))
    assert shop.chat.balance("ivan") == 599
    assert money_at_paypal(billing) == money("9.99 USD")
    assert_books_balance(billing)


def test_more_money_back_than_was_paid_takes_what_was_granted(billing, shop, paid, order):
    shop.told(shop.follows(paid, "Reversed", "-25.00"))
    assert (shop.chat.balance("ivan"), shop.again(order).state) == (0, OrderState.REFUNDED)
    assert money_at_paypal(billing) == money("0 USD")
    assert_books_balance(billing)


def test_what_was_spent_becomes_a_debt_and_freezes(billing, shop, paid, spent, order):
    spent(450)
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    assert (shop.chat.balance("ivan"), state(billing)) == (-450, ("debt", "Reversed"))
    assert_books_balance(billing)

    next_order = shop.order("ivan")
    shop.told(shop.fields(next_order))

    assert (shop.chat.balance("ivan"), state(billing)) == (150, ("", ""))
    assert_books_balance(billing)


def test_a_cancelled_reversal_gives_back_what_it_took_once(billing, shop, paid, spent, order):
    spent(450)
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    cancel = shop.follows(paid, "Canceled_Reversal", "10.00")
    for _ in range(3):
        shop.told(cancel)

    assert (shop.chat.balance("ivan"), state(billing)) == (150, ("", ""))
    assert (shop.again(order).state, money_at_paypal(billing)) == (OrderState.PAID, money("10.00 USD"))
    assert [each.clawed_credits for each in shop.payments()] == [0, 600, -600]
    assert shop.payments()[1].restored_at is not None
    second = shop.told(shop.follows(paid, "Canceled_Reversal", "10.00"))
    assert second.waits and shop.chat.balance("ivan") == 150
    assert_books_balance(billing)


def test_a_cancelled_reversal_does_not_give_back_what_was_refunded(billing, shop, paid, order):
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    shop.told(shop.follows(paid, "Refunded", "-3.00"))
    assert shop.chat.balance("ivan") == 0

    shop.told(shop.follows(paid, "Canceled_Reversal", "10.00"))

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (420, OrderState.PAID)
    assert money_at_paypal(billing) == money("7.00 USD")
    assert_books_balance(billing)


def test_a_cancelling_may_name_the_reversal_itself(billing, shop, paid):
    small, large = shop.follows(paid, "Reversed", "-1.00"), shop.follows(paid, "Reversed", "-5.00")
    shop.told(small)
    shop.told(large)
    assert shop.chat.balance("ivan") == 240

    shop.told(shop.follows(paid, "Canceled_Reversal", "5.00", parent_txn_id=large["txn_id"]))
    assert shop.chat.balance("ivan") == 540
    shop.told(shop.follows(paid, "Canceled_Reversal", "1.00"))
    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)


def test_a_refund_before_its_payment_waits_for_it(billing, shop, ivan, clock):
    order = shop.order("ivan")
    fields = shop.fields(order)
    early = shop.keep(shop.follows(fields, "Refunded", "-10.00"))
    assert shop.settle(early).waits
    assert shop.notice(early).due_at == clock() + timedelta(seconds=30)
    shop.told({**fields, "payment_status": "Pending"})
    clock.advance(seconds=30)
    assert shop.settle(early).waits
    assert (shop.chat.balance("ivan"), [each.status for each in shop.payments()]) == (0, ["Pending"])

    shop.told(fields)
    assert shop.chat.balance("ivan") == 600
    shop.settle(early)

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (0, OrderState.REFUNDED)
    assert shop.notice(early).due_at is None
    assert_books_balance(billing)


def test_a_cancelling_before_its_reversal_waits_for_it(billing, shop, paid):
    cancel = shop.keep(shop.follows(paid, "Canceled_Reversal", "10.00"))
    assert shop.settle(cancel).waits
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    assert shop.chat.balance("ivan") == 0
    shop.settle(cancel)
    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("gross", "changed", "flag"),
    [
        ("10.00", {}, "wrong_sum"),
        ("0.00", {}, "wrong_sum"),
        ("-10.00", {"mc_currency": "EUR"}, "wrong_currency"),
    ],
)
def test_a_refund_that_makes_no_sense_takes_nothing(billing, shop, paid, order, gross, changed, flag):
    back = shop.follows(paid, "Refunded", gross, **changed)
    shop.told(back)
    shop.told(back)
    assert (shop.chat.balance("ivan"), shop.again(order).state) == (600, OrderState.PAID)
    assert [each.flag for each in shop.payments()] == ["", flag]
    shop.told(shop.follows(paid, "Refunded", "-10.00"))
    assert shop.chat.balance("ivan") == 0
    assert_books_balance(billing)


def test_a_refund_of_what_granted_nothing_takes_nothing(billing, shop, order):
    wrong = shop.fields(order, mc_gross="5.00")
    lost = shop.fields(order, invoice="of-nobody")
    for fields in (wrong, lost):
        shop.told(fields)
        shop.told(shop.follows(fields, "Refunded", "-5.00"))
    assert shop.chat.balance("ivan") == 0
    assert shop.again(order).state is OrderState.DISPUTED
    assert len(shop.payments()) == 4
    assert_books_balance(billing)


def test_two_buyers_and_two_payments_do_not_touch_each_other(billing, shop, make, paid):
    make.subscriber("olha")
    hers = shop.fields(shop.order("olha"))
    shop.told(hers)
    again = shop.fields(shop.order("ivan"))
    shop.told(again)
    shop.told(shop.follows(again, "Refunded", "-5.00"))
    assert (shop.chat.balance("ivan"), shop.chat.balance("olha")) == (900, 600)
    assert_books_balance(billing)


@pytest.mark.parametrize("point", ["lock", "set_floor", "transfer"])
def test_a_crash_in_the_middle_of_a_refund_leaves_no_trace(billing, shop, paid, spent, order, point):
    spent(450)
    back = shop.keep(shop.follows(paid, "Refunded", "-10.00"))
    with pytest.raises(Crash), crash_after(Ledger, point):
        shop.settle(back)
    assert (shop.chat.balance("ivan"), state(billing)[0], len(shop.payments())) == (150, "", 1)
    assert_books_balance(billing)

    shop.settle(back)

    assert (shop.chat.balance("ivan"), state(billing)[0]) == (-450, "debt")
    assert_books_balance(billing)


def test_many_parts_at_once_take_exactly_the_grant(billing, shop, paid, order):
    """Forty notices of ten refunds, four of each, while the buyer spends."""
    refunds = [shop.follows(paid, "Refunded", "-1.00") for _ in range(10)]
    numbers = [shop.keep(each) for each in refunds * 4]
    start = Barrier(len(numbers))

    def work(number):
        start.wait(30)
        shop.settle(number)

    with ThreadPoolExecutor(len(numbers)) as pool:
        list(pool.map(work, numbers))

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (0, OrderState.REFUNDED)
    assert (len(shop.payments()), money_at_paypal(billing)) == (11, money("0 USD"))
    assert_books_balance(billing)
