"""Who has a right to watch, asked by a statement about many at once."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Place
from ppv_module.streams.rights.having import had_ticket, package_covers, package_wants, ticket_for
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.rights.packages import Packages
from tests.support import NOV_10

HOUR = timedelta(hours=1)


def tickets(billing, now=NOV_10) -> dict[tuple[str, str], int]:
    """The ticket of each viewer who has one for a stream."""
    query = select(Viewer.login, Place.stream, ticket_for(Viewer.account_id, Place.id, now))
    with billing.reading() as session:
        rows = session.execute(query.select_from(Viewer).join(Place, Place.id > 0)).all()
    return {(row[0], row[1]): row[2] for row in rows if row[2] is not None}


def test_the_ticket_that_ends_first_is_the_one(billing, streams):
    streams.place("live/a"), streams.place("live/b")
    streams.viewer("ivan"), streams.viewer("olha")
    streams.ticket("ivan", "live/*", hours=9)
    soon = streams.ticket("ivan", "*/a", hours=3)
    olha = streams.ticket("olha", "live/b", hours=1)
    both = {("ivan", "a"): soon.id, ("ivan", "b"): 1, ("olha", "b"): olha.id}
    assert tickets(billing) == both


def test_a_ticket_is_valid_from_its_beginning_until_just_before_its_end(billing, streams):
    streams.place("live/a"), streams.viewer("ivan")
    streams.ticket("ivan", valid_from=NOV_10 + HOUR, valid_to=NOV_10 + 2 * HOUR)
    at = [HOUR - timedelta(microseconds=1), HOUR, 2 * HOUR - timedelta(microseconds=1), 2 * HOUR]
    assert [len(tickets(billing, NOV_10 + each)) for each in at] == [0, 1, 1, 0]


@pytest.mark.parametrize(
    ("given", "valid"),
    [
        ({"limit_ms": 60_000, "used_ms": 59_999}, True),
        ({"limit_ms": 60_000, "used_ms": 60_000}, False),
        ({"used_ms": 60_000}, True),
        ({"revoked_at": NOV_10}, False),
    ],
)
def test_a_ticket_may_be_used_up_or_taken_back(billing, streams, given, valid):
    streams.place("live/a"), streams.viewer("ivan")
    streams.ticket("ivan", **given)
    assert bool(tickets(billing)) is valid


def test_who_had_a_ticket(billing, streams):
    streams.place("live/a"), streams.place("vod/a")
    streams.viewer("ivan"), streams.viewer("olha")
    streams.ticket("ivan", "live/*", valid_from=NOV_10 - 2 * HOUR, valid_to=NOV_10 - HOUR)
    streams.ticket("olha", valid_from=NOV_10 + HOUR)
    with billing.reading() as session:
        query = select(Viewer.login, Place.application).select_from(Viewer).join(Place, Place.id > 0)
        query = query.where(had_ticket(Viewer.account_id, Place.id, NOV_10))
        assert session.execute(query).all() == [("ivan", "live")]


def test_whose_television_covers_it(billing, streams):
    any_main, sport = streams.tariff(Kind.PACKAGE, "tv/*"), streams.tariff(Kind.PACKAGE, "sport/*", packages=[7, 8])
    streams.tariff(Kind.FREE, "free/*")
    for stream in ("tv/t", "sport/s", "free/f"):
        streams.place(stream)
    streams.viewer("ivan"), streams.viewer("olha")
    sold = {(): ["ivan", "olha"], (7, 8): ["olha"]}
    packages = Packages(lambda wanted: select(Viewer.login).where(Viewer.login.in_(sold[tuple(wanted)])))
    with billing.reading() as session:
        wants = package_wants(session)
        assert wants == {any_main.id: [], sport.id: [7, 8]}
        query = select(Viewer.login, Place.stream).select_from(Viewer).join(Place, Place.id > 0)
        query = query.where(package_covers(Viewer.login, Place.tariff_id, packages, wants))
        assert sorted(session.execute(query).all()) == [("ivan", "t"), ("olha", "s"), ("olha", "t")]
        nothing = select(Viewer.id).where(package_covers(Viewer.login, 1, Packages(), {1: []}))
        assert session.execute(nothing).all() == []
