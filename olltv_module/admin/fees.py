"""Fee days: the calendar, previews, starting a run, its progress and report.

All of it wants OLLTV, starting a run too: it does nothing but what the timer does every month, by the price list, and
nobody can be charged twice by it. What departs from the price list wants MONEY.
"""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.paging import Key, Page, count_upto, page
from billing.periods import Month
from billing.uow import Billing
from olltv_module.admin.desk import actor, desk
from olltv_module.fee_days import calendar, runs
from olltv_module.fee_days.views import CHANGES, ChangeView, DayState, Run
from olltv_module.services.fees.asking import ask_for_preview, ask_to_charge
from olltv_module.services.fees.models import Change, FeeChange, Outcome
from olltv_module.services.fees.unpaid import order_of
from olltv_module.views import FeeLineView
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, Filter, Form, MonthField, SearchField
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.pages import shown, zone
from weblib.rights import requires
from weblib.tables import Column, Listing, wish

EXPORTED_AT_ONCE = 2000
STATE_BADGES = {
    DayState.DONE: "good",
    DayState.UNDER_WAY: "info",
    DayState.BROKEN_OFF: "bad",
    DayState.MISSED: "bad",
    DayState.DUE: "warn",
}
OUTCOME_BADGES = {
    Outcome.CHARGED: "good",
    Outcome.KEPT_MAIN: "warn",
    Outcome.NO_MONEY: "bad",
    Outcome.FROZEN: "quiet",
    Outcome.GONE: "quiet",
}

bp = Blueprint("fees", __name__, template_folder="templates")
MENU = Entry(
    endpoint="fees.show", text=N_("Fee day"), icon="calendar-event", section="Television", place=40, rights=("OLLTV",)
)


class PeriodForm(Form):
    """Which month is meant."""

    period = MonthField(parse=Month.parse, required=True)


class LineFilter(Filter):
    """Narrows the lines of a run."""

    outcome = ChoiceField(N_("Outcome"), choices=[("", N_("all")), *((each.value, each.value) for each in Outcome)])
    login = SearchField(N_("Login begins with"), most=64)


class ChangeFilter(Filter):
    """Which kind of change is listed."""

    kind = ChoiceField(N_("Change"), choices=[(each.value, text) for each, text in CHANGES.items()])
    login = SearchField(N_("Login begins with"), most=64)


RUN_COLUMNS: tuple[Column[Run], ...] = (
    Column("run", N_("Number"), lambda run: run.id, link=lambda run: f"/fees/{run.id}", numeric=True),
    Column("period", N_("Month"), lambda run: run.month, link=lambda run: f"/fees/{run.id}"),
    Column("kind", N_("Kind"), lambda run: _("preview") if run.is_preview else _("charging")),
    Column("state", N_("State"), lambda run: run.state, badge=lambda run: STATE_BADGES.get(run.state)),
    Column("started", N_("Began"), lambda run: run.started_at),
    Column("finished", N_("Ended"), lambda run: run.finished_at),
    Column("actor", N_("Who"), lambda run: run.actor),
    Column("pays", N_("Pay"), lambda run: run.pays, numeric=True),
    Column("charged", N_("Sum"), lambda run: run.charged, numeric=True),
    Column("suspended", N_("Suspended"), lambda run: run.suspended, numeric=True),
    Column("lack", N_("Lacking"), lambda run: run.lack, numeric=True),
)
LINE_COLUMNS: tuple[Column[FeeLineView], ...] = (
    Column("login", N_("Login"), lambda line: line.login, link=lambda line: f"/subscribers/{line.login}"),
    Column("outcome", N_("Outcome"), lambda line: line.outcome, badge=lambda line: OUTCOME_BADGES.get(line.outcome)),
    Column("fees", N_("Fees"), lambda line: line.fees, numeric=True),
    Column("due", N_("Owed"), lambda line: line.due, numeric=True),
    Column("charged", N_("Taken"), lambda line: line.charged, numeric=True),
    Column("lack", N_("Lacking"), lambda line: line.lack, numeric=True),
)
CHANGE_COLUMNS: tuple[Column[ChangeView], ...] = (
    Column("login", N_("Login"), lambda change: change.login, link=lambda change: f"/subscribers/{change.login}"),
    Column("before", N_("Paid before"), lambda change: change.before, numeric=True),
    Column("after", N_("Pays now"), lambda change: change.after, numeric=True),
    Column("difference", N_("Difference"), lambda change: change.difference, numeric=True),
)


