"""The own account: name, language, colours, password, and what was done with it."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from billing import eventlog, profile, staffing
from billing.errors import N_
from billing.eventlog import Wanted
from panel import staff
from panel.forms import (
    THEMES,
    PasswordForm,
    language_field,
    name_field,
    new_password_field,
    repeated_password_field,
)
from weblib import pages, themes
from weblib.forms import ChoiceField, Form, SeenField
from weblib.pages import gettext as _
from weblib.rights import requires

OWN_DOOR = "panel own"
EVENTS_SHOWN = 20

bp = Blueprint("profile", __name__, url_prefix="/profile")


class ProfileForm(Form):
    seen = SeenField()
    name = name_field()
    language = language_field()
    theme = ChoiceField(N_("Theme"), choices=THEMES, required=True)


class ChangePasswordForm(PasswordForm):
    new = new_password_field()
    again = repeated_password_field("new")


@bp.get("")
@requires()
def show() -> ResponseReturnValue:
    """The account as it is."""
    me = staff.me()
    return _page(ProfileForm(name=me.name, language=me.language, theme=me.theme, seen=me.version))


@bp.post("")
@requires()
def edit() -> ResponseReturnValue:
    """Change name, language and colours.

    :raises ChangedMeanwhile: an administrator has changed the person since the page was shown
    """
    form = ProfileForm()
    if form.validate():
        with form.refusals(statuses=(422,)):
            person = profile.edit_own(
                staff.runtime().billing.uow(),
                staff_id=staff.me().id,
                name=form.name.data,
                language=form.language.data,
                theme=form.theme.data,
                seen=form.seen.data,
                **staff.signed(),
            )
    if form.errors:
        return _page(form), 422
    flash(_("Your profile is saved."))
    return staff.with_wishes(redirect(url_for(".show"), 303), person)


@bp.post("/language")
@requires()
def choose_language() -> ResponseReturnValue:
    """Keep the language that was picked for the person, and show the page again."""
    uow, picked = staff.runtime().billing.uow(), request.form.get("lang", "")
    profile.set_language(uow, staff_id=staff.me().id, language=picked, **staff.signed())
    return pages.choose_language()


@bp.post("/theme")
@requires()
def choose_theme() -> ResponseReturnValue:
    """Keep the colours that were picked for the person, and show the page again."""
    uow, picked = staff.runtime().billing.uow(), request.form.get("theme", "")
    profile.set_theme(uow, staff_id=staff.me().id, theme=picked, **staff.signed())
    return themes.choose_theme()


@bp.get("/password")
@requires()
def show_password() -> ResponseReturnValue:
    """The form for another password."""
    return _password_page(ChangePasswordForm())


@bp.post("/password")
@requires()
def change_password() -> ResponseReturnValue:
    """Replace the password. This session goes on, all others end.

    :raises TooManyAttempts: the present password is not looked at
    """
    form, me = ChangePasswordForm(), staff.me()
    if form.validate():
        with form.refusals(), staff.counted(OWN_DOOR, me.login):
            person = profile.change_own_password(
                staff.runtime().billing.uow(),
                staff_id=me.id,
                present=form.present.data,
                new=form.new.data,
                **staff.signed(),
            )
            staff.sign_in(person)
    if form.errors:
        return _password_page(form), 422
    flash(_("Your password is changed. You are signed out everywhere else."))
    return redirect(url_for(".show"), 303)


@bp.post("/sign-out-everywhere")
@requires()
def sign_out_everywhere() -> ResponseReturnValue:
    """End all sessions of the person, this one too."""
    staffing.sign_out_everywhere(staff.runtime().billing.uow(), staff_id=staff.me().id, **staff.signed())
    session.clear()
    flash(_("You are signed out everywhere."))
    return redirect(url_for("signin.show"), 303)


def _page(form: ProfileForm) -> str:
    mine = Wanted(actor=staff.me().login)
    with staff.runtime().billing.reading() as db:
        events = eventlog.lines(db, mine, size=EVENTS_SHOWN).rows
    return render_template("profile.html", form=form, events=events, two_factor=staff.two_factor())


def _password_page(form: ChangePasswordForm) -> str:
    return render_template("profile_password.html", form=form)
