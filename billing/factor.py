"""Second factors, whoever has one: codes of an app (TOTP, RFC 6238) and recovery codes. Every code works once.

Everything here works in the transaction of a caller who has locked the owner's row.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Any

import pyotp
from sqlalchemy import BigInteger, String, delete, func, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.actors import Actor
from billing.db import BigId, Instant
from billing.errors import N_, InvalidInput, WrongState
from billing.uow import UnitOfWork

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


class SecondFactor:
    """The columns of a row whose owner may have a second factor. It counts once `totp_confirmed_at` is set."""

    totp_secret: Mapped[str | None] = mapped_column(String(64))
    totp_confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    last_totp_step: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def has_second_factor(self) -> bool:
        return self.totp_confirmed_at is not None


class Recovery:
    """The columns of a code for the day when the telephone is lost. Only its hash is kept."""

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Whose second factor it is.

    `row` is locked. `codes` is the mapped class of his recovery codes, `key` the column that says whose they are and
    its value. `line` words the event log, with WHAT where it says what was done; `subscriber` is the login that a line
    is found by, None for staff.
    """

    uow: UnitOfWork
    row: SecondFactor
    login: str
    codes: Any
    key: tuple[str, object]
    line: str
    subscriber: str | None = None

    def begin(self, *, actor: Actor, now: datetime) -> None:
        """Make a secret for the owner's app. It counts once `confirm` has seen a code made with it.

        :raises SecondFactorOn: nothing has changed
        """
        self._require_none()
        self.row.totp_secret, self.row.last_totp_step = pyotp.random_base32(), None
        self.note("BEGIN SECOND FACTOR", actor=actor, now=now)

    def confirm(self, *, code: str, actor: Actor, now: datetime) -> list[str]:
        """Turn the second step on and give the recovery codes, which cannot be read again later.

        :raises SecondFactorOn, SecondFactorOff, WrongCode: nothing has changed
        """
        self._require_none()
        if not self.row.totp_secret:
            raise SecondFactorOff(login=self.login)
        if not _use_code(self.row, _tidy(code), now):
            raise WrongCode(field="code")
        self.row.totp_confirmed_at = now
        self.note("CONFIRM SECOND FACTOR", actor=actor, now=now)
        return self._new_codes()

    def accept(self, *, code: str, actor: Actor, now: datetime) -> Way | None:
        """What `code` is, a code of the app or a recovery code, if it was not used; from now on it is."""
        if not self.row.has_second_factor:
            return None
        if _use_code(self.row, _tidy(code), now):
            return Way.APP
        return Way.RECOVERY if self.use_recovery_code(code=code, actor=actor, now=now) else None

    def use_recovery_code(self, *, code: str, actor: Actor, now: datetime) -> bool:
        """Whether `code` is a recovery code of the owner that was not used; from now on it is used."""
        unused = update(self.codes).where(*self._unused(), self.codes.digest == _digest(_tidy(code)))
        if not self.uow.session.execute(unused.values(used_at=now)).rowcount:  # type: ignore[attr-defined]
            return False
        self.note("USE RECOVERY CODE", " {left} LEFT", actor=actor, now=now, left=self.codes_left())
        return True

    def renew_codes(self, *, actor: Actor, now: datetime) -> list[str]:
        """Replace the recovery codes and give the new ones, which cannot be read again later.

        :raises SecondFactorOff: nothing has changed
        """
        if not self.row.has_second_factor:
            raise SecondFactorOff(login=self.login)
        self.note("NEW RECOVERY CODES", actor=actor, now=now)
        return self._new_codes()

    def forget(self, what: str, tail: str = "", *, actor: Actor, now: datetime, **facts: str) -> bool:
        """Turn the second step off, also one that is only begun; whether there was any."""
        if not self.row.totp_secret:
            return False
        self.row.totp_secret = self.row.totp_confirmed_at = self.row.last_totp_step = None
        self.uow.session.execute(delete(self.codes).where(self._mine()))
        self.note(what, tail, actor=actor, now=now, **facts)
        return True

    def codes_left(self) -> int:
        """How many recovery codes were not used."""
        return codes_left(self.uow.session, self.codes, self.key)

    def note(self, what: str, tail: str = "", *, actor: Actor, now: datetime, **facts: object) -> None:
        """Write a line of the event log about the owner."""
        line, told = self.line.replace("WHAT", what) + tail, {"name": self.login} | facts
        self.uow.events.write(line, login=self.subscriber, actor=actor, at=now, **told)  # type: ignore[arg-type]

    def _require_none(self) -> None:
        if self.row.has_second_factor:
            raise SecondFactorOn(login=self.login)

    def _new_codes(self) -> list[str]:
        self.uow.session.execute(delete(self.codes).where(self._mine()))
        codes = ["".join(secrets.choice(LETTERS) for _ in range(16)) for _ in range(RECOVERY_CODES)]
        column, value = self.key
        self.uow.session.add_all(self.codes(digest=_digest(code), **{column: value}) for code in codes)
        return ["-".join(re.findall("....", code)) for code in codes]

    def _mine(self) -> Any:
        column, value = self.key
        return getattr(self.codes, column) == value

    def _unused(self) -> tuple[Any, ...]:
        return self._mine(), self.codes.used_at.is_(None)


def codes_left(session: Session, codes: Any, key: tuple[str, object]) -> int:
    """How many recovery codes were not used of the owner that `key` means."""
    column, value = key
    mine = getattr(codes, column) == value
    return session.scalar(select(func.count()).where(mine, codes.used_at.is_(None))) or 0


def app_address(row: SecondFactor, *, login: str) -> str:
    """What the QR code holds that the owner's app reads."""
    return pyotp.TOTP(row.totp_secret or "").provisioning_uri(name=login, issuer_name=ISSUER)


def _use_code(row: SecondFactor, code: str, now: datetime) -> bool:
    """A code works once, and none that is older than the last one works any more."""
    if not re.fullmatch(r"[0-9]{6}", code):
        return False
    present, made = int(now.timestamp()) // STEP_S, pyotp.HOTP(row.totp_secret or "")
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        if step > (row.last_totp_step or 0) and compare_digest(made.at(step), code):
            row.last_totp_step = step
            return True
    return False


def _tidy(code: str) -> str:
    """As the code was made, whatever blanks and hyphens were typed."""
    return re.sub(r"[\s-]", "", code).lower()


def _digest(code: str) -> str:
    """Codes are long and random (79 bits), so a plain hash is as good as a slow one."""
    return hashlib.sha256(code.encode()).hexdigest()
