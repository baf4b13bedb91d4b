"""Pictures of people: a small square for everybody, and a large one for performers.

They are kept in the database, under random names that are never used again: so they can be cached for ever, and a name
tells nothing of who is on the picture.
"""

import secrets
from datetime import datetime
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import people
from ppv_module.chat.models import Performer, Person, Photo
from ppv_module.chat.pictures import CONTENT_TYPE, MOST_BYTES, Drawn, draw_avatar, draw_photo

__all__ = ["CONTENT_TYPE", "MOST_BYTES", "Kind", "PhotoForPerformers", "photo", "put_photo", "remove_photo"]

NAME_BYTES = 24


class Kind(StrEnum):
    """`avatar`: a small square. `photo`: the large picture of a performer."""

    AVATAR = "avatar"
    PHOTO = "photo"


class PhotoForPerformers(WrongState):
    """Viewers have a small picture only. Facts: `nickname`."""

    code = "photo_for_performers"
    text = N_("Only performers have a large photo.")


def put_photo(uow: UnitOfWork, *, person_id: int, kind: Kind, content: bytes, actor: Actor, now: datetime) -> Photo:
    """Draw an uploaded JPEG, PNG or WebP anew and show it; the one before it is gone.

    :raises NoPicture, PictureTooLarge, PictureTooSmall: it cannot be used, see `pictures`; nothing has changed
    :raises UnknownPerson, PhotoForPerformers: there is no such person, or a viewer has no large photo
    """
    drawn = draw_avatar(content) if kind is Kind.AVATAR else draw_photo(content)
    return _keep(uow, drawn, person_id=person_id, kind=kind, actor=actor, now=now)


@use_case
def _keep(uow: UnitOfWork, drawn: Drawn, *, person_id: int, kind: Kind, actor: Actor, now: datetime) -> Photo:
    """A transaction of its own: nothing is locked while a picture is drawn."""
    person = people.locked(uow, person_id)
    photo = Photo(name=secrets.token_hex(NAME_BYTES), tenant_id=person.tenant_id, created_at=now, **vars(drawn))
    uow.session.add(photo)
    uow.session.flush()
    _replace(uow, person, kind, photo.name)
    template = "PPV PERSON ({login}) NEW {kind} [{photo}]"
    uow.events.write(template, login=person.event_login, kind=kind.upper(), photo=photo.name, actor=actor, at=now)
    return photo


@use_case
def remove_photo(uow: UnitOfWork, *, person_id: int, kind: Kind, actor: Actor, now: datetime) -> None:
    """Show a placeholder again. Repeating it is harmless.

    :raises UnknownPerson, PhotoForPerformers: there is no such person, or a viewer has no large photo
    """
    person = people.locked(uow, person_id)
    if _replace(uow, person, kind, ""):
        template = "PPV PERSON ({login}) NO {kind}"
        uow.events.write(template, login=person.event_login, kind=kind.upper(), actor=actor, at=now)


def photo(session: Session, name: str) -> Photo | None:
    """The picture with this name; its content is `CONTENT_TYPE`."""
    return session.get(Photo, name)


def _replace(uow: UnitOfWork, person: Person, kind: Kind, name: str) -> str:
    """Show the picture `name`, delete the one before it, and give that one's name."""
    performer = uow.session.get(Performer, person.id, with_for_update=True, populate_existing=True)
    if kind is Kind.PHOTO:
        if performer is None:
            raise PhotoForPerformers(nickname=person.nickname)
        before, performer.big_photo = performer.big_photo, name
    else:
        before, person.avatar = person.avatar, name
        if performer is not None:
            before, performer.avatar = performer.avatar or before, name
    if before:
        uow.session.execute(delete(Photo).where(Photo.name == before))
    return before
