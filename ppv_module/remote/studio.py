"""Routes of a performer's studio: her room, requests, the running show, her earnings. She sees only her own.

They find her by the login that is signed in; no request can name another performer.
"""

from typing import Any

from apiflask import APIBlueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.periods import Month
from ppv_module.chat import presence
from ppv_module.chat.earnings import reports_own
from ppv_module.chat.models import Mode, Performer, Person, Tenant
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows import reading
from ppv_module.chat.shows.answering import accept_show, refuse_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import OPEN, EndReason, ShowState
from ppv_module.chat.shows.running import arrive, touch
from ppv_module.errors import BadState, Banned, EmbedMode, UnknownPerformer, UnknownShow
from ppv_module.provider.base import Guest
from ppv_module.remote import studio_shown as shown
from ppv_module.remote.door import actor, door, require_module, subject
from ppv_module.remote.schemas_studio import (
    EarningsPage,
    KnownShow,
    OwnEarnings,
    OwnPayouts,
    OwnPerformers,
    PayoutsPage,
    Studio,
    StudioEntry,
    WantedRoom,
)
from weblib.areas import Area

Hers = tuple[Tenant, Person, Performer]
SHOW = "/<int:tenant>/shows/<uuid:show>"

bp = APIBlueprint("studio", __name__, url_prefix="/me/studio", tag="studio")
live = APIBlueprint("studio_live", __name__, url_prefix="/me/studio", tag="studio")
"""What a page sends every few seconds, and what must not be kept: a way into a room."""

AREAS = (
    Area(blueprint=bp, scopes=("cabinet",), subject=True, errors=(402, 404)),
    Area(blueprint=live, scopes=("cabinet",), subject=True, keeps_answers=False, errors=(404,)),
)
for each in (bp, live):
    each.before_request(require_module)


@bp.get("")
@bp.output(OwnPerformers)
def choose() -> dict[str, Any]:
    """Tell in which chats the subscriber is an active performer."""
    with door().billing.reading() as session:
        found = [
            {"tenant": tenant.id, "number": person.number, "name": performer.display_name, "title": tenant.name}
            for tenant, person, performer in _all_of(session)
        ]
    return {"performers": found}


@bp.get("/<int:tenant>")
@bp.input(KnownShow, location="query", arg_name="known")
@bp.output(Studio)
def show(tenant: int, known: dict[str, Any]) -> dict[str, Any]:
    """Tell all that her page shows."""
    return _studio(tenant, known.get("show"))


@live.post("/<int:tenant>/beat")
@live.input(KnownShow, arg_name="known")
@live.output(Studio)
def beat(tenant: int, known: dict[str, Any]) -> dict[str, Any]:
    """Her page is open."""
    presence.beat(door().billing.uow(), person_id=_me(tenant).id, now=door().clock())
    return _studio(tenant, known.get("show"))


