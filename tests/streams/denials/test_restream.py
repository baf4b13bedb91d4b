"""Rules against passing streams on: what is flagged, what is denied for how long, and what is never punished."""

import pytest
from sqlalchemy import update

from ppv_module.streams.denials.blocking import unblock
from ppv_module.streams.denials.models import Reason
from ppv_module.streams.models import AlertKind, Place
from ppv_module.streams.options import DENY, FLAG, OFF
from ppv_module.streams.rights.models import Kind
from tests.streams.denials.stage import seen
from tests.support import STAFF

HERE, THERE = {"ip": "198.51.100.1", "sessionid": "1"}, {"ip": "198.51.100.2", "sessionid": "2"}


@pytest.fixture(autouse=True)
def free(streams):
    return streams.tariff(Kind.FREE, "live/*")


@pytest.fixture
def name(streams):
    return streams.viewer("ivan").name


def test_one_link_at_two_addresses_in_two_messages_is_denied_for_an_hour_with_what_shows_it(stage, clock, name):
    both = [seen(name, **HERE, user_agents=["VLC/3.0"]), seen(name, **THERE, user_agents=["Kodi"])]
    began = clock()
    assert stage.sync("srv-1", *both) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *both) == [name]

    (denial,) = stage.denials()
    assert denial.reason is Reason.RESTREAM
    assert denial.evidence == {
        "rule": "ip_spread",
        "name": name,
        "servers": ["srv-1"],
        "addresses": ["198.51.100.1", "198.51.100.2"],
        "agents": ["Kodi", "VLC/3.0"],
        "sessions": ["1", "2"],
        "since": began.isoformat(),
        "at": clock().isoformat(),
    }
    clock.advance(minutes=59, seconds=59)
    assert stage.sync("srv-1") == [name]
    clock.advance(seconds=1)
    assert stage.sync("srv-1") == []


def test_two_servers_tell_of_it_as_well(stage, clock, name):
    assert stage.sync("srv-1", seen(name, **HERE)) == []
    clock.advance(seconds=10)
    assert stage.sync("srv-2", seen(name, **THERE)) == []
    clock.advance(seconds=20)
    assert stage.sync("srv-1", seen(name, **HERE)) == []  # may have been before the other began
    clock.advance(seconds=10)
    assert stage.sync("srv-2", seen(name, **THERE)) == []
    clock.advance(seconds=20)
    assert stage.sync("srv-1", seen(name, **HERE)) == [name]


@pytest.mark.parametrize("servers", [("srv-1", "srv-1"), ("srv-1", "srv-2")])
def test_a_change_of_the_address_is_never_punished(stage, clock, name, servers):
    here, there = servers
    stage.sync(here, seen(name, **HERE))
    for number in range(4):
        former, present = (HERE, THERE) if number % 2 == 0 else (THERE, HERE)
        if here == there:
            clock.advance(seconds=30)
            stage.sync(here, seen(name, **former, delta=9000), seen(name, **present, delta=20_000))
            clock.advance(seconds=30)
            stage.sync(here, seen(name, **present))
            continue
        one, other = (here, there) if number % 2 == 0 else (there, here)
        clock.advance(seconds=15)
        stage.sync(other, seen(name, **present, delta=5000))
        clock.advance(seconds=15)
        stage.sync(one, seen(name, **former, delta=9000))
        clock.advance(seconds=15)
        stage.sync(other, seen(name, **present))
        clock.advance(seconds=15)
        stage.sync(one)
    assert stage.denials() == []


def test_a_session_that_changes_its_address_again_and_again_is_one_viewer(stage, clock, name):
    for number in range(6):
        assert stage.sync("srv-1", seen(name, ip=f"198.51.100.{number}", sessionid="1")) == []
        clock.advance(seconds=30)
    assert stage.denials() == []


def test_a_name_for_all_links_may_be_at_three_addresses_but_not_at_four(stage, streams, clock):
    name = streams.account_viewer("ivan").name
    devices = [seen(name, ip=f"198.51.100.{number}", sessionid=str(number)) for number in range(4)]
    assert stage.syncs(4, "srv-1", *devices[:3]) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *devices) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *devices) == [name]


