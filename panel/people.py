"""People of the staff, as administrators manage them."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from billing import second_factor, staffing
from billing.errors import N_
from billing.staff import Staff, get
from panel import staff
from panel.forms import LOGIN, RIGHTS, language_field, name_field, new_password_field, repeated_password_field
from weblib.forms import CheckboxList, Form, SeenField, TextField
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("people", __name__, url_prefix="/staff")


class AddForm(Form):
    login = TextField(N_("Login"), required=True, most=64, render_kw=LOGIN | {"autocomplete": "off"})
    name = name_field()
    rights = CheckboxList(N_("Rights"), choices=RIGHTS)
    language = language_field()
    password = new_password_field(N_("Password for the first sign-in"))
    again = repeated_password_field("password")


class EditForm(Form):
    seen = SeenField()
    name = name_field()
    rights = CheckboxList(N_("Rights"), choices=RIGHTS)
    language = language_field()


class ResetPasswordForm(Form):
    password = new_password_field()
    again = repeated_password_field("password")


def _state(person: Staff) -> str:
    return _("disabled") if person.disabled_at else _("has access")


def _state_badge(person: Staff) -> str:
    return "quiet" if person.disabled_at else "good"


COLUMNS: tuple[Column[Staff], ...] = (
    Column("login", N_("Login"), lambda each: each.login, link=lambda each: url_for("people.show", staff_id=each.id)),
    Column("name", N_("Full name"), lambda each: each.name),
    Column("rights", N_("Rights"), lambda each: ", ".join(each.rights)),
    Column("language", N_("Language"), lambda each: each.language),
    Column("second_factor", N_("Two-factor sign-in"), lambda each: each.has_second_factor),
    Column("last_sign_in", N_("Last sign-in"), lambda each: each.last_sign_in_at),
    Column("state", N_("State"), _state, badge=_state_badge),
)


@bp.get("")
@requires("ADMIN")
def show_all() -> ResponseReturnValue:
    """Everybody, the active ones first."""
    with staff.runtime().billing.reading() as db:
        people = db.scalars(select(Staff).order_by(Staff.disabled_at.is_not(None), Staff.login)).all()
    listing = Listing(columns_known=COLUMNS, items=people, wish=wish(COLUMNS))
    return render_template("people_list.html", listing=listing)


@bp.get("/new")
@requires("ADMIN")
def show_new() -> ResponseReturnValue:
    """The form for another person."""
    return render_template("people_new.html", form=AddForm(language=language(), rights=["OLLTV"]))


@bp.post("/new")
@requires("ADMIN")
def add() -> ResponseReturnValue:
    """Add a person, who has to change the password at the first sign-in."""
    form = AddForm()
    if form.validate():
        with form.refusals():
            staffing.add_staff(
                staff.runtime().billing.uow(),
                login=form.login.data,
                name=form.name.data,
                rights=form.rights.data,
                language=form.language.data,
                password=form.password.data,
                temporary=True,
                **staff.signed(),
            )
    if form.errors:
        return render_template("people_new.html", form=form), 422
    flash(_("%(login)s is added. Tell the password in a safe way.", login=form.login.data))
    return redirect(url_for(".show_all"), 303)


@bp.get("/<int:staff_id>")
@requires("ADMIN")
def show(staff_id: int) -> ResponseReturnValue:
    """One person.

    :raises NotFound: there is no such person
    """
    person = _person(staff_id)
    form = EditForm(name=person.name, rights=person.rights, language=person.language, seen=person.version)
    return _page(person, form)


@bp.post("/<int:staff_id>")
@requires("ADMIN")
def edit(staff_id: int) -> ResponseReturnValue:
    """Change name, rights and language.

    :raises NotFound, ChangedMeanwhile, OwnAccount, LastAdmin: nothing has changed
    """
    form = EditForm()
    if form.validate():
        with form.refusals(statuses=(422,)):
            staffing.edit_staff(
                staff.runtime().billing.uow(),
                staff_id=staff_id,
                name=form.name.data,
                rights=form.rights.data,
                language=form.language.data,
                seen=form.seen.data,
                **staff.signed(),
            )
    if form.errors:
        return _page(_person(staff_id), form), 422
    flash(_("The changes are saved."))
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.get("/<int:staff_id>/disable")
@requires("ADMIN")
def show_disable(staff_id: int) -> ResponseReturnValue:
    """What disabling means.

    :raises NotFound: there is no such person
    """
    return render_template("people_disable.html", person=_person(staff_id))


@bp.post("/<int:staff_id>/disable")
@requires("ADMIN")
def disable(staff_id: int) -> ResponseReturnValue:
    """Shut the person out at once.

    :raises NotFound, OwnAccount, LastAdmin: nothing has changed
    """
    person = staffing.disable_staff(staff.runtime().billing.uow(), staff_id=staff_id, **staff.signed())
    flash(_("%(login)s cannot sign in any more.", login=person.login))
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.post("/<int:staff_id>/enable")
@requires("ADMIN")
def enable(staff_id: int) -> ResponseReturnValue:
    """Let the person sign in again.

    :raises NotFound: there is no such person
    """
    person = staffing.enable_staff(staff.runtime().billing.uow(), staff_id=staff_id, **staff.signed())
    flash(_("%(login)s may sign in again.", login=person.login))
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.get("/<int:staff_id>/password")
@requires("ADMIN")
def show_reset_password(staff_id: int) -> ResponseReturnValue:
    """The form for another password.

    :raises NotFound: there is no such person
    """
    return render_template("people_password.html", person=_person(staff_id), form=ResetPasswordForm())


@bp.post("/<int:staff_id>/password")
@requires("ADMIN")
def reset_password(staff_id: int) -> ResponseReturnValue:
    """Give the person a password that has to be changed at the next sign-in.

    :raises NotFound: there is no such person
    """
    form, person = ResetPasswordForm(), _person(staff_id)
    if form.validate():
        with form.refusals(statuses=(422,)):
            uow, password = staff.runtime().billing.uow(), form.password.data
            staffing.reset_password(uow, staff_id=staff_id, password=password, **staff.signed())
    if form.errors:
        return render_template("people_password.html", person=person, form=form), 422
    flash(_("%(login)s has a new password and changes it at the next sign-in.", login=person.login))
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.get("/<int:staff_id>/second-factor")
@requires("ADMIN")
def show_reset_second_factor(staff_id: int) -> ResponseReturnValue:
    """What taking the second factor away means.

    :raises NotFound: there is no such person
    """
    return render_template("people_second_factor.html", person=_person(staff_id))


@bp.post("/<int:staff_id>/second-factor")
@requires("ADMIN")
def reset_second_factor(staff_id: int) -> ResponseReturnValue:
    """Take the second factor away from a person who lost telephone and recovery codes.

    :raises NotFound: there is no such person
    """
    person = second_factor.reset(staff.runtime().billing.uow(), staff_id=staff_id, **staff.signed())
    flash(_("%(login)s signs in with the password alone.", login=person.login))
    return redirect(url_for(".show", staff_id=staff_id), 303)


@bp.post("/<int:staff_id>/sign-out")
@requires("ADMIN")
def sign_out(staff_id: int) -> ResponseReturnValue:
    """End all sessions of the person.

    :raises NotFound: there is no such person
    """
    person = _person(staff_id)
    staffing.sign_out_everywhere(staff.runtime().billing.uow(), staff_id=staff_id, **staff.signed())
    flash(_("%(login)s is signed out everywhere.", login=person.login))
    return redirect(url_for(".show", staff_id=staff_id), 303)


def _person(staff_id: int) -> Staff:
    with staff.runtime().billing.reading() as db:
        return get(db, staff_id)


def _page(person: Staff, form: EditForm) -> str:
    return render_template("people_show.html", person=person, form=form)
