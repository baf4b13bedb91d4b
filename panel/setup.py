"""The first start: as long as there is no staff, whoever sits at the machine itself adds the first person."""

from ipaddress import ip_address

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.actors import Actor
from billing.errors import N_
from billing.staff import anybody
from billing.staffing import set_up
from panel import staff
from panel.forms import LOGIN, language_field, name_field, new_password_field, repeated_password_field
from weblib.forms import Form, TextField
from weblib.pages import gettext as _
from weblib.pages import language
from weblib.rights import public

FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP", "Via")
OWN_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})

bp = Blueprint("setup", __name__)


class SetUpForm(Form):
    login = TextField(N_("Login"), required=True, most=64, render_kw=LOGIN)
    name = name_field()
    password = new_password_field(N_("Password"))
    again = repeated_password_field("password")
    language = language_field()


@bp.get("/setup")
@public
def show() -> ResponseReturnValue:
    """The form; 404 for everybody elsewhere, and for good once there is staff."""
    if not is_open():
        abort(404)
    return render_template("setup.html", form=SetUpForm(language=language()))


@bp.post("/setup")
@public
def add_first() -> ResponseReturnValue:
    """Add the first administrator."""
    if not is_open():
        abort(404)
    form = SetUpForm()
    if form.validate():
        with form.refusals():
            set_up(
                staff.runtime().billing.uow(),
                login=form.login.data,
                name=form.name.data,
                password=form.password.data,
                language=form.language.data,
                actor=Actor(form.login.data, request.remote_addr or ""),
                now=staff.runtime().clock(),
            )
    if form.errors:
        return render_template("setup.html", form=form), 422
    flash(_("The first administrator is added. Sign in."))
    return redirect(url_for("signin.show"), 303)


def is_open() -> bool:
    """Whether there is no staff yet and the caller sits at this machine."""
    if not _is_local():
        return False
    with staff.runtime().billing.reading() as db:
        return not anybody(db)


def _is_local() -> bool:
    """Called straight from this machine, under a name of this machine.

    A reverse proxy on the same machine is local as well, but brings callers from anywhere; so nothing that was
    forwarded counts, whether or not the proxy is trusted, nor does HTTP/1.0, which no browser speaks any more but a
    proxy that was told nothing does. The name keeps foreign pages from having a browser of this machine call under a
    name of theirs.
    """
    if any(name in request.headers for name in FORWARDED) or request.environ.get("SERVER_PROTOCOL") == "HTTP/1.0":
        return False
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    try:
        return host in OWN_NAMES and ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
