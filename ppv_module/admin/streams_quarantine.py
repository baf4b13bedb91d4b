"""Messages that could not be read: staff look at them, have them read once more, or throw them away."""

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from ppv_module.admin.desk import desk, signed, spool
from ppv_module.admin.streams_messages import url_of
from ppv_module.admin.streams_texts import OUTCOME_TEXTS
from ppv_module.streams.figures import messages as reading
from ppv_module.streams.figures.messages import Wanted
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs import quarantine
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

bp = Blueprint("streams_quarantine", __name__, url_prefix="/streams/quarantine", template_folder="templates")

COLUMNS: tuple[Column[SyncRecord], ...] = (
    Column("at", N_("Came in"), lambda each: each.received_at, link=url_of),
    Column("address", N_("From the address"), lambda each: each.remote_ip),
    Column("size", N_("Bytes"), lambda each: each.size, numeric=True),
    Column("reason", N_("Why"), lambda each: each.reason),
    Column("position", N_("At the byte"), lambda each: each.detail.get("position"), numeric=True),
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The unreadable messages whose bodies are kept, newest first."""
    asked = wish(COLUMNS)
    with desk().billing.reading() as session:
        found = reading.messages(session, Wanted(kept=True), spool=spool(), cursor=asked.cursor)
    listing = Listing(
        columns_known=COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=found.count,
    )
    days = desk().billing.option(StreamOptions).quarantine_days
    return render_template("ppv/streams/quarantine_list.html", listing=listing, days=days)


@bp.post("/<int:record_id>/again")
@requires("PPV")
def again(record_id: int) -> ResponseReturnValue:
    """Have it read once more; what was applied already is not applied again.

    :raises NotFound, WrongState: there is no such message, or its body is kept no longer
    """
    record = quarantine.reprocess(desk().billing, record_id=record_id, spool=spool(), **signed())
    if record.outcome is Outcome.MALFORMED:
        flash(_("The message still cannot be read (%(reason)s).", reason=record.reason), "warn")
    else:
        flash(_("The message was read: %(outcome)s.", outcome=_(OUTCOME_TEXTS[record.outcome])))
    return redirect(url_of(record), 303)


@bp.get("/<int:record_id>/drop")
@requires("PPV")
def show_drop(record_id: int) -> ResponseReturnValue:
    """What throwing it away means.

    :raises NotFound: there is no such message
    """
    with desk().billing.reading() as session:
        message = reading.one_message(session, record_id, spool=spool(), most=0)
    return render_template("ppv/streams/quarantine_drop.html", record=message.record)


@bp.post("/<int:record_id>/drop")
@requires("PPV")
def drop(record_id: int) -> ResponseReturnValue:
    """Throw its body away.

    :raises NotFound, WrongState: there is no such message, or it is not in quarantine
    """
    quarantine.drop(desk().billing.uow(), record_id=record_id, spool=spool(), **signed())
    flash(_("The message is thrown away."))
    return redirect("/streams/quarantine", 303)