def test_one_link_with_two_sessions_is_denied_beyond_the_time_of_a_change(stage, clock, name):
    both = [seen(name, sessionid="1"), seen(name, "live/sport2", sessionid="2")]
    assert stage.syncs(2, "srv-1", *both) == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", *both) == [name]
    assert stage.denials()[0].evidence["rule"] == "session_spread"


def test_a_rule_that_is_off_finds_nothing(stage, name):
    stage.set(ip_spread=OFF, session_spread=OFF, agent=OFF)
    both = [seen(name, **HERE, user_agents=["ffmpeg"]), seen(name, **THERE)]
    assert stage.syncs(6, "srv-1", *both) == []
    assert stage.alerts(kind=AlertKind.RESTREAM) == []


def test_a_rule_may_flag_instead_and_tells_it_once(stage, clock, name):
    stage.set(ip_spread=FLAG, session_spread=OFF)
    both = [seen(name, **HERE), seen(name, **THERE)]
    assert stage.syncs(5, "srv-1", *both) == []
    (alert,) = stage.alerts(kind=AlertKind.RESTREAM)
    assert (alert.count, alert.last_at, alert.server_name) == (4, clock(), "srv-1")
    assert (alert.facts["rule"], alert.facts["name"]) == ("ip_spread", name)


@pytest.mark.parametrize("agents", [["Mozilla", "my FFmpeg 6"], ["Lavf/58.76"], ["curl/8.0"]])
def test_recorders_are_flagged(stage, name, agents):
    assert stage.sync("srv-1", seen(name, user_agents=agents)) == []
    (alert,) = stage.alerts(kind=AlertKind.RESTREAM)
    assert (alert.facts["rule"], alert.facts["agents"]) == ("agent", agents)


def test_other_programs_are_not(stage, name):
    stage.sync("srv-1", seen(name, user_agents=["Mozilla", "not curl/8.0"]))
    assert stage.alerts() == []


def test_new_patterns_are_good_for_agents_that_are_known(stage, clock, name):
    stage.syncs(2, "srv-1", seen(name, user_agents=["Kodi"]))
    assert stage.alerts() == []
    stage.set(agents=("kodi*",), agent=DENY)
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name, user_agents=["Kodi"])) == [name]


def test_watching_for_too_long_without_a_break_is_flagged(stage, clock, name):
    stage.set(marathon_hours=1)
    stage.syncs(120, "srv-1", seen(name))
    clock.advance(seconds=30)
    stage.sync("srv-1", seen(name))
    assert stage.alerts() == []
    clock.advance(seconds=30)
    stage.sync("srv-1", seen(name))
    assert [each.facts["rule"] for each in stage.alerts()] == ["marathon"]


def test_more_data_than_the_stream_has_is_flagged(stage, streams, name):
    uow, place = stage.billing.uow(), streams.place("live/sport1")
    with uow:
        uow.session.execute(update(Place).where(Place.id == place).values(bitrate_bps=1000))
    stage.sync("srv-1", seen(name, bytes_sent=3 * 1000 * 30 // 8))
    assert stage.alerts() == []
    stage.clock.advance(seconds=30)
    stage.sync("srv-1", seen(name, bytes_sent=3 * 1000 * 30 // 8 + 1))
    (alert,) = stage.alerts()
    assert (alert.facts["rule"], alert.facts["declared_bps"], alert.facts["rate_bps"]) == ("bitrate", 1000, 3000)


def test_staff_end_such_a_denial(stage, clock, name):
    both = [seen(name, **HERE), seen(name, **THERE)]
    assert stage.syncs(2, "srv-1", *both) == [name]
    unblock(stage.billing.uow(), denial_id=stage.denials()[0].id, actor=STAFF, now=clock())
    assert stage.denied() == []
    clock.advance(seconds=30)
    assert stage.sync("srv-1", seen(name, **HERE)) == []


def test_more_time_than_has_passed_is_told(stage, clock, name):
    stage.sync("srv-1", seen(name))
    clock.advance(seconds=30)
    stage.sync("srv-1", seen(name, delta=45_000))
    assert stage.alerts() == []
    clock.advance(seconds=30)
    stage.sync("srv-1", seen(name, delta=45_001))
    (alert,) = stage.alerts()
    assert (alert.kind, alert.server_name) == (AlertKind.TOO_MUCH_TIME, "srv-1")
    assert (alert.facts["longest_ms"], alert.facts["elapsed_ms"]) == (45_001, 30_000)
