"""Statistics of streams: unique visitors, views, minutes and the most at once, of a day or of some days."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask.typing import ResponseReturnValue

from billing.errors import N_
from billing.uow import Billing
from ppv_module.admin.desk import desk
from ppv_module.admin.spanning import today
from ppv_module.admin.streams_words import SCOPE_TEXTS
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.statistics import MOST_DAYS, DayLine, HourLine, Line, Statistics, statistics
from weblib.exports import Source, register, urls
from weblib.forms import ChoiceField, DateField, Filter
from weblib.menu import Entry
from weblib.pages import gettext as _
from weblib.rights import requires
from weblib.tables import Column, Listing, Wish, query, wish

bp = Blueprint("streams_statistics", __name__, url_prefix="/streams/statistics", template_folder="templates")
MENU = Entry(
    endpoint="streams_statistics.show",
    text=N_("Statistics of streams"),
    icon="chart-bar",
    section="Streams",
    place=40,
    rights=("PPV",),
)
MOST_SHOWN = 500
MEGABYTE = 1_000_000


class StatisticsFilter(Filter):
    """Days at the operator's place, both included, and what the lines are of. Without days it is today."""

    since = DateField(N_("From"))
    until = DateField(N_("Until"))
    by = ChoiceField(
        N_("A line for each"),
        choices=[(each.value, SCOPE_TEXTS[each]) for each in (Scope.STREAM, Scope.APPLICATION, Scope.SERVER)],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field, day in ((self.since, today()), (self.until, self._given("since") or today())):
            if not field.errors and not field.data:
                field.data = day

    @property
    def scope(self) -> Scope:
        return Scope(self.chosen().get("by", Scope.STREAM))

    @property
    def days(self) -> tuple[date, date]:
        """The first and the last day: none of the future, and not too many."""
        last = min(self._given("until") or today(), today())
        first = min(self._given("since") or last, last)
        return max(first, last - timedelta(days=MOST_DAYS - 1)), last

    def _given(self, name: str) -> date | None:
        found = self.chosen().get(name)
        return found if isinstance(found, date) else None


def _read(billing: Billing) -> Statistics:
    form = StatisticsFilter()
    first, last = form.days
    with billing.reading() as session:
        return statistics(session, billing, first=first, last=last, by=form.scope, now=desk().clock())


COLUMNS: tuple[Column[Line], ...] = (
    Column("title", N_("Name"), lambda each: _("Everything") if each.scope is Scope.ALL else each.title),
    Column("accounts", N_("Subscribers"), lambda each: each.count.accounts, sort=True, numeric=True),
    Column("identifiers", N_("Identifiers"), lambda each: each.count.identifiers, sort=True, numeric=True),
    Column("pairs", N_("Addresses with programs"), lambda each: each.count.pairs, sort=True, numeric=True),
    Column("views", N_("Views"), lambda each: each.count.views, sort=True, numeric=True),
    Column("minutes", N_("Minutes"), lambda each: each.count.minutes, sort=True, numeric=True),
    Column("megabytes", N_("Megabytes"), lambda each: each.count.bytes_sent // MEGABYTE, sort=True, numeric=True),
    Column("current", N_("Watching now"), lambda each: each.current, sort=True, numeric=True),
    Column("peak", N_("Most at once"), lambda each: each.peak.viewers, sort=True, numeric=True),
    Column("peak_at", N_("That was at"), lambda each: each.peak.at, shown=False),
    Column("milliseconds", N_("Milliseconds"), lambda each: each.count.watched_ms, shown=False, numeric=True),
    Column("bytes", N_("Bytes"), lambda each: each.count.bytes_sent, shown=False, numeric=True),
    Column("sessions", N_("Sessions"), lambda each: each.count.sessions, shown=False, numeric=True),
)
DAYS: tuple[Column[DayLine], ...] = (
    Column("day", N_("Day"), lambda each: each.day),
    Column("peak", N_("Most at once"), lambda each: each.peak, numeric=True),
    Column("minutes", N_("Minutes"), lambda each: each.count.minutes, numeric=True),
    Column("accounts", N_("Subscribers"), lambda each: each.count.accounts, numeric=True),
    Column("identifiers", N_("Identifiers"), lambda each: each.count.identifiers, numeric=True),
    Column("pairs", N_("Addresses with programs"), lambda each: each.count.pairs, numeric=True),
    Column("views", N_("Views"), lambda each: each.count.views, numeric=True),
    Column("bytes", N_("Bytes"), lambda each: each.count.bytes_sent, numeric=True),
)
HOURS: tuple[Column[HourLine], ...] = (
    Column("hour", N_("Hour"), lambda each: f"{each.hour:02d}:00"),
    Column("peak", N_("Most at once"), lambda each: each.peak, numeric=True),
    Column("minutes", N_("Minutes"), lambda each: each.minutes, numeric=True),
)


def _sorted(lines: Sequence[Line], asked: Wish) -> list[Line]:
    """In the order that the address asks for; what is not known comes last."""
    values = {each.name: each.value for each in COLUMNS if each.sort}
    if asked.sort not in values:
        return list(lines)
    value: Any = values[asked.sort]
    known = [each for each in lines if value(each) is not None]
    unknown = [each for each in lines if value(each) is None]
    return [*sorted(known, key=value, reverse=asked.descending), *unknown]


def _lines(billing: Billing) -> Iterator[Line]:
    found = _read(billing)
    yield from (found.overall, *_sorted(found.lines, wish(COLUMNS)))


def _days(billing: Billing) -> Iterator[DayLine]:
    yield from _read(billing).days


def _hours(billing: Billing) -> Iterator[HourLine]:
    yield from _read(billing).hours


def _source(name: str, title: str, columns: Sequence[Column[Any]], rows: Any) -> Source:
    return register(Source(name=name, title=title, columns=columns, rows=rows, rights=("PPV",), utc=True))


EXPORT = _source("stream_statistics", N_("Statistics of streams"), COLUMNS, _lines)
DAYS_EXPORT = _source("stream_days", N_("Streams by day"), DAYS, _days)
HOURS_EXPORT = _source("stream_hours", N_("Streams by hour"), HOURS, _hours)


@bp.get("")
@requires("PPV")
def show() -> ResponseReturnValue:
    """The figures, with charts over the days, or over the hours of the only day."""
    form, found, asked = StatisticsFilter(), _read(desk().billing), wish(COLUMNS)
    asked_for = query()
    listing = Listing(
        columns_known=COLUMNS,
        items=_sorted(found.lines, asked)[:MOST_SHOWN],
        wish=asked,
        exports=urls(EXPORT.name) | {"json": "/streams/statistics/figures.json"},
    )
    spans = [(text, _span(days, back)) for text, days, back in _spans()]
    of_days = {kind: f"{url}?{asked_for}" for kind, url in urls(DAYS_EXPORT.name).items()}
    of_hours = {kind: f"{url}?{asked_for}" for kind, url in urls(HOURS_EXPORT.name).items()}
    return render_template(
        "ppv/streams/statistics_show.html",
        found=found,
        form=form,
        listing=listing,
        is_cut=len(found.lines) > MOST_SHOWN,
        most=MOST_SHOWN,
        megabytes=found.overall.count.bytes_sent // MEGABYTE,
        spans=spans,
        day_exports=of_days,
        hour_exports=of_hours,
    )


@bp.get("/figures.json")
@requires("PPV")
def download() -> ResponseReturnValue:
    """All figures of the days that are asked for, as a file."""
    found = _read(desk().billing)
    answer = jsonify(_told(found))
    answer.headers["Content-Disposition"] = f'attachment; filename="streams_{found.first}_{found.last}.json"'
    return answer


def _told(found: Statistics) -> dict[str, Any]:
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "zone": str(desk().billing.zone),
        "counted_since": found.counted_since and found.counted_since.isoformat(),
        "overall": _line_told(found.overall),
        "lines": [_line_told(each) for each in found.lines],
        "days": [{"day": each.day.isoformat(), "peak": each.peak, **vars(each.count)} for each in found.days],
        "hours": [{"hour": each.hour, "peak": each.peak, "watched_ms": each.watched_ms} for each in found.hours],
    }


def _line_told(line: Line) -> dict[str, Any]:
    return {
        "of": line.scope.value,
        "number": line.ref,
        "title": line.title,
        **vars(line.count),
        "current": line.current,
        "peak": line.peak.viewers,
        "peak_at": line.peak.at and f"{line.peak.at:%Y-%m-%dT%H:%M:%SZ}",
    }


def _spans() -> tuple[tuple[str, int, int], ...]:
    return (
        (_("Today"), 1, 0),
        (_("Yesterday"), 1, 1),
        (_("7 days"), 7, 0),
        (_("31 days"), 31, 0),
    )


def _span(days: int, back: int) -> dict[str, str]:
    last = today() - timedelta(days=back)
    return {"since": (last - timedelta(days=days - 1)).isoformat(), "until": last.isoformat()}
