"""Failed sign-ins, counted in the database so that every process and a restart remember them.

A sign-in counts as failed before the password is looked at and is forgiven when it was right: so many tries at once
get no further than the same tries one after another.
"""

from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, Instant, insert_missing
from billing.errors import N_, NotAllowed
from billing.uow import UnitOfWork, use_case

WINDOW = timedelta(minutes=15)
PER_LOGIN_AND_ADDRESS = 5
PER_LOGIN = 20
PER_ADDRESS = 50


class TooManyAttempts(NotAllowed):
    """Passwords are being guessed, or forgotten. Facts: `minutes` until the next try is allowed, `wait_s` as well."""

    code, http_status, retryable = "too_many_attempts", 429, True
    text = N_("Too many failed attempts. Try again in %(minutes)s minutes.")


class LoginAttempt(Base):
    """Failures of one login from one address since the last success; they lapse when none came for `WINDOW`."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "address"), MARIADB)

    door: Mapped[str] = mapped_column(String(16), primary_key=True)
    login: Mapped[str] = mapped_column(String(64), primary_key=True)
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    failures: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime] = mapped_column(Instant)


@use_case
def begin(uow: UnitOfWork, *, door: str, login: str, address: str, now: datetime) -> None:
    """Count a sign-in as failed until `forgive` is called. `door` says where: "cabinet", "panel".

    :raises TooManyAttempts: the password must not be looked at now
    """
    login, address = login[:64], address[:64]
    insert_missing(uow.session, LoginAttempt, door=door, login=login, address=address, failures=0, last_at=now)
    row = uow.session.get_one(LoginAttempt, (door, login, address), with_for_update=True)
    if row.last_at <= now - WINDOW:
        row.failures = 0
    mine = LoginAttempt.door == door, LoginAttempt.last_at > now - WINDOW
    of_login, of_address = (
        uow.session.scalar(select(func.coalesce(func.sum(LoginAttempt.failures), 0)).where(*mine, which)) or 0
        for which in (LoginAttempt.login == login, LoginAttempt.address == address)
    )
    if row.failures >= PER_LOGIN_AND_ADDRESS or of_login >= PER_LOGIN or of_address >= PER_ADDRESS:
        raise TooManyAttempts(minutes=WINDOW.seconds // 60, wait_s=WINDOW.seconds)
    row.failures, row.last_at = row.failures + 1, now


@use_case
def forgive(uow: UnitOfWork, *, door: str, login: str, address: str) -> None:
    """The password was right: earlier failures of this login from this address count no more."""
    mine = (LoginAttempt.door == door, LoginAttempt.login == login[:64], LoginAttempt.address == address[:64])
    uow.session.execute(delete(LoginAttempt).where(*mine))


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> int:
    """Drop failures that have lapsed; gives their number."""
    return uow.session.execute(  # type: ignore[attr-defined, no-any-return]
        delete(LoginAttempt).where(LoginAttempt.last_at < now - WINDOW)
    ).rowcount
