"""The subscriber's account at the partner: e-mail, phone, parental control."""

from flask.typing import ResponseReturnValue

from olltv_module.admin.desk import actor, desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import seen, show, told
from olltv_module.admin.subscriber.forms import EmailForm, PhoneForm
from olltv_module.delivery import contacts, parental
from weblib.forms import TOLD_AT_FORMS, Form
from weblib.pages import gettext as _
from weblib.rights import requires

TOLD_HERE = (*TOLD_AT_FORMS, 502, 503)
"""Also what the partner refused, or did not answer: the person decides on this page what to do next."""


@bp.get("/email")
@requires("OLLTV")
def show_email(login: str) -> ResponseReturnValue:
    """The e-mail under which the partner knows the subscriber."""
    view = seen(login)
    return show("email", view, EmailForm(formdata=None, email=view.email, seen=view.version))


@bp.post("/email")
@requires("OLLTV")
def change_email(login: str) -> ResponseReturnValue:
    """Change it there, and then here."""
    form = EmailForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            contacts.change_email(
                desk().delivering(), login=login, email=form.email.data, seen=form.seen.data, actor=actor()
            )
    if form.errors:
        return show("email", seen(login), form)
    return told(_("The partner knows the subscriber by the new e-mail."), login)


@bp.get("/phone")
@requires("OLLTV")
def show_phone(login: str) -> ResponseReturnValue:
    """The phone by which the subscriber signs in at the partner."""
    view = seen(login)
    return show("phone", view, PhoneForm(formdata=None, phone=view.phone, seen=view.version))


@bp.post("/phone")
@requires("OLLTV")
def change_phone(login: str) -> ResponseReturnValue:
    """Change it there, and then here."""
    form = PhoneForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            contacts.change_phone(
                desk().delivering(), login=login, phone=form.phone.data, seen=form.seen.data, actor=actor()
            )
    if form.errors:
        return show("phone", seen(login), form)
    return told(_("The partner knows the subscriber by the new phone."), login)


@bp.get("/parental")
@requires("OLLTV")
def show_parental(login: str) -> ResponseReturnValue:
    """What the reset does."""
    return show("parental", seen(login), Form(formdata=None))


@bp.post("/parental")
@requires("OLLTV")
def reset_parental(login: str) -> ResponseReturnValue:
    """Set the parental code back."""
    form = Form()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            parental.reset(desk().delivering(), login=login, actor=actor())
    if form.errors:
        return show("parental", seen(login), form)
    return told(_("The parental code is the partner’s default again."), login)
