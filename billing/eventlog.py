"""Reading the event log, newest first. However long it is, an answer takes the time of a page."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.errors import NotFound
from billing.events import Event, EventMark
from billing.indexes import by_index
from billing.joins import in_order
from billing.paging import SIZE, Count, Key, all_rows, count_upto, cursor_behind, page

LATE = timedelta(seconds=10)
"""Lines are numbered as they are written; none is written so long after its time."""

LOOKED_THROUGH = 10_000
"""So many lines are looked through at once for what no index can find."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which lines. `login`, `actor` and `kind` are found by an index and so are times, from `since` until before
    `until`. When several are given, the other ones are looked for in what the first finds, like the rest. The lines
    of monthly runs have neither an actor nor a kind here.
    """

    login: str = ""
    actor: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    address: str = ""
    words: str = ""


@dataclass(frozen=True)
class Lines:
    """A page of lines. `upto`: the search ended at this time without filling the page; `next` goes on from there."""

    rows: Sequence[Event]
    next: str | None = None
    previous: str | None = None
    upto: datetime | None = None
    count: Count | None = None


def lines(session: Session, wanted: Wanted, *, cursor: str | None = None, size: int = SIZE) -> Lines:
    """The lines at `cursor`, newest first.

    :raises InvalidInput: the cursor is none of this list
    """
    search = _search(session, wanted)
    if search.looked_for is not None:
        return _looked_through(session, search, search.looked_for, cursor, size)
    query = search.of(Event)
    found = page(session, query, keys=search.keys, cursor=cursor, size=size)
    return Lines(found.rows, found.next, found.previous, count=count_upto(session, by_index(query, [search.id])))


def all_lines(reading: Callable[[], AbstractContextManager[Session]], wanted: Wanted) -> Iterator[Event]:
    """Every line that is wanted, newest first, in chunks."""
    with reading() as session:
        search = _search(session, wanted)
    query = search.of(Event).where(true() if search.looked_for is None else search.looked_for)
    return all_rows(reading, [query], keys=search.keys)


def find(session: Session, event_id: int) -> Event:
    """:raises NotFound: there is no such line"""
    event = session.get(Event, event_id)
    if event is None:
        raise NotFound(event=event_id)
    return event


def kinds(session: Session) -> list[str]:
    """The kinds of lines that there are. Each is found by one step in the index, so millions of lines do not matter."""
    found: list[str] = []
    newer = select(func.min(EventMark.kind))
    while kind := session.scalar(newer.where(EventMark.kind > (found[-1] if found else ""))):
        found.append(kind)
    return found


@dataclass(frozen=True)
class _Search:
    """What one index answers, of lines or of their marks, and what has to be looked for in that."""

    id: InstrumentedAttribute[int]
    found_by: Sequence[ColumnElement[bool]]
    looked_for: ColumnElement[bool] | None

    @property
    def keys(self) -> list[Key]:
        return [Key(self.id, descending=True)]

    def of(self, *columns: Any) -> Select[Any]:
        """`columns` of the lines that the index finds."""
        query = select(*columns).where(*self.found_by)
        if self.id is Event.id:
            return query
        return query.select_from(in_order(EventMark, (Event, EventMark.id == Event.id)))


def _search(session: Session, wanted: Wanted) -> _Search:
    named = [
        column == value
        for column, value in (
            (Event.login, wanted.login),
            (EventMark.kind, wanted.kind),
            (EventMark.actor, wanted.actor),
        )
        if value
    ]
    # A mark without its line would be found by nobody, so the first of these leads, and the others are looked for.
    by_mark = not wanted.login and bool(named)
    rest = [Event.kind == wanted.kind] if wanted.kind and wanted.login else []
    rest += [Event.actor == wanted.actor] if wanted.actor and len(named) > 1 else []
    if wanted.address:
        rest.append(Event.address == wanted.address)
    if wanted.words:
        rest.append(func.lower(Event.text).contains(wanted.words.lower(), autoescape=True))
    number: InstrumentedAttribute[int] = EventMark.id if by_mark else Event.id
    return _Search(number, [*named[:1], *_times(session, wanted, number)], and_(*rest) if rest else None)


def _times(session: Session, wanted: Wanted, number: InstrumentedAttribute[int]) -> Iterator[ColumnElement[bool]]:
    """Times as ranges of numbers, a little wider, and exactly."""
    if wanted.since:
        yield number >= _first_id(session, wanted.since)
        yield Event.at >= wanted.since
    if wanted.until:
        yield number < _first_id(session, wanted.until + LATE)
        yield Event.at < wanted.until


def _first_id(session: Session, at: datetime) -> int:
    """The number of the first line that was written at that time or later, by halving the log again and again."""
    first, last = session.execute(select(func.min(Event.id), func.max(Event.id))).one()
    low, high = first or 0, (last or 0) + 1
    while low < high:
        middle = (low + high) // 2
        after = select(Event.at).where(Event.id >= middle).order_by(Event.id).limit(1)
        if (found := session.scalar(after)) is not None and found < at:
            low = middle + 1
        else:
            high = middle
    return int(low)


def _looked_through(
    session: Session, search: _Search, looked_for: ColumnElement[bool], cursor: str | None, size: int
) -> Lines:
    """The lines that fit among the next so many. This way a rare word does not make anybody read millions of them."""
    query = search.of(Event.at, Event.id, looked_for.label("fits"))
    window = page(session, query, keys=search.keys, cursor=cursor, size=LOOKED_THROUGH)
    fitting = [row for row in window.rows if row.fits]
    shown = fitting[:size]
    rows = session.scalars(select(Event).where(Event.id.in_([row.id for row in shown]))).all()
    newest_first = sorted(rows, key=lambda event: event.id, reverse=True)
    if len(fitting) > size:
        return Lines(newest_first, next=cursor_behind((shown[-1].id,), search.keys))
    return Lines(newest_first, next=window.next, upto=window.rows[-1].at if window.next else None)
