"""Streams by their names: each is one place, and patterns say which tariff counts for it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput
from ppv_module.streams.models import Place
from ppv_module.streams.rights.contents import contents_of
from ppv_module.streams.rights.models import Cover, Kind, Pattern, Tariff
from ppv_module.streams.rights.placing import pattern_of, places_of, settle
from ppv_module.streams.wire.reading import read
from tests.streams.make import player, sync_body
from tests.support import NOV_10

SPORT = ("edge", "live", "_definst_", "sport1")
KINO = ("edge", "vod", "_definst_", "movies/smil:a.smil")


def tariff_of(billing, place: int) -> int | None:
    with billing.reading() as session:
        return session.get_one(Place, place).tariff_id


def test_a_stream_is_one_place_however_often_it_is_reported(billing, uow):
    first = places_of(uow(), names=[SPORT, KINO], now=NOV_10)
    assert first[SPORT] != first[KINO]
    assert places_of(uow(), names=[KINO, SPORT, SPORT], now=NOV_10) == first
    with billing.reading() as session:
        assert session.get_one(Place, first[KINO]).stream == "movies/smil:a.smil"


def test_names_that_are_too_long_are_told_apart_by_the_whole(billing, uow):
    names = [("e" * 300, "a" * 300, "i", "s" * 5000 + end) for end in "12"]
    found = places_of(uow(), names=names, now=NOV_10)
    assert len(set(found.values())) == 2
    with billing.reading() as session:
        assert {len(each.stream) for each in session.scalars(select(Place))} == {1000}


def test_parts_of_names_do_not_flow_into_each_other(uow):
    names = [("a", "bc", "", ""), ("ab", "c", "", ""), ("a", "b", "c", ""), ("1:a", "", "", ""), ("", "1:a", "", "")]
    assert len(set(places_of(uow(), names=names, now=NOV_10).values())) == 5


def test_a_new_place_has_its_tariff_at_once(billing, streams):
    sport, everything = streams.tariff(Kind.MINUTE, "live/sport*"), streams.tariff(Kind.FREE, "*", sort=1)
    assert tariff_of(billing, streams.place("live/sport1")) == sport.id
    assert tariff_of(billing, streams.place("live/news")) == everything.id
    assert tariff_of(billing, streams.place("other/sport1")) == everything.id


def test_a_known_place_gets_the_tariff_that_comes_later(billing, streams):
    place = streams.place("live/sport1")
    assert tariff_of(billing, place) is None
    wide = streams.tariff(Kind.FREE, "*", sort=5)
    assert tariff_of(billing, place) == wide.id
    narrow = streams.tariff(Kind.TICKET, "live/sport1", sort=4)
    assert tariff_of(billing, place) == narrow.id


def test_a_tariff_that_is_archived_counts_no_more(billing, streams, uow):
    place = streams.place()
    tariff = streams.tariff(Kind.FREE)
    work = uow()
    with work:
        work.session.get_one(Tariff, tariff.id).active = False
        settle(work)
    assert tariff_of(billing, place) is None


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("live/sport1", True),
        ("live/*", True),
        ("*/*1", True),
        ("l*e/*o*t*", True),
        ("live/sport", False),
        ("live/SPORT1", False),
        ("live/sport?", False),
        ("live/[s]port1", False),
        ("vod/*", False),
    ],
)
def test_only_the_star_stands_for_something(billing, streams, pattern, fits):
    place = streams.place("live/sport1")
    known = streams.pattern(pattern)
    with billing.reading() as session:
        assert (session.get(Cover, (known.id, place)) is not None) is fits


def test_a_virtual_host_tells_streams_apart_too(billing, streams):
    tariff = streams.tariff(Kind.FREE, "*", vhost="edge*")
    assert tariff_of(billing, streams.place(vhost="edge7")) == tariff.id
    assert tariff_of(billing, streams.place(vhost="core")) is None


def test_a_pattern_is_kept_once(uow):
    given = {"vhost": "", "application": " live ", "stream": "a***b"}
    first, again = pattern_of(uow(), **given), pattern_of(uow(), vhost="*", application="live", stream="a*b")
    assert (first.id, first.vhost, first.application, first.stream) == (again.id, "*", "live", "a*b")


@pytest.mark.parametrize("stream", ["s" * 251, "a\nb", "a\0b"])
def test_a_pattern_that_no_name_fits_is_refused(uow, stream):
    with pytest.raises(InvalidInput) as refused:
        pattern_of(uow(), vhost="*", application="*", stream=stream)
    assert refused.value.facts["field"] == "stream"


def test_what_counts_for_a_place(billing, streams):
    minute = streams.tariff(Kind.MINUTE, "live/*", per_minute=50, max_streams=2)
    package = streams.tariff(Kind.PACKAGE, "tv/*", packages=[7])
    places = [streams.place("live/a"), streams.place("tv/a"), streams.place("vod/a")]
    with billing.reading() as session:
        found = contents_of(session, places, NOV_10)
        live, tv, vod = (found[each] for each in places)
    assert (live.tariff_id, live.kind, live.max_streams) == (minute.id, Kind.MINUTE, 2)
    assert live.price is not None
    assert live.price.per_minute == 50
    assert (tv.tariff_id, tv.packages, tv.price) == (package.id, (7,), None)
    assert (vod.tariff_id, vod.kind) == (None, None)


def test_many_servers_may_report_new_streams_at_once_while_staff_change_tariffs(billing, streams):
    names = [[("edge", "live", "i", f"s{(number * step) % 60}") for number in range(60)] for step in (1, 7, 11, 13)]

    def told(some):
        return [places_of(billing.uow(), names=some[part : part + 15], now=NOV_10) for part in range(0, 60, 15)]

    with ThreadPoolExecutor(6) as pool:
        reports = [pool.submit(told, some) for some in names]
        tariffs = [pool.submit(streams.tariff, Kind.FREE, f"live/s{digit}*", sort=digit) for digit in (1, 2)]
        numbers = {name: place for report in reports for part in report.result() for name, place in part.items()}
        first, second = (each.result().id for each in tariffs)
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Place)) == 60
        for place in session.scalars(select(Place)):
            wanted = {"1": first, "2": second}.get(place.stream[1])
            assert (place.id, place.tariff_id) == (numbers["edge", "live", "i", place.stream], wanted)
        covered = session.scalar(select(func.count()).select_from(Cover))
        assert (covered, session.scalar(select(func.count()).select_from(Pattern))) == (22, 2)


@pytest.mark.parametrize("form", ["json", "xml"])
def test_the_messages_that_tests_write_are_read(form):
    players = [player("u1"), player("u2", "vod/films/a", ip=None), player("u1", sessionid="2", vhost="core")]
    sync = read(sync_body("srv-9", players, form=form, token="t"))
    assert (sync.id, len(sync.puzzle), sync.tells_viewers) == ("srv-9", 16, True)
    assert [(each.vhost, each.stream, each.id, each.ip) for each in sync.players] == [
        ("edge", "sport1", "u1", "203.0.113.25"),
        ("edge", "films/a", "u2", None),
        ("core", "sport1", "u1", "203.0.113.25"),
    ]
    assert not read(sync_body(players=None, form=form)).tells_viewers
    assert read(sync_body(players=[], form=form)).tells_viewers
