"""Channels: what subscribers are offered to watch, and a link to one of them, signed for support."""

from collections.abc import Iterator
from typing import Any, Self

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.parts import SeenForm
from ppv_module.streams.links import channels
from ppv_module.streams.links.channels import LONGEST_NAME, LONGEST_STREAM, LONGEST_TITLE, LONGEST_URL
from ppv_module.streams.links.issuing import issue
from ppv_module.streams.links.models import Channel
from ppv_module.streams.rights.checked import MOST_SORT
from weblib import once
from weblib.exports import Source, register, urls
from weblib.forms import TOLD_AT_FORMS, ChoiceField, Filter, Form, NumberField, TextField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_channels", __name__, url_prefix="/streams/channels", template_folder="templates")
MENU = Entry(
    endpoint="streams_channels.show_all",
    text=N_("Channels to watch"),
    icon="device-tv",
    section="Streams",
    place=56,
    rights=("PPV",),
)
PAGE = "/streams/channels"
MADE = "stream link"
TOLD_HERE = (*TOLD_AT_FORMS, 403, 404)
"""Also that nobody has the login, and why somebody may not watch."""


class ChannelFilter(Filter):
    """Narrows the list."""

    state = ChoiceField(N_("State"), choices=[("", N_("all")), ("on", N_("offered")), ("off", N_("not offered"))])

    @property
    def active(self) -> bool | None:
        """Whether they are offered; None for all."""
        state = self.chosen().get("state")
        return state == "on" if state else None


