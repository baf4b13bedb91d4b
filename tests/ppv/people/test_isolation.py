"""Two chats in which the same logins have the same numbers: nothing of one is seen, used or counted in the other."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from ppv_module.chat import keys, people, performers, photos, policies, tenants, viewing
from ppv_module.chat.earnings import reports_own
from ppv_module.chat.earnings.models import Earning
from ppv_module.chat.earnings.payouts import draft_payouts
from ppv_module.chat.earnings.tips import send_tip
from ppv_module.chat.models import Person, Role
from ppv_module.chat.policies import Policy, set_policy
from ppv_module.chat.shows import reading
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Show, Source
from ppv_module.chat.shows.running import ready
from ppv_module.chat.styles import save_style
from ppv_module.chat.support import desk
from ppv_module.chat.wall import wall
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.packs import packs_of
from ppv_module.errors import NotYours, PackNotOnSale, UnknownPerformer, UnknownShow
from ppv_module.provider.base import Guest
from ppv_module.provider.html5chat.chat import Html5Chat
from tests.ppv.people.support import picture
from tests.support import STAFF, assert_books_balance

NUMBER, VIEWER = 3, 10_007


@dataclass
class Place:
    tenant: Any
    performer: Any
    viewer: Any
    pack: Any


@pytest.fixture
def places(make, chat):
    """`star` performs in both under the same number, and so does `ann` watch."""
    make.subscriber("star")
    make.subscriber("ann", wallet="500 UAH")
    made = []
    for _ in range(2):
        tenant = chat.tenant()
        star, ann = chat.performer(tenant, "star", number=NUMBER), chat.viewer(tenant, "ann", number=VIEWER)
        made.append(Place(tenant, star, ann, chat.pack(tenant)))
    chat.give("ann", 1000)
    return made


@pytest.fixture
def signed(clock):
    return lambda: {"actor": STAFF, "now": clock()}


def ask(uow, signed, viewer, performer):
    ids = {"viewer_id": viewer.viewer.id, "performer_id": performer.performer.person_id}
    return request_show(uow(), source=Source.API, **ids, **signed())


def show_of(uow, clock, signed, place, seconds=20):
    show = ask(uow, signed, place, place)
    accept_show(uow(), show_id=show.id, by=None, room_id=place.tenant.id, **signed())
    ready(uow(), show_id=show.id, now=clock())
    clock.advance(seconds=seconds)
    end_show(uow(), show_id=show.id, reason=EndReason.VIEWER_END, by=place.viewer.id, **signed())
    return show


def test_numbers_and_logins_mean_somebody_else_in_each(billing, places):
    here, there = places
    assert here.viewer.id != there.viewer.id and here.performer.person_id != there.performer.person_id

    with billing.reading() as session:
        for place in places:
            tenant_id = place.tenant.id
            assert people.number(session, tenant_id, VIEWER).id == place.viewer.id
            assert people.number(session, tenant_id, NUMBER).id == place.performer.person_id
            assert people.person_of(session, tenant_id=tenant_id, login="ann").id == place.viewer.id
            assert performers.numbered(session, tenant_id, NUMBER).person_id == place.performer.person_id
        both = [each.person_id for each in performers.of_login(session, "star")]
        assert both == [here.performer.person_id, there.performer.person_id]


def test_nobody_asks_or_tips_across(billing, uow, clock, signed, places):
    here, there = places

    with pytest.raises(UnknownPerformer):
        ask(uow, signed, here, there)
    ids = {"viewer_id": here.viewer.id, "performer_id": there.performer.person_id}
    with pytest.raises(UnknownPerformer):
        send_tip(uow(), credits=5, key="across", **ids, **signed())

    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Show)) == 0
        assert session.scalar(select(func.count()).select_from(Earning)) == 0


def test_a_show_is_its_own_chats_alone(billing, uow, clock, signed, places):
    here, there = places
    show = ask(uow, signed, here, here)

    with billing.reading() as session:
        assert reading.show(session, show.id, here.tenant.id).id == show.id
        with pytest.raises(UnknownShow):
            reading.show(session, show.id, there.tenant.id)
        with pytest.raises(UnknownShow):
            viewing.own_show(session, there.viewer, show.id)
        assert [each.id for each in reading.requests_to(session, here.performer.person_id, clock())] == [show.id]
        assert reading.requests_to(session, there.performer.person_id, clock()) == []
        for place, busy in ((here, False), (there, False)):
            assert reading.is_busy(session, place.performer.person_id) is busy
    accept_show(uow(), show_id=show.id, by=None, room_id=1, **signed())
    with billing.reading() as session:
        assert [card.status for card in wall(session, here.tenant, clock())] == ["busy"]
        assert [card.status for card in wall(session, there.tenant, clock())] == ["online"]
        assert reading.open_show_of(session, there.viewer.id) is None


def test_what_is_earned_and_paid_is_counted_where_it_was(billing, chat, uow, clock, signed, places):
    here, there = places
    first = clock()
    show_of(uow, clock, signed, here, seconds=20)
    show_of(uow, clock, signed, there, seconds=15)
    for place, credits in ((here, 5), (there, 7)):
        ids = {"viewer_id": place.viewer.id, "performer_id": place.performer.person_id}
        send_tip(uow(), credits=credits, key="same-key", **ids, **signed())

    assert chat.balance("ann") == 1000 - 20 - 15 - 5 - 7  # one account of credits, whatever the chat
    with billing.reading() as session:
        for place, credits in ((here, 25), (there, 22)):
            rows = session.scalars(select(Earning).where(Earning.tenant_id == place.tenant.id)).all()
            assert sum(row.credits for row in rows) == credits
            assert {row.performer_id for row in rows} == {place.performer.person_id}
            assert {row.payer_id for row in rows} == {place.viewer.id}
            (sums,) = reports_own.total(session, place.performer)
            assert sums.show_credits + sums.tip_credits == credits
    period = {"begins_at": first - timedelta(days=1), "ends_at": clock() + timedelta(days=1)}
    clock.advance(days=2)
    drafted = draft_payouts(uow(), tenant_id=here.tenant.id, **period, **signed())
    assert [each.performer_id for each in drafted] == [here.performer.person_id]
    with billing.reading() as session:
        paid = session.scalars(select(Earning).where(Earning.payout_id.is_not(None))).all()
        assert paid and {row.tenant_id for row in paid} == {here.tenant.id}
    assert_books_balance(billing)


def test_packs_are_sold_where_they_are_offered(billing, uow, signed, places):
    here, there = places

    with billing.reading() as session:
        assert [pack.id for pack in packs_of(session, here.tenant.id)] == [here.pack.id]
    with pytest.raises(PackNotOnSale):
        buy_with_wallet(uow(), login="ann", tenant_id=here.tenant.id, pack_id=there.pack.id, key="k", **signed())


def test_bans_policies_styles_keys_and_questions_stay_where_they_are(billing, chat, uow, signed, places):
    here, there = places
    tenant_id = {"tenant_id": here.tenant.id}
    people.ban(uow(), person_id=here.viewer.id, reason="rude", **signed())
    set_policy(uow(), role=Role.DJ, policy=Policy(live_typing=True), **tenant_id, **signed())
    save_style(uow(), source="p{color:red}", **tenant_id, **signed())
    keys.create_key(uow(), name="gateway", **tenant_id, **signed())
    question = desk.open_ticket(uow(), person_id=here.viewer.id, subject="Why", text="Why?", **signed())

    assert chat.again(there.viewer).banned_at is None
    with billing.reading() as session:
        assert not policies.live_typing_used(session, there.tenant.id)
        assert tenants.get(session, there.tenant.id).css == ""
        assert keys.keys_of(session, there.tenant.id) == []
        assert desk.tickets_of(session, there.viewer.id) == []
        with pytest.raises(desk.UnknownTicket):
            desk.ticket(session, question.id, person_id=there.viewer.id)


def test_no_way_in_is_signed_for_people_of_another_chat(clock, chat, places):
    here, there = places
    person = Guest(person=here.viewer)

    assert Html5Chat().entry(here.tenant, person, room=None, now=clock()).url
    for guest in (person, Guest(person=here.viewer, performer=there.performer)):
        with pytest.raises(NotYours):
            Html5Chat().entry(there.tenant, guest, room=None, now=clock())


def test_a_picture_is_kept_with_its_chat(billing, chat, uow, signed, places):
    here, there = places
    photo = photos.put_photo(
        uow(), person_id=here.performer.person_id, kind=photos.Kind.AVATAR, content=picture(), **signed()
    )

    assert photo.tenant_id == here.tenant.id
    assert chat.again(there.performer).avatar == ""


def test_everybody_is_of_one_chat(billing, places):
    with billing.reading() as session:
        rows = session.execute(select(Person.tenant_id, func.count()).group_by(Person.tenant_id)).all()

    assert [tuple(row) for row in rows] == [(place.tenant.id, 2) for place in places]
