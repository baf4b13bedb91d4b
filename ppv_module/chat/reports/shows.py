"""The history of private shows: a list to be narrowed, and one show with everything that happened in it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from billing.joins import in_order
from billing.paging import Count, Key, Page, all_rows, count_upto, page
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import EndReason, Show, ShowEvent, ShowState
from ppv_module.errors import UnknownShow

Reading = Callable[[], AbstractContextManager[Session]]
LONGEST = timedelta(days=2)
"""No show lasts so long: what ended in a range was asked for at most so much before it."""

KEYS = [Key(Show.requested_at, descending=True), Key(Show.id, descending=True)]
EVENTS_SHOWN = 5000


@dataclass(frozen=True, kw_only=True)
class WantedShows:
    """Which shows. One belongs to the time of its end, or of its request as long as it goes on."""

    tenant_id: int | None = None
    performer_id: int | None = None
    viewer_login: str = ""
    state: ShowState | None = None
    reason: EndReason | None = None
    span: Span = field(default_factory=Span)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a show has to meet."""
        exact = (
            (Show.tenant_id, self.tenant_id),
            (Show.performer_id, self.performer_id),
            (Show.state, self.state),
            (Show.end_reason, self.reason),
        )
        found: list[ColumnElement[bool]] = [column == value for column, value in exact if value is not None]
        if self.viewer_login:
            found.append(Show.viewer_id.in_(select(Person.id).where(Person.login == self.viewer_login)))
        return [*found, *_in_span(self.span)]


@dataclass(frozen=True)
class ShowLine:
    """A show with the names of those who took part."""

    show: Show
    tenant: str
    performer: str
    viewer: str

    @property
    def billed_s(self) -> int:
        return self.show.billed_ms // 1000

    @property
    def is_open(self) -> bool:
        return self.show.ended_at is None


@dataclass(frozen=True)
class ShowStory:
    """A show with its events, the oldest first. `dropped` of them were ticks that did not count."""

    line: ShowLine
    events: Sequence[ShowEvent]
    dropped: int


def shows_page(session: Session, wanted: WantedShows, *, cursor: str | None = None) -> Page[ShowLine]:
    """The shows at `cursor`, the latest request first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted), keys=KEYS, cursor=cursor)
    return Page([ShowLine(*row) for row in found.rows], found.next, found.previous)


def all_shows(reading: Reading, wanted: WantedShows) -> Iterator[ShowLine]:
    """Every show that is wanted, in chunks, for an export."""
    return (ShowLine(*row) for row in all_rows(reading, [_query(wanted)], keys=KEYS))


def count_shows(session: Session, wanted: WantedShows) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, select(Show.id).where(*wanted.conditions()))


def story(session: Session, show_id: str) -> ShowStory:
    """One show with what happened in it.

    :raises UnknownShow: there is no such show
    """
    row = session.execute(_named().where(Show.id == show_id)).one_or_none()
    if row is None:
        raise UnknownShow(show=show_id)
    mine = ShowEvent.show_id == show_id
    events = session.scalars(select(ShowEvent).where(mine).order_by(ShowEvent.id).limit(EVENTS_SHOWN)).all()
    dropped = session.scalar(select(func.count()).where(mine, ShowEvent.ignored)) or 0
    return ShowStory(ShowLine(*row), events, dropped)


def _query(wanted: WantedShows) -> Select[Any]:
    return _named().where(*wanted.conditions())


def _named() -> Select[Any]:
    joined = in_order(
        Show,
        (Tenant, Tenant.id == Show.tenant_id),
        (Performer, Performer.person_id == Show.performer_id),
        (Person, Person.id == Show.viewer_id),
    )
    return select(Show, Tenant.name, Performer.display_name, Person.nickname).select_from(joined)


def _in_span(span: Span) -> Iterator[ColumnElement[bool]]:
    """By the end, and roughly by the request, which has an index."""
    yield from span.holds(func.coalesce(Show.ended_at, Show.requested_at, type_=Show.requested_at.type))
    since = span.since and span.since - LONGEST
    yield from Span(since, span.until).holds(Show.requested_at)
