"""The run among people who pay, spend, order and leave at the same moment."""

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from random import Random
from unittest.mock import patch

import pytest
from sqlalchemy import event, func, select

from billing.errors import BillingError, Busy, NotEnoughMoney
from billing.host.base import Person
from billing.ledger.models import Refs, Transfer
from billing.uow import Billing
from olltv_module.models import Reason, State, Subscription, Tariff
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, orders
from olltv_module.services.fees import statements
from tests.olltv.fees.population import Line, Sub, Viewer, lines, populate, report, run_fees, subscriptions
from tests.olltv.support import deliver_all, spend
from tests.support import DEC_1, GUEST, FakeClock, assert_books_balance, balance, money

BLOCKED_S = 0.2


@pytest.fixture
def ivan(billing, make, clock):
    """Somebody who has just enough for his main and his add-on in December."""
    main, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    (login,) = populate(billing, [Viewer((Sub(main), Sub(sport)), 7000)])
    clock.now = DEC_1
    return login


def person(billing, login) -> Person:
    with (uow := billing.uow()):
        return uow.host.find(login)


def during_the_chunk(action):
    """Patches the run so that a rival starts `action` after everybody was classified; the rival has to wait."""
    pool, answer = ThreadPoolExecutor(1), Future()
    tally = statements.tally

    def tally_with_a_rival(chunk):
        rival = pool.submit(action)
        rival.add_done_callback(lambda done: answer.set_result(done.exception()))
        time.sleep(BLOCKED_S)
        assert not rival.done(), "the rival got through before the run committed"
        return tally(chunk)

    return patch.object(statements, "tally", tally_with_a_rival), answer


def test_who_spends_between_classifying_and_posting_comes_after_the_fee(billing, ivan, clock):
    run_it, answer = during_the_chunk(lambda: spend(billing, clock, person(billing, ivan), "0.01 UAH"))
    with run_it:
        run = run_fees(billing, clock)

    assert isinstance(answer.result(30), NotEnoughMoney)
    assert lines(billing, run) == {ivan: Line("charged", 2, 7000, 7000)}
    assert balance(billing, ivan) == money("0 UAH")
    assert_books_balance(billing)