@live.post("/<int:tenant>/entry")
@live.input(WantedRoom, arg_name="wanted")
@live.output(StudioEntry)
def enter(tenant: int, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Sign a way into her own room as the performer, or into the private room of her open show."""
    with door().billing.reading() as session:
        here, person, performer = _hers(session, tenant)
        room = _private_room(session, here, person, wanted["show"]) if "show" in wanted else performer.room_id
    picture = performer.avatar or performer.big_photo
    image = f"{wanted['site'].rstrip('/')}/chat/photos/{picture}" if picture else ""
    guest = Guest(person=person, performer=performer, image=image)
    entry = door().provider.entry(here, guest, room=room, now=door().clock())
    answer = {"url": entry.url, "origin": entry.origin, "allow": entry.allow, "expires_at": entry.expires_at}
    return answer, {"Cache-Control": "no-store"}


@bp.post(f"{SHOW}/accept")
@bp.output(Studio)
def accept(tenant: int, show: Any) -> dict[str, Any]:
    """Say yes to a request: both go to a room that nobody knows but they."""
    with door().billing.reading() as session:
        here, person, _performer = _hers(session, tenant)
    room_id = door().provider.private_room(here)
    uow, now = door().billing.uow(), door().clock()
    accept_show(uow, show_id=str(show), by=person.id, room_id=room_id, actor=actor(), now=now)
    return _studio(tenant, str(show))


@bp.post(f"{SHOW}/refuse")
@bp.output(Studio)
def refuse(tenant: int, show: Any) -> dict[str, Any]:
    """Say no to a request."""
    by = _me(tenant).id
    refuse_show(door().billing.uow(), show_id=str(show), by=by, actor=actor(), now=door().clock())
    return _studio(tenant, None)


@live.post(f"{SHOW}/arrive")
@live.output(Studio)
def come(tenant: int, show: Any) -> dict[str, Any]:
    """Her page is in the private room."""
    me = _of_show(tenant, str(show))
    arrive(door().billing.uow(), show_id=str(show), person_id=me.id, now=door().clock())
    return _studio(tenant, str(show))


@live.post(f"{SHOW}/tick")
@live.output(Studio)
def tick(tenant: int, show: Any) -> dict[str, Any]:
    """Her side of the show is still there."""
    me = _of_show(tenant, str(show))
    touch(door().billing.uow(), show_id=str(show), person_id=me.id, now=door().clock())
    return _studio(tenant, str(show))


@bp.post(f"{SHOW}/end")
@bp.output(Studio)
def end(tenant: int, show: Any) -> dict[str, Any]:
    """Leave the private show."""
    me = _of_show(tenant, str(show))
    uow, now, reason = door().billing.uow(), door().clock(), EndReason.PERFORMER_END
    end_show(uow, show_id=str(show), reason=reason, by=me.id, actor=actor(), now=now)
    return _studio(tenant, str(show))


@bp.get("/<int:tenant>/earnings")
@bp.input(EarningsPage, location="query", arg_name="wanted")
@bp.output(OwnEarnings)
def earnings(tenant: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """Tell her earnings by months, and each row of one month."""
    billing, now = door().billing, door().clock()
    month = Month.parse(wanted["month"], "month") if "month" in wanted else billing.month(now)
    span = Span.of_month(month, billing.zone)
    with billing.reading() as session:
        performer = _hers(session, tenant)[2]
        months = reports_own.months(session, performer, now=now, zone=billing.zone)
        page = reports_own.rows(session, performer, span, cursor=wanted.get("cursor"))
        return {
            "month": str(month),
            "months": [{"month": str(each.month), "sums": shown.sums(each.sums)} for each in months],
            "total": shown.sums(reports_own.total(session, performer)),
            "sums": shown.sums(reports_own.total(session, performer, span)),
            "rows": [shown.row(each) for each in page.rows],
            "next": page.next,
        }


@bp.get("/<int:tenant>/payouts")
@bp.input(PayoutsPage, location="query", arg_name="wanted")
@bp.output(OwnPayouts)
def payouts(tenant: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """Tell what she was paid, and what is about to be."""
    with door().billing.reading() as session:
        page = reports_own.payouts(session, _hers(session, tenant)[2], cursor=wanted.get("cursor"))
    return {"payouts": [shown.payout(each) for each in page.rows], "next": page.next}


def _all_of(session: Session) -> list[Hers]:
    """What the signed-in login performs as, by the names of the chats; those that sell themselves are not ours."""
    query = select(Tenant, Person, Performer).select_from(Performer)
    query = query.join(Person, Person.id == Performer.person_id).join(Tenant, Tenant.id == Performer.tenant_id)
    query = query.where(Person.login == subject(), Performer.active, Tenant.active, Tenant.mode == Mode.EXTERNAL)
    return [(each[0], each[1], each[2]) for each in session.execute(query.order_by(Tenant.name, Tenant.id))]


def _hers(session: Session, tenant_id: int) -> Hers:
    """Who the signed-in login performs as in this chat.

    :raises UnknownPerformer: she is none there, or not active
    :raises Banned: she may not use it
    :raises EmbedMode: the chat's own server does all of it
    """
    query = select(Tenant, Person, Performer).select_from(Performer)
    query = query.join(Person, Person.id == Performer.person_id).join(Tenant, Tenant.id == Performer.tenant_id)
    mine = query.where(Person.login == subject(), Tenant.id == tenant_id, Performer.active, Tenant.active)
    found = session.execute(mine).one_or_none()
    if found is None:
        raise UnknownPerformer(performer=subject())
    tenant, person, performer = found
    if person.banned_at is not None:
        raise Banned(nickname=person.nickname)
    if tenant.mode is Mode.EMBED:
        raise EmbedMode(tenant=tenant.id)
    return tenant, person, performer


def _me(tenant_id: int) -> Person:
    with door().billing.reading() as session:
        return _hers(session, tenant_id)[1]


def _of_show(tenant_id: int, show_id: str) -> Person:
    """She herself, whose show this is.

    :raises UnknownShow: it is none of hers
    """
    with door().billing.reading() as session:
        person = _hers(session, tenant_id)[1]
        if reading.show(session, show_id, tenant_id).performer_id != person.id:
            raise UnknownShow(show=show_id)
    return person


def _private_room(session: Session, tenant: Tenant, person: Person, show_id: str) -> int:
    """:raises UnknownShow, BadState: there is no private room of hers"""
    found = reading.show(session, show_id, tenant.id)
    if found.performer_id != person.id:
        raise UnknownShow(show=show_id)
    if found.state not in OPEN or found.room_id is None:
        raise BadState(state=found.state, wanted=ShowState.ACCEPTED)
    return found.room_id


def _studio(tenant_id: int, known: str | None) -> dict[str, Any]:
    with door().billing.reading() as session:
        here, person, performer = _hers(session, tenant_id)
        return shown.studio(session, here, person, performer, known)
