"""Performers: made of subscribers, changed for what comes later, and hidden without losing their history."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import InvalidInput
from billing.events import EventLog
from billing.host.base import UnknownLogin
from billing.versions import ChangedMeanwhile
from ppv_module.chat import performers
from ppv_module.chat.models import FIRST_VIEWER, Performer, Role
from ppv_module.chat.nicknames import NicknameTaken, WrongNickname
from ppv_module.chat.people import person_for, person_of
from ppv_module.chat.performers import (
    InShowNow,
    PerformerAlready,
    PerformerForm,
    StaffCannotPerform,
    WrongBio,
    WrongPercent,
    change_performer,
    create_performer,
    parse_percent,
    percent_text,
    set_active,
)
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.chat.tenant_checks import OutOfRange
from ppv_module.chat.wall import wall
from ppv_module.errors import UnknownPerformer, UnknownTenant
from ppv_module.provider.html5chat.chat import Html5Chat
from tests.ppv.people.support import at_once, in_show, lines
from tests.support import STAFF, Crash, crash_after

FORM = PerformerForm(display_name="Star", rate=60, percent_bp=5000, bio="Sings.", sort=3)
ROOM = Html5Chat().public_room


@pytest.fixture
def create(uow, clock):
    def create(tenant, login, form=FORM):
        return create_performer(uow(), tenant_id=tenant.id, login=login, form=form, room=ROOM, actor=STAFF, now=clock())

    return create


@pytest.fixture
def change(uow, clock):
    def change(performer, form, **seen):
        return change_performer(uow(), person_id=performer.person_id, form=form, actor=STAFF, now=clock(), **seen)

    return change


def person(billing, performer):
    with billing.reading() as session:
        return performers.people.get(session, performer.person_id)


def test_a_subscriber_becomes_a_performer_with_a_room_by_her_number(billing, make, chat, create):
    tenant = chat.tenant(webmaster_id=1)
    make.subscriber("star")

    performer = chat.again(create(tenant, "star"))

    assert person(billing, performer).number == 1 and performer.room_id == 10_001
    assert person(billing, performer).role is Role.PERFORMER
    assert (person(billing, performer).nickname, person(billing, performer).gender) == ("Star", "female")
    assert (performer.rate, performer.percent_bp, performer.bio, performer.sort) == (60, 5000, "Sings.", 3)
    assert performer.active
    (line,) = lines(billing)
    assert line[0] == f"PPV CREATE PERFORMER (star) [{performer.person_id}]"
    assert line[2]["percent"] == "50.00" and line[2]["rate"] == 60


def test_a_viewer_becomes_a_performer_with_another_number_and_keeps_the_rest(billing, make, chat, create, uow, clock):
    tenant = chat.tenant()
    viewer = chat.viewer(tenant, "ann", credits=70, number=FIRST_VIEWER + 5)

    performer = create(tenant, "ann")

    assert performer.person_id == viewer.id and chat.balance("ann") == 70
    assert chat.again(viewer).number < FIRST_VIEWER and chat.again(viewer).role is Role.PERFORMER
    assert ("PPV PERSON (ann) SET ROLE [performer]", {"role": "user"}, {"role": "performer"}) in lines(billing)


def test_the_number_that_a_viewer_has_left_is_not_given_again(make, chat, create, uow, clock):
    tenant = chat.tenant()
    for login in ("ann", "bob"):
        make.subscriber(login)
    left = person_for(uow(), tenant_id=tenant.id, login="ann", now=clock()).number

    create(tenant, "ann")

    assert person_for(uow(), tenant_id=tenant.id, login="bob", now=clock()).number > left


def test_who_is_in_a_show_cannot_change_sides(billing, chat, clock, create):
    tenant = chat.tenant()
    in_show(billing, chat, clock, ShowState.REQUESTED, tenant)

    with pytest.raises(InShowNow):
        create(tenant, "ann")


def test_only_subscribers_perform_once_and_in_a_chat_that_exists(make, chat, create, uow, clock):
    tenant, other = chat.tenant(), chat.tenant()
    make.subscriber("star")
    with pytest.raises(UnknownLogin):
        create(tenant, "nobody")
    with pytest.raises(StaffCannotPerform):
        create(tenant, "staff:olena")
    tenant.id, kept = 404, tenant.id
    with pytest.raises(UnknownTenant):
        create(tenant, "star")
    tenant.id = kept

    create(tenant, "star")
    with pytest.raises(PerformerAlready):
        create(tenant, "star", replace(FORM, display_name="Other"))

    assert create(other, "star").tenant_id == other.id


def test_of_many_at_once_one_makes_her(make, chat, create):
    tenant = chat.tenant()
    make.subscriber("star")

    found = at_once(lambda _: create(tenant, "star").person_id, times=4)

    assert sum(isinstance(each, int) for each in found) == 1
    assert sum(isinstance(each, PerformerAlready) for each in found) == 3


def test_many_performers_at_once_get_rooms_of_their_own(make, chat, create):
    tenant = chat.tenant()
    for number in range(5):
        make.subscriber(f"star{number}")

    rooms = at_once(lambda at: create(tenant, f"star{at}", replace(FORM, display_name=f"Star {at}")).room_id, times=5)

    assert sorted(rooms) == [tenant.webmaster_id * 10_000 + number for number in range(1, 6)]


def test_a_crash_leaves_no_half_performer(billing, make, chat, create):
    tenant = chat.tenant()
    make.subscriber("star")

    with pytest.raises(Crash), crash_after(EventLog, "write"):
        create(tenant, "star")

    with billing.reading() as session:
        assert person_of(session, tenant_id=tenant.id, login="star") is None
    assert create(tenant, "star").person_id


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"rate": 0}, OutOfRange),
        ({"rate": 10_001}, OutOfRange),
        ({"percent_bp": -1}, WrongPercent),
        ({"percent_bp": 10_001}, WrongPercent),
        ({"display_name": "<i>"}, WrongNickname),
        ({"bio": "x" * 2001}, WrongBio),
        ({"bio": "a\x00b"}, WrongBio),
        ({"sort": 10**7}, OutOfRange),
        ({"gender": "x y"}, InvalidInput),
    ],
)
def test_values_that_make_no_sense_are_refused(billing, make, chat, create, wrong, refusal):
    tenant = chat.tenant()
    make.subscriber("star")

    with pytest.raises(refusal):
        create(tenant, "star", replace(FORM, **wrong))

    with billing.reading() as session:
        assert person_of(session, tenant_id=tenant.id, login="star") is None


@pytest.mark.parametrize("rate", [1, 10_000])
def test_the_least_and_the_highest_rate_are_good(make, chat, create, rate):
    make.subscriber("star")

    assert create(chat.tenant(), "star", replace(FORM, rate=rate)).rate == rate


def test_a_change_is_noted_with_before_and_after(billing, chat, change):
    star = chat.performer(chat.tenant(), "star", bio="Sings.", sort=3)

    change(star, replace(FORM, display_name="Star", rate=90, percent_bp=3333), seen=1)
    change(star, replace(FORM, display_name="Star", rate=90, percent_bp=3333), seen=1)

    (line,) = lines(billing)
    assert line[1] == {"rate": 60, "percent": "50.00", "gender": "male"}
    assert line[2] == {"rate": 90, "percent": "33.33", "gender": "female"}
    assert chat.again(star).version == 2
    with pytest.raises(ChangedMeanwhile):
        change(star, FORM, seen=1)


def test_her_name_follows_in_the_chat_and_is_hers_alone(billing, chat, change):
    tenant = chat.tenant()
    star, viewer = chat.performer(tenant, "star"), chat.viewer(tenant, "ann")

    change(star, replace(FORM, display_name="Зоря"))
    assert person(billing, star).nickname == chat.again(star).display_name == "Зоря"

    with pytest.raises(NicknameTaken):
        change(star, replace(FORM, display_name=viewer.nickname.upper()))


def test_a_new_rate_is_for_later_shows_only(billing, chat, clock, change):
    performer, _, show = in_show(billing, chat, clock, ShowState.REQUESTED)

    change(performer, replace(FORM, rate=600, percent_bp=100))

    assert (chat.again(show).rate, chat.again(show).percent_bp) == (60, 5000)


def test_who_is_not_active_vanishes_from_the_wall_and_can_come_back(billing, chat, uow, clock):
    tenant = chat.tenant()
    star = chat.performer(tenant, "star", number=7)

    def switch(active):
        return set_active(uow(), person_id=star.person_id, active=active, actor=STAFF, now=clock())

    for _ in range(2):
        switch(False)
    with billing.reading() as session:
        assert wall(session, tenant, clock()) == []
        assert performers.get(session, star.person_id).display_name == "Star"
        assert performers.of_login(session, "star") == []
        with pytest.raises(UnknownPerformer):
            performers.numbered(session, tenant.id, 7)
    switch(True)

    with billing.reading() as session:
        assert [card.number for card in wall(session, tenant, clock())] == [7]
        assert performers.numbered(session, tenant.id, 7).person_id == star.person_id
        assert [each.person_id for each in performers.of_login(session, "star")] == [star.person_id]
    told = [text.rsplit("]")[1].strip() for text, _, _ in lines(billing)]
    assert told == ["NOT ACTIVE", "ACTIVE"]


def test_who_is_switched_off_in_a_show_leaves_it(billing, chat, uow, clock):
    performer, _, show = in_show(billing, chat, clock, ShowState.ACCEPTED)

    set_active(uow(), person_id=performer.person_id, active=False, actor=STAFF, now=clock())

    assert chat.again(show).end_reason in (EndReason.ADMIN_END, EndReason.ABORTED)
    assert chat.again(show).performer_slot is None


def test_nobody_is_changed_who_is_no_performer(billing, chat, change, uow, clock):
    viewer = chat.viewer(chat.tenant(), "ann")

    with pytest.raises(UnknownPerformer):
        change(Performer(person_id=viewer.id), FORM)
    with pytest.raises(UnknownPerformer):
        set_active(uow(), person_id=viewer.id, active=False, actor=STAFF, now=clock())
    with billing.reading() as session, pytest.raises(UnknownPerformer):
        performers.get(session, viewer.id)


@pytest.mark.parametrize(
    ("text", "percent_bp"),
    [("0", 0), ("100", 10_000), ("33", 3300), ("33,5", 3350), ("33.25", 3325), (" 7.05 % ", 705), ("100.00", 10_000)],
)
def test_percentages_are_read_exactly(text, percent_bp):
    assert parse_percent(text) == percent_bp


@pytest.mark.parametrize("text", ["", "-1", "100.01", "101", "33.333", "1e1", "٣٣", "33,", ".5", "nan", "1 0"])
def test_what_is_no_percentage_is_refused(text):
    with pytest.raises(WrongPercent):
        parse_percent(text)


@given(st.integers(0, 10_000))
def test_a_percentage_is_read_as_it_is_written(percent_bp):
    assert parse_percent(percent_text(percent_bp)) == percent_bp
