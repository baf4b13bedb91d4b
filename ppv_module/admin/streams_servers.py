"""Media servers: how they are doing, and what is decided for each."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.streams_texts import MODE_TEXTS
from ppv_module.streams import servers
from ppv_module.streams.models import DeltaMode, Server
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.servers import Condition, ServerForm
from weblib.exports import Source, register, urls
from weblib.forms import AreaField, CheckField, ChoiceField, Form, NumberField, SecretField, SeenField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_servers", __name__, url_prefix="/streams/servers", template_folder="templates")
MENU = Entry(
    endpoint="streams_servers.show_all",
    text=N_("Media servers"),
    icon="server",
    section="Streams",
    place=70,
    rights=("PPV",),
)


class EditForm(Form):
    """What is decided for a media server. Tokens are never sent back to the browser."""

    seen = SeenField()
    title = TextField(N_("Name for the staff"), most=servers.LONGEST_TITLE)
    token = SecretField(
        N_("New token"),
        required=False,
        description=N_("The present token stays good beside it until you drop it. Empty: nothing changes."),
    )
    drop_older = CheckField(N_("Drop the earlier token"))
    drop_tokens = CheckField(N_("No token of its own: the common one counts"))
    addresses = AreaField(
        N_("Addresses"), description=N_("Addresses and networks, one a line. Empty: messages may come from anywhere.")
    )
    delta_mode = ChoiceField(
        N_("View time that it reports"), choices=[(each.value, MODE_TEXTS[each]) for each in DeltaMode], required=True
    )
    interval_s = NumberField(
        N_("Seconds between messages"), most=servers.LONGEST_INTERVAL_S, description=N_("Empty: as for all servers.")
    )
    active = CheckField(N_("Its messages are accepted"))

    @property
    def given(self) -> ServerForm:
        return ServerForm(
            title=self.title.data,
            token=self.token.data or "",
            drop_older=self.drop_older.data,
            drop_tokens=self.drop_tokens.data,
            addresses=tuple((self.addresses.data or "").split()),
            delta_mode=DeltaMode(self.delta_mode.data),
            interval_s=self.interval_s.data or 0,
            active=self.active.data,
        )


class NewForm(EditForm):
    """A media server that has not sent anything yet."""

    name = TextField(
        N_("ID of the media server"),
        required=True,
        most=servers.LONGEST_NAME,
        description=N_("As it stands in its messages."),
    )


def url_of(server: Server) -> str:
    """The page of a media server."""
    return f"/streams/servers/{server.id}"


def _state(each: Condition) -> str:
    if not each.server.active:
        return _("switched off")
    if each.server.seen_at is None:
        return _("has not reported yet")
    return _("silent") if each.is_silent else _("reports")


def _look(each: Condition) -> str:
    if not each.server.active or each.server.seen_at is None:
        return "quiet"
    return "bad" if each.is_silent else "good"


def _tokens(server: Server) -> str:
    if not server.token:
        return _("common")
    return _("its own, two at present") if server.token_older else _("its own")


COLUMNS: tuple[Column[Condition], ...] = (
    Column("name", N_("ID"), lambda each: each.server.name, link=lambda each: url_of(each.server)),
    Column("title", N_("Name"), lambda each: each.server.title or None),
    Column("state", N_("State"), _state, badge=_look),
    Column("seen", N_("Last message"), lambda each: each.server.seen_at),
    Column("players", N_("Watching now"), lambda each: each.players, numeric=True),
    Column("failures", N_("Not genuine in a row"), lambda each: each.server.failures, numeric=True),
    Column("interval", N_("Interval, seconds"), lambda each: each.interval_s, numeric=True, shown=False),
    Column("token", N_("Token"), lambda each: _tokens(each.server), shown=False),
    Column("addresses", N_("Addresses"), lambda each: ", ".join(each.server.addresses) or None, shown=False),
    Column("mode", N_("View time"), lambda each: _(MODE_TEXTS[each.server.delta_mode]), shown=False),
    Column("since", N_("Reported since"), lambda each: each.server.created_at, shown=False),
)


def _rows(billing: Billing) -> Iterator[Condition]:
    with billing.reading() as session:
        yield from servers.conditions(session, billing.option(StreamOptions), desk().clock())


EXPORT = register(
    Source(name="stream_servers", title=N_("Media servers"), columns=COLUMNS, rows=_rows, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every media server with how it is doing."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    return render_template("ppv/streams/servers_list.html", listing=listing, now=desk().clock())


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for a media server that has not sent anything yet."""
    return render_template("ppv/streams/servers_edit.html", form=NewForm(formdata=None, active=True), server=None)


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Add a media server."""
    form = NewForm()
    if form.validate():
        with form.refusals():
            server = servers.add_server(desk().billing.uow(), name=form.name.data, form=form.given, **signed())
            flash(_("The media server “%(name)s” is added.", name=server.name))
            return redirect("/streams/servers", 303)
    return render_template("ppv/streams/servers_edit.html", form=form, server=None), 422


@bp.get("/<int:server_id>")
@requires("PPV")
def show(server_id: int) -> ResponseReturnValue:
    """The form of a media server.

    :raises NotFound: there is no such server
    """
    server = _server(server_id)
    form = EditForm(
        formdata=None,
        seen=server.version,
        title=server.title,
        addresses="\n".join(server.addresses),
        delta_mode=server.delta_mode.value,
        interval_s=server.interval_s or None,
        active=server.active,
    )
    return render_template("ppv/streams/servers_edit.html", form=form, server=server, tokens=_tokens(server))


@bp.post("/<int:server_id>")
@requires("PPV")
def save(server_id: int) -> ResponseReturnValue:
    """Save what is decided for it.

    :raises NotFound: there is no such server
    """
    form, server = EditForm(), _server(server_id)
    if form.validate():
        with form.refusals():
            uow = desk().billing.uow()
            servers.save_server(uow, server_id=server_id, form=form.given, seen=form.seen.data, **signed())
            flash(_("Saved."))
            return redirect("/streams/servers", 303)
    return render_template("ppv/streams/servers_edit.html", form=form, server=server, tokens=_tokens(server)), 422


def _server(server_id: int) -> Server:
    with desk().billing.reading() as session:
        return servers.get(session, server_id)
