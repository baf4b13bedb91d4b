"""The wall: cards of a tenant's active performers with who is there now (video chat guide, "Performers wall")."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from ppv_module.chat.models import Performer, Person, Status, Tenant
from ppv_module.chat.presence import status_of
from ppv_module.chat.shows.models import Show
from ppv_module.errors import UnknownPerformer

ORDER = (Status.ONLINE, Status.BUSY, Status.OFFLINE)


@dataclass(frozen=True, kw_only=True)
class Card:
    """What everybody may know of a performer. `avatar` and `photo` are names of pictures, or empty.

    `enterable`: viewers may open her room now.
    """

    person_id: int
    number: int
    name: str
    bio: str
    status: Status
    rate: int
    avatar: str
    photo: str
    enterable: bool
    room_id: int
    sort: int = 0


def wall(session: Session, tenant: Tenant, now: datetime) -> list[Card]:
    """Cards of all active performers: online, busy, offline, and within these by the staff's order and by name.

    One statement, however many there are.
    """
    rows = session.execute(_rows(tenant)).all()
    return sorted(
        _cards(rows, tenant, now), key=lambda card: (ORDER.index(card.status), card.sort, card.name.casefold())
    )


def card(session: Session, tenant: Tenant, number: int, now: datetime) -> Card:
    """The card of the active performer with this number.

    :raises UnknownPerformer: there is none
    """
    row = session.execute(_rows(tenant).where(Person.number == number)).one_or_none()
    if row is None:
        raise UnknownPerformer(performer=number)
    return next(iter(_cards([row], tenant, now)))


def _rows(tenant: Tenant) -> Select[tuple[Performer, Person, str]]:
    return (
        select(Performer, Person, Show.id)
        .join(Person, Person.id == Performer.person_id)
        .outerjoin(Show, Show.performer_slot == Performer.person_id)
        .where(Performer.tenant_id == tenant.id, Performer.active, Person.banned_at.is_(None))
    )


def _cards(rows: Iterable[Row[tuple[Performer, Person, str]]], tenant: Tenant, now: datetime) -> Iterable[Card]:
    for performer, person, show_id in rows:
        status = status_of(performer, tenant=tenant, busy=show_id is not None, now=now)
        yield Card(
            person_id=person.id,
            number=person.number,
            name=performer.display_name,
            bio=performer.bio,
            status=status,
            rate=performer.rate,
            avatar=performer.avatar,
            photo=performer.big_photo,
            enterable=is_enterable(status, tenant),
            room_id=performer.room_id,
            sort=performer.sort,
        )


def is_enterable(status: Status, tenant: Tenant) -> bool:
    """Whether viewers may open the room of a performer with this status."""
    return status is Status.ONLINE or (status is Status.OFFLINE and tenant.rules.enter_offline)
