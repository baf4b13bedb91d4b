"""A subscriber's access to the cabinet: staff help who cannot get in, and shut out who should not be in."""

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from billing.cabinet import helping, sessions
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import home, living, person, show, told
from weblib import once
from weblib.forms import Form, ReasonField
from weblib.pages import gettext as _
from weblib.rights import requires


class ReasonForm(Form):
    reason = ReasonField()


@bp.get("/access/password")
@requires("OLLTV")
def show_give_password(login: str) -> ResponseReturnValue:
    """What another password means."""
    return show("password", living(login))


@bp.post("/access/password")
@requires("OLLTV")
def give_password(login: str) -> ResponseReturnValue:
    """Make a password, and lead to where it is shown."""
    password = helping.give_password(desk().billing.uow(), **person(login))
    once.keep(_kept(login), {"password": password})
    return redirect(url_for("subscriber.show_password", login=login), 303)


@bp.get("/access/password/made")
@requires("OLLTV")
def show_password(login: str) -> ResponseReturnValue:
    """The new password, this one time."""
    view, kept = living(login), once.take(_kept(login))
    return show("password_made", view, password=kept["password"]) if kept else home(login)


@bp.get("/access/second-factor")
@requires("OLLTV")
def show_reset_second_factor(login: str) -> ResponseReturnValue:
    """What taking the second factor away means."""
    return show("second_factor", living(login), ReasonForm(formdata=None))


@bp.post("/access/second-factor")
@requires("OLLTV")
def reset_second_factor(login: str) -> ResponseReturnValue:
    """Take the second factor away from a subscriber who lost telephone and recovery codes."""
    form = ReasonForm()
    if not form.validate():
        return show("second_factor", living(login), form)
    helping.reset_second_factor(desk().billing.uow(), reason=form.reason.data, **person(login))
    return told(_("%(login)s signs in with the password alone.", login=login), login)


@bp.post("/access/sign-out")
@requires("OLLTV")
def sign_out_of_cabinet(login: str) -> ResponseReturnValue:
    """End all sessions of the subscriber."""
    living(login)
    sessions.end_everywhere(desk().billing.uow(), **person(login))
    return told(_("%(login)s is signed out everywhere.", login=login), login)


def _kept(login: str) -> str:
    return f"password of {login}"
