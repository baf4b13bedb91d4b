"""Messages of media servers: what came in lately, what became of it, its body and what it was answered."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from billing.errors import N_, NotFound
from ppv_module.admin.desk import desk, spool
from ppv_module.admin.streams_texts import OUTCOME_LOOKS, OUTCOME_TEXTS, VERDICT_LOOKS, VERDICT_TEXTS
from ppv_module.streams.figures import messages as reading
from ppv_module.streams.figures.messages import Message, Wanted
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.records import get_record
from weblib.forms import ChoiceField, Filter, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import CURSOR, Column, Listing, wish

bp = Blueprint("streams_messages", __name__, url_prefix="/streams/messages", template_folder="templates")
MENU = Entry(
    endpoint="streams_messages.show_all",
    text=N_("Messages"),
    icon="list-details",
    section="Streams",
    place=60,
    rights=("PPV",),
)
LATELY, KNOWN = "", "all"
SHOWN_IN_JSON = 8 * 1024


class MessageFilter(Filter):
    """Narrows the messages; without a period they are those of which everything is kept."""

    period = ChoiceField(N_("Period"), choices=[(LATELY, N_("lately")), (KNOWN, N_("all that is known"))])
    server = SearchField(N_("ID of the media server"), most=64)
    id = SearchField(N_("Identifier"), most=64)
    outcome = ChoiceField(
        N_("What became of it"), choices=[("", N_("all")), *((each.value, OUTCOME_TEXTS[each]) for each in Outcome)]
    )

    @property
    def wanted(self) -> Wanted:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        outcome, lately = chosen.get("outcome"), chosen.get("period", LATELY) == LATELY
        return Wanted(
            since=desk().clock() - timedelta(minutes=minutes()) if lately else None,
            server=chosen.get("server", ""),
            viewer=chosen.get("id", ""),
            outcome=Outcome(outcome) if outcome else None,
        )


def minutes() -> int:
    """For how long messages are kept whole."""
    return desk().billing.option(StreamOptions).debug_minutes


def url_of(record: SyncRecord) -> str:
    """The page of a message."""
    return f"/streams/messages/{record.id}"


COLUMNS: tuple[Column[SyncRecord], ...] = (
    Column("at", N_("Came in"), lambda each: each.received_at, link=url_of),
    Column("server", N_("Media server"), lambda each: each.server_name or None),
    Column("address", N_("From the address"), lambda each: each.remote_ip),
    Column("form", N_("Form"), lambda each: each.form.upper() or None, shown=False),
    Column("size", N_("Bytes"), lambda each: each.size, numeric=True, shown=False),
    Column(
        "verdict",
        N_("Signature"),
        lambda each: _(VERDICT_TEXTS[each.verdict]) if each.verdict else None,
        badge=lambda each: VERDICT_LOOKS[each.verdict] if each.verdict else None,
    ),
    Column(
        "outcome",
        N_("What became of it"),
        lambda each: _(OUTCOME_TEXTS[each.outcome]),
        badge=lambda each: OUTCOME_LOOKS[each.outcome],
    ),
    Column("reason", N_("Why"), lambda each: each.reason or None),
    Column("players", N_("Viewers"), lambda each: each.players, numeric=True),
    Column("aside", N_("Set aside"), lambda each: each.set_aside, numeric=True),
    Column("denied", N_("Denied"), lambda each: each.denied, numeric=True, shown=False),
    Column("took", N_("Milliseconds"), lambda each: each.took_ms, numeric=True),
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The messages, newest first."""
    form, asked = MessageFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = reading.messages(session, form.wanted, spool=spool(), cursor=asked.cursor)
    listing = Listing(
        columns_known=COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=found.count,
    )
    return render_template(
        "ppv/streams/messages_list.html", listing=listing, form=form, minutes=minutes(), is_whole=found.is_whole
    )


@bp.get("/list.json")
@requires("PPV")
def show_json() -> ResponseReturnValue:
    """The same for programs, with the beginnings of the bodies; `next` is the cursor of the next page."""
    with desk().billing.reading() as session:
        cursor = request.args.get(CURSOR) or None
        found = reading.messages(session, MessageFilter().wanted, spool=spool(), cursor=cursor)
    told = [_told(reading.with_body(each, spool=spool(), most=SHOWN_IN_JSON)) for each in found.rows]
    return jsonify(messages=told, next=found.next)


@bp.get("/<int:record_id>")
@requires("PPV")
def show(record_id: int) -> ResponseReturnValue:
    """One message with all that is kept of it.

    :raises NotFound: there is no such message
    """
    found = _message(record_id)
    record = found.record
    return render_template(
        "ppv/streams/messages_show.html",
        message=found,
        record=record,
        outcome=_(OUTCOME_TEXTS[record.outcome]),
        look=OUTCOME_LOOKS[record.outcome],
        verdict=_(VERDICT_TEXTS[record.verdict]) if record.verdict else None,
        verdict_look=VERDICT_LOOKS[record.verdict] if record.verdict else None,
        set_aside=record.detail.get("set_aside", ()),
        may_read_again=record.outcome is Outcome.MALFORMED and found.body is not None,
        most=reading.SHOWN,
    )


@bp.get("/<int:record_id>.json")
@requires("PPV")
def show_one_json(record_id: int) -> ResponseReturnValue:
    """The same for programs.

    :raises NotFound: there is no such message
    """
    return jsonify(_told(_message(record_id)))


@bp.get("/<int:record_id>/body")
@requires("PPV")
def download(record_id: int) -> ResponseReturnValue:
    """The body, byte by byte.

    :raises NotFound: there is no such message, or its body is kept no longer
    """
    with desk().billing.reading() as session:
        record = get_record(session, record_id)
    if not record.raw or spool().size(record.raw) is None:
        raise NotFound(message=record_id)
    answer = Response(spool().chunks(record.raw), content_type="application/octet-stream")
    answer.headers["Content-Disposition"] = f'attachment; filename="message-{record.id}.bin"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _message(record_id: int) -> Message:
    with desk().billing.reading() as session:
        return reading.one_message(session, record_id, spool=spool())


def _told(message: Message) -> dict[str, Any]:
    record = message.record
    names = ("id", "puzzle", "remote_ip", "form", "size", "reason", "players", "set_aside", "denied", "took_ms")
    return {name: getattr(record, name) for name in names} | {
        "received_at": record.received_at.isoformat(),
        "server": record.server_name,
        "signature": record.verdict and record.verdict.value,
        "outcome": record.outcome.value,
        "detail": record.detail,
        "body": message.body,
        "body_cut": message.is_cut,
        "reply": message.reply,
    }
