"""The history of private shows, one of them with all that happened in it, and ending one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import actor, desk
from ppv_module.admin.lists import page_of
from ppv_module.admin.report_words import END_TEXTS, SHOW_LOOKS, SHOW_TEXTS
from ppv_module.admin.spanning import PerformerFilter
from ppv_module.chat.reports import shows
from ppv_module.chat.reports.shows import ShowLine, WantedShows
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, ShowState
from weblib.exports import Source, register
from weblib.forms import ChoiceField, Form, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, wish

bp = Blueprint("ppv_shows", __name__, url_prefix="/ppv/shows", template_folder="templates")
MENU = Entry(
    endpoint="ppv_shows.show_all",
    text=N_("Private shows"),
    icon="clock",
    section="Pay-per-view",
    place=40,
    rights=("PPV",),
)


class ShowFilter(PerformerFilter):
    """Narrows the history."""

    viewer = SearchField(N_("Viewer’s login"), most=64)
    state = ChoiceField(N_("State"), choices=[("", N_("all")), *((each.value, SHOW_TEXTS[each]) for each in ShowState)])
    reason = ChoiceField(
        N_("How it ended"), choices=[("", N_("all")), *((each.value, END_TEXTS[each]) for each in EndReason)]
    )

    @property
    def wanted(self) -> WantedShows:
        """What is asked for. What cannot be read does not narrow."""
        chosen: dict[str, Any] = self.chosen()
        state, reason = chosen.get("state"), chosen.get("reason")
        return WantedShows(
            tenant_id=self.tenant_id,
            performer_id=self.performer_id,
            viewer_login=chosen.get("viewer", ""),
            state=ShowState(state) if state else None,
            reason=EndReason(reason) if reason else None,
            span=self.span,
        )


def viewer_url(login: str) -> str:
    """The page of a viewer."""
    return f"/ppv/viewers/{quote(login, safe='')}"


def _url(line: ShowLine) -> str:
    return f"/ppv/shows/{line.show.id}"


def _end(line: ShowLine) -> str | None:
    return _(END_TEXTS[line.show.end_reason]) if line.show.end_reason else None


COLUMNS: tuple[Column[ShowLine], ...] = (
    Column(
        "state",
        N_("State"),
        lambda each: _(SHOW_TEXTS[each.show.state]),
        link=_url,
        badge=lambda each: SHOW_LOOKS.get(each.show.state, "quiet"),
    ),
    Column("asked", N_("Asked for"), lambda each: each.show.requested_at, shown=False),
    Column("tenant", N_("Chat"), lambda each: each.tenant, shown=False),
    Column("performer", N_("Performer"), lambda each: each.performer),
    Column("viewer", N_("Viewer"), lambda each: each.viewer, link=lambda each: viewer_url(each.show.login)),
    Column("login", N_("Login"), lambda each: each.show.login, shown=False),
    Column("start", N_("Began"), lambda each: each.show.ready_at, link=_url),
    Column("end", N_("Ended"), lambda each: each.show.ended_at),
    Column("seconds", N_("Seconds"), lambda each: each.billed_s, numeric=True),
    Column("rate", N_("Per minute"), lambda each: each.show.rate, numeric=True),
    Column("credits", N_("Credits"), lambda each: each.show.credits_charged, numeric=True),
    Column("reason", N_("How it ended"), _end),
    Column("ended_by", N_("Ended by"), lambda each: each.show.ended_by, shown=False),
    Column("id", N_("Number"), lambda each: each.show.id, shown=False),
)


def _exported(billing: Billing) -> Iterator[ShowLine]:
    return shows.all_shows(billing.reading, ShowFilter().wanted)


EXPORT = register(
    Source(name="ppv_shows", title=N_("Private shows"), columns=COLUMNS, rows=_exported, rights=("PPV",), utc=True)
)


@bp.get("")
@requires("PPV")
def show_all() -> ResponseReturnValue:
    """The history, the latest request first."""
    form, asked = ShowFilter(), wish(COLUMNS)
    with desk().billing.reading() as session:
        found = shows.shows_page(session, form.wanted, cursor=asked.cursor)
        counted = shows.count_shows(session, form.wanted)
    listing = page_of(COLUMNS, EXPORT, asked, found, counted)
    return render_template("ppv/shows_list.html", listing=listing, form=form)


@bp.get("/<show_id>")
@requires("PPV")
def show(show_id: str) -> ResponseReturnValue:
    """One show with its events.

    :raises UnknownShow: there is no such show
    """
    return _page("show", show_id)


@bp.get("/<show_id>/end")
@requires("PPV")
def show_end(show_id: str) -> ResponseReturnValue:
    """What ending it means.

    :raises UnknownShow: there is no such show
    """
    return _page("end", show_id)


@bp.post("/<show_id>/end")
@requires("PPV")
def end(show_id: str) -> ResponseReturnValue:
    """End it now; one that is over stays as it is.

    :raises UnknownShow: there is no such show
    """
    who = actor()
    uow, now = desk().billing.uow(), desk().clock()
    closed = end_show(uow, show_id=show_id, reason=EndReason.ADMIN_END, by=who.name, actor=who, now=now)
    is_ours = closed.end_reason is EndReason.ADMIN_END
    flash(_("The show is ended.") if is_ours else _("The show was over already."), "good" if is_ours else "info")
    return redirect(url_for(".show", show_id=show_id), 303)


def _page(name: str, show_id: str) -> str:
    with desk().billing.reading() as session:
        found = shows.story(session, show_id)
    line = found.line
    return render_template(
        f"ppv/shows_{name}.html",
        story=found,
        line=line,
        show=line.show,
        state=_(SHOW_TEXTS[line.show.state]),
        look=SHOW_LOOKS.get(line.show.state, "quiet"),
        reason=_end(line),
        viewer_url=viewer_url(line.show.login),
        form=Form(formdata=None),
        to_second=_to_second,
    )


def _to_second(at: datetime) -> str:
    """A time as exactly as ticks want it, by the operator's clock."""
    return f"{at.astimezone(desk().billing.zone):%d.%m.%Y %H:%M:%S}"
