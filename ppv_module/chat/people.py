"""People of a chat: who is known there under which number, what he is called, and who is banned.

Numbers are what the chat calls people by. Those of performers are below `FIRST_VIEWER`, since the chat counts rooms as
`webmaster id * 10000 + performer's number`; everybody else has one from `FIRST_VIEWER` on (video chat guide, "Chat
behaviour"). A role comes from the account here and never from what a request says.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import policies, tenants
from ppv_module.chat.models import FIRST_VIEWER, Person, Role, Tenant
from ppv_module.chat.nicknames import LONGEST, NicknameTaken, clean_name, name_key
from ppv_module.chat.shows.closing import end_shows_of
from ppv_module.chat.shows.models import EndReason
from ppv_module.chat.tenant_checks import words
from ppv_module.errors import UnknownPerson

STAFF_LOGIN = "staff:"
BY_STAFF = "staff"
MOST_REASON = 200


class NumbersUsedUp(WrongState):
    """The chat counts 9,999 performers a tenant and no more. Facts: `tenant`."""

    code = "numbers_used_up"
    text = N_("This chat has as many performers as its rooms can be counted for.")


@use_case
def person_for(
    uow: UnitOfWork, *, tenant_id: int, login: str, now: datetime, nickname: str = "", role: Role = Role.USER
) -> Person:
    """The person that `login` is in this chat; he is made at the first call. Of two at once one makes him.

    `nickname` and `role` are for one who is made now; without a nickname he is called by his number, since a login is
    nobody else's business.

    :raises UnknownTenant, UnknownLogin: there is no such chat or subscriber
    :raises WrongNickname, NicknameTaken: the nickname cannot be his; nothing has changed
    """
    if (person := person_of(uow.session, tenant_id=tenant_id, login=login)) is not None:
        return person
    tenant = tenants.lock(uow, tenant_id)  # numbers and nicknames of a tenant are given one after the other
    if (person := person_of(uow.session, tenant_id=tenant_id, login=login)) is not None:
        return person
    if not login.startswith(STAFF_LOGIN):
        uow.host.find(login)
    given = free_number(uow.session, tenant, role)
    name = checked_name(uow.session, tenant_id, nickname) if nickname else _usual_name(uow.session, tenant_id, given)
    person = Person(tenant_id=tenant_id, number=given, login=login, nickname=name, role=role, created_at=now)
    uow.session.add(person)
    uow.session.flush()
    return person


@use_case
def staff_for(
    uow: UnitOfWork, *, tenant_id: int, login: str, rights: Collection[str], actor: Actor, now: datetime
) -> Person:
    """The person that `login` of the staff is in this chat: an administrator there with ADMIN, else a moderator.

    A role that his rights no longer give is taken from him here, and the event log says so.

    :raises UnknownTenant: there is no such chat
    """
    role = Role.ADMIN if "ADMIN" in rights else Role.MODERATOR
    person = person_for(uow, tenant_id=tenant_id, login=STAFF_LOGIN + login, now=now, role=role)
    if person.role is not role:
        person = locked(uow, person.id)
        set_role(uow, person, role, actor=actor, now=now)
    return person


@use_case
def rename(uow: UnitOfWork, *, person_id: int, nickname: str, actor: Actor, now: datetime) -> Person:
    """Give him another nickname. Saving the one he has is harmless.

    :raises WrongNickname, NicknameTaken: it cannot be his; nothing has changed
    :raises UnknownPerson: there is no such person
    """
    person = get(uow.session, person_id)
    tenants.lock(uow, person.tenant_id)
    person = locked(uow, person_id)
    before = {"nickname": person.nickname}
    person.nickname = checked_name(uow.session, person.tenant_id, nickname, own=person)
    if (after := {"nickname": person.nickname}) != before:
        template, who = "PPV PERSON ({login}) RENAME [{person}]", person.number
        uow.events.write(
            template, login=person.event_login, person=who, actor=actor, at=now, before=before, after=after
        )
    return person


def get(session: Session, person_id: int) -> Person:
    """:raises UnknownPerson: there is no such person"""
    if (person := session.get(Person, person_id)) is None:
        raise UnknownPerson(person=person_id)
    return person


def number(session: Session, tenant_id: int, number: int) -> Person:
    """The person whom the chat of this tenant calls by `number`.

    :raises UnknownPerson: nobody
    """
    person = session.scalar(select(Person).where(Person.tenant_id == tenant_id, Person.number == number))
    if person is None:
        raise UnknownPerson(person=number)
    return person


def person_of(session: Session, *, tenant_id: int, login: str) -> Person | None:
    """The person that `login` is in this chat, if he has ever been there."""
    return session.scalar(select(Person).where(Person.tenant_id == tenant_id, Person.login == login))


def locked(uow: UnitOfWork, person_id: int) -> Person:
    """The person, whom nobody else changes until the transaction ends.

    :raises UnknownPerson: there is no such person
    """
    person = uow.session.get(Person, person_id, with_for_update=True, populate_existing=True)
    if person is None:
        raise UnknownPerson(person=person_id)
    return person


def set_role(uow: UnitOfWork, person: Person, role: Role, *, actor: Actor, now: datetime) -> None:
    """Give a locked person another role; the event log keeps both."""
    before, after = {"role": person.role}, {"role": role}
    person.role = role
    template = "PPV PERSON ({login}) SET ROLE [{role}]"
    uow.events.write(template, login=person.event_login, role=role, actor=actor, at=now, before=before, after=after)


def checked_name(session: Session, tenant_id: int, text: str, *, own: Person | None = None, most: int = LONGEST) -> str:
    """`text` as a nickname that nobody else in this chat has. The caller has locked the tenant.

    :raises WrongNickname, NicknameTaken: it cannot be one
    """
    name = clean_name(text, most=most)
    if _is_taken(session, tenant_id, name, own):
        raise NicknameTaken(nickname=name)
    return name


def free_number(session: Session, tenant: Tenant, role: Role) -> int:
    """The next number of this kind of people in a locked tenant. None is given twice, whoever has left it.

    :raises NumbersUsedUp: there are 9,999 performers
    """
    is_performer = role is Role.PERFORMER
    kind = Person.number < FIRST_VIEWER if is_performer else Person.number >= FIRST_VIEWER
    most = session.scalar(select(func.max(Person.number)).where(Person.tenant_id == tenant.id, kind)) or 0
    if not is_performer:
        tenant.last_viewer = max(tenant.last_viewer, most, FIRST_VIEWER - 1) + 1
        return tenant.last_viewer
    given = max(tenant.last_performer, most) + 1
    if given >= FIRST_VIEWER:
        raise NumbersUsedUp(tenant=tenant.id)
    tenant.last_performer = given
    return given


def _usual_name(session: Session, tenant_id: int, given: int) -> str:
    """`user10001`, or with another ending when somebody has called himself that."""
    name, extra = f"user{given}", 0
    while _is_taken(session, tenant_id, name, None):
        extra += 1
        name = f"user{given}-{extra}"
    return name


def _is_taken(session: Session, tenant_id: int, name: str, own: Person | None) -> bool:
    mine = select(Person.id).where(Person.tenant_id == tenant_id, Person.nickname_key == name_key(name))
    found = session.scalar(mine)
    return found is not None and (own is None or found != own.id)


def ban(
    uow: UnitOfWork, *, person_id: int, reason: str, actor: Actor, now: datetime, by_role: Role = Role.ADMIN
) -> Person:
    """Shut somebody out of this chat: his open show ends with `admin_end`, requests are off, no token is made any more.

    His credits stay as they are; what was billed up to the last tick stays billed. Repeating it is harmless. `by_role`
    is that of who does it.

    :raises UnknownPerson: there is no such person
    :raises MayNotBan: people of this role may not ban in this chat
    :raises WrongWords: the reason is missing or too long
    """
    person = _ban(uow, person_id=person_id, reason=reason, by_role=by_role, actor=actor, now=now)
    _end_shows(uow, person_id=person_id, actor=actor, now=now)  # one that began before the ban was to be seen
    return person


@use_case
def _ban(uow: UnitOfWork, *, person_id: int, reason: str, actor: Actor, now: datetime, by_role: Role) -> Person:
    policies.require_may_ban(uow.session, get(uow.session, person_id).tenant_id, by_role)
    reason = words("reason", reason, least=1, most=MOST_REASON)
    _end_shows(uow, person_id=person_id, actor=actor, now=now)  # shows are locked before people
    person = locked(uow, person_id)
    if person.banned_at is None:
        person.banned_at, person.ban_reason = now, reason
        template = "PPV PERSON ({login}) BAN [{person}]: {reason}"
        uow.events.write(template, login=person.event_login, person=person.number, reason=reason, actor=actor, at=now)
    return person


@use_case
def unban(uow: UnitOfWork, *, person_id: int, actor: Actor, now: datetime, by_role: Role = Role.ADMIN) -> Person:
    """Let somebody in again. Repeating it is harmless.

    :raises UnknownPerson: there is no such person
    :raises MayNotBan: people of this role may not ban in this chat, nor take a ban back
    """
    person = locked(uow, person_id)
    policies.require_may_ban(uow.session, person.tenant_id, by_role)
    if person.banned_at is not None:
        person.banned_at, person.ban_reason = None, ""
        template = "PPV PERSON ({login}) UNBAN [{person}]"
        uow.events.write(template, login=person.event_login, person=person.number, actor=actor, at=now)
    return person


def _end_shows(uow: UnitOfWork, *, person_id: int, actor: Actor, now: datetime) -> None:
    end_shows_of(uow, person_id=person_id, reason=EndReason.ADMIN_END, by=BY_STAFF, actor=actor, now=now)
