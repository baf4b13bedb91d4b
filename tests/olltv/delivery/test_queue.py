"""Who is at which subscriber: leases, pauses, parking, and what is told of the queue."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from billing.errors import NotFound
from olltv_module.delivery import queue
from olltv_module.delivery.queue import LEASE, LONGEST_PAUSE_S, Claim, Length
from olltv_module.models import Delivery, Fact
from tests.support import NOV_10


def change(billing, claim_: Claim, what) -> None:
    """Do something with the row of a claim, as its holder."""
    uow = billing.uow()
    with uow:
        what(uow.session.get_one(Delivery, claim_.subscriber_id, with_for_update=True))


def due(billing, clock, limit: int = 10) -> list[Claim]:
    return queue.claim(billing.uow(), now=clock(), limit=limit)


def length(billing, clock) -> Length:
    with billing.reading() as session:
        return queue.length(session, clock())


def next_due(billing):
    with billing.reading() as session:
        return queue.next_due(session)


def test_who_is_due_is_claimed_once(house, billing, clock):
    house.order("main_start", login="ivan")
    house.order("main_start", login="petro")

    claims = due(billing, clock)

    assert [each.subscriber_id for each in claims] == [house.id_of("ivan"), house.id_of("petro")]
    assert due(billing, clock) == []
    assert house.claims("ivan") == []


def test_no_more_are_claimed_than_asked_for_and_who_waits_longest_comes_first(house, billing, clock):
    for login in ("a", "b", "c"):
        house.order("main_start", login=login)
        clock.advance(seconds=1)

    assert [each.subscriber_id for each in due(billing, clock, limit=2)] == [house.id_of("a"), house.id_of("b")]
    assert [each.subscriber_id for each in due(billing, clock, limit=2)] == [house.id_of("c")]


def test_a_named_subscriber_is_claimed_though_he_is_parked_or_waits(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()
    change(billing, claim, lambda row: queue.park(row, trouble="no", now=clock()))
    assert due(billing, clock) == []

    [claim] = house.claims()
    change(billing, claim, lambda row: queue.postpone(row, trouble="later", now=clock()))
    assert due(billing, clock) == []
    assert len(house.claims()) == 1


def test_rivals_never_claim_the_same_subscriber(house, billing, clock):
    for number in range(12):
        house.order("main_start", login=f"u{number}")

    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda _: due(billing, clock, limit=5), range(4))
    won = [each.subscriber_id for claims in found for each in claims]

    assert len(won) == len(set(won)) >= 5


def test_a_lease_that_ran_out_is_taken_over_and_nothing_is_believed(house, billing, clock):
    house.watching("main_start", "screen2")
    house.leave("screen2")
    clock.advance(seconds=LEASE.total_seconds() + 1)
    house.claims()
    assert house.claims() == []

    clock.advance(seconds=LEASE.total_seconds() + 1)
    assert len(due(billing, clock)) == 1

    assert house.sub("main_start").fact is Fact.UNKNOWN
    assert house.sub("screen2").fact is Fact.ON  # ended before the claim: its order to be switched off stands


def test_what_ended_under_the_dead_holder_is_not_believed_either(house, billing, clock):
    house.watching("main_start", "screen2")
    house.suspend()
    house.claims()
    clock.advance(seconds=5)
    house.leave("screen2")

    clock.advance(seconds=LEASE.total_seconds())
    due(billing, clock)

    assert house.sub("screen2").fact is Fact.UNKNOWN


def test_of_one_who_was_never_registered_nothing_can_be_on(house, billing, clock):
    house.order("main_start")
    house.claims()
    clock.advance(seconds=LEASE.total_seconds() + 1)

    due(billing, clock)

    assert house.sub("main_start").fact is Fact.OFF


def test_whose_lease_was_taken_over_may_not_go_on(house, billing, clock):
    house.order("main_start")
    [old] = house.claims()
    clock.advance(seconds=LEASE.total_seconds() + 1)
    [new] = house.claims()

    row = house.row()
    assert queue.held_until(row, old, clock()) is None
    assert queue.held_until(row, new, clock()) == clock() + LEASE
    assert queue.held_until(row, new, clock() + LEASE) is None
    assert queue.held_until(None, Claim(999, "token"), clock()) is None


def test_a_holder_prolongs_his_lease_with_every_outcome(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()

    change(billing, claim, lambda row: queue.prolong(row, now=clock.advance(seconds=60)))

    assert house.row().leased_until == NOV_10 + timedelta(seconds=60) + LEASE


def test_pauses_double_up_to_the_longest(house, billing, clock):
    house.order("main_start")
    pauses = []
    for _ in range(12):
        [claim] = house.claims()
        change(billing, claim, lambda row: queue.postpone(row, trouble="silence", now=NOV_10))
        pauses.append((house.row().due_at - NOV_10).total_seconds())

    assert all(2**n / 2 <= pause <= 2**n for n, pause in enumerate(pauses[:9]))
    assert all(LONGEST_PAUSE_S / 2 <= pause <= LONGEST_PAUSE_S for pause in pauses[9:])
    row = house.row()
    assert (row.tries, row.trouble, row.token, row.leased_until) == (12, "silence", None, None)


def test_a_try_that_does_not_count_brings_nobody_nearer_to_being_parked(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()

    change(billing, claim, lambda row: queue.postpone(row, trouble="x" * 300, now=NOV_10, counts=False))

    assert house.row().tries == 0
    assert len(house.row().trouble) == 200


def test_the_parked_wait_for_staff_or_for_another_wish(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()
    change(billing, claim, lambda row: queue.park(row, trouble="needs_staff: no", now=clock()))
    clock.advance(days=3)
    assert due(billing, clock) == []

    queue.retry(billing.uow(), subscriber_id=claim.subscriber_id, now=clock())

    row = house.row()
    assert (row.parked_at, row.tries, row.trouble) == (None, 0, None)
    assert len(due(billing, clock)) == 1


def test_another_wish_unparks(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()
    change(billing, claim, lambda row: queue.park(row, trouble="no", now=clock()))

    house.leave()

    assert len(due(billing, clock)) == 1


def test_who_has_nothing_in_the_queue_cannot_be_retried(house, billing, clock):
    with pytest.raises(NotFound):
        queue.retry(billing.uow(), subscriber_id=1, now=clock())


def test_the_length_tells_who_is_due_waits_is_at_work_and_is_parked(house, billing, clock):
    assert length(billing, clock) == Length(due=0, waiting=0, leased=0, parked=0)
    for login in ("due", "waits", "leased", "parked"):
        house.order("main_start", login=login)
    [claim] = house.claims("waits")
    change(billing, claim, lambda row: queue.postpone(row, trouble="silence", now=clock()))
    [claim] = house.claims("parked")
    change(billing, claim, lambda row: queue.park(row, trouble="no", now=clock()))
    house.claims("leased")

    found = length(billing, clock)

    assert found == Length(due=1, waiting=1, leased=1, parked=1)
    assert found.open == 3
    assert length(billing, lambda: clock() + timedelta(hours=1)) == Length(due=3, waiting=0, leased=0, parked=1)


def test_the_next_is_due_when_his_time_comes_or_his_lease_runs_out(house, billing, clock):
    assert next_due(billing) is None
    house.order("main_start", login="first")
    assert next_due(billing) == NOV_10

    house.claims("first")
    assert next_due(billing) == NOV_10 + LEASE

    clock.advance(seconds=30)
    house.order("main_start", login="second")
    assert next_due(billing) == NOV_10 + timedelta(seconds=30)


def test_one_who_waits_is_not_due_before_his_time_though_a_dead_holder_left_a_lease(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()
    later = NOV_10 + timedelta(hours=1)
    change(billing, claim, lambda row: queue.postpone(row, trouble="silence", now=later))
    house.claims()

    assert next_due(billing) > later


def test_the_parked_are_never_due(house, billing, clock):
    house.order("main_start")
    [claim] = house.claims()
    change(billing, claim, lambda row: queue.park(row, trouble="no", now=clock()))

    assert next_due(billing) is None
