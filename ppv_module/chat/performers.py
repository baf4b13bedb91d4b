"""Performers: people of a chat whom others pay, with their rate, their part of the price and their room.

A rate and a percentage are those of the moment at which a show is asked for or a tip is sent: changing them touches
nothing that was begun. Who is not active any more vanishes from the wall; her history stays.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, WrongState
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.chat import people, tenants
from ppv_module.chat.models import Performer, Person, Role, Tenant
from ppv_module.chat.nicknames import LONGEST_OF_PERFORMER
from ppv_module.chat.shows.closing import end_shows_of
from ppv_module.chat.shows.models import EndReason, Show
from ppv_module.chat.tenant_checks import whole
from ppv_module.errors import UnknownPerformer

LEAST_RATE, MOST_RATE = 1, 10_000
WHOLE_BP = 10_000
MOST_BIO, MOST_SORT = 2000, 1_000_000
GENDER = re.compile(r"[a-z]{1,16}")


class WrongPercent(InvalidInput):
    """Facts: `field`, `value`."""

    code = "wrong_percent"
    text = N_("A percentage is a number from 0 to 100 with at most two decimals: %(value)s.")


class WrongBio(InvalidInput):
    """Facts: `field`, `most`."""

    code = "wrong_bio"
    text = N_("The description may have at most %(most)s characters, and only such that can be seen.")


class PerformerAlready(WrongState):
    """One subscriber is one performer of a chat. Facts: `login`."""

    code = "performer_already"
    text = N_("%(login)s is a performer of this chat already.")


class InShowNow(WrongState):
    """His number in the chat is about to change. Facts: `nickname`."""

    code = "in_show_now"
    text = N_("%(nickname)s is in a private show or has asked for one. Try again when it is over.")


class StaffCannotPerform(WrongState):
    """Credits and earnings are those of subscribers. Facts: `login`."""

    code = "staff_cannot_perform"
    text = N_("%(login)s is of the staff. A performer has to be a subscriber.")


@dataclass(frozen=True, kw_only=True)
class PerformerForm:
    """What the staff decide about a performer.

    `rate` is in credits a minute, `percent_bp` in hundredths of a per cent. `gender` has to be known in the chat's own
    console.
    """

    display_name: str
    rate: int
    percent_bp: int
    bio: str = ""
    sort: int = 0
    gender: str = "female"


@use_case
def create_performer(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    login: str,
    form: PerformerForm,
    room: Callable[[Tenant, int], int],
    actor: Actor,
    now: datetime,
) -> Performer:
    """Make a performer of a subscriber; `room` is the provider's `public_room`.

    Whoever was a viewer before becomes a performer: he gets a performer's number, and keeps his credits and
    his history. The event log keeps the change of his role.

    :raises UnknownTenant, UnknownLogin: there is no such chat or subscriber
    :raises InvalidInput, NicknameTaken: a value cannot be used; nothing has changed
    :raises PerformerAlready, InShowNow, StaffCannotPerform: this person cannot become one, or not now
    """
    if login.startswith(people.STAFF_LOGIN):
        raise StaffCannotPerform(login=login)
    uow.host.find(login)
    values = _checked(form)
    tenant = tenants.lock(uow, tenant_id)
    person = _as_performer(uow, tenant, login, form, actor=actor, now=now)
    performer = Performer(person_id=person.id, tenant_id=tenant_id, room_id=room(tenant, person.number), **values)
    performer.display_name = person.nickname
    uow.session.add(performer)
    uow.session.flush()
    after = _facts(performer, person) | {"number": person.number, "room": performer.room_id}
    template = "PPV CREATE PERFORMER ({login}) [{performer}]"
    uow.events.write(template, login=login, performer=person.id, actor=actor, at=now, after=after)
    return performer


@use_case
def change_performer(
    uow: UnitOfWork, *, person_id: int, form: PerformerForm, actor: Actor, now: datetime, seen: int | None = None
) -> Performer:
    """Change what is decided about a performer. Saving what is there already is harmless.

    :raises InvalidInput, NicknameTaken: a value cannot be used; nothing has changed
    :raises UnknownPerformer, ChangedMeanwhile: there is none; somebody was faster
    """
    values = _checked(form)
    tenants.lock(uow, get(uow.session, person_id).tenant_id)
    performer, person = _locked(uow, person_id)
    before = _facts(performer, person)
    name = people.checked_name(
        uow.session, performer.tenant_id, form.display_name, own=person, most=LONGEST_OF_PERFORMER
    )
    person.nickname, person.gender = name, form.gender
    for field, value in (values | {"display_name": name}).items():
        setattr(performer, field, value)
    if (after := _facts(performer, person)) != before:
        check_seen(performer, seen)
        template = "PPV SAVE PERFORMER ({login}) [{performer}]"
        note = partial(uow.events.write, template, login=person.event_login, performer=person_id)
        note(actor=actor, at=now, before=before, after=after)
    return performer


@use_case
def set_active(
    uow: UnitOfWork, *, person_id: int, active: bool, actor: Actor, now: datetime, seen: int | None = None
) -> Performer:
    """Let a performer work, or not any more: then her open show ends and requests to her are off. Repeat freely.

    :raises UnknownPerformer, ChangedMeanwhile: there is none; somebody was faster
    """
    if not active:
        end_shows_of(uow, person_id=person_id, reason=EndReason.ADMIN_END, by="staff", actor=actor, now=now)
    performer, person = _locked(uow, person_id)
    if performer.active is active:
        return performer
    check_seen(performer, seen)
    performer.active = active
    template = "PPV SAVE PERFORMER ({login}) [{performer}] " + ("ACTIVE" if active else "NOT ACTIVE")
    uow.events.write(template, login=person.event_login, performer=person_id, actor=actor, at=now)
    return performer


def get(session: Session, person_id: int) -> Performer:
    """The performer, active or not.

    :raises UnknownPerformer: there is none
    """
    if (performer := session.get(Performer, person_id)) is None:
        raise UnknownPerformer(performer=person_id)
    return performer


def numbered(session: Session, tenant_id: int, number: int) -> Performer:
    """The active performer whom the chat of this tenant calls by `number`.

    :raises UnknownPerformer: there is none, or she is not active
    """
    performer = session.scalar(_working().where(Person.tenant_id == tenant_id, Person.number == number))
    if performer is None:
        raise UnknownPerformer(performer=number)
    return performer


def of_login(session: Session, login: str) -> Sequence[Performer]:
    """The active performers that this subscriber is, one a tenant at most."""
    return session.scalars(_working().where(Person.login == login).order_by(Performer.tenant_id)).all()


def parse_percent(text: str, *, field: str = "percent") -> int:
    """Hundredths of a per cent from what a person types: `33`, `33,5`, `33.25`.

    :raises WrongPercent: it is not from 0 to 100, or has more than two decimals
    """
    match = re.fullmatch(r"(\d{1,3})(?:[.,](\d{1,2}))?", text.strip().removesuffix("%").strip(), re.ASCII)
    percent_bp = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else WHOLE_BP + 1
    if percent_bp > WHOLE_BP:
        raise WrongPercent(field=field, value=text[:32])
    return percent_bp


def percent_text(percent_bp: int) -> str:
    """As it is typed: `33.25`."""
    return f"{percent_bp // 100}.{percent_bp % 100:02d}"


def _working() -> Select[tuple[Performer]]:
    found = select(Performer).join(Person, Person.id == Performer.person_id)
    return found.where(Performer.active, Person.banned_at.is_(None))


def _checked(form: PerformerForm) -> dict[str, object]:
    """:raises InvalidInput: a value cannot be used"""
    bio = unicodedata.normalize("NFC", form.bio.strip().replace("\r\n", "\n"))
    if len(bio) > MOST_BIO or not bio.replace("\n", "").isprintable():
        raise WrongBio(field="bio", most=MOST_BIO)
    if not 0 <= form.percent_bp <= WHOLE_BP:
        raise WrongPercent(field="percent", value=form.percent_bp)
    if not GENDER.fullmatch(form.gender):
        raise InvalidInput(field="gender", value=form.gender[:16])
    return {
        "rate": whole("rate", form.rate, LEAST_RATE, MOST_RATE),
        "percent_bp": form.percent_bp,
        "bio": bio,
        "sort": whole("sort", form.sort, -MOST_SORT, MOST_SORT),
    }


def _as_performer(
    uow: UnitOfWork, tenant: Tenant, login: str, form: PerformerForm, *, actor: Actor, now: datetime
) -> Person:
    """The person of this login with a performer's role, number and name."""
    person = people.person_of(uow.session, tenant_id=tenant.id, login=login)
    if person is not None:
        person = people.locked(uow, person.id)
        _require_idle_viewer(uow.session, person)
    name = people.checked_name(uow.session, tenant.id, form.display_name, own=person, most=LONGEST_OF_PERFORMER)
    if person is None:
        number = people.free_number(uow.session, tenant, Role.PERFORMER)
        person = Person(tenant_id=tenant.id, number=number, login=login, nickname=name, created_at=now)
        person.role = Role.PERFORMER
        uow.session.add(person)
    else:
        person.number = people.free_number(uow.session, tenant, Role.PERFORMER)
        person.nickname = name
        people.set_role(uow, person, Role.PERFORMER, actor=actor, now=now)
    person.gender = form.gender
    uow.session.flush()
    return person


def _require_idle_viewer(session: Session, person: Person) -> None:
    """:raises PerformerAlready, InShowNow: he is a performer, or the chat knows his number in a show"""
    if session.get(Performer, person.id) is not None:
        raise PerformerAlready(login=person.login)
    if session.scalar(select(Show.id).where(Show.viewer_slot == person.id)) is not None:
        raise InShowNow(nickname=person.nickname)


def _locked(uow: UnitOfWork, person_id: int) -> tuple[Performer, Person]:
    """:raises UnknownPerformer: there is none"""
    performer = uow.session.get(Performer, person_id, with_for_update=True, populate_existing=True)
    if performer is None:
        raise UnknownPerformer(performer=person_id)
    return performer, people.locked(uow, person_id)


def _facts(performer: Performer, person: Person) -> dict[str, object]:
    names = ("display_name", "rate", "bio", "sort")
    facts = {name: getattr(performer, name) for name in names}
    return facts | {"percent": percent_text(performer.percent_bp), "gender": person.gender}
