"""What people read of the queue."""

from datetime import timedelta

import pytest

from billing.errors import NotFound
from billing.paging import Count
from olltv_module.delivery import queue, standing
from olltv_module.delivery.plan import Do
from olltv_module.delivery.standing import Part
from tests.olltv.support import events
from tests.support import STAFF


def change(billing, claim, what) -> None:
    """Do something with the row of a claim, as its holder."""
    uow = billing.uow()
    with uow:
        what(uow.session.get_one(queue.Delivery, claim.subscriber_id, with_for_update=True))


def park(house, billing, clock, login) -> None:
    house.order("main_start", login=login)
    [claim] = house.claims(login)
    change(billing, claim, lambda row: queue.park(row, trouble="partner_bundle_unknown: no such thing", now=clock()))


@pytest.fixture
def everywhere(house, billing, clock):
    """One subscriber in each part of the queue."""
    park(house, billing, clock, "parked")
    for login in ("due", "waits", "leased"):
        house.order("main_start", login=login)
    [claim] = house.claims("waits")
    change(billing, claim, lambda row: queue.postpone(row, trouble="partner_unreachable: silence", now=clock()))
    house.claims("leased")


def test_everybody_stands_in_one_part(house, billing, clock, everywhere):
    with billing.reading() as session:
        found = {part: standing.listed(session, part, clock()).rows for part in Part}
        counts = {part: standing.count(session, part, clock()) for part in Part}

    assert {part: [each.login for each in rows] for part, rows in found.items()} == {
        Part.DUE: ["due"],
        Part.LEASED: ["leased"],
        Part.WAITING: ["waits"],
        Part.PARKED: ["parked"],
    }
    assert {each.part for rows in found.values() for each in rows} == set(Part)
    assert set(counts.values()) == {Count(1)}


def test_a_line_tells_what_stopped_it_and_what_comes_next(house, billing, clock, everywhere):
    with billing.reading() as session:
        line = standing.of_login(session, "parked", clock())

    assert line.obstacle.code == "partner_bundle_unknown"
    assert line.parked_at == clock()
    assert line.step.do is Do.REGISTER
    assert [each.tariff.service for each in line.to_give_up] == ["main_start"]


def test_each_step_has_its_words(house, billing, clock):
    house.watching("main_start", "screen2", login="change")
    house.order("main_max", login="change")
    house.watching("main_start", login="off")
    house.leave(login="off")

    with billing.reading() as session:
        change_, off = (standing.of_login(session, login, clock()) for login in ("change", "off"))

    names = {each: house.tariffs[each].name for each in ("main_start", "main_max")}
    assert change_.saying % change_.facts == f"Change from “{names['main_start']}” to “{names['main_max']}”."
    assert off.saying % off.facts == f"Switch “{names['main_start']}” off."
    assert off.to_give_up == []
    assert set(standing.SAYINGS) == set(Do)


def test_who_is_not_in_the_queue_is_not_found(house, billing, clock):
    house.watching("main_start")

    with billing.reading() as session, pytest.raises(NotFound):
        standing.of_login(session, "ivan", clock())


def test_the_pages_of_the_parked_meet_everybody_once(house, billing, clock):
    for number in range(7):
        park(house, billing, clock, f"u{number}")
        clock.advance(seconds=number % 2)

    found, cursor = [], None
    with billing.reading() as session:
        while True:
            shown = standing.listed(session, Part.PARKED, clock(), cursor=cursor, size=3)
            found += [each.login for each in shown.rows]
            if (cursor := shown.next) is None:
                break

    assert found == [f"u{number}" for number in range(7)]


def test_all_who_are_parked_are_tried_again_at_once(house, sandbox, billing, clock):
    for login in ("a", "b"):
        park(house, billing, clock, login)
    house.order("main_start", login="waits")
    [claim] = house.claims("waits")
    change(billing, claim, lambda row: queue.postpone(row, trouble="x", now=clock()))
    clock.advance(hours=1)

    numbers = [queue.retry_parked(billing.uow(), actor=STAFF, now=clock()) for _ in range(2)]

    assert numbers == [2, 0]
    assert [house.row(login).due_at for login in ("a", "b")] == [clock(), clock()]
    assert house.row("waits").due_at < clock() - timedelta(minutes=50)
    assert events(billing)[-1] == "OLLTV DELIVER AGAIN ALL PARKED 2"
    house.run()
    assert house.states("a") == {"main_start": "active on"}


def test_who_had_one_tried_again_stands_in_the_event_log(house, billing, clock):
    house.order("main_start")

    queue.retry(billing.uow(), subscriber_id=house.id_of(), actor=STAFF, now=clock())

    assert events(billing)[-1] == "OLLTV SUBSCRIBER (ivan) DELIVER AGAIN"
