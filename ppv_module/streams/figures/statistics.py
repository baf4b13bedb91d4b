"""What the page of statistics shows: a day or a range of days, overall and by server, application or stream.

Days that are over were counted by the worker; today, and what it has not come to, is counted when it is asked for.
Who is unique in a range is not the sum of its days: it is counted anew from the viewings, as long as these are kept.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import reduce

from sqlalchemy.orm import Session

from billing.uow import Billing
from ppv_module.streams.figures.clockwork import day_named, days_between, number_of
from ppv_module.streams.figures.days import days_watched, kept_days
from ppv_module.streams.figures.models import ALL_REF, Scope
from ppv_module.streams.figures.peaks import Peak, concurrent, counted_since, hours_of, peaks, peaks_by_day
from ppv_module.streams.figures.places import titles
from ppv_module.streams.figures.recounting import Count, recount
from ppv_module.streams.options import StreamOptions

MOST_SESSIONS = 2_000_000
"""With more of them in a range nobody waits until unique visitors are counted anew."""

MOST_DAYS = 400


@dataclass(frozen=True)
class Line:
    """The figures of one thing in the whole range. `current` is None when the range is over."""

    scope: Scope
    ref: int
    title: str
    count: Count
    peak: Peak
    current: int | None


@dataclass(frozen=True)
class DayLine:
    """A day of the range, over all."""

    day: date
    count: Count
    peak: int


@dataclass(frozen=True)
class HourLine:
    """An hour of the only day, over all: the most at once, and what was watched."""

    hour: int
    peak: int
    watched_ms: int

    @property
    def minutes(self) -> int:
        return self.watched_ms // 60_000


@dataclass(frozen=True)
class Statistics:
    """`lines` are by what was asked for, those that were watched most first; `days` and `hours` are over all.

    `counted_since` is the first day of which the most at once is known.
    """

    first: date
    last: date
    overall: Line
    lines: Sequence[Line]
    days: Sequence[DayLine]
    hours: Sequence[HourLine]
    counted_since: date | None

    @property
    def is_range(self) -> bool:
        return self.first != self.last

    @property
    def is_unique_known(self) -> bool:
        return self.overall.count.pairs is not None


ByDay = Mapping[int, Mapping[int, Count]]


def statistics(session: Session, billing: Billing, *, first: date, last: date, by: Scope, now: datetime) -> Statistics:
    """Read all of it for the days from `first` to `last` at the operator's place, both included."""
    today = now.astimezone(billing.zone).date()
    live = concurrent(session, billing.option(StreamOptions), now) if first <= today <= last else None
    asked = _Asked(session, first, last, live, now)
    [overall], by_day = asked.lines(Scope.ALL)
    lines = [] if by is Scope.ALL else asked.lines(by)[0]
    since = counted_since(session)
    return Statistics(
        first,
        last,
        overall,
        lines,
        _days(asked, by_day, today),
        _hours(session, number_of(first), overall) if first == last else [],
        day_named(since) if since else None,
    )


@dataclass(frozen=True)
class _Asked:
    """A range of days. `live` is who watches now, None when the range is over."""

    session: Session
    first_day: date
    last_day: date
    live: Mapping[tuple[Scope, int], int] | None
    now: datetime

    @property
    def first(self) -> int:
        return number_of(self.first_day)

    @property
    def last(self) -> int:
        return number_of(self.last_day)

    def lines(self, scope: Scope) -> tuple[list[Line], ByDay]:
        """The figures of everything that `scope` has, and the same by day."""
        by_day = self.by_day(scope)
        counts = dict(self.counts(scope, by_day))
        most = peaks(self.session, scope=scope, first=self.first, last=self.last)
        now = {ref: number for (kind, ref), number in (self.live or {}).items() if kind is scope}
        refs = set(counts) | set(most) | set(now) | ({ALL_REF} if scope is Scope.ALL else set())
        names = titles(self.session, scope, refs)
        found = [
            Line(
                scope,
                ref,
                names.get(ref, ""),
                counts.get(ref, Count()),
                self.highest(most.get(ref, Peak()), now.get(ref, 0)),
                None if self.live is None else now.get(ref, 0),
            )
            for ref in refs
        ]
        return sorted(found, key=lambda each: (-each.count.watched_ms, -each.peak.viewers, each.ref)), by_day

    def highest(self, peak: Peak, current: int) -> Peak:
        """The most at once, which may be now."""
        return peak if peak.viewers >= current else Peak(current, self.now)

    def by_day(self, scope: Scope) -> ByDay:
        """What is kept of the days, and the others counted now."""
        kept = kept_days(self.session, scope=Scope.ALL, first=self.first, last=self.last)
        found = kept if scope is Scope.ALL else kept_days(self.session, scope=scope, first=self.first, last=self.last)
        for day in days_watched(self.session, after=self.first - 1, before=self.last + 1):
            if day not in kept:
                found[day] = recount(self.session, scope=scope, first=day, last=day)
        return found

    def counts(self, scope: Scope, by_day: ByDay) -> Mapping[int, Count]:
        """Of the whole range: sums, and who is unique in it counted anew."""
        if len(by_day) <= 1:
            return next(iter(by_day.values()), {})
        summed = {ref: reduce(_added, (each.get(ref, Count()) for each in by_day.values())) for ref in _refs(by_day)}
        if sum(each.sessions for each in summed.values()) > MOST_SESSIONS:
            return {ref: _without_unique(each) for ref, each in summed.items()}
        anew = recount(self.session, scope=scope, first=self.first, last=self.last)
        return {ref: _with_unique(each, anew.get(ref, Count())) for ref, each in summed.items()}


def _refs(by_day: ByDay) -> set[int]:
    return {ref for counts in by_day.values() for ref in counts}


def _added(one: Count, other: Count) -> Count:
    """Both together, without who is unique."""
    return Count(
        sessions=one.sessions + other.sessions,
        views=one.views + other.views,
        watched_ms=one.watched_ms + other.watched_ms,
        bytes_sent=one.bytes_sent + other.bytes_sent,
    )


def _without_unique(count: Count) -> Count:
    return replace(count, accounts=None, identifiers=None, pairs=None)


def _with_unique(count: Count, anew: Count) -> Count:
    return replace(count, accounts=anew.accounts, identifiers=anew.identifiers, pairs=anew.pairs)


def _days(asked: _Asked, by_day: ByDay, today: date) -> list[DayLine]:
    if asked.first == asked.last:
        return []
    most = peaks_by_day(asked.session, first=asked.first, last=asked.last)
    current = (asked.live or {}).get((Scope.ALL, ALL_REF), 0)
    return [
        DayLine(
            day,
            by_day.get(number_of(day), {}).get(ALL_REF, Count()),
            max(most.get(number_of(day), 0), current if day == today else 0),
        )
        for day in days_between(asked.first_day, asked.last_day)
        if day <= today
    ]


def _hours(session: Session, day: int, overall: Line) -> list[HourLine]:
    """What was watched between the first counts of two hours belongs to the first of them; together it is the day."""
    rows = hours_of(session, day=day)
    begun = [0, *(row.begun_ms for row in rows[1:]), overall.count.watched_ms]
    watched = {row.hour: max(begun[index + 1] - begun[index], 0) for index, row in enumerate(rows)}
    most = {row.hour: row.viewers for row in rows}
    return [HourLine(hour, most.get(hour, 0), watched.get(hour, 0)) for hour in range(24)] if rows else []
