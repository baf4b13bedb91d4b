"""The wall: who is on it, in which order, who can be entered, and at what cost to the database."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event

from ppv_module.chat.models import Status
from ppv_module.chat.people import ban, unban
from ppv_module.chat.shows.models import ShowState
from ppv_module.chat.wall import card, wall
from ppv_module.errors import UnknownPerformer
from tests.ppv.people.support import in_show
from tests.support import STAFF

ONLINE, BUSY, OFFLINE = Status.ONLINE, Status.BUSY, Status.OFFLINE


def cards(billing, tenant, clock):
    with billing.reading() as session:
        return wall(session, tenant, clock())


def test_online_comes_first_then_busy_then_offline_and_by_name_within(billing, chat, clock):
    tenant = chat.tenant()
    now = clock()
    for name, status in (("yana", ONLINE), ("Бета", BUSY), ("ada", OFFLINE), ("Boris", ONLINE), ("alla", BUSY)):
        chat.performer(tenant, name, display_name=name, told_status=status, told_at=now)
    chat.performer(tenant, "zoe", display_name="zoe", told_status=ONLINE, told_at=now, sort=-1)

    found = [(each.name, each.status) for each in cards(billing, tenant, clock)]

    assert found == [
        ("zoe", ONLINE),
        ("Boris", ONLINE),
        ("yana", ONLINE),
        ("alla", BUSY),
        ("Бета", BUSY),
        ("ada", OFFLINE),
    ]


def test_a_card_tells_what_a_viewer_may_know(billing, chat, clock):
    tenant = chat.tenant(webmaster_id=1)
    chat.performer(tenant, "star", number=3, display_name="Star", bio="Sings.", rate=90, avatar="a", big_photo="b")

    (found,) = cards(billing, tenant, clock)

    assert (found.number, found.name, found.bio, found.rate, found.room_id) == (3, "Star", "Sings.", 90, 10_003)
    assert (found.avatar, found.photo, found.status, found.enterable) == ("a", "b", ONLINE, True)
    assert not {"percent_bp", "login"} & set(vars(found))


@pytest.mark.parametrize(
    ("status", "rules", "enterable"),
    [
        (ONLINE, {}, True),
        (BUSY, {}, False),
        (OFFLINE, {}, False),
        (ONLINE, {"enter_offline": True}, True),
        (BUSY, {"enter_offline": True}, False),
        (OFFLINE, {"enter_offline": True}, True),
    ],
)
def test_only_who_is_free_can_be_entered(billing, chat, clock, status, rules, enterable):
    tenant = chat.tenant(rules=rules)
    chat.performer(tenant, told_status=status, told_at=clock())

    assert cards(billing, tenant, clock)[0].enterable is enterable


@pytest.mark.parametrize(
    ("state", "status"), [(ShowState.REQUESTED, ONLINE), (ShowState.ACCEPTED, BUSY), (ShowState.LIVE, BUSY)]
)
def test_an_accepted_show_makes_her_busy_and_a_request_does_not(billing, chat, clock, state, status):
    tenant = chat.tenant()
    in_show(billing, chat, clock, state, tenant)

    assert cards(billing, tenant, clock)[0].status is status


def test_a_status_grows_no_older_than_its_source(billing, chat, clock):
    tenant = chat.tenant()
    chat.performer(tenant, beat_at=clock() - timedelta(seconds=59))

    assert cards(billing, tenant, clock)[0].status is ONLINE
    clock.advance(seconds=1)
    assert cards(billing, tenant, clock)[0].status is OFFLINE


def test_who_is_not_active_or_banned_is_not_there(billing, chat, uow, clock):
    tenant = chat.tenant()
    chat.performer(tenant, "idle", active=False)
    star = chat.performer(tenant, "star", number=7)
    ban(uow(), person_id=star.person_id, reason="rude", actor=STAFF, now=clock())

    assert cards(billing, tenant, clock) == []
    with billing.reading() as session, pytest.raises(UnknownPerformer):
        card(session, tenant, 7, clock())

    unban(uow(), person_id=star.person_id, actor=STAFF, now=clock())
    assert [each.number for each in cards(billing, tenant, clock)] == [7]


def test_one_card_is_found_by_its_number_in_its_chat(billing, chat, clock):
    tenant, other = chat.tenant(), chat.tenant()
    here, there = chat.performer(tenant, "here", number=7), chat.performer(other, "there", number=7)

    with billing.reading() as session:
        assert card(session, tenant, 7, clock()).person_id == here.person_id
        assert card(session, other, 7, clock()).person_id == there.person_id
        with pytest.raises(UnknownPerformer):
            card(session, tenant, 8, clock())


@contextmanager
def statements(engine):
    seen = []

    def note(_connection, _cursor, statement, *_):
        seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize("number", [1, 12])
def test_a_wall_is_one_statement_however_many_are_on_it(billing, chat, clock, number):
    tenant = chat.tenant()
    for _ in range(number):
        chat.performer(tenant)
    in_show(billing, chat, clock, ShowState.ACCEPTED, tenant)

    with statements(billing.engine) as seen:
        assert len(cards(billing, tenant, clock)) == number + 1

    assert len([each for each in seen if "ppv_" in each]) == 1
