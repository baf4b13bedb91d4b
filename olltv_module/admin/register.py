"""Registering a subscriber: among the provider's own people, and how the partner will take it."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.money import Money
from olltv_module.admin.desk import actor, desk
from olltv_module.admin.subscribers import url_of
from olltv_module.delivery import trial
from olltv_module.delivery.trial import TEXTS, Trial
from olltv_module.services import registering
from weblib.forms import TOLD_AT_FORMS, Form, MoneyField, SecretField, TextField
from weblib.pages import gettext as _
from weblib.rights import requires

bp = Blueprint("register", __name__, url_prefix="/subscribers/new", template_folder="templates")

TOLD_HERE = (*TOLD_AT_FORMS, 502, 503)
"""Also what the partner refuses to say, or does not answer."""

PROFILE = ("name", "address", "email", "mobile", "ip")


class RegisterForm(Form):
    login = TextField(N_("Login"), required=True, most=64, render_kw={"autocomplete": "off", "autocapitalize": "none"})
    name = TextField(N_("Full name"))
    address = TextField(N_("Address"))
    mobile = TextField(N_("Mobile number"), render_kw={"inputmode": "tel", "autocomplete": "off"})
    email = TextField(N_("E-mail"), render_kw={"inputmode": "email", "autocomplete": "off"})
    ip = TextField(N_("IP address"), most=45)
    credit = MoneyField(N_("Credit limit"), parse=lambda text: Money.parse(text, desk().billing.unit))
    password = SecretField(N_("Password for the cabinet"), required=False, render_kw={"autocomplete": "new-password"})


@bp.get("")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """The form."""
    return _page(RegisterForm(formdata=None))


@bp.post("")
@requires("OLLTV")
def register() -> ResponseReturnValue:
    """Add the subscriber; or, asked to `try`, say how the partner would take him and change nothing."""
    form, tried = RegisterForm(), None
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            if "try" in request.form:
                tried = _tried(form)
            else:
                _add(form)
    if form.errors or tried:
        return _page(form, tried), 422 if form.errors else 200
    flash(_("%(login)s is registered. Now a tariff can be ordered.", login=form.login.data))
    return redirect(url_of(form.login.data), 303)


def _tried(form: RegisterForm) -> Trial:
    return trial.attempt(desk().delivering(), login=form.login.data, email=form.email.data, mobile=form.mobile.data)


def _add(form: RegisterForm) -> None:
    billing = desk().billing
    registering.register(
        billing.uow(),
        login=form.login.data,
        password=form.password.data or "",
        credit=form.credit.data or Money(0, billing.unit),
        profile={name: form[name].data for name in PROFILE},
        actor=actor(),
        now=desk().clock(),
    )


def _page(form: RegisterForm, tried: Trial | None = None) -> str:
    said = _(TEXTS[tried.prospect], **tried.facts) if tried else ""
    domain = desk().options.domain
    return render_template("olltv/register_new.html", form=form, tried=tried, said=said, domain=domain)
