"""What administrators do about the people of the staff."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from billing.access import require_known
from billing.actors import Actor
from billing.db import insert_missing
from billing.errors import NotFound
from billing.leases import Lease
from billing.staff import (
    ADMIN,
    LANGUAGES,
    LOGIN,
    RIGHTS,
    LastAdmin,
    LoginTaken,
    OwnAccount,
    SetUpAlready,
    Staff,
    WrongLogin,
    anybody,
    full_name,
    get,
    note_change,
)
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen

SET_UP = "staff set-up"


@use_case
def add_staff(
    uow: UnitOfWork,
    *,
    login: str,
    password: str,
    rights: list[str],
    actor: Actor,
    now: datetime,
    language: str = "uk",
    name: str = "",
    temporary: bool = False,
) -> Staff:
    """Add a person with `rights` (of `RIGHTS`). A `temporary` password has to be changed at the first sign-in.

    :raises UnknownScope, WrongLogin, InvalidInput, ShortPassword, LongPassword, LoginTaken: nothing has changed
    """
    require_known("rights", rights, RIGHTS)
    require_known("language", [language], LANGUAGES)
    if not LOGIN.fullmatch(login):
        raise WrongLogin(field="login", value=login)
    person = Staff(login=login, name=full_name(name), rights=rights, language=language, created_at=now, session_epoch=0)
    person.take_password(password, now=now, temporary=temporary)
    uow.session.add(person)
    try:
        uow.session.flush()
    except IntegrityError:  # also when a rival adds the same login at this moment
        raise LoginTaken(login=login) from None
    line = "OLLTV CREATE STAFF [{name}] {rights}"
    uow.events.write(line, name=login, rights=",".join(rights), actor=actor, at=now, after=person.told())
    return person


@use_case
def set_up(
    uow: UnitOfWork, *, login: str, name: str, password: str, language: str, actor: Actor, now: datetime
) -> Staff:
    """Add the first person, with all rights. Of two who try at once one succeeds.

    :raises SetUpAlready, WrongLogin, InvalidInput, ShortPassword, LongPassword: nothing has changed
    """
    insert_missing(uow.session, Lease, name=SET_UP)
    uow.session.get_one(Lease, SET_UP, with_for_update=True)
    if anybody(uow.session):
        raise SetUpAlready
    return add_staff(
        uow, login=login, name=name, password=password, rights=list(RIGHTS), language=language, actor=actor, now=now
    )


@use_case
def edit_staff(
    uow: UnitOfWork,
    *,
    staff_id: int,
    name: str,
    language: str,
    rights: list[str],
    seen: int | None,
    actor: Actor,
    now: datetime,
) -> Staff:
    """Change name, language and rights. Other rights end the person's sessions.

    :raises NotFound, ChangedMeanwhile, UnknownScope, InvalidInput, OwnAccount, LastAdmin: nothing has changed
    """
    require_known("language", [language], LANGUAGES)
    person = _lock_among_all(uow, staff_id)
    check_seen(person, seen)
    before = person.told()
    person.name, person.language = full_name(name), language
    _give(uow, person, rights, actor=actor)
    note_change(uow, "OLLTV EDIT STAFF [{name}]", person, before=before, actor=actor, now=now)
    return person


@use_case
def set_rights(
    uow: UnitOfWork, *, staff_id: int, rights: list[str], seen: int | None = None, actor: Actor, now: datetime
) -> Staff:
    """Give the person exactly these rights; other rights than before end his sessions.

    :raises NotFound, ChangedMeanwhile, UnknownScope, OwnAccount, LastAdmin: nothing has changed
    """
    person = _lock_among_all(uow, staff_id)
    check_seen(person, seen)
    before = person.told()
    _give(uow, person, rights, actor=actor)
    note_change(uow, "OLLTV SET RIGHTS STAFF [{name}]", person, before=before, actor=actor, now=now)
    return person


@use_case
def disable_staff(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """The person cannot sign in any more and is out at once. Repeating it is harmless.

    :raises NotFound, OwnAccount, LastAdmin: nothing has changed
    """
    person = _lock_among_all(uow, staff_id)
    if person.disabled_at:
        return person
    if person.login == actor.name:
        raise OwnAccount(login=person.login)
    _require_another_admin(uow, person)
    check_seen(person, None)
    person.disabled_at = now
    person.session_epoch += 1
    uow.events.write("OLLTV DISABLE STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


@use_case
def enable_staff(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """The person may sign in again. Repeating it is harmless.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    if person.disabled_at:
        check_seen(person, None)
        person.disabled_at = None
        uow.events.write("OLLTV ENABLE STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


@use_case
def reset_password(uow: UnitOfWork, *, staff_id: int, password: str, actor: Actor, now: datetime) -> Staff:
    """Give the person a password that he has to change at his next sign-in; his sessions end.

    :raises NotFound, ShortPassword, LongPassword: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    person.take_password(password, now=now, temporary=True)
    uow.events.write("OLLTV RESET PASSWORD STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


@use_case
def sign_out_everywhere(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> None:
    """End all sessions of the person.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    person.session_epoch += 1
    uow.events.write("OLLTV SIGN OUT STAFF [{name}] EVERYWHERE", name=person.login, actor=actor, at=now)


def _lock_among_all(uow: UnitOfWork, staff_id: int) -> Staff:
    """Lock the whole staff in one order, so that two administrators who dismiss each other come one after the other."""
    everybody = select(Staff).order_by(Staff.id).with_for_update().execution_options(populate_existing=True)
    for person in uow.session.scalars(everybody).all():
        if person.id == staff_id:
            return person
    raise NotFound(staff=staff_id)


def _give(uow: UnitOfWork, person: Staff, rights: list[str], *, actor: Actor) -> None:
    require_known("rights", rights, RIGHTS)
    if set(rights) == set(person.rights):
        return
    if person.login == actor.name:
        raise OwnAccount(login=person.login)
    if ADMIN not in rights:
        _require_another_admin(uow, person)
    person.rights = [right for right in RIGHTS if right in rights]
    person.session_epoch += 1


def _require_another_admin(uow: UnitOfWork, person: Staff) -> None:
    active = uow.session.scalars(select(Staff).where(Staff.disabled_at.is_(None)))
    if ADMIN in person.rights and not any(ADMIN in each.rights for each in active if each.id != person.id):
        raise LastAdmin(login=person.login)
