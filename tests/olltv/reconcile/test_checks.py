"""Comparisons that are kept: what they find lives until it is repaired, dismissed or gone."""

import pytest
from sqlalchemy import func, select

from billing import leases
from billing.actors import Actor
from billing.errors import Busy, PartnerUnreachable, recalled
from olltv_module.partner import DisableType, EnableType
from olltv_module.reconcile import checks, reading, settling
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Check, Found, Standing
from tests.olltv.support import events
from tests.support import STAFF, Crash, crash_after

NIGHT = Actor("cron")


def run(house, **more):
    return checks.check(house.delivering, actor=NIGHT, workers=3, **more)


def rows(house, *states: Standing) -> list[Found]:
    with house.billing.reading() as session:
        found = session.scalars(select(Found).order_by(Found.id)).all()
    return [each for each in found if not states or each.state in states]


def told(house, check_id: int) -> Check:
    with house.billing.reading() as session:
        return session.get_one(Check, check_id)


def switch_on(house, bundle: str, account: str = "ivan") -> None:
    """Somebody switches a bundle on at the partner by hand."""
    house.delivering.partner.enable_bundle(account=account, bundle=bundle, kind=EnableType.NO_DEVICE)


def switch_off(house, bundle: str, account: str = "ivan") -> None:
    house.delivering.partner.disable_bundle(account=account, bundle=bundle, kind=DisableType.MALFUNCTION)


def opened(house) -> int:
    with house.billing.reading() as session:
        return reading.open_differences(session)


def test_a_check_keeps_what_it_found(house, clock):
    house.watching("main_start")
    switch_on(house, "sport")

    check_id = run(house)

    [found] = rows(house)
    assert (found.kind, found.login, found.service, found.state, found.check_id) == (
        Kind.ON_THERE_OFF_HERE,
        "ivan",
        "sport",
        Standing.OPEN,
        check_id,
    )
    done = told(house, check_id)
    assert (done.accounts, done.counts, done.found, done.actor) == (1, {"on_there_off_here": 1}, 1, "cron")
    assert (done.finished_at, done.trouble) == (clock(), None)
    assert events(house.billing)[-1] == f"OLLTV RECONCILE [{check_id}] FOUND 1"
    assert opened(house) == 1


def test_where_both_agree_nothing_is_kept_but_that(house):
    house.watching("main_start")

    check_id = run(house)

    assert rows(house) == []
    assert told(house, check_id).counts == {}


def test_the_same_difference_is_met_again_and_not_told_twice(house, clock):
    house.watching("main_start")
    switch_on(house, "sport")
    first = run(house)
    began = clock()
    clock.advance(days=1)

    second = run(house)

    [found] = rows(house)
    assert (found.check_id, found.found_at, found.state) == (second, began, Standing.OPEN)
    assert second > first


def test_what_is_no_more_is_closed_and_found_anew_when_it_comes_back(house, clock):
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)
    switch_off(house, "sport")
    clock.advance(days=1)

    run(house)
    [gone] = rows(house)
    switch_on(house, "sport")
    run(house)

    assert (gone.state, gone.settled_at, gone.actor) == (Standing.GONE, clock(), None)
    assert [each.state for each in rows(house)] == [Standing.GONE, Standing.OPEN]


def test_what_could_not_be_compared_stays_open(house):
    """Delivery is dealing with him, so the check says nothing about him."""
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)
    house.order("screen2")

    run(house)

    assert [each.state for each in rows(house)] == [Standing.OPEN]


def test_a_check_that_breaks_off_closes_nothing_and_says_why(house, sandbox):
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)
    switch_off(house, "sport")
    sandbox.faults({"*": {"error_before": 1}})

    with pytest.raises(PartnerUnreachable):
        run(house)

    assert [each.state for each in rows(house)] == [Standing.OPEN]
    with house.billing.reading() as session:
        broken = reading.newest(session)
        assert not reading.is_running(session, house.clock())
    assert broken.finished_at is None
    assert isinstance(recalled(broken.trouble), PartnerUnreachable)


