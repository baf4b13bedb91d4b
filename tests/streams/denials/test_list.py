"""The deny list is whole at every moment, whoever asks, and forgets nobody and nothing too early or too late."""

from datetime import timedelta

import pytest

from olltv_module.models import State, Subscriber, Subscription
from ppv_module.credits.freezing import freeze, unfreeze
from ppv_module.streams.denials.blocking import block
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.rights.models import Kind
from tests.streams.denials.stage import seen
from tests.support import STAFF


@pytest.fixture
def minute(streams):
    return streams.tariff(Kind.MINUTE, "live/*")


def test_nobody_is_denied_where_nobody_was_reported(stage):
    assert stage.denied() == []
    assert stage.sync() == []


def test_a_name_that_nobody_issued_is_denied_at_once(stage):
    assert stage.sync("srv-1", seen("x-2"), seen("x-1")) == ["x-1", "x-2"]
    (first, _) = stage.denials()
    assert (first.reason, first.account_id, first.since) == (Reason.UNKNOWN_ID, None, stage.clock())


def test_a_name_stands_in_answers_to_servers_that_never_reported_it_and_for_a_hundred_messages(stage):
    stage.sync("srv-1", seen("x-1"))
    for _ in range(50):
        stage.clock.advance(seconds=30)
        assert stage.sync("srv-2") == ["x-1"]
        assert stage.sync("srv-1") == ["x-1"]
    assert len(stage.denials()) == 1


def test_a_name_that_is_issued_meanwhile_is_let_in(stage, streams, minute):
    stage.sync("srv-1", seen("p-77"))
    streams.viewer("ivan", name="p-77", credits=10)
    assert stage.denied() == []


def test_an_empty_name_is_never_listed(stage):
    assert stage.sync("srv-1", seen("")) == []


def test_credits_that_end_deny_all_that_the_account_watches_by_the_minute(stage, streams, minute):
    streams.tariff(Kind.FREE, "open/*")
    first = streams.viewer("ivan", credits=90).name
    second, free = streams.viewer("ivan").name, streams.viewer("ivan").name
    other = streams.viewer("petro", credits=90).name
    stage.sync("srv-2", seen(second), seen(free, "open/news"), seen(other))
    stage.spend("ivan", 60)
    assert stage.denied() == []  # what has not been judged yet is not denied

    assert stage.sync("srv-1", seen(first)) == sorted([first, second])
    assert {each.reason for each in stage.denials()} == {Reason.NO_CREDIT}


def test_credits_that_come_back_end_it_in_the_next_answer_to_each_server(stage, streams, minute):
    name = streams.viewer("ivan").name
    assert stage.sync("srv-1", seen(name)) == [name]
    streams.give("ivan", 1)
    assert stage.denied() == []
    stage.spend("ivan", 1)
    stage.clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name)) == [name]


def test_a_cause_that_has_ended_and_begins_again_is_another_denial(stage, streams, minute):
    name = streams.viewer("ivan").name
    stage.sync("srv-1", seen(name))
    streams.give("ivan", 1)
    stage.clock.advance(seconds=30)
    stage.sync("srv-1")
    stage.spend("ivan", 1)
    stage.sync("srv-1", seen(name))

    over, standing = stage.denials()
    assert (over.slot, over.ended_at, over.ended_by) == (None, stage.clock(), "by itself")
    assert (standing.slot, standing.ended_at) == (f"no_credit:{name}:{standing.place_id}", None)


def test_credits_that_are_held_or_frozen_pay_nothing(stage, streams, minute):
    name = streams.viewer("ivan", credits=60).name
    freeze(stage.billing.uow(), login="ivan", reason="looked into", actor=STAFF, now=stage.clock())
    assert stage.sync("srv-1", seen(name)) == [name]
    unfreeze(stage.billing.uow(), login="ivan", actor=STAFF, now=stage.clock())
    assert stage.denied() == []


def test_a_ticket_opens_what_credits_do_not(stage, streams, minute):
    name = streams.viewer("ivan").name
    assert stage.sync("srv-1", seen(name)) == [name]
    streams.ticket("ivan", "live/*", hours=1)
    assert stage.denied() == []


