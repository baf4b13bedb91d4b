"""Resuming, and a month that ends between an order and the partner's yes."""

import pytest

from billing.host.base import UnknownLogin
from billing.ledger.holds import Ledger
from billing.uow import UnitOfWork
from olltv_module.errors import NotEnoughToResume, NotSubscribed, ReasonWanted, SubscriberDown, SubscriberFrozen
from olltv_module.models import Reason
from olltv_module.options import OlltvOptions
from olltv_module.services import lifecycle, money, subscribers
from tests.olltv.support import events, queued, spend, states, subs
from tests.support import (
    DEC_1,
    GUEST,
    NOV_10,
    STAFF,
    Crash,
    assert_books_balance,
    available,
    balance,
    crash_after,
)
from tests.support import money as amount


def test_resuming_in_a_paid_month_costs_nothing(billing, place, viewers, tariffs):
    ivan = viewers.watching(*tariffs, wallet="80 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    seen = len(events(billing))

    place(lifecycle.resume, ivan)
    viewers.deliver()

    assert states(billing, ivan) == ["active"] * 3
    assert [line.split(") ")[1] for line in events(billing, since=seen)] == [
        "RESUME",
        *(
            f"UNSUSPEND {kind} [{each.id}]"
            for kind, each in zip(["TARIFF", "ADDTARIFF", "ADDTARIFF"], tariffs, strict=True)
        ),
    ]
    assert viewers.partner.calls[-3].endswith("subs_renew")
    assert_books_balance(billing)


def test_resuming_in_a_new_month_takes_each_fee_once(billing, place, viewers, tariffs, clock):
    ivan = viewers.watching(*tariffs, wallet="160 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    clock.now = DEC_1

    for _ in range(3):
        place(lifecycle.resume, ivan)
    reserved = available(billing, ivan.login)
    viewers.deliver()
    place(lifecycle.resume, ivan)
    viewers.deliver()

    assert reserved == balance(billing, ivan.login) == amount("0 UAH")
    assert [each.paid_through for each in subs(billing, ivan)] == ["2026-12"] * 3
    assert_books_balance(billing)


def test_resuming_is_all_or_nothing_and_says_what_is_missing(billing, place, viewers, tariffs, clock):
    ivan = viewers.watching(*tariffs, wallet="159.99 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    clock.now = DEC_1

    with pytest.raises(NotEnoughToResume) as refusal:
        place(lifecycle.resume, ivan)

    assert refusal.value.facts["lack"] == amount("0.01 UAH")
    assert states(billing, ivan) == ["suspended:vacation"] * 3
    assert available(billing, ivan.login) == amount("79.99 UAH")
    assert events(billing)[-1] == f"OLLTV SUBSCRIBER ({ivan.login}) FAIL UNSUSPEND NO_MONEY"


def test_a_debtor_who_has_paid_the_month_is_resumed(billing, place, viewers, tariffs, clock):
    ivan = viewers.watching(tariffs[0], wallet="50 UAH", credit="30 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    spend(billing, clock, ivan, "30 UAH")

    place(lifecycle.resume, ivan)

    assert states(billing, ivan) == ["pending"]


def test_the_price_of_resuming_counts_what_is_suspended_and_not_paid(billing, place, viewers, tariffs, clock, uow):
    ivan = viewers.watching(*tariffs)
    clock.now = DEC_1

    def price():
        with (unit := uow()):
            return lifecycle.price_of_resuming(unit, subscribers.locked(unit, ivan.login), clock())

    on = price()
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    assert (on, price()) == (amount("0 UAH"), amount("80 UAH"))


def test_resuming_without_charge_wants_a_reason_and_pays_the_month(billing, place, viewers, tariffs, clock):
    ivan = viewers.watching(*tariffs, wallet="80 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)
    viewers.deliver()
    clock.now = DEC_1

    for reason in ("", " "):
        with pytest.raises(ReasonWanted):
            place(lifecycle.resume, ivan, free=reason)
    place(lifecycle.resume, ivan, free="the line was {down}")
    viewers.deliver()

    assert states(billing, ivan) == ["active"] * 3
    assert [each.paid_through for each in subs(billing, ivan)] == ["2026-12"] * 3
    assert f"OLLTV SUBSCRIBER ({ivan.login}) RESUME WITHOUT CHARGE `the line was {{down}}`" in events(billing)
    assert balance(billing, ivan.login) == amount("0 UAH")


def test_who_may_not_watch_is_not_resumed(billing, place, viewers, tariffs, flags, remove):
    frozen, down, gone = (viewers.watching(tariffs[0]) for _ in range(3))
    for person in (frozen, down, gone):
        place(lifecycle.suspend, person, reason=Reason.STAFF)
    flags(frozen, frozen=True)
    flags(down, down=True)
    remove(gone)

    for person, refusal in ((frozen, SubscriberFrozen), (down, SubscriberDown), (gone, UnknownLogin)):
        with pytest.raises(refusal):
            place(lifecycle.resume, person)
        assert states(billing, person) == ["suspended:staff"]


def test_who_has_left_is_not_resumed(place, viewers, tariffs):
    ivan = viewers.watching(*tariffs)
    place(lifecycle.leave, ivan)

    with pytest.raises(NotSubscribed):
        place(lifecycle.resume, ivan)


def test_resuming_what_is_on_changes_nothing(billing, place, viewers, tariffs):
    ivan = viewers.watching(tariffs[0])
    seen = len(events(billing))

    assert [each.state for each in place(lifecycle.resume, ivan)] == ["active"]
    assert (events(billing, since=seen), queued(billing)) == ([], 0)


class TestWithCredit:
    """OLLTV_USE_CREDIT is on."""

    @pytest.fixture
    def options(self):
        return OlltvOptions(enabled=True, domain="isp.example", use_credit=True)

    def test_resuming_may_use_the_credit_to_its_limit(self, billing, place, viewers, tariffs, clock):
        ivan = viewers.watching(tariffs[0], wallet="50 UAH", credit="50 UAH")
        petro = viewers.watching(tariffs[0], wallet="50 UAH", credit="49.99 UAH")
        for person in (ivan, petro):
            place(lifecycle.suspend, person, reason=Reason.STAFF)
        clock.now = DEC_1

        place(lifecycle.resume, ivan)
        with pytest.raises(NotEnoughToResume):
            place(lifecycle.resume, petro)

        assert available(billing, ivan.login) == amount("-50 UAH")
        assert_books_balance(billing)


# A month's end between the order and the partner's yes


def test_an_order_confirmed_in_the_next_month_pays_for_that_month_only(billing, make, viewers, tariffs, clock):
    ivan = make.subscriber(wallet="50 UAH")
    viewers.order(ivan, tariffs[0])
    clock.now = DEC_1

    viewers.deliver()

    assert [each.paid_through for each in subs(billing, ivan)] == ["2026-12"]
    assert balance(billing, ivan.login) == amount("0 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("wallet", "state", "left"), [("100 UAH", "active", "50 UAH"), ("49.99 UAH", "suspended:no_money", "49.99 UAH")]
)
def test_a_resume_confirmed_in_a_month_not_paid_yet_pays_or_sleeps(
    billing, make, place, viewers, tariffs, clock, wallet, state, left
):
    ivan = viewers.watching(tariffs[0], wallet="50 UAH")
    make.top_up(ivan.login, wallet)
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    place(lifecycle.resume, ivan)
    clock.now = DEC_1

    viewers.deliver()
    viewers.deliver()

    assert states(billing, ivan) == [state]
    assert balance(billing, ivan.login) == amount(left)
    assert bool(viewers.partner.on) is (state == "active")
    assert_books_balance(billing)


def test_what_is_held_for_an_order_is_told(billing, make, place, viewers, tariffs, uow):
    ivan = make.subscriber(wallet="100 UAH")
    viewers.order(ivan, tariffs[0])

    with (unit := uow()):
        held = money.held_fee(unit, subscribers.locked(unit, ivan.login).main)
    viewers.deliver()
    with (unit := uow()):
        after = money.held_fee(unit, subscribers.locked(unit, ivan.login).main)

    assert (held, after) == (amount("50 UAH"), amount("0 UAH"))


@pytest.mark.parametrize(
    ("target", "name"),
    [
        pytest.param(Ledger, "hold", id="hold"),
        pytest.param(subscribers, "mark_due", id="mark_due"),
        pytest.param(UnitOfWork, "commit", id="commit"),
    ],
)
def test_a_crash_while_resuming_is_repeated_with_each_fee_taken_once(
    billing, uow, viewers, tariffs, clock, target, name
):
    ivan = viewers.watching(*tariffs, wallet="160 UAH")
    lifecycle.suspend(uow(), login=ivan.login, reason=Reason.STAFF, actor=STAFF, now=NOV_10)
    viewers.deliver()
    clock.now = DEC_1

    with pytest.raises(Crash), crash_after(target, name):
        lifecycle.resume(uow(), login=ivan.login, actor=GUEST, now=DEC_1)
    lifecycle.resume(uow(), login=ivan.login, actor=GUEST, now=DEC_1)
    viewers.deliver()

    assert states(billing, ivan) == ["active"] * 3
    assert balance(billing, ivan.login) == amount("0 UAH")
    assert_books_balance(billing)
