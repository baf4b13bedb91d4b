"""Signing in, by password and then by a code where the person has a second factor; and signing out."""

import structlog
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from billing import attempts, second_factor
from billing.actors import Actor
from billing.profile import note_sign_in
from billing.second_factor import Way, codes_left
from billing.staff import Staff
from panel import setup, staff
from weblib.pages import ngettext as ngettext_
from weblib.pages import own_path
from weblib.rights import public, requires

DOOR, CODE_DOOR = "panel", "panel code"

bp = Blueprint("signin", __name__)
log = structlog.get_logger(__name__)


@bp.get("/sign-in")
@public
def show() -> ResponseReturnValue:
    """The form; whoever is signed in goes on, and as long as there is no staff the first one is led to set up."""
    if staff.current():
        return redirect(own_path(request.args.get("next", "")), 303)
    if setup.is_open():
        return redirect(url_for("setup.show"), 303)
    return _form(login="", failed=False)


@bp.post("/sign-in")
@public
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
    wanted = own_path(request.form.get("next", ""))
    if person.has_second_factor and staff.two_factor() != "off":
        staff.await_code(person)
        return redirect(url_for(".show_code", next=wanted), 303)
    return _welcome(person, wanted)


@bp.get("/sign-in/code")
@public
def show_code() -> ResponseReturnValue:
    """The second step, for whoever has taken the first."""
    if staff.awaited() is None:
        return redirect(url_for(".show"), 303)
    return _code_form(failed=False)


@bp.post("/sign-in/code")
@public
def sign_in_by_code() -> ResponseReturnValue:
    """Check the code of the app, or a recovery code.

    :raises TooManyAttempts: the code is not looked at
    """
    person, address = staff.awaited(), request.remote_addr or ""
    if person is None:
        return redirect(url_for(".show"), 303)
    billing, now = staff.runtime().billing, staff.runtime().clock()
    attempts.begin(billing.uow(), door=CODE_DOOR, login=person.login, address=address, now=now)
    actor, code = Actor(person.login, address), request.form.get("code", "")
    way = second_factor.accept(billing.uow(), staff_id=person.id, code=code, actor=actor, now=now)
    if way is None:
        log.warning("sign-in code refused", login=person.login, address=address)
        return _code_form(failed=True), 401
    attempts.forgive(billing.uow(), door=CODE_DOOR, login=person.login, address=address)
    answer = _welcome(person, own_path(request.form.get("next", "")))
    if way is Way.RECOVERY:
        _tell_codes_left(person)
    return answer


@bp.post("/sign-out")
@requires()
def sign_out() -> ResponseReturnValue:
    """End the session."""
    session.clear()
    return redirect(url_for(".show"), 303)


def _welcome(person: Staff, wanted: str) -> ResponseReturnValue:
    actor = Actor(person.login, request.remote_addr or "")
    note_sign_in(staff.runtime().billing.uow(), staff_id=person.id, actor=actor, now=staff.runtime().clock())
    staff.sign_in(person)
    return staff.with_wishes(redirect(wanted, 303), person)


def _tell_codes_left(person: Staff) -> None:
    with staff.runtime().billing.reading() as db:
        left = codes_left(db, person.id)
    text = ngettext_(
        "You signed in with a recovery code; %(num)s is left.",
        "You signed in with a recovery code; %(num)s are left.",
        left,
    )
    flash(text, "warn")


def _form(*, login: str, failed: bool) -> str:
    return render_template("sign_in.html", login=login, failed=failed, next=request.values.get("next", ""))


def _code_form(*, failed: bool) -> str:
    return render_template("second_factor_sign_in.html", failed=failed, next=request.values.get("next", ""))
