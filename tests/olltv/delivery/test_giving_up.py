"""Giving up orders that the partner will not confirm: nothing is taken, nothing is lost, nobody is overtaken."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import BillingError, InvalidInput, NotFound, recalled
from billing.events import Event
from billing.ledger.holds import Ledger
from olltv_module.delivery import queue
from olltv_module.delivery.giving_up import BeingDelivered, GivenUp, NothingToGiveUp, give_up
from olltv_module.delivery.queue import LEASE
from olltv_module.delivery.runner import deliver
from olltv_module.models import Fact, Reason
from olltv_module.services import subscribers
from tests.olltv.delivery.meddling import after
from tests.support import STAFF, Crash, assert_books_balance, available, balance, crash_after, money


@pytest.fixture
def give(house, billing, clock):
    def call(login="ivan", reason="the partner has dropped it"):
        return give_up(billing.uow(), login=login, reason=reason, actor=STAFF, now=clock())

    return call


def newest(billing, word):
    with billing.reading() as session:
        found = session.scalars(select(Event).where(Event.text.contains(word)).order_by(Event.id.desc()))
        return found.first()


def test_a_parked_order_is_called_off_and_its_money_is_free_again(house, sandbox, billing, give):
    house.order("main_start", "screen2")
    assert available(billing, "ivan") == money("935 UAH")

    given = give()
    house.run()

    assert [each.tariff.service for each in given] == ["screen2", "main_start"]
    assert house.states() == {"main_start": "refused off", "screen2": "refused off"}
    assert isinstance(recalled(house.sub("main_start").refusal), GivenUp)
    assert available(billing, "ivan") == balance(billing, "ivan") == money("1000 UAH")
    assert (house.row(), sandbox.user("ivan")) == (None, None)
    line = newest(billing, "GIVE UP TARIFF")
    assert line.text.endswith("`the partner has dropped it`")
    assert line.actor == STAFF.name
    assert_books_balance(billing)


def test_the_event_log_keeps_what_was_reserved(house, billing, give):
    house.order("main_start")

    give()

    line = newest(billing, "GIVE UP")
    assert line.before == {"state": "pending", "held": "50"}
    assert line.after == {"state": "refused", "held": "0"}


def test_what_was_to_be_resumed_is_suspended_as_before_with_devices_and_code(house, sandbox, billing, give, clock):
    house.watching("main_start", "screen2")
    house.suspend(Reason.VACATION)
    house.deliver()
    codes = sandbox.codes("ivan")
    clock.advance(days=30)
    house.resume()

    give()
    house.run()

    assert house.states() == {"main_start": "suspended kept", "screen2": "suspended kept"}
    assert {each.reason for each in (house.sub("main_start"), house.sub("screen2"))} == {Reason.VACATION}
    assert isinstance(recalled(house.sub("main_start").refusal), GivenUp)
    assert (sandbox.on("ivan"), sandbox.codes("ivan")) == (set(), codes)
    assert available(billing, "ivan") == balance(billing, "ivan") == money("935 UAH")
    assert_books_balance(billing)


def test_a_change_that_is_given_up_leaves_the_present_main_on(house, sandbox, billing, give):
    house.watching("main_start", "screen2")
    house.order("main_max")

    give()
    house.run()

    assert house.states() == {"main_start": "active on", "screen2": "active on", "main_max": "refused off"}
    assert sandbox.on("ivan") == {"main_start", "screen2"}
    assert balance(billing, "ivan") == money("935 UAH")
    assert_books_balance(billing)


def test_an_addon_that_is_given_up_leaves_the_main_alone(house, sandbox, billing, give):
    house.watching("main_start")
    house.order("screen2")

    assert len(give()) == 1
    house.run()

    assert house.states() == {"main_start": "active on", "screen2": "refused off"}


def test_what_the_partner_did_after_all_is_switched_off_there(house, sandbox, billing, give, clock):
    """The call had its effect, but its answer never came: giving up trusts nothing that we knew."""
    house.order("main_start")
    [claim] = house.claims()

    def dies():
        raise Crash

    with pytest.raises(Crash):
        deliver(after(house.delivering, enable_bundle=dies), claim)
    assert sandbox.on("ivan") == {"main_start"}
    clock.now += LEASE + timedelta(seconds=1)

    give()
    house.run()

    assert sandbox.on("ivan") == set()
    assert house.states() == {"main_start": "refused off"}
    assert balance(billing, "ivan") == money("1000 UAH")
    assert_books_balance(billing)


def test_nothing_is_given_up_while_the_partner_is_being_called(house, sandbox, billing, give):
    house.order("main_start")
    [claim] = house.claims()
    refusals = []

    def meanwhile():
        with pytest.raises(BeingDelivered) as refusal:
            give()
        refusals.append(refusal.value)

    deliver(after(house.delivering, enable_bundle=meanwhile), claim)

    assert [each.retryable for each in refusals] == [True]
    assert house.states() == {"main_start": "active on"}
    assert balance(billing, "ivan") == money("950 UAH")
    assert_books_balance(billing)


@pytest.mark.parametrize("_round", range(3))
def test_delivery_and_giving_up_at_once_end_with_one_of_both(house, sandbox, billing, give, clock, _round):
    house.order("main_start")
    start = threading.Barrier(2)

    def give_it_up():
        start.wait()
        try:
            return give()
        except BillingError as refusal:
            return refusal

    def claim():
        start.wait()
        return house.claims()

    with ThreadPoolExecutor(2) as pool:
        given, claims = pool.submit(give_it_up), pool.submit(claim)
    for each in claims.result():
        deliver(house.delivering, each)
    house.run()

    is_on = isinstance(given.result(), BillingError)
    assert house.states() == {"main_start": "active on" if is_on else "refused off"}
    assert sandbox.on("ivan") == ({"main_start"} if is_on else set())
    assert balance(billing, "ivan") == money("950 UAH" if is_on else "1000 UAH")
    assert_books_balance(billing)


def test_an_answer_that_comes_after_the_order_was_given_up_takes_no_money(house, sandbox, billing, give, clock):
    """The lease ran out during a very long call, staff gave up, and only then the partner said yes."""
    house.order("main_start")
    [claim] = house.claims()

    def meanwhile():
        clock.now += LEASE + timedelta(seconds=1)
        give()

    deliver(after(house.delivering, enable_bundle=meanwhile), claim)
    house.run()

    assert house.states()["main_start"].startswith("refused")
    assert sandbox.on("ivan") == set()
    assert balance(billing, "ivan") == money("1000 UAH")
    assert_books_balance(billing)


def test_giving_up_twice_is_told_and_harmless(house, billing, give):
    house.order("main_start")
    give()

    with pytest.raises((NothingToGiveUp, NotFound)):
        give()

    house.run()
    with pytest.raises(NotFound):
        give()
    assert available(billing, "ivan") == money("1000 UAH")


def test_what_is_to_go_off_cannot_be_given_up(house, sandbox, billing, give):
    house.watching("main_start")
    house.leave()

    with pytest.raises(NothingToGiveUp):
        give()

    house.run()
    assert sandbox.on("ivan") == set()


def test_what_is_paid_and_on_cannot_be_given_up(house, billing, give, clock):
    house.watching("main_start")
    uow = billing.uow()
    with uow:
        found = subscribers.locked(uow, "ivan")
        found.live[0].fact = Fact.OFF
        subscribers.mark_due(uow, found, clock())

    with pytest.raises(NothingToGiveUp):
        give()

    assert house.sub("main_start").state == "active"


@pytest.mark.parametrize("reason", ["", "   ", "x" * 121])
def test_a_reason_is_wanted(house, give, reason):
    house.order("main_start")

    with pytest.raises(InvalidInput):
        give(reason=reason)

    assert house.sub("main_start").state == "pending"


@pytest.mark.parametrize(
    ("target", "name"),
    [(Ledger, "release"), (Session, "flush"), (subscribers, "mark_due")],
    ids=["release", "flush", "mark_due"],
)
def test_a_crash_while_giving_up_leaves_the_order_as_it_was(house, sandbox, billing, give, target, name):
    house.order("main_start")

    with pytest.raises(Crash), crash_after(target, name):
        give()

    assert house.sub("main_start").state == "pending"
    assert available(billing, "ivan") == money("950 UAH")
    house.run()
    assert house.states() == {"main_start": "active on"}
    assert_books_balance(billing)


def test_a_parked_subscriber_leaves_the_queue_when_his_order_is_given_up(house, billing, give, clock):
    house.order("main_start")
    [claim] = house.claims()
    uow = billing.uow()
    with uow:
        row = uow.session.get_one(queue.Delivery, claim.subscriber_id, with_for_update=True)
        queue.park(row, trouble="needs_staff: no", now=clock())

    give()
    house.run()

    assert house.row() is None
