"""Figures of what servers report, against sets and sums made of their messages alone."""

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from ppv_module.streams.figures.clockwork import day_named, day_of
from ppv_module.streams.figures.days import keep_days
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.recounting import Count, recount
from ppv_module.streams.figures.statistics import statistics
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Kind
from tests.streams.figures.made import by_hand
from tests.streams.make import MakeStreams, player
from tests.streams.syncs.stage import Stage

OWN = "10.0.0.1"
EVENING = datetime(2026, 11, 9, 21, 50, tzinfo=UTC)
"""Ten minutes before midnight at the operator's place."""


@dataclass
class Told:
    """What was reported: one entry for each player of each message that counted."""

    entries: list[tuple[int, str, dict[str, Any]]] = field(default_factory=list)
    begun: set[tuple[str, str]] = field(default_factory=set)

    def add(self, day: int, server: str, players: list[dict[str, Any]]) -> None:
        for each in players:
            if each["ip"] == OWN:
                continue
            key = (each["id"], each["stream"])
            is_view = bool(each["id"]) and each["delta"] > 0 and key not in self.begun
            self.begun |= {key} if is_view else set()
            self.entries.append((day, server, {**each, "is_view": is_view}))

    def counts(self, first: int, last: int, name_of: Any) -> dict[Any, dict[str, int]]:
        groups = defaultdict(list)
        for day, server, each in self.entries:
            if first <= day <= last:
                groups[name_of(server, each)].append(each)
        return {name: self.counted(rows) for name, rows in groups.items()}

    def counted(self, rows: list[dict[str, Any]]) -> dict[str, int]:
        return {
            "identifiers": len({each["id"] for each in rows} - {""}),
            "pairs": len({(each["ip"], agent) for each in rows for agent in each["user_agents"] or [""]}),
            "views": sum(each["is_view"] for each in rows),
            "watched_ms": sum(each["delta"] for each in rows),
            "bytes_sent": sum(each["bytes_sent"] for each in rows),
        }


@pytest.fixture
def stage(streams: MakeStreams) -> Stage:
    streams.tariff(Kind.FREE, "*")
    streams.make.clock.now = EVENING
    streams.make.billing.options[StreamOptions] = StreamOptions(internal=(ip_network("10.0.0.0/8"),))
    return Stage(streams)


def read(billing, scope, first, last):
    with billing.reading() as session:
        return recount(session, scope=scope, first=first, last=last)


def plain(count: Count, names: Any) -> dict[str, int]:
    return {name: getattr(count, name) for name in names}


def crowd(chance, numbers):
    """Some of thirty people, each with one session for a server and stream, from addresses that change now and then."""
    agents = [[], ["VLC/3.0"], ["VLC/3.0", "Kodi"], ["Lavf/58"]]
    return [
        player(
            "" if number % 7 == 0 else f"p-{number}",
            f"live/{'abc'[number % 3]}",
            sessionid=str(number),
            ip=OWN if number % 11 == 0 else f"203.0.113.{number if chance.random() < 0.8 else 99}",
            delta=chance.choice([0, 0, 30_000, 29_917]),
            bytes_sent=chance.randrange(10**7),
            user_agents=agents[number % 4],
        )
        for number in sorted(chance.sample(numbers, 12))
    ]


@pytest.mark.parametrize("seed", range(2))
def test_random_messages_over_midnight_give_what_they_tell(stage, streams, billing, seed):
    chance, told = random.Random(seed), Told()
    for number in range(1, 31):
        streams.viewer(f"login{number % 9}", name=f"p-{number}")
    for step in range(40):
        server, players = f"srv-{chance.randrange(3)}", crowd(chance, range(1, 31))
        stage.told(*players, server=server)
        told.add(day_of(stage.streams.make.clock(), billing.zone), server, players)
        if step % 3 == 0:
            stage.put(stage.last)  # the same once more
    days = (20261109, 20261110)
    with billing.reading() as session:
        assert {row.day for row in stage.viewings()} == set(days)
        assert all(
            recount(session, scope=scope, first=days[0], last=days[1]) == by_hand(session, scope, *days)
            for scope in Scope
        )
    for first, last in ((days[0], days[0]), (days[1], days[1]), days):
        check(billing, told, first, last)


def check(billing, told, first, last):
    names = {Scope.ALL: lambda _server, _each: 0, Scope.SERVER: lambda server, _each: server}
    names[Scope.STREAM] = lambda _server, each: f"edge: live/{each['stream']}"
    names[Scope.APPLICATION] = lambda _server, each: "edge: live"
    for scope, name_of in names.items():
        expected = told.counts(first, last, name_of)
        with billing.reading() as session:
            at = datetime(2026, 11, 10, 9, tzinfo=UTC)
            days = {"first": day_named(first), "last": day_named(last)}
            found = statistics(session, billing, **days, by=scope, now=at)
        lines = {each.title: each.count for each in found.lines} or {0: found.overall.count}
        assert {name: plain(lines[name], counts) for name, counts in expected.items()} == expected
        assert set(lines) == set(expected)


def test_a_replay_changes_no_figure(stage, streams, billing):
    streams.viewer("ivan", name="p-1")
    stage.told(player("p-1"), player("", sessionid="2"))
    before = [read(billing, scope, 20261109, 20261109) for scope in Scope]
    for _again in range(3):
        stage.put(stage.last)
    assert [read(billing, scope, 20261109, 20261109) for scope in Scope] == before
    assert before[0][0].sessions == 2


def test_midnight_splits_a_session_by_when_its_message_came(stage, streams, billing):
    viewer = streams.viewer("ivan", name="p-1")
    for _message in range(2):
        stage.told(player("p-1", delta=30_000, bytes_sent=10), after_s=300)  # 21:55, 22:00 in UTC
    yesterday, today = (read(billing, Scope.ALL, day, day)[0] for day in (20261109, 20261110))
    assert yesterday == Count(1, 1, 1, 1, 1, 30_000, 10)
    assert today == Count(1, 1, 1, 1, 0, 30_000, 10)
    assert viewer.account_id is not None


def test_a_range_over_kept_days_has_one_visitor_and_one_view(stage, streams, billing):
    streams.viewer("ivan", name="p-1")
    for _message in range(2):
        stage.told(player("p-1"), after_s=300)
    now = EVENING + timedelta(hours=10)
    keep_days(billing, now)
    with billing.reading() as session:
        days = {"first": date(2026, 11, 9), "last": date(2026, 11, 10)}
        found = statistics(session, billing, **days, by=Scope.ALL, now=now)
    assert found.overall.count == Count(2, 1, 1, 1, 1, 60_000, 0)
