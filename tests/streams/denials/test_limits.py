"""Simultaneous streams: how many, which of them are too many, and who comes back when."""

from itertools import pairwise

import pytest

from ppv_module.streams.denials.blocking import unblock
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.options import ACCOUNT, OLDEST
from ppv_module.streams.rights.models import Kind, Personal
from tests.streams.denials.stage import seen
from tests.support import STAFF

TWO = {"max_streams": 2}


@pytest.fixture
def free(streams):
    return streams.tariff(Kind.FREE, "live/*")


def links(streams, clock, number, login="ivan"):
    """Names of links that were issued one after another."""
    names = []
    for _ in range(number):
        clock.advance(seconds=1)
        names.append(streams.viewer(login).name)
    return names


def test_of_three_links_on_three_servers_exactly_the_newest_is_denied(stage, streams, clock, free):
    stage.set(**TWO)
    first, second, third = links(streams, clock, 3)
    assert stage.sync("srv-1", seen(first)) == []
    clock.advance(seconds=10)
    assert stage.sync("srv-2", seen(second)) == []
    clock.advance(seconds=10)
    assert stage.sync("srv-3", seen(third)) == [third]
    (denial,) = stage.denials()
    assert (denial.reason, denial.until, denial.evidence["limit"]) == (Reason.TOO_MANY_STREAMS, None, 2)


def test_it_stays_denied_for_a_hundred_messages_while_the_others_watch(stage, streams, clock, free):
    stage.set(**TWO)
    first, second, third = links(streams, clock, 3)
    stage.sync("srv-1", seen(first), seen(second), seen(third))
    for number in range(50):
        clock.advance(seconds=30)
        tail = [seen(third, delta=100)] if number == 0 else []
        assert stage.sync("srv-1", seen(first), seen(second), *tail) == [third]
        assert stage.sync("srv-2") == [third]
    assert len(stage.denials()) == 1


@pytest.mark.parametrize("ending", ["idle", "gone", "silent"])
def test_it_comes_back_within_two_messages_of_another_ending(stage, streams, clock, free, ending):
    stage.set(**TWO)
    first, second, third = links(streams, clock, 3)
    stage.sync("srv-1", seen(first))
    stage.sync("srv-2", seen(second), seen(third))
    clock.advance(seconds=30)
    assert stage.sync("srv-2", seen(second)) == [third]
    clock.advance(seconds=30)
    if ending == "idle":
        assert stage.sync("srv-1", seen(first, delta=0)) == []
    elif ending == "gone":
        assert stage.sync("srv-1") == []
    else:
        clock.advance(seconds=30)
        assert stage.sync("srv-2", seen(second)) == []


def test_of_several_the_first_that_was_denied_comes_back_and_the_others_wait(stage, streams, clock, free):
    stage.set(max_streams=1)
    first, second, third = links(streams, clock, 3)
    stage.sync("srv-1", seen(first))
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(first), seen(second)) == [second]
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(first), seen(third)) == sorted([second, third])
    clock.advance(seconds=30)
    assert stage.sync("srv-1") == [third]
    clock.advance(seconds=30)
    assert stage.sync("srv-1") == [third]  # the place is kept for the second
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(second)) == [third]
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(second)) == [third]
    clock.advance(seconds=30)
    assert stage.sync("srv-1") == []


def test_a_place_that_nobody_takes_is_the_next_ones(stage, streams, clock, free):
    stage.set(max_streams=1)
    first, second, third = links(streams, clock, 3)
    assert stage.sync("srv-1", seen(first), seen(second), seen(third)) == sorted([second, third])
    clock.advance(seconds=30)
    assert len(stage.sync("srv-1")) == 1
    clock.advance(seconds=60)
    assert stage.sync("srv-1") == []


def test_the_oldest_is_denied_where_the_operator_wants_it(stage, streams, clock, free):
    stage.set(**TWO, excess=OLDEST)
    first, second, third = links(streams, clock, 3)
    stage.sync("srv-1", seen(first))
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(first), seen(second)) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(first), seen(second), seen(third)) == [first]
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(second), seen(third)) == [first]


def test_a_whole_account_is_denied_for_a_while(stage, streams, clock, free):
    stage.set(**TWO, excess=ACCOUNT)
    names = links(streams, clock, 4)
    other = streams.viewer("petro").name
    assert stage.sync("srv-1", seen(other), *map(seen, names[:3])) == sorted(names)
    later = streams.viewer("ivan").name
    clock.advance(minutes=4)
    assert stage.sync("srv-2", seen(later)) == sorted([*names, later])
    clock.advance(seconds=59)
    assert len(stage.denied()) == 5
    clock.advance(seconds=1)
    assert stage.denied() == []
    assert stage.sync("srv-1", seen(names[0])) == []


