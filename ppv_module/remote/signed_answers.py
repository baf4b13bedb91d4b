"""What the signed API tells of its things, by the numbers that the tenant's chat calls people by."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.chat.models import Person, Tenant
from ppv_module.chat.shows.models import Show
from ppv_module.chat.shows.reading import seconds_left
from ppv_module.chat.wall import Card
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.models import Order, Pack
from ppv_module.errors import UnknownPerformer, UnknownPerson
from ppv_module.remote.signed import caller


def tenant(session: Session) -> Tenant:
    """The tenant that the caller's key is bound to."""
    return session.get_one(Tenant, caller().tenant_id)


def person(session: Session, number: int) -> Person:
    """Somebody in the caller's chat.

    :raises UnknownPerson: nobody there has this number
    """
    found = _numbered(session, number)
    if found is None:
        raise UnknownPerson(person=number)
    return found


def performer(session: Session, number: int) -> Person:
    """Like `person`, for whom the call needs as a performer; whether she is one the services ask.

    :raises UnknownPerformer: nobody there has this number
    """
    found = _numbered(session, number)
    if found is None:
        raise UnknownPerformer(performer=number)
    return found


def _numbered(session: Session, number: int) -> Person | None:
    return session.scalar(select(Person).where(Person.tenant_id == caller().tenant_id, Person.number == number))


def card(of: Card) -> dict[str, Any]:
    return {
        "id": of.number,
        "name": of.name,
        "bio": of.bio,
        "status": of.status.value,
        "rate": of.rate,
        "avatar": of.avatar,
        "photo": of.photo,
        "enterable": of.enterable,
    }


def show(session: Session, of: Show) -> dict[str, Any]:
    ids = (of.viewer_id, of.performer_id)
    numbers = dict(session.execute(select(Person.id, Person.number).where(Person.id.in_(ids))).tuples().all())
    return {
        "id": of.id,
        "state": of.state.value,
        "user_id": numbers[of.viewer_id],
        "performer_id": numbers[of.performer_id],
        "rate": of.rate,
        "source": of.source.value,
        "room_id": of.room_id,
        "requested_at": _at(of.requested_at),
        "accepted_at": _at(of.accepted_at),
        "ready_at": _at(of.ready_at),
        "ended_at": _at(of.ended_at),
        "end_reason": of.end_reason and of.end_reason.value,
        "ended_by": of.ended_by,
        "billed_seconds": of.billed_ms // 1000,
        "credits_charged": of.credits_charged,
        "seconds_left": seconds_left(of, balance_of(session, of.login)),
    }


def pack(of: Pack) -> dict[str, Any]:
    return {
        "id": of.id,
        "credits": of.credits,
        "price": of.price.plain(),
        "currency": of.currency,
        "text": of.description,
    }


def order(of: Order, number: int) -> dict[str, Any]:
    return {
        "id": of.id,
        "user_id": number,
        "item_id": of.pack_id,
        "status": of.state.value,
        "credits": of.credits,
        "price": of.price.plain(),
        "currency": of.currency,
        "invoice": of.invoice,
    }


def _at(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
