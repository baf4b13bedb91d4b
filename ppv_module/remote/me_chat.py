"""A signed-in subscriber in a chat, as a viewer: his name, rooms, private shows, tips.

Two blueprints: an entry holds a token and is never kept, and steps of a show are harmless to repeat by themselves, so
that keeping their answers would only cost.
"""

import hashlib
from typing import Any

from apiflask import APIBlueprint
from flask import request

from ppv_module.chat import people, policies
from ppv_module.chat.earnings import tips
from ppv_module.chat.models import FIRST_VIEWER, Person
from ppv_module.chat.shows import answering, asking, closing, running
from ppv_module.chat.shows.models import EndReason, Source
from ppv_module.chat.viewing import active_performer, credits_of, open_tenant, own_show, past_show, room, shows_of
from ppv_module.errors import UnknownPerformer
from ppv_module.remote import schemas_chat, shown_chat, viewer_entry
from ppv_module.remote.door import actor, door, require_module, subject

bp = APIBlueprint("me_chat", __name__, url_prefix="/me/chat", tag="me/chat")
moving = APIBlueprint("me_chat_moving", __name__, url_prefix="/me/chat", tag="me/chat")
bp.before_request(require_module)
moving.before_request(require_module)

Shown = dict[str, Any]


def fact_key(name: str) -> str:
    """A key for what this request orders, made of the caller's own: another subscriber's is never the same."""
    sent = f"{subject()} {request.headers['Idempotency-Key']}"
    return f"{name}-{hashlib.sha256(sent.encode()).hexdigest()[:48]}"


@bp.get("/<int:tenant>")
@bp.output(schemas_chat.MyChat)
def show(tenant: int) -> Shown:
    """Who the subscriber is in this chat."""
    return _me(tenant)


@bp.post("/<int:tenant>/nickname")
@bp.input(schemas_chat.Nickname, arg_name="wanted")
@bp.output(schemas_chat.MyChat)
def rename(tenant: int, wanted: Shown) -> Shown:
    """Be called otherwise in this chat."""
    person = viewer_entry.person(tenant)
    people.rename(
        door().billing.uow(), person_id=person.id, nickname=wanted["nickname"], actor=actor(), now=door().clock()
    )
    return _me(tenant)


@bp.get("/<int:tenant>/rooms/<int:number>")
@bp.input(schemas_chat.RoomAsked, location="query", arg_name="asked")
@bp.output(schemas_chat.Room)
def show_room(tenant: int, number: int, asked: Shown) -> Shown:
    """A performer's room now. A `show` that is over is told of as long as it is named."""
    return _room(tenant, number, asked.get("show"))


@bp.post("/<int:tenant>/shows")
@bp.input(schemas_chat.NewShow, arg_name="wanted")
@bp.output(schemas_chat.Room)
def request_show(tenant: int, wanted: Shown) -> Shown:
    """Ask a performer for a private show. Nothing is charged for asking."""
    viewer, performer = viewer_entry.person(tenant), _performer(tenant, wanted["performer"])
    made = asking.request_show(
        door().billing.uow(), viewer_id=viewer.id, performer_id=performer.id, source=Source.SELF, **_by()
    )
    return _room(tenant, performer.number, made.id)


@bp.get("/<int:tenant>/shows")
@bp.input(schemas_chat.Older, location="query", arg_name="page")
@bp.output(schemas_chat.PastShows)
def list_shows(tenant: int, page: Shown) -> Shown:
    """The private shows that the subscriber has asked for in this chat, the newest first."""
    with door().billing.reading() as session:
        open_tenant(session, tenant)
        found, older = shows_of(session, people.person_of(session, tenant_id=tenant, login=subject()), **page)
        return {"shows": [shown_chat.past(each) for each in found], "next": older}


@bp.get("/<int:tenant>/shows/<show_id>")
@bp.output(schemas_chat.PastShow)
def show_show(tenant: int, show_id: str) -> Shown:
    """One of them."""
    with door().billing.reading() as session:
        return shown_chat.past(
            past_show(session, people.person_of(session, tenant_id=tenant, login=subject()), show_id)
        )


@bp.post("/<int:tenant>/tips")
@bp.input(schemas_chat.NewTip, arg_name="tip")
@bp.output(schemas_chat.Tip)
def send_tip(tenant: int, tip: Shown) -> Shown:
    """Give a performer credits, in a show or out of one."""
    viewer, performer = viewer_entry.person(tenant), _performer(tenant, tip["performer"])
    sent = tips.send_tip(
        door().billing.uow(),
        viewer_id=viewer.id,
        performer_id=performer.id,
        credits=tip["credits"],
        show_id=tip.get("show"),
        key=fact_key("me"),
        **_by(),
    )
    return {"tip": sent.id, "balance": sent.balance}


