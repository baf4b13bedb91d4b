"""API keys of machines: made with scopes, shown once, revoked."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from billing.access import SERIAL, ApiKey, create_key, require_free_name, revoke_key
from billing.errors import N_, NotFound
from panel import staff
from suite.serial import renew_serial, serial_file
from weblib import once
from weblib.forms import CheckboxList, Form, TextField
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

MADE = "api key"
SCOPES = [
    ("cron", N_("cron: jobs that a timer calls")),
    ("cabinet", N_("cabinet: the subscribers' own pages")),
    ("ppv", N_("ppv: pay-per-view")),
    ("staff-read", N_("staff-read: reports and subscribers, without changing anything")),
]

bp = Blueprint("keys", __name__, url_prefix="/keys")


class KeyForm(Form):
    name = TextField(N_("What it is for"), required=True, most=64)
    scopes = CheckboxList(N_("What it opens"), choices=SCOPES, required=True)


def _state(key: ApiKey) -> str:
    return _("revoked") if key.revoked_at else _("in use")


def _state_badge(key: ApiKey) -> str:
    return "quiet" if key.revoked_at else "good"


def _revocation(key: ApiKey) -> str | None:
    return None if key.revoked_at else url_for("keys.show_revoke", key_id=key.id)


COLUMNS: tuple[Column[ApiKey], ...] = (
    Column("name", N_("Name"), lambda each: each.name),
    Column("ending", N_("Ending"), lambda each: f"…{each.ending}"),
    Column("scopes", N_("Scopes"), lambda each: ", ".join(each.scopes)),
    Column("created", N_("Made"), lambda each: each.created_at),
    Column("used", N_("Last used"), lambda each: each.last_used_at),
    Column("state", N_("State"), _state, badge=_state_badge),
    Column("revoked", N_("Revoked"), lambda each: each.revoked_at or _("Revoke"), link=_revocation),
)


@bp.get("")
@requires("ADMIN")
def show_all() -> ResponseReturnValue:
    """Every key, the living ones first."""
    with staff.runtime().billing.reading() as db:
        keys = db.scalars(select(ApiKey).order_by(ApiKey.revoked_at.is_not(None), ApiKey.id.desc())).all()
    listing = Listing(columns_known=COLUMNS, items=keys, wish=wish(COLUMNS))
    return render_template("keys_list.html", listing=listing, serial_file=serial_file(staff.runtime()))


@bp.get("/new")
@requires("ADMIN")
def show_new() -> ResponseReturnValue:
    """The form for another key."""
    return render_template("keys_new.html", form=KeyForm())


@bp.post("/new")
@requires("ADMIN")
def create() -> ResponseReturnValue:
    """Make a key, and lead to the page that shows it."""
    form = KeyForm()
    if form.validate():
        with form.refusals():
            require_free_name(form.name.data)
            uow, name, scopes = staff.runtime().billing.uow(), form.name.data, form.scopes.data
            once.keep(MADE, {"name": name, "key": create_key(uow, name=name, scopes=scopes, **staff.signed())})
    if form.errors:
        return render_template("keys_new.html", form=form), 422
    flash(_("The key is made."))
    return redirect(url_for(".show_made"), 303)


@bp.get("/made")
@requires("ADMIN")
def show_made() -> ResponseReturnValue:
    """The key that was just made, this one time."""
    made = once.take(MADE)
    if made is None:
        return redirect(url_for(".show_all"), 303)
    return render_template("keys_made.html", **made)


@bp.get("/serial")
@requires("ADMIN")
def show_renew_serial() -> ResponseReturnValue:
    """What another serial of the legacy RemoteAPI means."""
    return render_template("keys_serial.html", path=serial_file(staff.runtime()))


@bp.post("/serial")
@requires("ADMIN")
def renew() -> ResponseReturnValue:
    """Make another serial; the earlier one opens nothing any more.

    :raises Misconfigured: its file cannot be written; the earlier serial stays
    """
    serial = renew_serial(staff.runtime(), actor=staff.signed()["actor"])
    once.keep(MADE, {"name": SERIAL, "key": serial})
    flash(_("The earlier serial opens nothing any more."))
    return redirect(url_for(".show_made"), 303)


@bp.get("/<int:key_id>/revoke")
@requires("ADMIN")
def show_revoke(key_id: int) -> ResponseReturnValue:
    """What revoking means.

    :raises NotFound: there is no such key
    """
    with staff.runtime().billing.reading() as db:
        key = db.get(ApiKey, key_id)
    if key is None:
        raise NotFound(key=key_id)
    return render_template("keys_revoke.html", key=key)


@bp.post("/<int:key_id>/revoke")
@requires("ADMIN")
def revoke(key_id: int) -> ResponseReturnValue:
    """Take the key out of use.

    :raises NotFound: there is no such key
    """
    revoke_key(staff.runtime().billing.uow(), key_id=key_id, **staff.signed())
    flash(_("The key %(number)s opens nothing any more.", number=key_id))
    return redirect(url_for(".show_all"), 303)
