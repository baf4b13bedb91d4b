"""The event log: who did what, to whom, when, from where, and what it was before."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing import eventlog
from panel import staff
from suite.eventlist import COLUMNS, NAME, RIGHTS, EventFilter, changes
from weblib import exports
from weblib.rights import requires
from weblib.tables import Listing, wish

bp = Blueprint("events", __name__, url_prefix="/events")


@bp.get("")
@requires(*RIGHTS)
def show_all() -> ResponseReturnValue:
    """The log, newest first."""
    asked, form = wish(COLUMNS), EventFilter()
    with staff.runtime().billing.reading() as db:
        form.offer(eventlog.kinds(db))
        found = eventlog.lines(db, form.wanted(), cursor=asked.cursor)
    listing = Listing(
        columns_known=COLUMNS,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=found.count,
        exports=exports.urls(NAME),
    )
    return render_template("events_list.html", listing=listing, form=form, found=found)


@bp.get("/<int:event_id>")
@requires(*RIGHTS)
def show(event_id: int) -> ResponseReturnValue:
    """One line with everything that it holds."""
    with staff.runtime().billing.reading() as db:
        event = eventlog.find(db, event_id)
    return render_template("events_show.html", event=event, changes=changes(event))
