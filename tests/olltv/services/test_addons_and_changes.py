"""Ordering add-ons, and another main in place of the present one."""

import pytest
from sqlalchemy.orm import Session

from billing.errors import NotEnoughMoney
from billing.ledger.holds import Ledger
from olltv_module.errors import (
    AddonNeedsMain,
    ChangeUnderWay,
    NotSubscribed,
    ResumeFirst,
    WrongKind,
)
from olltv_module.models import Reason
from olltv_module.services import lifecycle, orders, subscribers
from tests.olltv.support import events, states, subs
from tests.support import Crash, assert_books_balance, available, balance, crash_after, money

CRASHES = [
    pytest.param(Ledger, "hold", id="hold"),
    pytest.param(Session, "flush", id="flush"),
    pytest.param(subscribers, "mark_due", id="mark_due"),
]


# Add-ons


def test_an_addon_is_ordered_beside_a_main_that_is_on_or_being_switched_on(billing, make, place, viewers):
    start, sport, kids = make.tariff("50 UAH"), make.tariff("20 UAH", main=False), make.tariff("10 UAH", main=False)
    ivan = make.subscriber(wallet="80 UAH")
    place(orders.subscribe, ivan, tariff_id=start.id)

    place(orders.add_addon, ivan, tariff_id=sport.id)
    viewers.deliver()
    place(orders.add_addon, ivan, tariff_id=kids.id)
    viewers.deliver()

    assert states(billing, ivan) == ["active", "active", "active"]
    assert balance(billing, ivan.login) == money("0 UAH")
    assert f"OLLTV SUBSCRIBER ({ivan.login}) SET ADDTARIFF [{kids.id}]" in events(billing)
    assert_books_balance(billing)


def test_an_addon_ordered_again_is_answered_as_it_stands(billing, make, place, viewers):
    start, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    ivan = viewers.watching(start, wallet="100 UAH")

    ordered = [place(orders.add_addon, ivan, tariff_id=sport.id).id for _ in range(3)]

    assert len(set(ordered)) == 1
    assert available(billing, ivan.login) == money("30 UAH")


def test_an_addon_needs_a_main_that_is_not_suspended(billing, make, place, viewers):
    start, sport = make.tariff(), make.tariff(main=False)
    ivan, petro = make.subscriber(wallet="100 UAH"), viewers.watching(start)
    place(lifecycle.suspend, petro, reason=Reason.STAFF)

    for person in (ivan, petro):
        with pytest.raises(AddonNeedsMain):
            place(orders.add_addon, person, tariff_id=sport.id)
        assert events(billing)[-1] == f"OLLTV SUBSCRIBER ({person.login}) SET ADDTARIFF [{sport.id}] HAVENOMAINSUB"
    assert available(billing, ivan.login) == money("100 UAH")


def test_a_suspended_addon_wants_to_be_resumed(make, place, viewers):
    start, sport = make.tariff(), make.tariff(main=False)
    ivan = viewers.watching(start, sport)
    place(lifecycle.suspend, ivan, reason=Reason.STAFF)

    with pytest.raises(ResumeFirst):
        place(orders.add_addon, ivan, tariff_id=sport.id)


def test_an_addon_that_cannot_be_paid_leaves_the_main_alone(billing, make, place, viewers):
    start, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    ivan = viewers.watching(start, wallet="69.99 UAH")

    with pytest.raises(NotEnoughMoney):
        place(orders.add_addon, ivan, tariff_id=sport.id)

    assert states(billing, ivan) == ["active"]


@pytest.mark.parametrize(("target", "name"), CRASHES)
def test_a_crash_while_adding_or_changing_leaves_the_main_as_it_was(billing, make, place, viewers, target, name):
    start, sport, top = make.tariff(), make.tariff(main=False), make.tariff()
    ivan = viewers.watching(start, wallet="200 UAH")

    for use_case, tariff in ((orders.add_addon, sport), (orders.change, top)):
        with pytest.raises(Crash), crash_after(target, name):
            place(use_case, ivan, tariff_id=tariff.id)
        assert states(billing, ivan) == ["active"]
        assert available(billing, ivan.login) == money("150 UAH")
    assert_books_balance(billing)


# Changing the main


def test_a_change_keeps_the_old_main_on_until_the_partner_has_changed_it(billing, make, place, viewers):
    start, top = make.tariff("50 UAH"), make.tariff("100 UAH")
    ivan = viewers.watching(start, wallet="150 UAH")

    place(orders.change, ivan, tariff_id=top.id)
    before = states(billing, ivan)
    viewers.deliver()

    assert before == ["active", "pending"]
    assert states(billing, ivan) == ["ended", "active"]
    assert viewers.partner.on == {(ivan.login, top.service)}
    assert viewers.partner.calls[-1] == f"change {ivan.login} {start.service} {top.service}"
    assert subs(billing, ivan)[1].code == f"code-{start.service}"
    assert balance(billing, ivan.login) == money("0 UAH")
    assert_books_balance(billing)


def test_a_change_ordered_again_and_a_change_to_what_one_has_are_answered_as_they_stand(billing, make, place, viewers):
    start, top = make.tariff("50 UAH"), make.tariff("100 UAH")
    ivan = viewers.watching(start, wallet="500 UAH")

    same = place(orders.change, ivan, tariff_id=start.id)
    ordered = [place(orders.change, ivan, tariff_id=top.id).id for _ in range(2)]
    viewers.deliver()
    done = place(orders.change, ivan, tariff_id=top.id)

    assert same.id == subs(billing, ivan)[0].id
    assert {*ordered, done.id} == {subs(billing, ivan)[1].id}
    assert balance(billing, ivan.login) == money("350 UAH")


def test_a_change_is_refused_without_a_main_or_beside_another_order(billing, make, place, viewers):
    start, top, best, addon = make.tariff(), make.tariff(), make.tariff(), make.tariff(main=False)
    nobody, ivan = make.subscriber(wallet="500 UAH"), viewers.watching(start, wallet="500 UAH")
    fresh = make.subscriber(wallet="500 UAH")
    place(orders.subscribe, fresh, tariff_id=start.id)

    with pytest.raises(NotSubscribed):
        place(orders.change, nobody, tariff_id=top.id)
    with pytest.raises(ChangeUnderWay):
        place(orders.change, fresh, tariff_id=top.id)
    with pytest.raises(WrongKind):
        place(orders.change, ivan, tariff_id=addon.id)
    place(orders.change, ivan, tariff_id=top.id)
    with pytest.raises(ChangeUnderWay):
        place(orders.change, ivan, tariff_id=best.id)
    with pytest.raises(ChangeUnderWay):
        place(orders.change, ivan, tariff_id=start.id)

    assert states(billing, ivan) == ["active", "pending"]
    assert_books_balance(billing)


def test_a_change_is_refused_while_suspended_or_when_the_new_fee_is_not_there(billing, make, place, viewers):
    start, top = make.tariff("50 UAH"), make.tariff("100 UAH")
    ivan, petro = viewers.watching(start), viewers.watching(start, wallet="149.99 UAH")
    place(lifecycle.suspend, ivan, reason=Reason.VACATION)

    with pytest.raises(ResumeFirst):
        place(orders.change, ivan, tariff_id=top.id)
    with pytest.raises(NotEnoughMoney):
        place(orders.change, petro, tariff_id=top.id)

    assert states(billing, petro) == ["active"]