def test_who_tops_up_between_classifying_and_posting_is_suspended_with_the_money_in_his_wallet(
    billing, ivan, clock, make
):
    spend(billing, clock, person(billing, ivan), "1 UAH")
    run_it, answer = during_the_chunk(lambda: make.top_up(ivan, "1 UAH"))
    with run_it:
        run = run_fees(billing, clock)

    assert answer.result(30) is None
    assert lines(billing, run) == {ivan: Line("no_money", 0, 7000, 0, 100)}
    assert balance(billing, ivan) == money("70 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("what", ["addon", "all", "suspend"])
def test_who_switches_off_between_classifying_and_posting_has_paid(billing, ivan, clock, uow, what):
    with billing.reading() as session:
        addon = session.scalar(select(Subscription.tariff_id).where(~Subscription.main))

    def switch_off():
        who = {"login": ivan, "actor": GUEST, "now": DEC_1}
        if what == "suspend":
            lifecycle.suspend(uow(), reason=Reason.STAFF, **who)
        else:
            lifecycle.leave(uow(), tariff_id=addon if what == "addon" else None, **who)

    run_it, answer = during_the_chunk(switch_off)
    with run_it:
        run = run_fees(billing, clock)

    assert answer.result(30) is None
    assert (run.fees, balance(billing, ivan)) == (2, money("0 UAH"))
    assert [paid for *_, paid in subscriptions(billing, ivan)] == ["2026-12", "2026-12"]
    assert [state for state, *_ in subscriptions(billing, ivan)] == {
        "addon": ["active", "ended"],
        "all": ["ended", "ended"],
        "suspend": ["suspended", "suspended"],
    }[what]
    assert_books_balance(billing)


@pytest.mark.parametrize("amount", ["0.01 UAH", "70 UAH"])
def test_the_run_waits_for_who_was_first_and_sees_what_he_did(billing, ivan, clock, amount):
    who, rival = person(billing, ivan), billing.uow()
    with ThreadPoolExecutor(1) as pool:
        with rival:
            rival.ledger.lock(who.wallet_id)
            running = pool.submit(run_fees, billing, clock)
            time.sleep(BLOCKED_S)
            rival.ledger.transfer(
                source=rival.ledger.lock(who.wallet_id),
                target=rival.ledger.system("outside:internet", "UAH"),
                amount=money(amount),
                key="first",
                refs=Refs(actor="test", login=ivan),
                at=DEC_1,
            )
            assert not running.done()
        run = running.result(30)

    assert lines(billing, run) == {ivan: Line("no_money", 0, 7000, 0, money(amount).minor)}
    assert_books_balance(billing)


def test_a_leaver_and_the_run_in_each_others_way_both_get_through(billing, ivan, clock, uow):
    """He holds his own lock and wants his subscriptions, which the run holds and wants him: one is asked again."""
    locked = lifecycle.subscribers.locked

    def slowly(*args):
        found = locked(*args)
        time.sleep(BLOCKED_S)
        return found

    with patch.object(lifecycle.subscribers, "locked", slowly), ThreadPoolExecutor(1) as pool:
        leaving = pool.submit(lifecycle.leave, uow(), login=ivan, actor=GUEST, now=DEC_1)
        time.sleep(BLOCKED_S / 2)
        run = run_fees(billing, clock)
        ended = leaving.result(30)

    assert len(ended) == 2
    assert run.fees in (0, 2)
    assert balance(billing, ivan) == money("0 UAH" if run.fees else "70 UAH")
    assert [state for state, *_ in subscriptions(billing, ivan)] == ["ended", "ended"]
    assert_books_balance(billing)


@dataclass
class Town:
    """People who do something at random, each in his own thread."""

    billing: Billing
    clock: FakeClock
    logins: list[str]
    top: Tariff
    sport: Tariff

    def live(self, dice: Random) -> None:
        for _ in range(15):
            with suppress(BillingError):
                self.act(dice)

    def act(self, dice: Random) -> None:
        who = {"login": dice.choice(self.logins), "actor": GUEST, "now": DEC_1}
        uow, addon, top = self.billing.uow(), {"tariff_id": self.sport.id}, {"tariff_id": self.top.id}
        acts: list[Callable[[], object]] = [
            partial(lifecycle.leave, uow, **who),
            partial(lifecycle.leave, uow, **who, **addon),
            partial(lifecycle.suspend, uow, **who, reason=Reason.STAFF),
            partial(lifecycle.resume, uow, **who),
            partial(orders.add_addon, uow, **who, **addon),
            partial(orders.change, uow, **who, **top),
            partial(self.pay, who["login"], str(dice.random())),
            partial(deliver_all, self.billing, self.clock),
        ]
        dice.choice(acts)()

    def pay(self, login: str, key: str) -> None:
        with (uow := self.billing.uow()):
            uow.host.top_up(login=login, amount=money("50 UAH"), key=key, source="cash", actor="test", at=DEC_1)

    def charge(self) -> None:
        for _ in range(4):
            with suppress(Busy):
                run_fees(self.billing, self.clock, chunk=2)
            time.sleep(0.05)


def test_a_town_that_pays_orders_leaves_and_is_charged_all_at_once(billing, make, clock):
    """Whatever the order of things: nobody pays a month twice, and what is on for December is paid for December."""
    main, top, sport = make.tariff("50 UAH"), make.tariff("80 UAH"), make.tariff("20 UAH", main=False)
    kinds = [Viewer((Sub(main), Sub(sport)), 20_000), Viewer((Sub(main),), 4_000), Viewer((Sub(top),), 8_000)]
    town = Town(billing, clock, populate(billing, kinds * 8), top, sport)
    clock.now = DEC_1

    with ThreadPoolExecutor(8) as pool:
        working = [pool.submit(town.live, Random(seed)) for seed in range(6)]
        working += [pool.submit(town.charge) for _ in range(2)]
        for each in working:
            each.result(60)
    run_fees(billing, clock)

    of_december, paid = Transfer.period == "2026-12", Subscription.paid_through == "2026-12"
    per_subscription = select(func.count()).where(of_december).group_by(Transfer.subscription_id)
    with billing.reading() as session:
        assert set(session.scalars(per_subscription)) == {1}
        assert session.scalars(select(Subscription.id).where(Subscription.state == State.ACTIVE, ~paid)).all() == []
    assert_books_balance(billing)


# Cost


def test_a_chunk_costs_the_same_number_of_statements_whatever_its_size(billing, make, clock):
    main, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    kinds = [Viewer((Sub(main), Sub(sport)), 7000), Viewer((Sub(main),), 0), Viewer((Sub(main),), 0, frozen=True)]
    clock.now = DEC_1

    def counted_run(people: int, chunk: int) -> int:
        populate(billing, kinds * (people // 3))
        seen: list[str] = []

        def count(_connection, _cursor, statement, *_more) -> None:
            seen.append(statement)

        event.listen(billing.engine, "before_cursor_execute", count)
        try:
            run = run_fees(billing, clock, chunk=chunk)
        finally:
            event.remove(billing.engine, "before_cursor_execute", count)
        assert report(run)["charged"] == people // 3
        return len(seen)

    counted_run(6, 1000)  # the first run of all makes the income account

    small, large, three_chunks = counted_run(6, 1000), counted_run(600, 1000), counted_run(600, 406)

    assert small == large
    assert three_chunks < 3 * large


class TestWithCredit:
    """OLLTV_USE_CREDIT is on."""

    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, use_credit=True)

    def test_a_credit_taken_back_while_the_run_waits_is_not_spent(self, billing, make, clock):
        main = make.tariff("50 UAH")
        (login,) = populate(billing, [Viewer((Sub(main),), 4000, credit=1000)])
        clock.now = DEC_1
        rival = billing.uow()
        with ThreadPoolExecutor(1) as pool:
            with rival:
                rival.host.set_credit(login, money("0 UAH"))
                rival.session.flush()
                running = pool.submit(run_fees, billing, clock)
                time.sleep(BLOCKED_S)
                assert not running.done()
            run = running.result(30)

        assert lines(billing, run) == {login: Line("no_money", 0, 5000, 0, 1000)}
        assert balance(billing, login) == money("40 UAH")
        assert_books_balance(billing)