def test_a_name_for_all_links_is_denied_as_a_whole_and_a_new_excess_begins_it_anew(stage, streams, clock, free):
    stage.set(max_streams=1)
    name = streams.account_viewer("ivan").name
    both = [seen(name, ip="203.0.113.1"), seen(name, ip="203.0.113.2", sessionid="2")]
    assert stage.sync("srv-1", *both) == [name]
    clock.advance(minutes=4)
    assert stage.sync("srv-1", *both) == [name]
    clock.advance(minutes=4)
    assert stage.sync("srv-1") == [name]
    clock.advance(minutes=1)
    assert stage.sync("srv-1") == []
    assert len(stage.denials()) == 1


def test_one_link_on_two_devices_is_too_many_by_itself_beyond_the_grace_and_for_a_while(stage, streams, clock, free):
    stage.set(max_streams=1, session_spread="off", ip_spread="off")
    (name,) = links(streams, clock, 1)
    two = [seen(name, ip="203.0.113.1"), seen(name, ip="203.0.113.2", sessionid="2")]
    assert stage.syncs(2, "srv-1", *two) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *two) == [name]
    clock.advance(seconds=30)
    assert stage.sync("srv-1") == [name]
    clock.advance(seconds=270)
    assert stage.sync("srv-1") == []


def test_a_change_of_the_channel_is_no_second_stream(stage, streams, clock, free):
    stage.set(max_streams=1)
    names = links(streams, clock, 6)
    device = {"ip": "203.0.113.9"}
    for former, name in pairwise(names):
        clock.advance(seconds=30)
        lingering = seen(former, "live/one", delta=9000, **device)
        assert stage.sync("srv-1", lingering, seen(name, "live/two", delta=21_000, **device)) == []
        clock.advance(seconds=30)
        lingering = seen(former, "live/one", delta=1000, **device)
        assert stage.sync("srv-1", lingering, seen(name, "live/two", **device)) == []


def test_two_streams_of_one_device_are_two_beyond_the_grace(stage, streams, clock, free):
    stage.set(max_streams=1)
    first, second = links(streams, clock, 2)
    both = [seen(first, ip="203.0.113.9"), seen(second, ip="203.0.113.9")]
    assert stage.syncs(2, "srv-1", *both) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *both) == [second]


def test_devices_that_are_known_are_told_apart_at_one_address(stage, streams, clock, free):
    stage.set(max_streams=1)
    first = streams.viewer("ivan", device="telly").name
    clock.advance(seconds=1)
    second = streams.viewer("ivan", device="phone").name
    assert stage.sync("srv-1", seen(first, ip="203.0.113.9"), seen(second, ip="203.0.113.9")) == [second]


def test_an_idle_session_and_one_without_a_right_count_for_nothing(stage, streams, clock, free):
    stage.set(max_streams=1)
    streams.tariff(Kind.TICKET, "vip/*")
    first, second, third = links(streams, clock, 3)
    shown = [seen(first, delta=0), seen(second), seen(third, "vip/opera")]
    assert stage.sync("srv-1", *shown) == [third]
    assert [each.reason for each in stage.denials()] == [Reason.NO_ENTITLEMENT]


def test_a_personal_limit_comes_before_the_tariffs_and_that_before_the_common(stage, streams, clock):
    streams.tariff(Kind.FREE, "live/*", max_streams=2)
    stage.set(max_streams=1)
    names = links(streams, clock, 3)
    assert stage.sync("srv-1", *map(seen, names)) == [names[2]]

    uow = stage.billing.uow()
    with uow:
        uow.session.add(Personal(account_id=stage.denials()[0].account_id, login="ivan", max_streams=0))
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *map(seen, names)) == []


def test_staff_let_a_whole_account_in_again(stage, streams, clock, free):
    stage.set(max_streams=1, excess=ACCOUNT)
    names = links(streams, clock, 2)
    assert stage.sync("srv-1", *map(seen, names)) == sorted(names)
    unblock(stage.billing.uow(), denial_id=stage.denials()[0].id, actor=STAFF, now=clock())
    assert stage.denied() == []
    assert stage.sync("srv-1", seen(names[0])) == []
    assert {each.ended_by for each in stage.denials()} == {"olena"}