@bp.get("/fees")
@requires("OLLTV")
def show() -> ResponseReturnValue:
    """The calendar of a year, and the next fee day with its preview."""
    billing, now = desk().billing, desk().clock()
    present = billing.month(now)
    with billing.reading() as session:
        years = calendar.years(session, present)
        asked = request.args.get("year", type=int)
        year = asked if asked in years else present.year
        months = calendar.calendar(session, billing, year=year, now=now)
        coming = calendar.next_day(session, billing, now=now)
    return render_template(
        "olltv/fees_calendar.html", year=year, years=years, months=months, coming=coming, badges=STATE_BADGES
    )


@bp.get("/fees/runs")
@requires("OLLTV")
def all_runs() -> ResponseReturnValue:
    """All runs and previews, the newest first."""
    billing, asked = desk().billing, wish(RUN_COLUMNS)
    with billing.reading() as session:
        found = runs.runs(session, billing, now=desk().clock(), cursor=asked.cursor)
    listing = Listing(columns_known=RUN_COLUMNS, items=found.rows, wish=asked, next=found.next, previous=found.previous)
    return render_template("olltv/fees_runs.html", listing=listing)


@bp.post("/fees/preview")
@requires("OLLTV")
def preview() -> ResponseReturnValue:
    """Have a preview made.

    :raises FutureMonth: of a month later than the next one
    """
    form = PeriodForm()
    if not form.validate():
        return _start_page(form), 422
    month = form.period.data
    job = ask_for_preview(desk().billing.uow(), period=month, actor=actor(), now=desk().clock())
    flash(_("The preview is being made: %(month)s.", month=shown(month)))
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/fees/start")
@requires("OLLTV")
def show_start() -> ResponseReturnValue:
    """What charging a month would do, and the button for it."""
    return _start_page(PeriodForm(request.args))


@bp.post("/fees/start")
@requires("OLLTV")
def start() -> ResponseReturnValue:
    """Have a month charged.

    :raises FutureMonth: it has not begun
    """
    form = PeriodForm()
    if not form.validate():
        return _start_page(form), 422
    month = form.period.data
    job = ask_to_charge(desk().billing.uow(), period=month, actor=actor(), now=desk().clock())
    flash(_("The monthly fee is being charged: %(month)s.", month=shown(month)))
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.get("/fees/<int:run_id>")
@requires("OLLTV")
def show_run(run_id: int) -> ResponseReturnValue:
    """One run or preview: how far it is, what came out, and its lines."""
    billing, asked, form = desk().billing, wish(LINE_COLUMNS), LineFilter()
    with billing.reading() as session:
        run = runs.run(session, billing, run_id=run_id, now=desk().clock())
        chosen = form.chosen()
        query = runs.lines(run_id=run_id, **chosen)
        found = page(session, query, keys=[Key(order_of(chosen.get("outcome")))], cursor=asked.cursor)
        count = count_upto(session, query)
    listing = Listing(
        columns_known=LINE_COLUMNS,
        items=[runs.line_view(line, login, billing.unit) for line, login in found.rows],
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=count,
        exports=urls(LINES.name, run=run_id),
    )
    return render_template(
        "olltv/fees_run.html",
        run=run,
        form=form,
        listing=listing,
        texts=CHANGES,
        Outcome=Outcome,
        events_url=_events_url(run),
    )


