"""Signing in and out."""

import structlog
from flask import Blueprint, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from billing import attempts
from panel import staff
from weblib.pages import own_path

DOOR = "panel"

bp = Blueprint("signin", __name__)
log = structlog.get_logger(__name__)


@bp.get("/sign-in")
def show() -> ResponseReturnValue:
    """The form; whoever is signed in goes on."""
    if staff.current():
        return redirect(own_path(request.args.get("next", "")), 303)
    return _form(login="", failed=False)


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Check login and password; a wrong pair does not say which of them is wrong.

    :raises TooManyAttempts: the password is not looked at
    """
    login, address = request.form.get("login", "").strip(), request.remote_addr or ""
    billing, now = staff.runtime().billing, staff.runtime().clock()
    attempts.begin(billing.uow(), door=DOOR, login=login, address=address, now=now)
    person = staff.by_password(login, request.form.get("password", ""))
    if person is None:
        log.warning("sign-in refused", login=login, address=address)
        return _form(login=login, failed=True), 401
    attempts.forgive(billing.uow(), door=DOOR, login=login, address=address)
    staff.sign_in(person)
    return redirect(own_path(request.form.get("next", "")), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for(".show"), 303)


def _form(*, login: str, failed: bool) -> str:
    return render_template("sign_in.html", login=login, failed=failed, next=request.values.get("next", ""))
