"""Several people, tabs and machines at once: one effect, and no wallet below its floor."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select

from billing.errors import BillingError
from olltv_module.errors import TariffNotOnSale
from olltv_module.models import Reason, Subscriber
from olltv_module.services import lifecycle, orders, subscribers, tariffs
from olltv_module.services.expiry import expire_orders
from tests.olltv.support import deliver_all, events, states
from tests.support import DEC_1, STAFF, assert_books_balance, available, balance, money

MANY = 50
POOLED = 20
"""Connections that the pool keeps open."""


@pytest.fixture
def at_once(billing):
    """Starts all actions at the same moment; gives how many of them ended with which refusal, or with `ok`."""

    def run(*actions: Callable[[], Any]) -> Counter[str]:
        with ExitStack() as opened:  # connections are opened beforehand: opening them lines the rivals up
            for _ in range(min(len(actions), POOLED)):
                opened.enter_context(billing.engine.connect())
        start = Barrier(len(actions))
        with ThreadPoolExecutor(len(actions)) as pool:
            return Counter(pool.map(partial(ending, start), actions))

    return run


def ending(start: Barrier, action: Callable[[], Any]) -> str:
    start.wait(30)
    try:
        action()
    except BillingError as refusal:
        return refusal.code
    return "ok"


@pytest.fixture
def asks(place):
    """An action for `at_once`."""

    def ask(use_case, person, **kwargs):
        return lambda: place(use_case, person, **kwargs)

    return ask


@pytest.mark.parametrize("times", [2, MANY])
def test_the_same_order_from_many_tabs_is_one_order(billing, at_once, make, asks, times):
    ivan, start = make.subscriber(wallet="1000 UAH"), make.tariff("50 UAH")

    ended = at_once(*[asks(orders.subscribe, ivan, tariff_id=start.id)] * times)

    assert ended == {"ok": times}
    assert states(billing, ivan) == ["pending"]
    assert available(billing, ivan.login) == money("950 UAH")
    assert sum("ORDER TARIFF" in line for line in events(billing)) == 1
    assert_books_balance(billing)


def test_of_different_mains_ordered_at_once_one_wins(billing, at_once, make, asks):
    ivan = make.subscriber(wallet="1000 UAH")
    mains = [make.tariff("50 UAH") for _ in range(5)]

    ended = at_once(*[asks(orders.subscribe, ivan, tariff_id=main.id) for main in mains])

    assert ended == {"ok": 1, "already_has_main": 4}
    assert available(billing, ivan.login) == money("950 UAH")


def test_addons_that_race_for_the_last_money_never_overdraw_the_wallet(billing, at_once, make, viewers, asks):
    addons = [make.tariff("20 UAH", main=False) for _ in range(10)]
    ivan = viewers.watching(make.tariff("50 UAH"), wallet="110 UAH")

    ended = at_once(*[asks(orders.add_addon, ivan, tariff_id=addon.id) for addon in addons])
    viewers.deliver()

    assert ended == {"ok": 3, "not_enough_money": 7}
    assert balance(billing, ivan.login) == money("0 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("times", [2, MANY])
def test_many_changes_to_the_same_main_are_one_change(billing, at_once, make, viewers, asks, times):
    start, top = make.tariff("50 UAH"), make.tariff("100 UAH")
    ivan = viewers.watching(start, wallet="1000 UAH")

    at_once(*[asks(orders.change, ivan, tariff_id=top.id)] * times)
    viewers.deliver()

    assert states(billing, ivan) == ["ended", "active"]
    assert balance(billing, ivan.login) == money("850 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("times", [2, MANY])
def test_many_resumes_take_each_fee_once(billing, at_once, make, viewers, place, asks, clock, times):
    ivan = viewers.watching(make.tariff("50 UAH"), make.tariff("20 UAH", main=False), wallet="1000 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    clock.now = DEC_1

    at_once(*[asks(lifecycle.resume, ivan)] * times)
    viewers.deliver()

    assert states(billing, ivan) == ["active", "active"]
    assert balance(billing, ivan.login) == money("860 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("times", [2, MANY])
@pytest.mark.parametrize(
    ("use_case", "more", "end"),
    [(lifecycle.leave, {}, "ended"), (lifecycle.suspend, {"reason": Reason.STAFF}, "suspended:staff")],
    ids=["leave", "suspend"],
)
def test_many_who_switch_off_do_it_once(billing, at_once, make, viewers, asks, use_case, more, end, times):
    ivan = viewers.watching(make.tariff("50 UAH"), make.tariff("20 UAH", main=False), wallet="70 UAH")
    seen = len(events(billing))

    at_once(*[asks(use_case, ivan, **more)] * times)

    assert states(billing, ivan) == [end, end]
    assert len(events(billing, since=seen)) == 2


def test_who_is_gone_from_the_host_is_switched_off_once_too(billing, at_once, make, viewers, asks, remove):
    """No host row is left to lock: his own row keeps rivals apart."""
    ivan = viewers.watching(make.tariff("50 UAH"), make.tariff("20 UAH", main=False), wallet="70 UAH")
    remove(ivan)
    seen = len(events(billing))

    at_once(*[asks(lifecycle.leave, ivan)] * 10)

    assert states(billing, ivan) == ["ended", "ended"]
    assert len(events(billing, since=seen)) == 2


def test_whatever_is_asked_at_once_the_money_is_right_and_the_partner_follows(
    billing, at_once, make, viewers, asks, uow, clock
):
    """Everybody does everything to the same subscriber; what comes out is one of the possible orders of it."""
    start, top, sport = make.tariff("50 UAH"), make.tariff("80 UAH"), make.tariff("20 UAH", main=False)
    ivan = viewers.watching(start, sport, wallet="500 UAH")

    def pay():
        with (unit := uow()):
            unit.host.top_up(
                login=ivan.login, amount=money("1 UAH"), key="once", source="cash", actor="test", at=clock()
            )

    at_once(
        *[asks(orders.subscribe, ivan, tariff_id=start.id)] * 4,
        *[asks(orders.change, ivan, tariff_id=top.id)] * 4,
        *[asks(orders.add_addon, ivan, tariff_id=sport.id)] * 4,
        *[asks(lifecycle.suspend, ivan, reason=Reason.STAFF)] * 4,
        *[asks(lifecycle.resume, ivan)] * 4,
        *[asks(lifecycle.leave, ivan, tariff_id=sport.id)] * 2,
        *[asks(lifecycle.leave, ivan)] * 2,
        *[lambda: expire_orders(uow(), now=clock())] * 2,
        *[lambda: deliver_all(billing, clock, viewers.partner)] * 4,
        *[pay] * 4,
    )
    clock.advance(minutes=5)  # a delivery that met another one waits its time
    viewers.deliver()

    on = {state for state in states(billing, ivan) if state in ("active", "pending")}
    assert on <= {"active"}
    assert bool(viewers.partner.on) is bool(on)
    assert_books_balance(billing)


def test_different_subscribers_do_not_disturb_each_other(billing, at_once, make, asks):
    start = make.tariff("50 UAH")
    people = [make.subscriber(wallet="50 UAH") for _ in range(MANY)]

    ended = at_once(*[asks(orders.subscribe, person, tariff_id=start.id) for person in people])

    assert ended == {"ok": MANY}
    assert {str(available(billing, person.login)) for person in people} == {"0.00 UAH"}
    assert_books_balance(billing)


def test_two_tariffs_with_one_service_created_at_once_are_one_tariff(billing, at_once, uow, clock):
    def create():
        tariffs.create(uow(), name="Base", service="base", fee=money("50 UAH"), main=True, actor=STAFF, now=clock())

    assert at_once(*[create] * 8) == {"ok": 1, "service_taken": 7}


def test_a_tariff_is_either_sold_or_deleted(billing, at_once, make, asks, uow, clock):
    people, start = [make.subscriber(wallet="50 UAH") for _ in range(8)], make.tariff("50 UAH")

    def delete():
        tariffs.delete(uow(), tariff_id=start.id, actor=STAFF, now=clock())

    ended = at_once(delete, *[asks(orders.subscribe, person, tariff_id=start.id) for person in people])

    assert ended in ({"ok": 8, "tariff_protected": 1}, {"ok": 1, "tariff_not_on_sale": 8}), ended
    assert_books_balance(billing)


def test_an_archive_that_slips_in_while_the_order_waits_is_seen(billing, make, place, viewers, clock):
    """He had the tariff before, so its row was read before it is locked for the order."""
    start = make.tariff()
    ivan = viewers.watching(start)
    place(lifecycle.leave, ivan)
    with billing.uow() as uow:
        _known = subscribers.enrolled(uow, ivan.login, clock())
        if billing.engine.dialect.name == "sqlite":  # the write lock keeps everybody else out
            assert tariffs.on_sale(uow, start.id, main=True).id == start.id
        else:
            tariffs.archive(billing.uow(), tariff_id=start.id, actor=STAFF, now=clock())
            with pytest.raises(TariffNotOnSale):
                tariffs.on_sale(uow, start.id, main=True)


def test_a_tariff_that_is_being_ordered_waits_with_its_change_of_kind(billing, make, uow, clock):
    start, service = make.tariff(), "base"
    change = {"tariff_id": start.id, "name": "Base", "service": service, "main": False, "actor": STAFF, "now": clock()}
    with ThreadPoolExecutor(1) as pool:
        with billing.uow() as ordering:
            tariffs.on_sale(ordering, start.id, main=True)
            changing = pool.submit(tariffs.edit, uow(), **change)
            wait([changing], timeout=0.2)
            assert not changing.done()
        assert changing.result(30).main is False


@pytest.mark.parametrize("use_case", [lifecycle.leave, lifecycle.resume], ids=["leave", "resume"])
def test_a_subscriber_whose_answer_is_being_kept_waits_with_his_next_wish(billing, make, viewers, asks, use_case):
    """Delivery locks the subscriber, not his host row, so the use cases must want that lock, too."""
    ivan = viewers.watching(make.tariff("50 UAH"))
    with ThreadPoolExecutor(1) as pool:
        with billing.uow() as keeping:
            mine = select(Subscriber).where(Subscriber.login == ivan.login).with_for_update(of=Subscriber)
            keeping.session.scalars(mine).one()
            wishing = pool.submit(asks(use_case, ivan))
            wait([wishing], timeout=0.2)
            assert not wishing.done()
        wishing.result(30)


def test_an_order_is_either_confirmed_or_expired(billing, at_once, make, asks, viewers, uow, clock):
    people, start = [make.subscriber(wallet="50 UAH") for _ in range(8)], make.tariff("50 UAH")
    for person in people:
        viewers.order(person, start)
    clock.advance(days=7)

    at_once(*[lambda: expire_orders(uow(), now=clock())] * 3, *[viewers.deliver] * 3)
    clock.advance(minutes=5)
    viewers.deliver()

    for person in people:
        (state,) = states(billing, person)
        assert (state, available(billing, person.login)) in (("active", money("0 UAH")), ("refused", money("50 UAH")))
        assert ((person.login, start.service) in viewers.partner.on) is (state == "active")
    assert_books_balance(billing)
