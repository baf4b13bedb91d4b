"""The subscriber's own account: password, second factor, sessions, sign-in by address.

What is secret (the second factor's secret, the recovery codes) is shown in the answer to the form that asked for it:
it must neither lie in a cookie nor be there for whoever opens an address later.
"""

import segno
from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from userstats import signed
from userstats.remote import Json, Refused
from userstats.troubles import SESSION_OVER
from weblib.pages import gettext as _

LONGEST = 256
OWN_ADDRESS = "otpauth://totp/"

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@signed.subscribers_only
def show() -> ResponseReturnValue:
    """Everything about how one signs in."""
    return _page()


@bp.post("/password")
@signed.subscribers_only
def change_password() -> ResponseReturnValue:
    """Give another password; all other sessions end."""
    new = _text("new")
    if new != _text("again"):
        return _page({"again": _("The two new passwords differ.")})
    try:
        _tell("password", {"old": _text("old"), "new": new})
    except Refused as refusal:
        return _page(_wrong(refusal, "old", "new"))
    flash(_("Your password is changed. All other sessions have ended."), "good")
    return _back()


@bp.get("/second-factor")
@signed.subscribers_only
def ask_second_factor() -> ResponseReturnValue:
    """Say what a second factor is and ask for the password."""
    return render_template("account_factor.html", account=_account(), wrong={})


@bp.post("/second-factor")
@signed.subscribers_only
def begin_second_factor() -> ResponseReturnValue:
    """Show the secret for the app on the phone."""
    try:
        made = _tell("second-factor", {"password": _text("password")})
    except Refused as refusal:
        return _factor_page(_wrong(refusal, "password"))
    return _secret_page(made["secret"], made["address"], {})


@bp.post("/second-factor/confirm")
@signed.subscribers_only
def confirm_second_factor() -> ResponseReturnValue:
    """Switch the second factor on with a first code, and show the recovery codes."""
    try:
        made = _tell("second-factor/confirm", {"code": _text("code")})
    except Refused as refusal:
        return _secret_page(_text("secret"), _text("address"), _wrong(refusal, "code"))
    return _codes_page(made["codes"])


@bp.post("/second-factor/codes")
@signed.subscribers_only
def renew_codes() -> ResponseReturnValue:
    """Make new recovery codes; the old ones are good no more."""
    try:
        made = _tell("second-factor/codes", {"password": _text("password")})
    except Refused as refusal:
        return _factor_page(_wrong(refusal, "password"))
    return _codes_page(made["codes"])


@bp.post("/second-factor/disable")
@signed.subscribers_only
def disable_second_factor() -> ResponseReturnValue:
    """Sign in with the password alone again."""
    try:
        _tell("second-factor/disable", {"password": _text("password")})
    except Refused as refusal:
        return _factor_page(_wrong(refusal, "off_password"))
    flash(_("Two-factor sign-in is off."), "good")
    return _back()


@bp.post("/address")
@signed.subscribers_only
def choose_address() -> ResponseReturnValue:
    """Let one's own connection sign in, or not."""
    wanted = request.form.get("wanted") == "1"
    _tell("address", {"wanted": wanted})
    on, off = _("Your connection at home signs you in."), _("Your connection at home no longer signs you in.")
    flash(on if wanted else off, "good")
    return _back()


@bp.post("/sessions/end")
@signed.subscribers_only
def end_sessions() -> ResponseReturnValue:
    """End one session, or without a number all of them, this one too."""
    number = request.form.get("id", "")
    if not number:
        _tell("sessions/end", {})
        session.clear()
        flash(_("You are signed out everywhere."), "good")
        return redirect(url_for("entry.show_sign_in"), 303)
    _tell("sessions/end", {"id": int(number) if number.isascii() and number.isdigit() else 0})
    flash(_("The session has ended."), "good")
    return _back()


def _text(name: str) -> str:
    """A field as it was typed: blanks may belong to a password."""
    return request.form.get(name, "")[:LONGEST]


def _tell(path: str, body: Json) -> Json:
    """Have the billing change something of the account.

    :raises Refused, Unreachable: it is as it was, or nobody knows
    """
    return signed.billing().post(f"me/account/{path}", body, key=signed.new_key(), subject=signed.subject())


def _account() -> Json:
    return signed.billing().get("me/account", signed.subject())


def _wrong(refusal: Refused, *fields: str) -> dict[str, str]:
    """Beside which of `fields` a refusal is told: the one that it names, else the last.

    :raises Refused: the session is over
    """
    if refusal.code in SESSION_OVER:
        raise refusal
    named = refusal.facts.get("field")
    detail = _("This cannot be used.") if refusal.code == "invalid_input" else refusal.detail
    return {named if named in fields else fields[-1]: detail}


def _page(wrong: dict[str, str] | None = None) -> ResponseReturnValue:
    status = 422 if wrong else 200
    return render_template("account.html", account=_account(), wrong=wrong or {}), status


def _factor_page(wrong: dict[str, str]) -> ResponseReturnValue:
    return render_template("account_factor.html", account=_account(), wrong=wrong), 422


def _secret_page(secret: str, address: str, wrong: dict[str, str]) -> ResponseReturnValue:
    """The secret as a picture and as text. After a wrong code they come back with the form, so nothing is kept here."""
    facts = {"secret": secret, "address": address, "qr": _picture(address)}
    return render_template("account_secret.html", **facts, wrong=wrong), 422 if wrong else 200


def _picture(address: str) -> str:
    """A QR code to stand in the page; nothing for what is no address of a secret."""
    if not address.startswith(OWN_ADDRESS):
        return ""
    drawn = segno.make(address, error="m", micro=False).svg_inline(omitsize=True, border=4, dark="#000", light="#fff")
    return Markup(drawn)  # noqa: S704 (drawn by segno; the text is not in it)


def _codes_page(codes: list[str]) -> ResponseReturnValue:
    return render_template("account_codes.html", codes=codes)


def _back() -> ResponseReturnValue:
    return redirect(url_for(".show"), 303)
