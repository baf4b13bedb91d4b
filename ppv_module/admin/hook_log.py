"""The log of what the chats' servers asked of us, what they claimed and what we did."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.choosing import TenantFilter
from ppv_module.admin.desk import desk
from ppv_module.admin.lists import page_of
from ppv_module.chat.listing import hooks as listing
from ppv_module.chat.listing.hooks import Line
from weblib.exports import Source, register
from weblib.forms import DateField, SearchField
from weblib.menu import Entry
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_hooks", __name__, url_prefix="/ppv/hook-log", template_folder="templates")
MENU = Entry(
    endpoint="ppv_hooks.show_all",
    text=N_("Hook log"),
    icon="plug-connected",
    section="Pay-per-view",
    place=90,
    rights=("PPV",),
)
WHOLE_DAY = timedelta(days=1)


class CallFilter(TenantFilter):
    """Narrows the log."""

    action = SearchField(N_("Action"), most=64)
    since = DateField(N_("From"))
    until = DateField(N_("Until"))

    @property
    def wanted(self) -> listing.Wanted:
        chosen = self.chosen()
        since, until = chosen.get("since"), chosen.get("until")
        return listing.Wanted(
            tenant_id=self.tenant_id,
            action=chosen.get("action", ""),
            since=_begins(since) if since else None,
            until=_begins(until + WHOLE_DAY) if until else None,
        )


def _begins(day: date) -> datetime:
    return datetime.combine(day, time(), desk().billing.zone).astimezone(UTC)


def written(fields: dict[str, object]) -> str:
    """Fields of a call in one line: `userid=7 credits=60`."""
    return " ".join(f"{name}={value}" for name, value in fields.items())


COLUMNS: tuple[Column[Line], ...] = (
    Column("at", N_("When"), lambda each: each.call.at, lambda each: f"/ppv/hook-log/{each.call.id}"),
    Column("tenant", N_("Chat"), lambda each: each.tenant.name),
    Column("action", N_("Action"), lambda each: each.call.action),
    Column("fields", N_("What was sent"), lambda each: written(each.call.fields)),
    Column("claim", N_("The chat claims"), lambda each: each.call.vendor_claim),
    Column("result", N_("What we did"), lambda each: each.call.our_result),
    Column("show", N_("Private show"), lambda each: each.call.show_id, shown=False),
    Column("ip", N_("From the address"), lambda each: each.call.remote_ip, shown=False),
)


def _exported(billing: Billing) -> Iterator[Line]:
    return listing.every_call(billing, CallFilter().wanted)


EXPORT = register(
    Source(name="ppv_hooks", title=N_("Hook log"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The log, newest first."""
    form, asked = CallFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = listing.calls(session, form.wanted, cursor=asked.cursor)
    shown = page_of(COLUMNS, EXPORT, asked, found, found.count)
    return render_template("ppv/hooks_list.html", listing=shown, form=form)


@bp.get("/<int:call_id>")
@requires("PPV")
def show(call_id: int) -> ResponseReturnValue:
    """One call with everything that was kept of it.

    :raises NotFound: there is no such call
    """
    with desk().billing.reading() as session:
        found = listing.call(session, call_id)
    return render_template("ppv/hooks_show.html", call=found.call, tenant=found.tenant)
