"""Who of the staff is there: sign-in by password, and the session that follows it."""

import hashlib
from collections.abc import Callable
from functools import cache, wraps
from typing import ParamSpec

from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from billing.access import Staff
from billing.host.native import PASSWORDS
from suite.runtime import Runtime

P = ParamSpec("P")


def runtime() -> Runtime:
    """The runtime of the app that serves this request."""
    served_by: Runtime = current_app.extensions["runtime"]
    return served_by


def by_password(login: str, password: str) -> Staff | None:
    """The person with this login and password. An unknown login takes as long as a known one."""
    with runtime().billing.reading() as db:
        person = db.scalar(select(Staff).where(Staff.login == login, Staff.disabled_at.is_(None)))
    try:
        PASSWORDS.verify(person.password_hash if person else _nobodys_hash(), password)
    except (VerifyMismatchError, InvalidHashError):
        return None
    return person


def sign_in(person: Staff) -> None:
    """Begin a session."""
    session.clear()
    session.permanent = True
    session.update(staff=person.id, login=person.login, mark=_mark(person))


def current() -> Staff | None:
    """The person of this session; None when he was disabled or has another password since."""
    if "staff" not in g:
        g.staff = _of_session()
    person: Staff | None = g.staff
    return person


def claims_to_be_staff() -> bool:
    """Whether the session was begun by a sign-in; all that can be known while the database is away."""
    return "staff" in session


def staff_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send everybody else to the sign-in, and from there back."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if current() is None:
            session.clear()
            return redirect(url_for("signin.show", next=request.path), 303)
        return view(*args, **kwargs)

    return guarded


def _of_session() -> Staff | None:
    if not claims_to_be_staff():
        return None
    with runtime().billing.reading() as db:
        person = db.get(Staff, session["staff"])
    if person is None or person.disabled_at or _mark(person) != session["mark"]:
        return None
    return person


def _mark(person: Staff) -> str:
    """Changes with the password, so a new password ends all sessions."""
    return hashlib.sha256(person.password_hash.encode()).hexdigest()[:16]


@cache
def _nobodys_hash() -> str:
    return PASSWORDS.hash("no one has this password")