def test_two_checks_at_once_are_one_too_many(house):
    house.watching("main_start")
    refusals = []

    def meanwhile(_done, _total):
        with pytest.raises(Busy) as refusal:
            run(house)
        refusals.append(refusal.value)

    run(house, progress=meanwhile)

    assert refusals
    with house.billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Check)) == 1


def test_whoever_lost_his_lease_stores_nothing_more(house, clock):
    """It slept for too long, and another comparison began."""
    house.watching("main_start")
    switch_on(house, "sport")

    def meanwhile(_done, _total):
        clock.advance(minutes=5)
        with leases.held(house.billing, name=checks.LEASE, clock=clock):
            pass

    with pytest.raises(Busy):
        run(house, progress=meanwhile)

    assert rows(house) == []


def test_a_check_that_dies_leaves_the_next_one_a_clean_start(house):
    house.watching("main_start")
    switch_on(house, "sport")

    with pytest.raises(Crash), crash_after(checks, "_keep"):
        run(house)
    check_id = run(house)

    assert [(each.state, each.check_id) for each in rows(house)] == [(Standing.OPEN, check_id)]


def test_progress_is_told_and_can_stop_it(house):
    for login in ("a", "b", "c"):
        house.watching("main_start", login=login)
    steps = []

    run(house, progress=lambda done, total: steps.append((done, total)))

    assert steps == [(1, 3), (2, 3), (3, 3)]

    class Enough(Exception):
        pass

    def stop(_done, _total):
        raise Enough

    with pytest.raises(Enough):
        run(house, progress=stop)
    run(house)


def test_names_of_any_length_at_the_partner_are_kept_cut(house, sandbox):
    long = "x" * 300
    sandbox.seed({"operator": "demo", "account": long, "email": "long@isp.example", "bundles": ["main_start"]})

    run(house)

    [found] = rows(house)
    assert (found.kind, found.login) == (Kind.UNKNOWN_ACCOUNT, "x" * 255)
    run(house)
    assert len(rows(house)) == 1


def test_differences_are_counted_by_kind(house):
    house.watching("main_start", login="ivan")
    house.watching("main_start", login="olena")
    switch_on(house, "sport", "ivan")
    switch_off(house, "main_start", "olena")
    run(house)

    with house.billing.reading() as session:
        assert reading.open_by_kind(session) == {Kind.ON_THERE_OFF_HERE: 1, Kind.OFF_THERE_ON_HERE: 1}
        assert reading.count_open(session, Kind.ON_THERE_OFF_HERE) == 1
        assert reading.open_logins(session, Kind.OFF_THERE_ON_HERE, limit=5) == ["olena"]


# Dismissing


def dismissed(house, reason="agreed with the partner"):
    [found] = rows(house)
    settling.dismiss(house.billing.uow(), difference_id=found.id, reason=reason, actor=STAFF, now=house.clock())


def test_what_was_dismissed_stays_so_as_long_as_it_is_the_same(house):
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)

    dismissed(house)
    dismissed(house)
    check_id = run(house)

    [found] = rows(house)
    assert (found.state, found.note, found.actor, found.check_id) == (
        Standing.DISMISSED,
        "agreed with the partner",
        STAFF.name,
        check_id,
    )
    assert opened(house) == 0
    assert sum("DISMISS" in each for each in events(house.billing)) == 1


def test_what_was_dismissed_and_changes_is_open_again(house, sandbox):
    house.watching("main_start")
    sandbox.seed({"operator": "demo", "account": "ghost", "email": "ghost@isp.example", "bundles": ["main_start"]})
    run(house)
    dismissed(house)
    switch_on(house, "screen2", "ghost")

    run(house)

    [found] = rows(house)
    assert (found.state, found.note, found.theirs) == (Standing.OPEN, None, "main_start, screen2")


def test_what_was_dismissed_and_is_gone_is_closed(house):
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)
    dismissed(house)
    switch_off(house, "sport")

    run(house)

    assert [each.state for each in rows(house)] == [Standing.GONE]


def test_a_dismissal_is_taken_back(house):
    house.watching("main_start")
    switch_on(house, "sport")
    run(house)
    dismissed(house)
    [found] = rows(house)

    for _ in range(2):
        settling.reopen(house.billing.uow(), difference_id=found.id, actor=STAFF, now=house.clock())

    assert opened(house) == 1