class ChannelForm(SeenForm):
    """A title and the address of a stream."""

    title = TextField(N_("Title"), required=True, most=LONGEST_TITLE, description=N_("Subscribers see it."))
    url = TextField(
        N_("Address of the stream"),
        required=True,
        most=LONGEST_URL,
        description=N_("Without a signature, like https://host/live/sport/playlist.m3u8 or rtmp://host/live/sport."),
        render_kw={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"},
    )
    vhost = TextField(
        N_("Virtual host"), most=LONGEST_NAME, description=N_("As the media servers report it. Empty: any.")
    )
    application = TextField(N_("Application"), most=LONGEST_NAME, description=N_("Empty: as in the address."))
    stream = TextField(N_("Stream"), most=LONGEST_STREAM, description=N_("Empty: as in the address."))
    sort = NumberField(
        N_("Place in the list"), least=-MOST_SORT, most=MOST_SORT, description=N_("Smaller numbers come first.")
    )

    @property
    def given(self) -> dict[str, Any]:
        """What was filled in, as the service takes it."""
        texts = {name: self[name].data or "" for name in ("title", "url", "vhost", "application", "stream")}
        return {**texts, "sort": self.sort.data or 0}

    @classmethod
    def of(cls, channel: Channel) -> Self:
        """The form with what the channel is now."""
        names = ("title", "url", "vhost", "application", "stream", "sort")
        return cls(formdata=None, seen=channel.version, **{name: getattr(channel, name) for name in names})


class SignForm(Form):
    """For whom a link is signed."""

    login = TextField(N_("Login"), required=True, most=64, render_kw={"autocomplete": "off", "autocapitalize": "none"})
    ip = TextField(
        N_("Address of the viewer"),
        most=45,
        description=N_("Needed where the rule binds links to the viewer’s address."),
    )


COLUMNS: tuple[Column[Channel], ...] = (
    Column("title", N_("Title"), lambda each: each.title),
    Column("stream", N_("Stream"), lambda each: f"{each.application}/{each.stream}"),
    Column("vhost", N_("Virtual host"), lambda each: each.vhost or None, shown=False),
    Column("url", N_("Address of the stream"), lambda each: each.url, shown=False),
    Column(
        "state",
        N_("State"),
        lambda each: _("offered") if each.active else _("not offered"),
        badge=lambda each: "good" if each.active else "quiet",
    ),
    Column("sort", N_("Place in the list"), lambda each: each.sort, numeric=True, shown=False),
)


def _rows(billing: Billing) -> Iterator[Channel]:
    with billing.reading() as session:
        yield from channels.channels_of(session, active=ChannelFilter().active)


EXPORT = register(
    Source(
        name="stream_channels", title=N_("Channels to watch"), columns=COLUMNS, rows=_rows, rights=("PPV",), utc=True
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """Every channel, in the order in which subscribers see them."""
    listing = Listing(
        columns_known=COLUMNS, items=list(_rows(desk().billing)), wish=wish(COLUMNS), exports=urls(EXPORT.name)
    )
    return render_template("ppv/streams/channels_list.html", listing=listing, form=ChannelFilter())


@bp.get("/new")
@requires("PPV")
def show_new() -> ResponseReturnValue:
    """The form for another channel."""
    return render_template("ppv/streams/channels_new.html", form=ChannelForm(formdata=None, sort=0))


@bp.post("/new")
@requires("PPV")
def create() -> ResponseReturnValue:
    """Offer another channel."""
    form = ChannelForm()
    if form.validate():
        with form.refusals():
            channels.save_channel(desk().billing.uow(), **form.given, **signed())
            flash(_("The channel is offered now."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/channels_new.html", form=form), 422


@bp.get("/<int:channel_id>/edit")
@requires("PPV")
def show_edit(channel_id: int) -> ResponseReturnValue:
    """The form with what the channel is now.

    :raises UnknownChannel: there is none
    """
    channel = _found(channel_id)
    return render_template("ppv/streams/channels_edit.html", form=ChannelForm.of(channel), channel=channel)


@bp.post("/<int:channel_id>/edit")
@requires("PPV")
def edit(channel_id: int) -> ResponseReturnValue:
    """Save an edition.

    :raises UnknownChannel: there is none
    """
    channel, form = _found(channel_id), ChannelForm()
    if form.validate():
        with form.refusals():
            given = {**form.given, "channel_id": channel_id, "seen": form.seen.data}
            channels.save_channel(desk().billing.uow(), **given, **signed())
            flash(_("Saved."))
            return redirect(PAGE, 303)
    return render_template("ppv/streams/channels_edit.html", form=form, channel=channel), 422


@bp.post("/<int:channel_id>/on")
@requires("PPV")
def switch_on(channel_id: int) -> ResponseReturnValue:
    """Offer it.

    :raises UnknownChannel, ChangedMeanwhile: nothing has changed
    """
    _switch(channel_id, active=True)
    flash(_("The channel is offered now."))
    return redirect(PAGE, 303)


@bp.post("/<int:channel_id>/off")
@requires("PPV")
def switch_off(channel_id: int) -> ResponseReturnValue:
    """Offer it no longer.

    :raises UnknownChannel, ChangedMeanwhile: nothing has changed
    """
    _switch(channel_id, active=False)
    flash(_("The channel is no longer offered. Who watches it goes on."))
    return redirect(PAGE, 303)


@bp.get("/<int:channel_id>/sign")
@requires("PPV")
def show_sign(channel_id: int) -> ResponseReturnValue:
    """For whom a link is to be signed.

    :raises UnknownChannel: there is none
    """
    return render_template("ppv/streams/channels_sign.html", form=SignForm(formdata=None), channel=_found(channel_id))


@bp.post("/<int:channel_id>/sign")
@requires("PPV")
def sign(channel_id: int) -> ResponseReturnValue:
    """Sign a link for a subscriber who may watch now, and lead to the page that shows it once.

    :raises UnknownChannel: there is none
    """
    channel, form = _found(channel_id), SignForm()
    if form.validate():
        with form.refusals(statuses=TOLD_HERE):
            asked = {"login": form.login.data, "channel_id": channel_id, "ip": form.ip.data or ""}
            made = issue(desk().billing.uow(), device=_("Support"), **asked, **signed())
            facts = {"login": form.login.data, "name": made.name, "until": made.expires_at}
            once.keep(MADE, {"channel_id": channel_id, "title": channel.title, "url": made.url, **facts})
            flash(_("The link is signed."))
            return redirect(f"{PAGE}/{channel_id}/link", 303)
    return render_template("ppv/streams/channels_sign.html", form=form, channel=channel), 422


@bp.get("/<int:channel_id>/link")
@requires("PPV")
def show_link(channel_id: int) -> ResponseReturnValue:
    """The link that was just signed, this one time."""
    made = once.take(MADE)
    if made is None or made["channel_id"] != channel_id:
        return redirect(f"{PAGE}/{_found(channel_id).id}/sign", 303)
    return render_template("ppv/streams/channels_link.html", **made)


def _switch(channel_id: int, *, active: bool) -> None:
    uow, seen = desk().billing.uow(), SeenForm().seen.data
    channels.set_channel_active(uow, channel_id=channel_id, active=active, seen=seen, **signed())


def _found(channel_id: int) -> Channel:
    with desk().billing.reading() as session:
        return channels.channel_of(session, channel_id)
