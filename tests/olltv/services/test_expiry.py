"""Orders that the partner never confirmed."""

from datetime import timedelta

import pytest

from billing.errors import recalled
from billing.uow import UnitOfWork
from olltv_module.models import Reason
from olltv_module.services import expiry, lifecycle, money, orders
from olltv_module.services.expiry import OrderExpired, expire_orders
from tests.olltv.support import events, states, subs
from tests.support import DEC_1, NOV_10, Crash, assert_books_balance, available, crash_after
from tests.support import money as amount

WEEK = timedelta(days=7)


def test_an_order_is_called_off_when_its_days_are_over_and_not_a_moment_earlier(billing, uow, make, place):
    ivan, start = make.subscriber(wallet="50 UAH"), make.tariff("50 UAH")
    place(orders.subscribe, ivan, tariff_id=start.id)

    assert expire_orders(uow(), now=NOV_10 + WEEK - timedelta(microseconds=1)) == 0
    assert states(billing, ivan) == ["pending"]
    assert expire_orders(uow(), now=NOV_10 + WEEK) == 1
    assert expire_orders(uow(), now=NOV_10 + WEEK) == 0

    assert states(billing, ivan) == ["refused"]
    assert isinstance(recalled(subs(billing, ivan)[0].refusal), OrderExpired)
    assert available(billing, ivan.login) == amount("50 UAH")
    assert events(billing)[-1] == f"OLLTV SUBSCRIBER ({ivan.login}) ORDER EXPIRED [{start.id}]"
    assert_books_balance(billing)


def test_who_lost_an_order_can_order_again(billing, uow, make, place, clock, viewers):
    ivan, start = make.subscriber(wallet="50 UAH"), make.tariff("50 UAH")
    place(orders.subscribe, ivan, tariff_id=start.id)
    clock.advance(days=7)
    expire_orders(uow(), now=clock())

    place(orders.subscribe, ivan, tariff_id=start.id)
    viewers.deliver()

    assert states(billing, ivan) == ["refused", "active"]
    assert_books_balance(billing)


def test_a_resume_that_expires_sleeps_again_for_its_old_reason(billing, uow, viewers, make, place, clock):
    ivan = viewers.watching(make.tariff("50 UAH"), make.tariff("20 UAH", main=False), wallet="140 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    clock.now = DEC_1
    place(lifecycle.resume, ivan)

    assert expire_orders(uow(), now=DEC_1 + WEEK) == 2

    assert states(billing, ivan) == ["suspended:vacation"] * 2
    assert available(billing, ivan.login) == amount("70 UAH")
    assert_books_balance(billing)


def test_expiring_one_order_leaves_what_is_on_alone(billing, uow, viewers, make, place):
    start, sport, top = make.tariff(), make.tariff(main=False), make.tariff()
    ivan = viewers.watching(start, wallet="200 UAH")
    place(orders.add_addon, ivan, tariff_id=sport.id)
    place(orders.change, ivan, tariff_id=top.id)

    assert expire_orders(uow(), now=NOV_10 + WEEK) == 2
    viewers.deliver()

    assert states(billing, ivan) == ["active", "refused", "refused"]
    assert viewers.partner.on == {(ivan.login, start.service)}
    assert available(billing, ivan.login) == amount("150 UAH")


def test_expiring_works_for_one_who_is_gone(billing, uow, make, place):
    ivan = make.subscriber(wallet="50 UAH")
    place(orders.subscribe, ivan, tariff_id=make.tariff().id)
    with (unit := uow()):
        unit.host.remove(ivan.login, at=NOV_10)

    assert expire_orders(uow(), now=NOV_10 + WEEK) == 1
    assert states(billing, ivan) == ["refused"]


@pytest.mark.parametrize("again", [False, True], ids=["confirmed", "ordered anew"])
def test_an_order_that_moved_on_meanwhile_is_not_called_off(
    billing, uow, viewers, make, place, monkeypatch, clock, again
):
    """Between the list of the expired and the lock of the subscriber somebody was quicker."""
    ivan = viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    clock.now = DEC_1
    place(lifecycle.resume, ivan)
    clock.advance(days=7)
    call_off = expiry._call_off

    def late(*args, **kwargs):
        if again:
            place(lifecycle.suspend, ivan, reason=Reason.STAFF)
            place(lifecycle.resume, ivan)
        else:
            viewers.deliver()
        call_off(*args, **kwargs)

    monkeypatch.setattr(expiry, "_call_off", late)
    expire_orders(uow(), now=clock())

    assert states(billing, ivan) == ["pending" if again else "active"]
    assert_books_balance(billing)


def test_a_crash_in_the_middle_leaves_the_rest_for_the_next_time(billing, uow, make, place):
    people = [make.subscriber(wallet="50 UAH") for _ in range(3)]
    for person in people:
        place(orders.subscribe, person, tariff_id=make.tariff("50 UAH").id)

    for target, name in ((money, "release"), (UnitOfWork, "commit")):
        with pytest.raises(Crash), crash_after(target, name):
            expire_orders(uow(), now=NOV_10 + WEEK)
    expire_orders(uow(), now=NOV_10 + WEEK)

    assert [states(billing, person) for person in people] == [["refused"]] * 3
    assert [available(billing, person.login) for person in people] == [amount("50 UAH")] * 3
    assert sum("EXPIRED" in line for line in events(billing)) == 3
    assert_books_balance(billing)
