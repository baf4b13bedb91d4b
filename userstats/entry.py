"""Coming in and going out: password, code, address, ticket of the staff."""

from contextlib import suppress

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from userstats import signed, troubles
from userstats.remote import Refused
from userstats.settings import CabinetOptions
from weblib.pages import gettext as _

WRONG = {"wrong_credentials", "invalid_input"}
CODE_LENGTH = 40

bp = Blueprint("entry", __name__)


@bp.get("/sign-in")
def show_sign_in() -> ResponseReturnValue:
    """The form; whoever is signed in goes on."""
    if "token" in session:
        return redirect(url_for("home.show"), 303)
    if _options().api_check:
        with suppress(Refused):  # that is an answer
            signed.tariffs()
    return _form()


@bp.post("/sign-in")
def sign_in() -> ResponseReturnValue:
    """Have the billing check login and password."""
    if _options().sign_in == "ip":
        return _form(problem=_("Here subscribers are known by their address."), status=403)
    login, password = request.form.get("login", "").strip(), request.form.get("password", "")
    try:
        done = signed.sign_in(login, password)
    except Refused as refusal:
        wrong = refusal.code in WRONG
        problem = _("Login or password is wrong.") if wrong else refusal.detail
        return _form(login=login, problem=problem, status=401 if wrong else refusal.status)
    return _entered(done)


@bp.post("/sign-in/address")
def sign_in_by_address() -> ResponseReturnValue:
    """Let the billing say to whom this address belongs."""
    if _options().sign_in == "login":
        return _form(problem=_("Please sign in with login and password."), status=403)
    try:
        done = signed.sign_in_by_address()
    except Refused as refusal:
        if refusal.code != "address_unknown":
            return _form(problem=refusal.detail, status=refusal.status)
        return _unknown_address()
    return _entered(done)


@bp.get("/sign-in/code")
def show_code() -> ResponseReturnValue:
    """Ask for the code of the second factor."""
    if not signed.waits_for_code():
        return redirect(url_for(".show_sign_in"), 303)
    return render_template("sign_in_code.html", problem="")


@bp.post("/sign-in/code")
def send_code() -> ResponseReturnValue:
    """Have the billing check the code."""
    if not signed.waits_for_code():
        return redirect(url_for(".show_sign_in"), 303)
    try:
        done = signed.sign_in_with_code(request.form.get("code", "").strip()[:CODE_LENGTH])
    except Refused as refusal:
        if refusal.code in troubles.SESSION_OVER:
            session.clear()
            return _form(problem=_("That took too long. Please sign in again."), status=401)
        wrong = refusal.code in ("wrong_code", "invalid_input")
        problem = _("The code is wrong.") if wrong else refusal.detail
        return render_template("sign_in_code.html", problem=problem), 401 if wrong else refusal.status
    return _entered(done)


@bp.post("/visit")
def visit() -> ResponseReturnValue:
    """Let a person of the staff look, who comes from the panel with a ticket. The ticket stands for the form's token.

    A ticket that is refused changes nothing for whoever is signed in here.
    """
    try:
        signed.visit(request.form.get("ticket", ""))
    except Refused as refusal:
        return troubles.ticket_spent(refusal.status)
    return redirect(url_for("home.show"), 303)


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End the session."""
    signed.sign_out()
    flash(_("You are signed out."), "good")
    return redirect(url_for(".show_sign_in"), 303)


def _options() -> CabinetOptions:
    options: CabinetOptions = current_app.extensions["options"]
    return options


def _form(*, login: str = "", problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_template("sign_in.html", login=login, problem=problem), status


def _entered(done: bool) -> ResponseReturnValue:
    return redirect(url_for("home.show") if done else url_for(".show_code"), 303)


def _unknown_address() -> ResponseReturnValue:
    """An address that signs in nobody: elsewhere, to the password, or to an explanation."""
    options = _options()
    if options.sign_in == "both":
        return _form(problem=_("Your address is not enough to sign in here. Use login and password."), status=401)
    if options.elsewhere:
        return redirect(options.elsewhere, 303)
    return render_template("sign_in_unknown.html"), 401
