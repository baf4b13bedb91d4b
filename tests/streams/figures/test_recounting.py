"""Unique visitors, views and sums: by SQL, and once more by hand."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from ppv_module.streams.figures.clockwork import day_of
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.recounting import Count, recount
from ppv_module.streams.models import Right
from tests.streams.figures.made import by_hand

TODAY = 20261110


@pytest.fixture
def counted(billing):
    """`counted(Scope.SERVER)` of today."""

    def count(scope=Scope.ALL, first=TODAY, last=TODAY):
        with billing.reading() as session:
            return recount(session, scope=scope, first=first, last=last)

    return count


def test_nobody_watched(counted):
    assert counted() == {}


def test_a_visitor_on_two_servers_counts_once_overall_and_once_on_each(made, streams, counted):
    one, two, place = streams.server("one"), streams.server("two"), streams.place()
    for server in (one, two):
        made.viewing("u-ivan", server=server, place=place, account_id=7, agents=["VLC/3.0"], minutes=2)
    assert counted()[0] == Count(2, 1, 1, 1, 1, 240_000, 2000)
    first, other = Count(1, 1, 1, 1, 1, 120_000, 1000), Count(1, 1, 1, 1, 0, 120_000, 1000)  # the same view goes on
    assert counted(Scope.SERVER) == {one.id: first, two.id: other}


def test_each_agent_makes_a_pair_with_the_address_and_none_is_an_empty_one(made, streams, counted):
    at = {"server": streams.server(), "place": streams.place()}
    made.viewing("p-1", agents=["VLC/3.0", "Kodi"], **at)
    made.viewing("p-2", agents=["Kodi"], **at)
    made.viewing("p-3", **at)
    assert counted()[0].pairs == 3
    made.viewing("p-4", agents=["kodi"], ip="203.0.113.26", **at)
    made.viewing("p-5", agents=["Kodi"], ip="203.0.113.26", **at)
    assert counted()[0].pairs == 5


def test_addresses_and_agents_that_a_session_had_before_count_too(made, streams, counted):
    viewing = made.viewing(server=streams.server(), place=streams.place(), agents=["VLC/3.0"])
    made.trace(viewing, ip="203.0.113.99", agents=["VLC/3.0", "Kodi"])
    made.trace(viewing, ip="203.0.113.99", agents=["Kodi"])
    assert counted()[0].pairs == 3


def test_own_addresses_are_left_out_and_the_anonymous_are_no_identifiers(made, streams, counted):
    at = {"server": streams.server(), "place": streams.place()}
    made.viewing("monitor", right=Right.INTERNAL, minutes=60, ip="10.0.0.1", **at)
    assert counted() == {}
    made.viewing("", ip="203.0.113.1", **at)
    made.viewing("", ip="203.0.113.2", **at)
    assert counted()[0] == Count(2, 0, 0, 2, 0, 120_000, 2000)


def test_a_view_is_a_ticket_or_an_identifier_with_a_stream_that_was_watched_long_enough(made, streams, counted):
    server, sport, news = streams.server(), streams.place("live/sport"), streams.place("live/news")
    for name in ("p-1", "p-2"):
        made.viewing(name, server=server, place=sport, ticket_id=3)
    made.viewing("p-3", server=server, place=sport)
    made.viewing("p-3", server=server, place=sport)
    made.viewing("p-3", server=server, place=news)
    made.viewing("p-4", server=server, place=news, minutes=0)
    assert counted()[0].views == 3
    assert {ref: each.views for ref, each in counted(Scope.STREAM).items()} == {sport: 2, news: 1}
    assert {ref: each.views for ref, each in counted(Scope.APPLICATION).items()} == {sport: 3}


def test_identifiers_that_nobody_issued_make_one_view_of_a_stream(made, streams, counted):
    at = {"server": streams.server(), "place": streams.place(), "right": Right.UNKNOWN, "view_of": None}
    for name in ("stranger", "stranger", "other", ""):
        made.viewing(name, viewed_at=streams.make.clock(), **at)
    made.viewing("short", viewed_at=None, **at)
    assert counted()[0].views == 2


def test_midnight_of_the_operator_splits(made, streams, billing, counted):
    midnight = datetime(2026, 11, 9, 22, 0, tzinfo=UTC)
    server, place = streams.server(), streams.place()
    before, after = midnight - timedelta(microseconds=1), midnight
    assert [day_of(at, billing.zone) for at in (before, after)] == [TODAY - 1, TODAY]
    made.viewing("p-1", server=server, place=place, at=before, session="77", live=None)
    made.viewing("p-1", server=server, place=place, at=after, session="77")
    assert counted(first=TODAY - 1, last=TODAY - 1)[0] == Count(1, 0, 1, 1, 1, 60_000, 1000)
    assert counted()[0] == Count(1, 0, 1, 1, 0, 60_000, 1000)
    assert counted(first=TODAY - 1)[0] == Count(2, 0, 1, 1, 1, 120_000, 2000)


def test_names_that_differ_by_case_blanks_or_marks_are_different_visitors(made, streams, counted):
    at = {"server": streams.server(), "place": streams.place()}
    for name, agent in (("Anna", "Ä"), ("anna", "A"), ("anna.", "A "), ("anna-", 'A"\\')):
        made.viewing(name, agents=[agent], **at)
    assert (counted()[0].identifiers, counted()[0].pairs) == (4, 4)


@pytest.mark.parametrize("seed", range(3))
def test_any_viewings_are_counted_as_by_hand(made, streams, billing, counted, seed):
    chance = random.Random(seed)
    servers = [streams.server(f"srv-{number}") for number in range(3)]
    names = (("live/a", "x"), ("live/b", "x"), ("live/a", "y"), ("vod/a", "x"))
    places = [streams.place(name, vhost=vhost) for name, vhost in names]
    agents = [[], ["VLC"], ["VLC", "Kodi"], ["Kodi", "Kodi"], ["ффмпег ✓", ""]]
    for _ in range(80):
        viewing = made.viewing(
            chance.choice(["", "p-1", "p-2", "P-2", "u-1"]),
            server=chance.choice(servers),
            place=chance.choice(places),
            at=datetime(2026, 11, 10, 10, tzinfo=UTC) - timedelta(hours=chance.randrange(60)),
            agents=chance.choice(agents),
            minutes=chance.choice([0, 0.5, 700_000]),
            ip=chance.choice(["", "203.0.113.1", "2001:db8::1"]),
            account_id=chance.choice([None, 1, 2]),
            ticket_id=chance.choice([None, None, 5]),
            right=chance.choice([Right.FREE, Right.MINUTE, Right.INTERNAL, Right.NONE, Right.UNKNOWN]),
        )
        if chance.random() < 0.3:
            made.trace(viewing, ip=chance.choice(["203.0.113.1", "203.0.113.7"]), agents=chance.choice(agents))
    for scope in Scope:
        for first, last in ((TODAY, TODAY), (TODAY - 1, TODAY - 1), (TODAY - 2, TODAY)):
            with billing.reading() as session:
                expected = by_hand(session, scope, first, last)
            assert counted(scope, first, last) == expected
            assert expected


def test_long_agents_are_told_apart_by_their_ends(made, streams, counted):
    at = {"server": streams.server(), "place": streams.place()}
    for end in "ab":
        made.viewing("p-1", agents=["x" * 5000 + end], **at)
    assert counted()[0].pairs == 2