def test_a_ticket_that_ends_denies_from_that_second_on(stage, streams):
    streams.tariff(Kind.TICKET, "live/*")
    name = streams.viewer("ivan").name
    streams.ticket("ivan", "live/*", hours=1)
    stage.clock.advance(minutes=59, seconds=59)
    assert stage.sync("srv-1", seen(name)) == []
    stage.clock.advance(seconds=1)
    assert stage.sync("srv-1", seen(name)) == [name]
    assert [each.reason for each in stage.denials()] == [Reason.TICKET_EXPIRED]

    streams.ticket("ivan", "live/sport1", hours=1)
    assert stage.denied() == []


def test_who_never_had_a_right_is_denied_until_there_is_one(stage, streams):
    closed = streams.tariff(Kind.TICKET, "live/*")
    name = streams.viewer("ivan").name
    assert stage.sync("srv-1", seen(name)) == [name]
    assert [each.reason for each in stage.denials()] == [Reason.NO_ENTITLEMENT]

    streams.ticket("ivan", "other/*")
    assert stage.denied() == [name]
    uow = stage.billing.uow()
    with uow:
        uow.session.merge(closed).kind = Kind.FREE
    assert stage.denied() == []


def test_a_name_with_two_causes_leaves_when_both_are_over(stage, streams, minute):
    streams.tariff(Kind.TICKET, "vip/*")
    name = streams.viewer("ivan").name
    assert stage.sync("srv-1", seen(name), seen(name, "vip/opera", session="2")) == [name]
    assert len(stage.denials()) == 2
    streams.ticket("ivan", "vip/*", hours=1)
    assert stage.denied() == [name]
    streams.give("ivan", 1)
    assert stage.sync() == []
    stage.clock.advance(hours=2)  # the ticket is over, but nobody watches by it
    assert stage.sync("srv-1") == []


def test_a_right_to_one_of_two_streams_lifts_nothing_from_the_other(stage, streams):
    streams.tariff(Kind.TICKET, "vip/*")
    name = streams.account_viewer("ivan").name
    assert stage.sync("srv-1", seen(name, "vip/opera"), seen(name, "vip/ballet", session="2")) == [name]
    for title in ("opera", "ballet"):
        assert stage.denied() == [name]
        streams.ticket("ivan", f"vip/{title}")

    assert stage.denied() == []


def test_a_package_opens_what_it_covers(stage, streams, make):
    bundle = make.tariff("0 UAH")
    streams.tariff(Kind.PACKAGE, "live/*", packages=[bundle.id])
    name = streams.viewer("ivan").name
    assert stage.sync("srv-1", seen(name)) == [name]
    runs = Subscription(tariff_id=bundle.id, state=State.ACTIVE, main=True, ordered_at=stage.clock())
    uow = stage.billing.uow()
    with uow:
        person = {"host_id": 1, "login": "ivan", "email": "", "phone": "", "created_at": stage.clock()}
        uow.session.add(Subscriber(**person, tv_since=stage.clock(), subscriptions=[runs]))
    assert stage.denied() == []


def test_content_without_a_tariff_is_closed(stage, streams):
    name = streams.viewer("ivan", credits=100).name
    assert stage.sync("srv-1", seen(name)) == [name]


def test_the_same_message_again_adds_nothing(stage, streams, minute):
    names = [streams.viewer(f"viewer-{number}").name for number in range(5)]
    for _ in range(3):
        assert stage.sync("srv-1", *map(seen, names)) == sorted(names)
        stage.clock.advance(seconds=30)
    assert len(stage.denials()) == 5


def test_a_block_that_is_over_by_its_time_is_off_the_list_without_anybody_reporting(stage):
    until = stage.clock() + timedelta(minutes=5)
    block(stage.billing.uow(), name="p-1", note="abuse", until=until, actor=STAFF, now=stage.clock())
    assert stage.denied() == ["p-1"]
    stage.clock.advance(minutes=5)
    assert stage.denied() == []
