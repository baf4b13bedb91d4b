"""Who of the staff is there: the session that follows a sign-in, and what it is worth."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypedDict

from flask import current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from billing import attempts
from billing.actors import Actor
from billing.staff import Staff, matches, recognise
from suite.runtime import Runtime
from weblib import pages, themes

CODE_TIME = timedelta(minutes=10)
"""So long the second step waits for its code."""

ALWAYS_OPEN = frozenset({"signin.sign_out", "profile.choose_language", "profile.choose_theme"})
PASSWORD_PAGES = frozenset({"profile.show_password", "profile.change_password"})
SECOND_FACTOR_PAGES = frozenset({"second_factor.show", "second_factor.begin", "second_factor.confirm"})


class Signed(TypedDict):
    """Who does something, and when; every use case that changes something takes both."""

    actor: Actor
    now: datetime


def runtime() -> Runtime:
    """The runtime of the app that serves this request."""
    served_by: Runtime = current_app.extensions["runtime"]
    return served_by


def by_password(login: str, password: str) -> Staff | None:
    """The person with this login and password. An unknown login takes as long as a known one."""
    with runtime().billing.reading() as db:
        person = recognise(db, login)
    return person if matches(person, password) else None


def sign_in(person: Staff) -> None:
    """Begin a session; nothing of an earlier one, which somebody else may have planted, is kept."""
    session.clear()
    session.permanent = True
    session.update(staff=person.id, login=person.login, mark=_mark(person))


def await_code(person: Staff) -> None:
    """Remember that the password was right; the person is not signed in before the second step."""
    session.clear()
    until = runtime().clock() + CODE_TIME
    session["code_of"] = {"staff": person.id, "mark": _mark(person), "until": until.isoformat()}


def awaited() -> Staff | None:
    """The person whose code is awaited; None when that took too long or he has changed since."""
    waiting = session.get("code_of")
    if not waiting or datetime.fromisoformat(waiting["until"]) < runtime().clock():
        return None
    return _living(waiting["staff"], waiting["mark"])


def current() -> Staff | None:
    """The person of this session; None when it was ended: by a new password, other rights, or on demand."""
    if "staff" not in g:
        g.staff = _living(session["staff"], session["mark"]) if claims_to_be_staff() else None
    person: Staff | None = g.staff
    return person


def me() -> Staff:
    """The signed-in person, as the guard made sure of."""
    person: Staff = g.staff
    return person


def signed() -> Signed:
    """The signed-in person and the present time."""
    return {"actor": g.actor, "now": runtime().clock()}


def claims_to_be_staff() -> bool:
    """Whether the session was begun by a sign-in; all that can be known while the database is away."""
    return "staff" in session


def two_factor() -> str:
    """What the operator wants: `off`, `optional` or `required`."""
    return runtime().settings.suite.panel_2fa


def detour(person: Staff) -> ResponseReturnValue | None:
    """Where a signed-in person has to go before anything else, if anywhere; the guard asks this for every page."""
    if request.endpoint in ALWAYS_OPEN:
        return None
    if person.must_change_password:
        return _unless(PASSWORD_PAGES, "profile.show_password")
    if two_factor() == "required" and not person.has_second_factor:
        return _unless(SECOND_FACTOR_PAGES, "second_factor.show")
    return None


@contextmanager
def counted(door: str, login: str) -> Iterator[None]:
    """Count what is done inside as a guess of a secret until it ends well.

    :raises TooManyAttempts: the secret must not be looked at now
    """
    billing, guess = runtime().billing, {"door": door, "login": login, "address": request.remote_addr or ""}
    attempts.begin(billing.uow(), **guess, now=runtime().clock())
    yield
    attempts.forgive(billing.uow(), **guess)


def with_wishes(response: Response, person: Staff) -> Response:
    """Let the browser ask for the language and the colours that the person likes."""
    for name, value in ((pages.COOKIE, person.language), (themes.COOKIE, person.theme)):
        response.set_cookie(name, value, max_age=pages.YEAR_S, httponly=True, samesite="Lax")
    return response


def _unless(pages_open: frozenset[str], endpoint: str) -> ResponseReturnValue | None:
    return None if request.endpoint in pages_open else redirect(url_for(endpoint), 303)


def _living(staff_id: int, mark: str) -> Staff | None:
    with runtime().billing.reading() as db:
        person = db.get(Staff, staff_id)
    return person if person and not person.disabled_at and _mark(person) == mark else None


def _mark(person: Staff) -> str:
    """What a session is worth: it changes with the password and with every end of all sessions."""
    return hashlib.sha256(f"{person.session_epoch}:{person.password_hash}".encode()).hexdigest()[:16]
