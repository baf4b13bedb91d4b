"""What a person of the staff does about himself."""

from datetime import datetime

from billing.access import require_known
from billing.actors import Actor
from billing.errors import N_, InvalidInput
from billing.staff import LANGUAGES, THEMES, Staff, full_name, get, note_change
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen


class WrongPassword(InvalidInput):
    """Facts: `field`."""

    code = "wrong_password"
    text = N_("The present password is wrong.")


class SamePassword(InvalidInput):
    """Facts: `field`."""

    code = "same_password"
    text = N_("The new password is the same as the present one.")


@use_case
def edit_own(
    uow: UnitOfWork,
    *,
    staff_id: int,
    name: str,
    language: str,
    theme: str,
    seen: int | None = None,
    actor: Actor,
    now: datetime,
) -> Staff:
    """Change how one is called, and the language and colours of one's pages.

    :raises NotFound, ChangedMeanwhile, UnknownScope, InvalidInput: nothing has changed
    """
    require_known("language", [language], LANGUAGES)
    require_known("theme", [theme], THEMES)
    person = get(uow.session, staff_id, lock=True)
    check_seen(person, seen)
    before = person.told()
    person.name, person.language, person.theme = full_name(name), language, theme
    note_change(uow, "OLLTV EDIT STAFF [{name}]", person, before=before, actor=actor, now=now)
    return person


@use_case
def set_language(uow: UnitOfWork, *, staff_id: int, language: str, actor: Actor, now: datetime) -> Staff:
    """:raises NotFound, UnknownScope: nothing has changed"""
    person = get(uow.session, staff_id, lock=True)
    return edit_own(
        uow, staff_id=staff_id, name=person.name, language=language, theme=person.theme, actor=actor, now=now
    )


@use_case
def set_theme(uow: UnitOfWork, *, staff_id: int, theme: str, actor: Actor, now: datetime) -> Staff:
    """:raises NotFound, UnknownScope: nothing has changed"""
    person = get(uow.session, staff_id, lock=True)
    return edit_own(
        uow, staff_id=staff_id, name=person.name, language=person.language, theme=theme, actor=actor, now=now
    )


@use_case
def change_own_password(
    uow: UnitOfWork, *, staff_id: int, present: str, new: str, actor: Actor, now: datetime
) -> Staff:
    """Replace the password, which the person proves to know. Sessions begun with the old one are over.

    :raises NotFound, WrongPassword, SamePassword, ShortPassword, LongPassword: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    require_password(person, present)
    if new == present:
        raise SamePassword(field="new")
    person.take_password(new, now=now, temporary=False)
    uow.events.write("OLLTV CHANGE PASSWORD STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


@use_case
def note_sign_in(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Write down that the person has signed in.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    person.last_sign_in_at = now
    uow.events.write("OLLTV SIGN IN STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


def require_password(person: Staff, password: str) -> None:
    """:raises WrongPassword: it is not this person's"""
    if not person.has_password(password):
        raise WrongPassword(field="present")
