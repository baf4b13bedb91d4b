"""The second step of a sign-in: a code of the person's telephone (TOTP, RFC 6238), or one of his recovery codes.

Every code works once. The secret lies readable in the database: see docs/decisions for the reason.
"""

import hashlib
import re
import secrets
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest

import pyotp
from sqlalchemy import ForeignKey, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import N_, InvalidInput, WrongState
from billing.profile import require_password
from billing.staff import Staff, get
from billing.uow import UnitOfWork, use_case

ISSUER = "OllTV"
STEP_S = 30
DRIFT_STEPS = 1
"""Clocks of telephones may be so many steps ahead or behind."""

RECOVERY_CODES = 10
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Without those that look alike on paper."""


class Way(StrEnum):
    """How the second step was taken."""

    APP = "app"
    RECOVERY = "recovery"


class WrongCode(InvalidInput):
    """Facts: `field`."""

    code = "wrong_code"
    text = N_("This code is wrong or was used before. Take the one that the app shows now.")


class SecondFactorOn(WrongState):
    """Facts: `login`."""

    code = "second_factor_on"
    text = N_("Two-factor sign-in is on already. Turn it off before you set it up anew.")


class SecondFactorOff(WrongState):
    """Facts: `login`."""

    code = "second_factor_off"
    text = N_("Two-factor sign-in is not set up.")


class RecoveryCode(Base):
    """A code for the day when the telephone is lost. Only its hash is kept."""

    __tablename__ = "staff_recovery"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


@use_case
def begin(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Make a secret for the person's app. It counts once `confirm` has seen a code made with it.

    :raises NotFound, SecondFactorOn: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    if person.has_second_factor:
        raise SecondFactorOn(login=person.login)
    person.totp_secret, person.last_totp_step = pyotp.random_base32(), None
    uow.events.write("OLLTV BEGIN SECOND FACTOR STAFF [{name}]", name=person.login, actor=actor, at=now)
    return person


@use_case
def confirm(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> list[str]:
    """Turn the second step on and give the recovery codes, which cannot be read again later.

    :raises NotFound, SecondFactorOn, SecondFactorOff, WrongCode: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    if person.has_second_factor:
        raise SecondFactorOn(login=person.login)
    if not person.totp_secret:
        raise SecondFactorOff(login=person.login)
    if not _use_code(person, _tidy(code), now):
        raise WrongCode(field="code")
    person.totp_confirmed_at = now
    uow.events.write("OLLTV CONFIRM SECOND FACTOR STAFF [{name}]", name=person.login, actor=actor, at=now)
    return _new_codes(uow.session, person)


@use_case
def disable(uow: UnitOfWork, *, staff_id: int, password: str, actor: Actor, now: datetime) -> Staff:
    """Turn the second step off; the person proves to be himself by his password. Repeating it is harmless.

    :raises NotFound, WrongPassword: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    require_password(person, password)
    _forget(uow, person, line="OLLTV DISABLE SECOND FACTOR STAFF [{name}]", actor=actor, now=now)
    return person


@use_case
def reset(uow: UnitOfWork, *, staff_id: int, actor: Actor, now: datetime) -> Staff:
    """Take away the second step of a person who lost telephone and codes; his sessions end.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    if person.totp_secret:
        person.session_epoch += 1
    _forget(uow, person, line="OLLTV RESET SECOND FACTOR STAFF [{name}]", actor=actor, now=now)
    return person


@use_case
def accept(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> Way | None:
    """What `code` is, a code of the app or a recovery code, if it was not used; from now on it is.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    if not person.has_second_factor:
        return None
    if _use_code(person, _tidy(code), now):
        return Way.APP
    used = use_recovery_code(uow, staff_id=staff_id, code=code, actor=actor, now=now)
    return Way.RECOVERY if used else None


@use_case
def use_recovery_code(uow: UnitOfWork, *, staff_id: int, code: str, actor: Actor, now: datetime) -> bool:
    """Whether `code` is a recovery code of the person that was not used; from now on it is used.

    :raises NotFound: there is no such person
    """
    person = get(uow.session, staff_id, lock=True)
    mine = RecoveryCode.staff_id == staff_id, RecoveryCode.digest == _digest(_tidy(code))
    used = update(RecoveryCode).where(*mine, RecoveryCode.used_at.is_(None)).values(used_at=now)
    if not uow.session.execute(used).rowcount:  # type: ignore[attr-defined]
        return False
    line, left = "OLLTV USE RECOVERY CODE STAFF [{name}] {left} LEFT", codes_left(uow.session, staff_id)
    uow.events.write(line, name=person.login, left=left, actor=actor, at=now)
    return True


@use_case
def new_recovery_codes(uow: UnitOfWork, *, staff_id: int, password: str, actor: Actor, now: datetime) -> list[str]:
    """Replace the recovery codes and give the new ones, which cannot be read again later.

    :raises NotFound, WrongPassword, SecondFactorOff: nothing has changed
    """
    person = get(uow.session, staff_id, lock=True)
    require_password(person, password)
    if not person.has_second_factor:
        raise SecondFactorOff(login=person.login)
    uow.events.write("OLLTV NEW RECOVERY CODES STAFF [{name}]", name=person.login, actor=actor, at=now)
    return _new_codes(uow.session, person)


def codes_left(session: Session, staff_id: int) -> int:
    """How many recovery codes of the person were not used."""
    mine = RecoveryCode.staff_id == staff_id, RecoveryCode.used_at.is_(None)
    return session.scalar(select(func.count()).where(*mine)) or 0


def app_address(person: Staff) -> str:
    """What the QR code holds that the person's app reads."""
    return pyotp.TOTP(person.totp_secret or "").provisioning_uri(name=person.login, issuer_name=ISSUER)


def _use_code(person: Staff, code: str, now: datetime) -> bool:
    """A code works once, and none that is older than the last one works any more."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return False
    present, made = int(now.timestamp()) // STEP_S, pyotp.HOTP(person.totp_secret or "")
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > (person.last_totp_step or 0) and compare_digest(made.at(step), code):
            person.last_totp_step = step
            return True
    return False


def _new_codes(session: Session, person: Staff) -> list[str]:
    session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    codes = ["".join(secrets.choice(LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    session.add_all(RecoveryCode(staff_id=person.id, digest=_digest(code)) for code in codes)
    return ["-".join(re.findall("....", code)) for code in codes]


def _forget(uow: UnitOfWork, person: Staff, *, line: str, actor: Actor, now: datetime) -> None:
    if not person.totp_secret:
        return
    person.totp_secret = person.totp_confirmed_at = person.last_totp_step = None
    uow.session.execute(delete(RecoveryCode).where(RecoveryCode.staff_id == person.id))
    uow.events.write(line, name=person.login, actor=actor, at=now)


def _tidy(code: str) -> str:
    """As the code was made, whatever blanks and hyphens were typed."""
    return re.sub(r"[\s-]", "", code).lower()


def _digest(code: str) -> str:
    """Codes are long and random (79 bits), so a plain hash is as good as a slow one."""
    return hashlib.sha256(code.encode()).hexdigest()
