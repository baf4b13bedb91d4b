"""Another chat behind the same interface: a whole show with it, and not a line of shows, credits or pages differs."""

import pytest

from ppv_module.chat import people
from ppv_module.chat.models import Status
from ppv_module.chat.performers import PerformerForm, create_performer
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, ShowState, Source
from ppv_module.chat.shows.running import ready, tick
from ppv_module.chat.wall import wall
from ppv_module.provider.base import ChatProvider, Guest
from ppv_module.provider.polling import poll
from tests.ppv.provider.own_room import ORIGIN, OwnRoom
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def rooms() -> OwnRoom:
    return OwnRoom()


def test_a_show_from_the_wall_to_its_end(billing, chat, make, uow, clock, rooms):
    tenant = chat.tenant()
    make.subscriber("star")
    form = PerformerForm(display_name="Star", rate=60, percent_bp=5000)
    room = {"room": rooms.public_room, "actor": STAFF, "now": clock()}
    star = create_performer(uow(), tenant_id=tenant.id, login="star", form=form, **room)
    viewer = chat.viewer(tenant, "ann", credits=60)
    assert star.room_id == tenant.id * 1_000_000 + 1

    rooms.there = {1: Status.ONLINE}
    assert poll(billing, clock, rooms) == 1
    assert shown(billing, chat, tenant, clock) == [("Star", Status.ONLINE)]

    ids = {"viewer_id": viewer.id, "performer_id": star.person_id}
    show = request_show(uow(), source=Source.API, actor=STAFF, now=clock(), **ids)
    private = rooms.private_room(tenant)
    accept_show(uow(), show_id=show.id, by=star.person_id, room_id=private, actor=STAFF, now=clock())
    with billing.reading() as session:
        performer = people.get(session, star.person_id)
    for guest in (Guest(person=viewer), Guest(person=performer, performer=star)):
        entry = rooms.entry(tenant, guest, room=private, now=clock())
        assert entry.url.startswith(ORIGIN)
    assert [(room, seat) for _, room, seat in rooms.seats.values()] == [(private, "seat"), (private, "stage")]
    assert shown(billing, chat, tenant, clock) == [("Star", Status.BUSY)]

    ready(uow(), show_id=show.id, now=clock())
    for _ in range(2):
        clock.advance(seconds=10)
        tick(uow(), show_id=show.id, now=clock())
    reason = {"reason": EndReason.VIEWER_END, "by": viewer.id, "actor": STAFF, "now": clock()}
    ended = end_show(uow(), show_id=show.id, **reason)

    assert (ended.state, ended.credits_charged, chat.balance("ann")) == (ShowState.ENDED, 20, 40)
    assert_books_balance(billing)


def shown(billing, chat, tenant, clock):
    with billing.reading() as session:
        return [(each.name, each.status) for each in wall(session, chat.again(tenant), clock())]


def test_a_silent_chat_lets_nobody_look_online(billing, chat, uow, clock, rooms):
    tenant = chat.tenant()
    chat.performer(tenant, "star", number=1, beat_at=None)
    rooms.there = {1: Status.ONLINE}
    poll(billing, clock, rooms)
    rooms.is_down = True

    clock.advance(seconds=29)
    poll(billing, clock, rooms)
    assert shown(billing, chat, tenant, clock)[0][1] is Status.ONLINE
    clock.advance(seconds=1)

    assert shown(billing, chat, tenant, clock)[0][1] is Status.OFFLINE


def test_it_keeps_to_the_interface(rooms):
    provider: ChatProvider = rooms
    wanted = [name for name in vars(ChatProvider) if not name.startswith("_")]

    assert len(wanted) >= 7 and all(callable(getattr(provider, name)) for name in wanted)
