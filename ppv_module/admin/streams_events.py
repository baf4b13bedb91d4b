"""Notices of media servers that streams began or ended. They are for people to look at; nothing is counted by them."""

from collections.abc import Iterator
from datetime import UTC, datetime

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.lists import page_of
from ppv_module.streams.figures import noticed
from ppv_module.streams.figures.noticed import Line
from weblib.exports import Source, register
from weblib.forms import Filter, SearchField
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_events", __name__, url_prefix="/streams/events", template_folder="templates")
EVENT_TEXTS = {"publish": N_("stream began"), "unpublish": N_("stream ended")}
EVENT_LOOKS = {"publish": "good", "unpublish": "quiet"}
LATEST_MS = 253_402_300_799_000
"""The end of the year 9999, in milliseconds."""


class EventFilter(Filter):
    """Narrows the notices to one stream."""

    stream = SearchField(N_("Stream"))

    @property
    def wanted(self) -> str:
        """The stream that is asked for; empty for all."""
        stream: str = self.chosen().get("stream", "")
        return stream


def _happened(each: Line) -> datetime | None:
    """When the server says that it was."""
    at = each.event.facts.get("time")
    return datetime.fromtimestamp(at / 1000, UTC) if isinstance(at, int) and 0 < at < LATEST_MS else None


def _fact(name: str) -> Column[Line]:
    titles = {"protocol": N_("Protocol"), "type": N_("Direction"), "remote_ip": N_("From the address")}

    def value(each: Line) -> str | None:
        found = each.event.facts.get(name)
        return str(found)[:64] if found else None

    return Column(name, titles[name], value)


COLUMNS: tuple[Column[Line], ...] = (
    Column(
        "at",
        N_("Came in"),
        lambda each: each.event.received_at,
        link=lambda each: f"/streams/messages/{each.event.sync_id}",
    ),
    Column("happened", N_("When"), _happened),
    Column("server", N_("Media server"), lambda each: each.server_name),
    Column("stream", N_("Stream"), lambda each: each.event.stream),
    Column(
        "event",
        N_("What happened"),
        lambda each: _(EVENT_TEXTS[each.event.event]),
        badge=lambda each: EVENT_LOOKS[each.event.event],
    ),
    _fact("protocol"),
    _fact("type"),
    _fact("remote_ip"),
)


def _exported(billing: Billing) -> Iterator[Line]:
    return noticed.every_event(billing, stream=EventFilter().wanted)


EXPORT = register(
    Source(
        name="stream_events",
        title=N_("Streams that began and ended"),
        columns=COLUMNS,
        rows=_exported,
        rights=("PPV",),
        utc=True,
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The notices, newest first."""
    form, asked = EventFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found, count = noticed.events(session, stream=form.wanted, cursor=asked.cursor)
    listing = page_of(COLUMNS, EXPORT, asked, found, count)
    return render_template("ppv/streams/events_list.html", listing=listing, form=form)