@bp.get("/fees/<int:run_id>/progress")
@requires("OLLTV")
def progress(run_id: int) -> ResponseReturnValue:
    """The part of the run's page that changes while it is under way. At the end the whole page is loaded anew."""
    billing = desk().billing
    with billing.reading() as session:
        run = runs.run(session, billing, run_id=run_id, now=desk().clock())
    answer = Response(render_template("olltv/fees_progress.html", run=run))
    if not run.is_under_way:
        answer.headers["HX-Refresh"] = "true"
    return answer


@bp.get("/fees/<int:run_id>/changes")
@requires("OLLTV")
def changes(run_id: int) -> ResponseReturnValue:
    """Who pays another sum than on the fee day before, one kind of change at a time."""
    billing, asked, form = desk().billing, wish(CHANGE_COLUMNS), ChangeFilter()
    with billing.reading() as session:
        run = runs.run(session, billing, run_id=run_id, now=desk().clock())
        query = _changes_asked(form, run_id)
        found = page(session, query, keys=[Key(FeeChange.subscriber_id)], cursor=asked.cursor)
        count = count_upto(session, query)
    listing = Listing(
        columns_known=CHANGE_COLUMNS,
        items=[runs.change_view(change, login, billing.unit) for change, login in found.rows],
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=count,
        exports=urls(CHANGED.name, run=run_id),
    )
    return render_template("olltv/fees_changes.html", run=run, form=form, listing=listing)


def _events_url(run: Run) -> str:
    """What the event log says of the days of a run."""
    since, until = (
        (moment or desk().clock()).astimezone(zone()).date() for moment in (run.started_at, run.finished_at)
    )
    return url_for("events.show_all", since=since, until=until)


def _start_page(form: PeriodForm) -> str:
    billing, now = desk().billing, desk().clock()
    with billing.reading() as session:
        month = form.period.data or calendar.next_day(session, billing, now=now).month
        found = calendar.of_month(session, billing, month=month, now=now)
        preview = runs.preview_of(session, billing, month=month, now=now)
    return render_template("olltv/fees_start.html", form=form, found=found, preview=preview, texts=CHANGES)


def _changes_asked(form: ChangeFilter, run_id: int) -> Any:
    chosen = form.chosen()
    return runs.changes(run_id=run_id, kind=Change(chosen.get("kind", Change.STARTED)), login=chosen.get("login", ""))


def _lines(core: Billing) -> Iterator[FeeLineView]:
    """The lines that the address of this request asks for."""
    chosen = LineFilter().chosen()
    query = runs.lines(run_id=_asked_run(), **chosen)
    return _all(core, query, Key(order_of(chosen.get("outcome"))), runs.line_view)


def _changed(core: Billing) -> Iterator[ChangeView]:
    """The changes that the address of this request asks for."""
    query = _changes_asked(ChangeFilter(), _asked_run())
    return _all(core, query, Key(FeeChange.subscriber_id), runs.change_view)


def _asked_run() -> int:
    return request.args.get("run", 0, type=int)


def _all(core: Billing, query: Any, key: Key, view: Callable[[Any, str, str], Any]) -> Iterator[Any]:
    """All rows of `query`, read in pieces."""
    part = Page[Any]([], next="")
    while part.next is not None:
        with core.reading() as session:
            part = page(session, query, keys=[key], cursor=part.next, size=EXPORTED_AT_ONCE)
        yield from (view(row, login, core.unit) for row, login in part.rows)


LINES = register(
    Source(name="olltv_fee_lines", title=N_("Fee day"), columns=LINE_COLUMNS, rows=_lines, rights=("OLLTV",))
)
CHANGED = register(
    Source(
        name="olltv_fee_changes", title=N_("Fee day, changes"), columns=CHANGE_COLUMNS, rows=_changed, rights=("OLLTV",)
    )
)
