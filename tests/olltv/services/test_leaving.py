"""Leaving, and suspending: always possible, once, with the reserves given back."""

import pytest
from sqlalchemy.orm import Session

from billing.host.base import UnknownLogin
from billing.ledger.holds import Ledger
from olltv_module.errors import NotSubscribed
from olltv_module.models import Reason
from olltv_module.services import lifecycle, orders, subscribers
from tests.olltv.support import events, queued, spend, states
from tests.support import (
    DEC_1,
    Crash,
    assert_books_balance,
    available,
    balance,
    crash_after,
)
from tests.support import money as amount

# Leaving


def test_leaving_ends_everything_addons_first_and_gives_nothing_back(billing, place, viewers, tariffs):
    main, sport, kids = tariffs
    ivan = viewers.watching(*tariffs, wallet="80 UAH")
    seen = len(events(billing))

    ended = place(lifecycle.leave, ivan)
    viewers.deliver()

    assert len(ended) == 3
    assert states(billing, ivan) == ["ended"] * 3
    assert events(billing, since=seen) == [
        f"OLLTV SUBSCRIBER ({ivan.login}) DROP ADDTARIFF [{sport.id}]",
        f"OLLTV SUBSCRIBER ({ivan.login}) DROP ADDTARIFF [{kids.id}]",
        f"OLLTV SUBSCRIBER ({ivan.login}) DROP TARIFF [{main.id}]",
    ]
    assert viewers.partner.on == set()
    assert viewers.partner.calls[-1] == f"disable {ivan.login} {main.service} subs_break_contract"
    assert balance(billing, ivan.login) == amount("0 UAH")
    assert_books_balance(billing)


def test_leaving_the_main_takes_its_addons_along(billing, place, viewers, tariffs):
    ivan = viewers.watching(*tariffs)

    place(lifecycle.leave, ivan, tariff_id=tariffs[0].id)

    assert states(billing, ivan) == ["ended"] * 3


def test_dropping_an_addon_drops_only_it(billing, place, viewers, tariffs):
    main, sport, kids = tariffs
    ivan = viewers.watching(*tariffs)

    place(lifecycle.leave, ivan, tariff_id=sport.id)
    viewers.deliver()

    assert states(billing, ivan) == ["active", "ended", "active"]
    assert viewers.partner.on == {(ivan.login, main.service), (ivan.login, kids.service)}


def test_a_wrong_id_drops_nothing(billing, make, place, viewers, tariffs):
    ivan, other = viewers.watching(*tariffs), make.tariff()

    for tariff_id in (other.id, 999):
        with pytest.raises(NotSubscribed):
            place(lifecycle.leave, ivan, tariff_id=tariff_id)

    assert states(billing, ivan) == ["active"] * 3
    assert queued(billing) == 0


def test_leaving_twice_gives_nothing_and_says_nothing(billing, place, viewers, tariffs):
    ivan = viewers.watching(*tariffs)
    place(lifecycle.leave, ivan)
    seen = len(events(billing))

    assert place(lifecycle.leave, ivan) == []
    assert place(lifecycle.leave, ivan, tariff_id=tariffs[1].id) == []
    assert events(billing, since=seen) == []


def test_leaving_an_order_gives_its_reserve_back(billing, make, place, viewers, tariffs):
    ivan = make.subscriber(wallet="80 UAH")
    viewers.order(ivan, *tariffs)
    reserved = available(billing, ivan.login)

    place(lifecycle.leave, ivan)
    viewers.deliver()

    assert (reserved, available(billing, ivan.login)) == (amount("0 UAH"), amount("80 UAH"))
    assert viewers.partner.calls == []
    assert_books_balance(billing)


def test_calling_off_a_change_leaves_the_present_main_on(billing, make, place, viewers, tariffs):
    ivan, top = viewers.watching(*tariffs, wallet="200 UAH"), make.tariff("100 UAH")
    place(orders.change, ivan, tariff_id=top.id)

    place(lifecycle.leave, ivan, tariff_id=top.id)
    viewers.deliver()

    assert states(billing, ivan) == ["active", "active", "active", "ended"]
    assert available(billing, ivan.login) == amount("120 UAH")


def test_leaving_during_a_change_ends_both_mains(billing, make, place, viewers, tariffs):
    ivan, top = viewers.watching(tariffs[0], wallet="200 UAH"), make.tariff("100 UAH")
    place(orders.change, ivan, tariff_id=top.id)

    place(lifecycle.leave, ivan, tariff_id=tariffs[0].id)
    viewers.deliver()

    assert states(billing, ivan) == ["ended", "ended"]
    assert (available(billing, ivan.login), viewers.partner.on) == (amount("150 UAH"), set())


@pytest.mark.parametrize("reason", list(Reason))
def test_who_is_suspended_can_leave(billing, place, viewers, tariffs, reason):
    ivan = viewers.watching(*tariffs)
    place(lifecycle.suspend, ivan, reason=reason)
    viewers.deliver()

    place(lifecycle.leave, ivan)
    viewers.deliver()

    assert states(billing, ivan) == ["ended"] * 3
    assert viewers.partner.on == set()