@moving.post("/<int:tenant>/entry")
@moving.input(schemas_chat.Site, arg_name="asked")
@moving.output(schemas_chat.RoomEntry)
def enter_chat(tenant: int, asked: Shown) -> Shown:
    """The way into the general chat, in the role of the account. In embed mode it is the chat's own script."""
    return shown_chat.entry(viewer_entry.general(tenant, asked["site"]))


@moving.post("/<int:tenant>/rooms/<int:number>/entry")
@moving.input(schemas_chat.EntryAsked, arg_name="asked")
@moving.output(schemas_chat.RoomEntry)
def enter_room(tenant: int, number: int, asked: Shown) -> Shown:
    """The way into a performer's public room, or into the private one of a show, always as a viewer."""
    return shown_chat.entry(viewer_entry.room(tenant, number, asked.get("show"), asked["site"]))


@moving.post("/<int:tenant>/shows/<show_id>/cancel")
@moving.input(schemas_chat.NoWords, arg_name="_nothing")
@moving.output(schemas_chat.Room)
def cancel(tenant: int, show_id: str, _nothing: Shown) -> Shown:
    """Take a request back that is not answered yet."""
    viewer, number = _side(tenant, show_id)
    answering.cancel_show(door().billing.uow(), show_id=show_id, by=viewer.id, **_by())
    return _room(tenant, number, show_id)


@moving.post("/<int:tenant>/shows/<show_id>/arrive")
@moving.input(schemas_chat.NoWords, arg_name="_nothing")
@moving.output(schemas_chat.Room)
def arrive(tenant: int, show_id: str, _nothing: Shown) -> Shown:
    """The viewer's page shows the private room. When both pages do, the show begins."""
    viewer, number = _side(tenant, show_id)
    running.arrive(door().billing.uow(), show_id=show_id, person_id=viewer.id, now=door().clock())
    return _room(tenant, number, show_id)


@moving.post("/<int:tenant>/shows/<show_id>/tick")
@moving.input(schemas_chat.NoWords, arg_name="_nothing")
@moving.output(schemas_chat.Room)
def tick(tenant: int, show_id: str, _nothing: Shown) -> Shown:
    """The viewer's page is still there. Our own clock says what that costs."""
    viewer, number = _side(tenant, show_id)
    running.touch(door().billing.uow(), show_id=show_id, person_id=viewer.id, now=door().clock())
    return _room(tenant, number, show_id)


@moving.post("/<int:tenant>/shows/<show_id>/end")
@moving.input(schemas_chat.NoWords, arg_name="_nothing")
@moving.output(schemas_chat.Room)
def end(tenant: int, show_id: str, _nothing: Shown) -> Shown:
    """End a show; it is charged up to this moment. One that is over stays as it is."""
    viewer, number = _side(tenant, show_id)
    closing.end_show(door().billing.uow(), show_id=show_id, reason=EndReason.VIEWER_END, by=viewer.id, **_by())
    return _room(tenant, number, show_id)


def _me(tenant: int) -> Shown:
    with door().billing.reading() as session:
        here = open_tenant(session, tenant)
        person = people.person_of(session, tenant_id=tenant, login=subject())
        credits = credits_of(session, subject())
        notice = policies.live_typing_used(session, here.id)
        known = shown_chat.nobody(frozen=credits.frozen, balance=credits.balance, privacy_notice=notice)
        if person is None:
            return known
        return known | {
            "number": person.number,
            "nickname": person.nickname,
            "role": person.role,
            "performer": active_performer(session, person) is not None,
            "banned": person.banned_at is not None,
        }


def _by() -> Shown:
    return {"actor": actor(), "now": door().clock()}


def _performer(tenant: int, number: int) -> Person:
    """:raises UnknownPerformer: nobody of this number, or a viewer"""
    if number >= FIRST_VIEWER:
        raise UnknownPerformer(performer=number)
    with door().billing.reading() as session:
        return people.number(session, tenant, number)


def _side(tenant: int, show_id: str) -> tuple[Person, int]:
    """The viewer of a show of his, and the number of its performer.

    :raises UnknownShow: this chat has no such show, or it is not his
    """
    with door().billing.reading() as session:
        viewer = people.person_of(session, tenant_id=tenant, login=subject())
        show = own_show(session, viewer, show_id)
        assert viewer is not None
        return viewer, people.get(session, show.performer_id).number


def _room(tenant: int, number: int, show_id: str | None) -> Shown:
    with door().billing.reading() as session:
        here, now = open_tenant(session, tenant), door().clock()
        person = people.person_of(session, tenant_id=tenant, login=subject())
        found = room(session, here, number, login=subject(), person=person, show_id=show_id, now=now)
        return shown_chat.room(here, found, now)
