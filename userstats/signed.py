"""The subscriber's session: his token, kept in a signed cookie and renewed while he is here."""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from flask import current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats.remote import Billing, Subject

P = ParamSpec("P")

REFRESH_AFTER_S = 300
"""Well before the billing's tokens end."""


def billing() -> Billing:
    """The billing behind the app that serves this request."""
    behind: Billing = current_app.extensions["billing"]
    return behind


def sign_in(login: str, password: str) -> None:
    """Begin a session.

    :raises Refused: the pair is wrong, or was tried too often
    """
    nonce = secrets.token_urlsafe(24)
    credentials = {"login": login, "password": password, "nonce": nonce, "address": request.remote_addr}
    answer = billing().post("sessions", credentials, key=new_key())
    session.clear()
    session.permanent = True
    session.update(login=login, nonce=nonce)
    _keep(answer["token"])


def visit(ticket: str) -> None:
    """Begin a session in which a person of the staff looks at a subscriber's cabinet.

    :raises Refused: the ticket is not valid (any more)
    """
    nonce = secrets.token_urlsafe(24)
    shown = {"ticket": ticket, "nonce": nonce, "address": request.remote_addr}
    answer = billing().post("sessions/visit", shown, key=new_key())
    session.clear()
    session.update(login=answer["login"], nonce=nonce, visitor=answer["visitor"], until=answer["expires_at"])
    _keep(answer["token"])


def subject() -> Subject:
    """The subscriber of this session; a token that grows old is renewed, but not that of a visit.

    :raises Refused: the session has ended
    """
    if "visitor" not in session and time.time() - session["refreshed_at"] > REFRESH_AFTER_S:
        known = Subject(session["token"], session["nonce"])
        _keep(billing().post("sessions/refresh", {}, key=new_key(), subject=known)["token"])
    return Subject(session["token"], session["nonce"])


def subscribers_only(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """Send everybody else to the sign-in."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        if "token" not in session:
            return redirect(url_for("pages.show_sign_in"), 303)
        return view(*args, **kwargs)

    return guarded


def new_key() -> str:
    """Another Idempotency-Key."""
    return secrets.token_urlsafe(16)


def _keep(token: str) -> None:
    session.update(token=token, refreshed_at=time.time())
