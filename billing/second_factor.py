"""The second step of a sign-in of staff: how a person sets it up, passes it and gets rid of it.

The secret lies readable in the database: see docs/decisions for the reason.
"""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing import factor
from billing.actors import Actor
from billing.db import MARIADB, Base
from billing.factor import (
    RECOVERY_CODES,
    Owner,
    Recovery,
    SecondFactorOff,
    SecondFactorOn,
    Way,
    WrongCode,
)
from billing.profile import require_password
from billing.staff import Staff, get
from billing.uow import UnitOfWork, use_case

__all__ = ["RECOVERY_CODES", "RecoveryCode", "SecondFactorOff", "SecondFactorOn", "Way", "WrongCode"]


class RecoveryCode(Recovery, Base):
    """A code for the day when the telephone is lost. Only its hash is kept."""

    __tablename__ = "staff_recovery"
    __table_args__ = (MARIADB,)

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)


@use_case
def begin(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Make a secret for the person's app. It counts once `confirm` has seen a code made with it.

    :raises NotFound, SecondFactorOn: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    _owner(uow, person).begin(actor=actor, now=now)
    return person


@use_case
def confirm(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> list[str]:
    """Turn the second step on and give the recovery codes, which cannot be read again later.

    :raises NotFound, SecondFactorOn, SecondFactorOff, WrongCode: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    return _owner(uow, person).confirm(code=code, actor=actor, now=now)


@use_case
def disable(uow: UnitOfWork, *, staff_id: int, password: str, actor: Actor, now: datetime) -> Staff:
    """Turn the second step off; the person proves to be himself by his password. Repeating it is harmless.

    :raises NotFound, WrongPassword: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    require_password(person, password)
    _owner(uow, person).forget("DISABLE SECOND FACTOR", actor=actor, now=now)
    return person


@use_case
def reset(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Take away the second step of a person who lost telephone and codes; his sessions end.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    if _owner(uow, person).forget("RESET SECOND FACTOR", actor=actor, now=now):
        person.session_epoch += 1
    return person


@use_case
def accept(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> Way | None:
    """What `code` is, a code of the app or a recovery code, if it was not used; from now on it is.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    return _owner(uow, person).accept(code=code, actor=actor, now=now)


@use_case
def use_recovery_code(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> bool:
    """Whether `code` is a recovery code of the person that was not used; from now on it is used.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    return _owner(uow, person).use_recovery_code(code=code, actor=actor, now=now)


@use_case
def new_recovery_codes(uow: UnitOfWork, *, staff_id: int, password: str, actor: Actor, now: datetime) -> list[str]:
    """Replace the recovery codes and give the new ones, which cannot be read again later.

    :raises NotFound, WrongPassword, SecondFactorOff: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    require_password(person, password)
    return _owner(uow, person).renew_codes(actor=actor, now=now)


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes of the person were not used."""
    return factor.codes_left(session, RecoveryCode, ("staff_id", staff_id))


def app_address(person: Staff) -> str:
    """What the QR code holds that the person's app reads."""
    return factor.app_address(person, login=person.login)


def _owner(uow: UnitOfWork, person: Staff) -> Owner:
    key, line = ("staff_id", person.id), "OLLTV WHAT STAFF [{name}]"
    return Owner(uow=uow, row=person, login=person.login, codes=RecoveryCode, key=key, line=line)