def test_who_is_in_debt_frozen_down_or_gone_can_leave(billing, place, viewers, tariffs, flags, remove, clock):
    people = [viewers.watching(*tariffs, wallet="80 UAH", credit="100 UAH") for _ in range(4)]
    debtor, frozen, down, gone = people
    spend(billing, clock, debtor, "100 UAH")
    flags(frozen, frozen=True)
    flags(down, down=True)
    remove(gone)

    for person in people:
        place(lifecycle.leave, person)
    viewers.deliver()

    assert [states(billing, person) for person in people] == [["ended"] * 3] * 4
    assert viewers.partner.on == set()


def test_who_never_had_tv_is_told_so(make, place, remove):
    ivan, petro = make.subscriber(), make.subscriber()
    remove(petro)

    for use_case, more in (
        (lifecycle.leave, {}),
        (lifecycle.suspend, {"reason": Reason.STAFF}),
        (lifecycle.resume, {}),
    ):
        with pytest.raises(NotSubscribed):
            place(use_case, ivan, **more)
        with pytest.raises(UnknownLogin):
            place(use_case, petro, **more)


# Suspending


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Reason.NO_MONEY, "subs_negative_balance"),
        (Reason.FROZEN, "subs_vacation"),
        (Reason.VACATION, "subs_vacation"),
        (Reason.STAFF, "subs_malfunction"),
        (Reason.GONE, "subs_break_contract"),
    ],
)
def test_suspending_switches_all_off_and_tells_the_partner_why(billing, place, viewers, tariffs, reason, told):
    main, sport, _ = tariffs
    ivan = viewers.watching(main, sport, wallet="100 UAH")
    seen = len(events(billing))

    suspended = place(lifecycle.suspend, ivan, reason=reason)
    viewers.deliver()

    assert {each.reason for each in suspended} == {reason}
    assert states(billing, ivan) == [f"suspended:{reason}"] * 2
    assert sorted(events(billing, since=seen)) == [
        f"OLLTV SUBSCRIBER ({ivan.login}) SUSPEND ADDTARIFF [{sport.id}]",
        f"OLLTV SUBSCRIBER ({ivan.login}) SUSPEND TARIFF [{main.id}]",
    ]
    assert viewers.partner.calls[-2:] == [
        f"disable {ivan.login} {sport.service} {told}",
        f"disable {ivan.login} {main.service} {told}",
    ]
    assert balance(billing, ivan.login) == amount("30 UAH")


def test_what_is_suspended_keeps_its_first_reason(billing, place, viewers, tariffs):
    ivan = viewers.watching(tariffs[0])

    place(lifecycle.suspend, ivan, reason=Reason.NO_MONEY)
    again = place(lifecycle.suspend, ivan, reason=Reason.STAFF)

    assert [each.reason for each in again] == ["no_money"]
    assert states(billing, ivan) == ["suspended:no_money"]


def test_suspending_calls_off_what_has_never_been_on(billing, make, place, viewers, tariffs):
    main, sport, kids = tariffs
    ivan, petro = viewers.watching(main, sport, wallet="100 UAH"), make.subscriber(wallet="100 UAH")
    viewers.order(ivan, kids)
    viewers.order(petro, main)

    for person in (ivan, petro):
        place(lifecycle.suspend, person, reason=Reason.STAFF)

    assert states(billing, ivan) == ["suspended:staff", "suspended:staff", "ended"]
    assert states(billing, petro) == ["ended"]
    assert available(billing, ivan.login) == amount("30 UAH")
    assert available(billing, petro.login) == amount("100 UAH")
    assert_books_balance(billing)


def test_suspending_a_resume_that_waits_gives_its_reserve_back(billing, place, viewers, tariffs, clock, make):
    ivan = viewers.watching(tariffs[0], wallet="100 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)
    viewers.deliver()
    clock.now = DEC_1
    place(lifecycle.resume, ivan)

    place(lifecycle.suspend, ivan, reason=Reason.STAFF)

    assert states(billing, ivan) == ["suspended:staff"]
    assert available(billing, ivan.login) == amount("50 UAH")
    assert_books_balance(billing)


# Crashes


@pytest.mark.parametrize(
    ("target", "name"),
    [
        pytest.param(Ledger, "release", id="release"),
        pytest.param(Session, "flush", id="flush"),
        pytest.param(subscribers, "mark_due", id="mark_due"),
    ],
)
@pytest.mark.parametrize("use_case", [lifecycle.leave, lifecycle.suspend], ids=["leave", "suspend"])
def test_a_crash_while_leaving_or_suspending_changes_nothing(billing, place, viewers, tariffs, use_case, target, name):
    main, sport, kids = tariffs
    ivan = viewers.watching(main, sport, wallet="80 UAH")
    viewers.order(ivan, kids)
    more = {"reason": Reason.STAFF} if use_case is lifecycle.suspend else {}

    with pytest.raises(Crash), crash_after(target, name):
        place(use_case, ivan, **more)
    assert states(billing, ivan) == ["active", "active", "pending"]
    assert available(billing, ivan.login) == amount("0 UAH")

    place(use_case, ivan, **more)
    assert "active" not in states(billing, ivan)
    assert available(billing, ivan.login) == amount("10 UAH")
    assert_books_balance(billing)
