"""Payments told of many times at once, and by a process that dies: granted once, or not at all."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from billing.ledger.holds import Ledger
from billing.uow import UnitOfWork
from ppv_module.credits.payments import settle
from ppv_module.paypal.fields import read_notice
from tests.support import STAFF, Crash, assert_books_balance, crash_after


@pytest.mark.parametrize("point", ["lock", "transfer", "set_floor"])
def test_a_crash_in_the_middle_leaves_no_trace(billing, shop, ivan, point):
    order = shop.order("ivan")
    notice = shop.keep(shop.fields(order))
    with pytest.raises(Crash), crash_after(Ledger, point):
        shop.settle(notice)
    assert (shop.payments(), shop.again(order).state, shop.notice(notice).verdict) == ([], "new", "queued")
    assert shop.chat.balance("ivan") == 0
    assert_books_balance(billing)

    shop.settle(notice)

    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)


def test_a_crash_after_the_commit_grants_no_second_time(billing, shop, ivan):
    notice = shop.keep(shop.fields(shop.order("ivan")))
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        shop.settle(notice)
    shop.settle(notice)
    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)


def test_a_hundred_identical_notices_at_once_grant_once(billing, shop, ivan, clock):
    order = shop.order("ivan")
    fields = shop.fields(order)
    numbers = [shop.keep(fields) for _ in range(100)]
    told = read_notice(shop.notice(numbers[0]).raw)
    start = Barrier(100)

    def work(number):
        start.wait(30)
        return settle(billing.uow(), notice_id=number, told=told, actor=STAFF, now=clock()).action

    with ThreadPoolExecutor(100) as pool:
        actions = list(pool.map(work, numbers))

    assert sorted(set(actions)) == [f"granted 600 for order {order.id}", "granted before"]
    assert actions.count(f"granted 600 for order {order.id}") == 1
    assert (shop.chat.balance("ivan"), len(shop.payments())) == (600, 1)
    assert_books_balance(billing)
