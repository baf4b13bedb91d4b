"""What somebody of the staff should look at: silent servers, messages that are not genuine, strange viewers."""

from collections.abc import Iterator

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk, signed
from ppv_module.admin.lists import page_of
from ppv_module.admin.streams_texts import ALERT_TEXTS, facts_text
from ppv_module.streams.alerts import close_alert
from ppv_module.streams.figures import alerted
from ppv_module.streams.figures.alerted import Wanted
from ppv_module.streams.models import Alert, AlertKind
from weblib.exports import Source, register
from weblib.forms import ChoiceField, Filter, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("streams_alerts", __name__, url_prefix="/streams/alerts", template_folder="templates")
MENU = Entry(
    endpoint="streams_alerts.show_all",
    text=N_("Alerts"),
    icon="alert-triangle",
    section="Streams",
    place=20,
    rights=("PPV",),
)
OPEN, CLOSED, ALL = "", "closed", "all"


class AlertFilter(Filter):
    """Narrows the alerts; without a state it is those that are open."""

    state = ChoiceField(N_("State"), choices=[(OPEN, N_("open")), (CLOSED, N_("closed")), (ALL, N_("all"))])
    kind = ChoiceField(N_("Kind"), choices=[("", N_("all")), *((each.value, ALERT_TEXTS[each]) for each in AlertKind)])
    server = SearchField(N_("ID of the media server"), most=64)

    @property
    def wanted(self) -> Wanted:
        """What is asked for. What cannot be read does not narrow."""
        chosen = self.chosen()
        kind = chosen.get("kind")
        return Wanted(
            is_open={OPEN: True, CLOSED: False}.get(chosen.get("state", OPEN)),
            kind=AlertKind(kind) if kind else None,
            server=chosen.get("server", ""),
        )


def _message_url(alert: Alert) -> str | None:
    return f"/streams/messages/{record}" if isinstance(record := alert.facts.get("record"), int) else None


COLUMNS: tuple[Column[Alert], ...] = (
    Column(
        "kind", N_("Alert"), lambda each: _(ALERT_TEXTS[each.kind]), badge=lambda each: "warn" if each.slot else "quiet"
    ),
    Column("server", N_("Media server"), lambda each: each.server_name or None),
    Column("facts", N_("What was found"), facts_text, link=_message_url),
    Column("first", N_("First"), lambda each: each.first_at),
    Column("last", N_("Last"), lambda each: each.last_at),
    Column("count", N_("How often"), lambda each: each.count, numeric=True),
    Column("closed", N_("Closed"), lambda each: each.closed_at, shown=False),
    Column("closed_by", N_("Closed by"), lambda each: each.closed_by or None, shown=False),
)


def _exported(billing: Billing) -> Iterator[Alert]:
    return alerted.every_alert(billing, AlertFilter().wanted)


EXPORT = register(
    Source(
        name="stream_alerts", title=N_("Alerts of streams"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True
    )
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The alerts, the latest first."""
    form, asked = AlertFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = alerted.alerts(session, form.wanted, cursor=asked.cursor)
        counted = alerted.count_alerts(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/streams/alerts_list.html", listing=listing, form=form)


@bp.post("/<int:alert_id>/close")
@requires("PPV")
def close(alert_id: int) -> ResponseReturnValue:
    """Somebody has looked at it.

    :raises UnknownAlert: there is no such alert
    """
    close_alert(desk().billing.uow(), alert_id=alert_id, **signed())
    flash(_("The alert is closed."))
    return redirect("/streams/alerts", 303)
