"""Editing the profile of a subscriber of our own."""

from flask.typing import ResponseReturnValue

from billing.errors import N_
from olltv_module.admin.desk import desk
from olltv_module.admin.subscriber.blueprint import bp
from olltv_module.admin.subscriber.common import living, person, show, told
from olltv_module.admin.subscriber.forms import amount
from olltv_module.services import profiles
from weblib.forms import CheckField, Form, MoneyField, SeenField, TextField
from weblib.pages import gettext as _
from weblib.rights import requires

FIELDS = ("name", "address", "email", "mobile", "ip", "frozen", "down")


class ProfileForm(Form):
    seen = SeenField()
    name = TextField(N_("Full name"))
    address = TextField(N_("Address"))
    email = TextField(N_("E-mail"))
    mobile = TextField(N_("Mobile number"))
    ip = TextField(N_("IP address"), most=45)
    credit = MoneyField(N_("Credit limit"), parse=amount, required=True)
    frozen = CheckField(N_("Frozen by the subscriber’s wish"))
    down = CheckField(N_("Switched off by staff"))


@bp.get("/edit")
@requires("OLLTV")
def show_edit(login: str) -> ResponseReturnValue:
    """The profile as it is."""
    view = living(login)
    return show(
        "edit", view, ProfileForm(formdata=None, obj=view.person, seen=profiles.edition(desk().billing, login=login))
    )


@bp.post("/edit")
@requires("OLLTV")
def edit(login: str) -> ResponseReturnValue:
    """Save it, unless somebody else has meanwhile."""
    form = ProfileForm()
    if form.validate():
        with form.refusals():
            profiles.edit(
                desk().billing.uow(),
                seen=form.seen.data,
                credit=form.credit.data,
                profile={name: form[name].data for name in FIELDS},
                **person(login),
            )
    if form.errors:
        return show("edit", living(login), form)
    return told(_("The profile is saved."), login)
