"""The own second factor: set up with a QR code, recovery codes, turned off again."""

import segno
from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from billing import second_factor
from billing.errors import N_
from billing.staff import Staff
from panel import staff
from panel.forms import PasswordForm
from panel.profile import OWN_DOOR
from weblib import once
from weblib.forms import Form, TextField
from weblib.pages import gettext as _
from weblib.rights import requires

CODES = "recovery codes"
CODE_KEYS = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}

bp = Blueprint("second_factor", __name__, url_prefix="/profile/second-factor")


class CodeForm(Form):
    code = TextField(N_("Code from the app"), required=True, most=32, render_kw=CODE_KEYS)


@bp.get("")
@requires()
def show() -> ResponseReturnValue:
    """Whether it is on; while it is being set up, the QR code for the app."""
    return _page(CodeForm())


@bp.post("/begin")
@requires()
def begin() -> ResponseReturnValue:
    """Make a secret for the app.

    :raises SecondFactorOn: there is one already
    """
    second_factor.begin(staff.runtime().billing.uow(), staff_id=staff.me().id, **staff.signed())
    return redirect(url_for(".show"), 303)


@bp.post("")
@requires()
def confirm() -> ResponseReturnValue:
    """Turn it on by the first code, and lead to the recovery codes.

    :raises TooManyAttempts: the code is not looked at
    """
    form, me = CodeForm(), staff.me()
    if form.validate():
        with form.refusals(statuses=(422,)), staff.counted(OWN_DOOR, me.login):
            uow = staff.runtime().billing.uow()
            codes = second_factor.confirm(uow, staff_id=me.id, code=form.code.data, **staff.signed())
            once.keep(CODES, {"codes": codes})
    if form.errors:
        return _page(form), 422
    flash(_("Two-factor sign-in is on."))
    return redirect(url_for(".show_codes"), 303)


@bp.get("/codes")
@requires()
def show_codes() -> ResponseReturnValue:
    """The recovery codes, this one time."""
    kept = once.take(CODES)
    if kept is None:
        return redirect(url_for(".show"), 303)
    return render_template("second_factor_codes.html", codes=kept["codes"])


@bp.get("/new-codes")
@requires()
def show_renewal() -> ResponseReturnValue:
    """What other recovery codes mean, and the form for them."""
    return render_template("second_factor_renew.html", form=PasswordForm())


@bp.post("/new-codes")
@requires()
def renew_codes() -> ResponseReturnValue:
    """Replace the recovery codes.

    :raises TooManyAttempts: the password is not looked at
    :raises SecondFactorOff: there is nothing to recover
    """
    form, me = PasswordForm(), staff.me()
    if form.validate():
        with form.refusals(statuses=(422,)), staff.counted(OWN_DOOR, me.login):
            uow = staff.runtime().billing.uow()
            codes = second_factor.new_recovery_codes(uow, staff_id=me.id, password=form.present.data, **staff.signed())
            once.keep(CODES, {"codes": codes})
    if form.errors:
        return render_template("second_factor_renew.html", form=form), 422
    flash(_("The earlier recovery codes open nothing any more."))
    return redirect(url_for(".show_codes"), 303)


@bp.get("/off")
@requires()
def show_off() -> ResponseReturnValue:
    """What turning it off means, and the form for that."""
    return render_template("second_factor_off.html", form=PasswordForm())


@bp.post("/off")
@requires()
def turn_off() -> ResponseReturnValue:
    """Turn it off.

    :raises TooManyAttempts: the password is not looked at
    """
    form, me = PasswordForm(), staff.me()
    if form.validate():
        with form.refusals(), staff.counted(OWN_DOOR, me.login):
            uow = staff.runtime().billing.uow()
            second_factor.disable(uow, staff_id=me.id, password=form.present.data, **staff.signed())
    if form.errors:
        return render_template("second_factor_off.html", form=form), 422
    flash(_("Two-factor sign-in is off."))
    return redirect(url_for(".show"), 303)


def _page(form: CodeForm) -> str:
    me = staff.me()
    with staff.runtime().billing.reading() as db:
        left = second_factor.codes_left(db, me.id)
    is_begun = bool(me.totp_secret) and not me.has_second_factor
    picture = _picture(me) if is_begun else None
    return render_template("second_factor.html", form=form, picture=picture, left=left, two_factor=staff.two_factor())


def _picture(person: Staff) -> Markup:
    """The QR code as SVG without styles, black on white in every theme, since cameras want it so."""
    code = segno.make(second_factor.app_address(person), error="m", micro=False)
    return Markup(code.svg_inline(omitsize=True, light="#ffffff", dark="#000000", svgclass="qr", lineclass=None))  # noqa: S704
