"""Honest viewers who change the server or the stream, while servers are away or not, are one viewer; cheats are two."""

import pytest

from ppv_module.streams.rights.models import Kind
from tests.streams.denials.stage import seen

LIMITS = ({}, {"max_streams": 1})


@pytest.fixture(autouse=True)
def free(streams):
    return streams.tariff(Kind.FREE, "live/*")


@pytest.fixture
def name(streams):
    return streams.viewer("ivan").name


@pytest.fixture(params=LIMITS, ids=("any number", "one"))
def stage(stage, request):
    stage.set(**request.param)
    return stage


def told(stage, name, *, away, delta, **there):
    """A server is away for so long, and its viewer meanwhile on another one; gives the last answer."""
    stage.syncs(4, "srv-1", seen(name))
    for _ in range(away // 30):
        stage.clock.advance(seconds=15)
        assert stage.sync("srv-2", seen(name, **there, delta=15_000)) == []
        stage.clock.advance(seconds=15)
    return stage.sync("srv-1", seen(name, delta=delta))


@pytest.mark.parametrize("away", [60, 120, 600])
@pytest.mark.parametrize("there", [{}, {"ip": "198.51.100.9"}], ids=("same address", "another address"))
def test_who_changes_the_server_while_one_is_away_is_one_viewer(stage, name, away, there):
    assert told(stage, name, away=away, delta=25_000, **there) == []
    stage.clock.advance(seconds=15)
    assert stage.sync("srv-2", seen(name, **there)) == []
    stage.clock.advance(seconds=15)
    assert stage.sync("srv-1") == []
    assert stage.denials() == []


def test_a_message_that_comes_with_the_next_one_says_nothing_of_the_time_between(stage, name):
    stage.syncs(4, "srv-1", seen(name))
    stage.clock.advance(seconds=6)
    stage.sync("srv-2", seen(name, delta=5_000))
    stage.clock.advance(seconds=30)
    stage.sync("srv-2", seen(name))
    stage.clock.advance(seconds=24)
    assert stage.sync("srv-1", seen(name, delta=29_000)) == []
    stage.sync("srv-1")
    assert stage.denials() == []


def test_time_before_a_pause_is_not_taken_for_time_after_it(stage, name):
    stage.syncs(20, "srv-1", seen(name))
    stage.clock.advance(seconds=30)
    stage.sync("srv-1", seen(name, delta=0))
    stage.clock.advance(seconds=30)
    assert told(stage, name, away=120, delta=20_000) == []
    assert stage.denials() == []


def test_the_rest_of_an_outage_before_is_not_either(stage, name):
    stage.sync("srv-1")
    stage.clock.advance(seconds=120)
    stage.sync("srv-1", seen(name, delta=118_000))
    stage.clock.advance(seconds=6)
    stage.sync("srv-2", seen(name, delta=1_000))
    stage.clock.advance(seconds=30)
    stage.sync("srv-2", seen(name))
    stage.clock.advance(seconds=30)
    stage.sync("srv-2", seen(name))
    stage.clock.advance(seconds=24)
    assert stage.sync("srv-1", seen(name, delta=5_000)) == []
    assert stage.denials() == []


def test_two_streams_that_are_watched_in_turn_are_one_viewer(stage, name):
    for _ in range(12):
        parts = [seen(name, delta=15_000), seen(name, "live/sport1_low", sessionid="2", delta=15_000)]
        assert stage.sync("srv-1", *parts) == []
        stage.clock.advance(seconds=30)


def test_who_looks_at_another_server_for_a_minute_and_comes_back_is_one_viewer(stage, name):
    stage.syncs(10, "srv-1", seen(name))
    stage.clock.advance(seconds=2)
    assert stage.sync("srv-2", seen(name, delta=500)) == []
    for delta_here, delta_there in ((2_000, 30_000), (1_000, 27_000)):
        stage.clock.advance(seconds=28)
        assert stage.sync("srv-1", seen(name, delta=delta_here)) == []
        stage.clock.advance(seconds=2)
        assert stage.sync("srv-2", seen(name, delta=delta_there)) == []
    stage.clock.advance(seconds=28)
    assert stage.sync("srv-1", seen(name)) == []
    assert stage.denials() == []


@pytest.mark.parametrize("deltas", [(30_000, 30_000), (20_000, 40_000), (29_100, 29_900)])
def test_two_who_watch_by_one_link_are_found_on_whatever_servers(stage, name, deltas):
    for number in range(6):
        stage.sync("srv-1", seen(name, delta=deltas[number % 2]))
        stage.clock.advance(seconds=10)
        if stage.sync("srv-2", seen(name, delta=deltas[number % 2])):
            break
        stage.clock.advance(seconds=20)
    assert number in (2, 3)
    assert stage.denied() == [name]


def test_two_who_watch_by_one_link_are_found_after_an_outage_as_well(stage, name):
    stage.syncs(4, "srv-1", seen(name))
    for number in range(5):
        stage.clock.advance(seconds=30)
        answer = stage.sync("srv-2", seen(name))
        assert answer == [], number
    stage.clock.advance(seconds=1)
    assert stage.sync("srv-1", seen(name, delta=151_000)) == [name]


def test_a_long_evening_does_not_make_it_harder_to_find_a_second_viewer(stage, name):
    stage.syncs(60, "srv-1", seen(name, delta=29_000))
    for _ in range(3):
        stage.clock.advance(seconds=30)
        stage.sync("srv-1", seen(name, delta=29_000))
        answer = stage.sync("srv-2", seen(name, delta=29_000))
    assert answer == [name]
