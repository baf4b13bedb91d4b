"""Personal limits: how many streams a subscriber may watch at once, and the denial of a whole account for a while."""

from collections.abc import Iterator
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.ledger.holds import Ledger
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.parts import SeenForm
from ppv_module.admin.shows import viewer_url
from ppv_module.streams.figures import limits
from ppv_module.streams.figures.limits import WantedLimits
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights import personal
from ppv_module.streams.rights.models import Personal
from ppv_module.streams.rights.tariffs import MOST_STREAMS
from weblib.exports import Source, register
from weblib.forms import TOLD_AT_FORMS, CheckField, Filter, Form, NumberField, SearchField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_personal", __name__, url_prefix="/streams/limits", template_folder="templates")
MENU = Entry(
    endpoint="streams_personal.show_all",
    text=N_("Personal limits"),
    icon="devices",
    section="Streams",
    place=55,
    rights=("PPV",),
)
TOLD_HERE = (*TOLD_AT_FORMS, 404)
"""Also that nobody has the login."""

FIRST = 1
"""The edition of limits that nobody has set yet."""


class LimitFilter(Filter):
    """Narrows the list."""

    login = SearchField(N_("Login begins with"), most=64)
    cooling = CheckField(N_("Only who is denied for a while"))

    @property
    def wanted(self) -> WantedLimits:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        return WantedLimits(login=chosen.get("login", ""), cooling=bool(chosen.get("cooling")))


class LimitForm(SeenForm):
    """How many streams at once."""

    max_streams = NumberField(
        N_("Simultaneous streams"),
        most=MOST_STREAMS,
        description=N_("Empty: as the tariffs of content say. 0: any number."),
    )


class NewLimitForm(Form):
    """Beside that, whose limit it is."""

    login = TextField(N_("Login"), required=True, most=64, render_kw={"autocomplete": "off", "autocapitalize": "none"})
    max_streams = NumberField(
        N_("Simultaneous streams"), required=True, most=MOST_STREAMS, description=N_("0: any number.")
    )


def url_of(login: str) -> str:
    """The page of one subscriber's limits."""
    return f"/streams/limits/of/{quote(login, safe='')}"


def _limit(row: Personal) -> object:
    if row.max_streams is None:
        return _("as the tariffs say")
    return row.max_streams or _("any number")


def _cooldown(row: Personal | None) -> object:
    """Until when the whole account is denied; None when it is not."""
    until = row.cooldown_until if row else None
    return until if until is not None and until > desk().clock() else None


COLUMNS: tuple[Column[Personal], ...] = (
    Column("login", N_("Login"), lambda each: each.login, link=lambda each: url_of(each.login)),
    Column("limit", N_("Simultaneous streams"), _limit, numeric=True),
    Column("until", N_("Denied until"), _cooldown),
)


def _exported(billing: Billing) -> Iterator[Personal]:
    return limits.every_limit(billing, LimitFilter().wanted, now=desk().clock())


EXPORT = register(
    Source(
        name="stream_limits", title=N_("Personal limits"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Everybody for whom something differs, by login."""
    form, asked, now = LimitFilter(), wish(COLUMNS), desk().clock()
    with desk().billing.reading() as session:
        found = limits.limits_page(session, form.wanted, now=now, cursor=asked.cursor)
        counted = limits.count_limits(session, form.wanted, now=now)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/streams/personal_list.html", listing=listing, form=form)


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """Whose limit is to differ."""
    return render_template("ppv/streams/personal_new.html", form=NewLimitForm(formdata=None))


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Set the limit of a subscriber."""
    form = NewLimitForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            asked = {"login": form.login.data, "max_streams": form.max_streams.data}
            made = personal.set_personal_limit(desk().billing.uow(), **asked, **signed())
            flash(_("The limit is set. It counts at once."))
            return redirect(url_of(made.login), 303)
    return render_template("ppv/streams/personal_new.html", form=form), 422


@bp.get("/of/<login>")
@requires("PPV")
def show(login: str) -> ResponseReturnValue:
    """What counts for one subscriber.

    :raises UnknownLogin: nobody has this login
    """
    row = _found(login)
    form = LimitForm(formdata=None, seen=row.version if row else FIRST, max_streams=row.max_streams if row else None)
    return _page(login, row, form)


@bp.post("/of/<login>")
@requires("PPV")
def save(login: str) -> ResponseReturnValue:
    """Let him watch so many streams at once.

    :raises UnknownLogin: nobody has this login
    """
    row, form = _found(login), LimitForm()
    if form.validate():
        with form.refusals():
            asked = {"max_streams": form.max_streams.data, "seen": form.seen.data}
            personal.set_personal_limit(desk().billing.uow(), login=login, **asked, **signed())
            flash(_("Saved. It counts at once."))
            return redirect(url_of(login), 303)
    return _page(login, row, form), 422


@bp.post("/of/<login>/cooldown")
@requires("PPV")
def lift(login: str) -> ResponseReturnValue:
    """Let the whole account watch again after an excess.

    :raises UnknownLogin: nobody has this login
    """
    personal.end_cooldown(desk().billing.uow(), login=login, **signed())
    flash(_("The account is let in again. The media servers are told with their next message."))
    return redirect(url_of(login), 303)


def _page(login: str, row: Personal | None, form: LimitForm) -> str:
    return render_template(
        "ppv/streams/personal_show.html",
        login=login,
        form=form,
        until=_cooldown(row),
        usual=desk().billing.option(StreamOptions).max_streams,
        viewer_url=viewer_url(login),
    )


def _found(login: str) -> Personal | None:
    """:raises UnknownLogin: nobody has this login"""
    with desk().billing.reading() as session:
        desk().billing.host(session, Ledger(session)).find(login)
        return limits.limit_of(session, login)
