"""What a message does to each session: one row of `step` for each, made by the database from what was reported.

A session is found again by its server, place, session and name, on this day of the operator's; on the day of the
message before where that was another one, or where counters go on.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Insert,
    Integer,
    Row,
    and_,
    bindparam,
    case,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.orm import Session, aliased

from billing.db import Instant
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.models import DeltaMode, Right, Viewing
from ppv_module.streams.syncs.players import INTERNAL
from ppv_module.streams.syncs.work import AGENTS, PLACE, STEP, WORK

SERVER, DAY, BEFORE, MOST, LATE, STEADY, VIEW = (
    bindparam(name, type_=BigInteger()) for name in ("server", "today", "before", "most", "late", "steady", "view")
)
NOW = bindparam("now", type_=Instant())

COLUMNS = [column.name for column in STEP.columns if column.name != "id"]


@dataclass(frozen=True, kw_only=True)
class Reading:
    """How a message is read. `before` is the day of the one before where sessions may go on from there, else 0; of a
    late message with counters that may be a day after.

    A session that goes on is watched steadily if `steady_ms` of it are reported at least.
    `elapsed_most_ms` is what a session that goes on may be charged for, None for anything. `is_late` is a message
    that was received before one that is applied already: it counts, but says nothing of who watches now.
    """

    server_id: int
    mode: DeltaMode
    day: int
    before: int
    now: datetime
    late_ms: int
    steady_ms: int
    view_ms: int
    elapsed_most_ms: int | None = None
    is_late: bool = False

    @property
    def values(self) -> dict[str, object]:
        """For the bind parameters of the statements."""
        days = {"server": self.server_id, "today": self.day, "before": self.before, "now": self.now}
        times = {"late": self.late_ms, "steady": self.steady_ms, "view": self.view_ms}
        return days | times | {"most": self.elapsed_most_ms}


@dataclass(frozen=True)
class Seen:
    """What the steps are, in numbers. `rows` were there before, `live` of them live; `views` may be those of before."""

    steps: int
    rows: int
    live: int
    changed: int
    altered: int
    minutes: int
    tickets: int
    views: int
    longest_ms: int


def write_steps(session: Session, reading: Reading) -> None:
    """Fill `step`, with every right but those by ticket and package."""
    statement = _steps(
        counts_on=reading.mode is DeltaMode.CUMULATIVE,
        looks_back=bool(reading.before),
        bounded=reading.elapsed_most_ms is not None,
        is_late=reading.is_late,
    )
    session.execute(statement, reading.values)


def seen_in(session: Session) -> Seen:
    """Count the steps."""
    metered = and_(STEP.c.entitled == str(Right.MINUTE), STEP.c.delta_ms > 0)
    row: Row[Any] = session.execute(
        select(
            func.count(),
            func.count(STEP.c.viewing_id),
            func.coalesce(func.sum(STEP.c.was_live), 0),
            func.coalesce(func.sum(STEP.c.changed), 0),
            func.coalesce(func.sum(STEP.c.altered), 0),
            func.count(case((metered, 1))),
            func.count(STEP.c.ticket_id),
            func.count(STEP.c.view_of),
            func.coalesce(func.max(STEP.c.delta_ms), 0),
        ).select_from(STEP)
    ).one()
    return Seen(*(int(each) for each in row))


@cache
def _steps(*, counts_on: bool, looks_back: bool, bounded: bool, is_late: bool) -> Insert:
    today, before = aliased(Viewing, name="today"), aliased(Viewing, name="before")

    def prior(column: str) -> ColumnElement[Any]:
        """Of the row of today, else of that of the day before."""
        own: ColumnElement[Any] = getattr(today, column)
        return func.coalesce(own, getattr(before, column), type_=own.type) if looks_back else own

    was_live = prior("live") == 1
    reported, sent = (
        _grown(told, _reached(kept, today, before if looks_back else today, is_late), is_late) if counts_on else told
        for told, kept in ((WORK.c.ms, "counter_ms"), (WORK.c.bytes, "counter_bytes"))
    )
    is_over = and_(was_live, reported > MOST)
    counted = case((is_over, MOST), else_=reported) if bounded else reported
    disputed = case((is_over, reported - MOST), else_=0) if bounded else literal_column("0")
    known_ms = func.coalesce(prior("session_ms"), 0)
    right = _right()
    is_view = and_(known_ms < VIEW, known_ms + counted >= VIEW, right != str(Right.INTERNAL))
    other = or_(today.ip != WORK.c.ip, func.coalesce(today.agents_id, 0) != func.coalesce(AGENTS.c.agents_id, 0))
    anothers = func.coalesce(today.account_id, 0) != func.coalesce(Viewer.account_id, 0)
    query = select(
        today.id,
        PLACE.c.place_id,
        WORK.c.session,
        WORK.c.name,
        Viewer.account_id,
        right,
        case((right == str(Right.MINUTE), PLACE.c.price_id)),
        null(),
        WORK.c.ip,
        AGENTS.c.agents_id,
        func.coalesce(prior("started_at"), NOW),
        case((was_live, prior("since")), else_=NOW),
        _watched_since(reported, prior("active_at"), goes_on=was_live),
        _watched_since(reported, prior("steady_at"), goes_on=and_(was_live, reported >= STEADY)),
        case((is_view, NOW)),
        case((and_(is_view, Viewer.identity == Identity.PLAY), Viewer.id)),
        counted,
        sent,
        known_ms,
        WORK.c.ms if counts_on else literal_column("0"),
        WORK.c.bytes if counts_on else literal_column("0"),
        disputed,
        _flags(reported, is_over if bounded else None),
        case((and_(today.id.is_not(None), other), 1), else_=0),
        case((today.live == 1, 1), else_=0),
        case((and_(today.id.is_not(None), or_(today.live.is_(None), is_view, anothers)), 1), else_=0),
    ).select_from(_joined(today, before if looks_back else None))
    return insert(STEP).from_select(COLUMNS, query, include_defaults=False)


def _watched_since(
    reported: ColumnElement[int], since: ColumnElement[Any], *, goes_on: ColumnElement[bool]
) -> ColumnElement[Any]:
    """`since` of what goes on, now of what begins or begins anew, and nothing where no time is reported."""
    return case((reported <= 0, null()), (goes_on, func.coalesce(since, NOW)), else_=NOW)


def _flags(reported: ColumnElement[int], is_over: ColumnElement[bool] | None) -> ColumnElement[int]:
    flags = WORK.c.marks.bitwise_and(literal_column("63"))
    flags = flags.bitwise_or(case((reported > LATE, Viewing.LATE), else_=0))
    return flags if is_over is None else flags.bitwise_or(case((is_over, Viewing.CAPPED), else_=0))


def _reached(column: str, today: Any, before: Any, is_late: bool) -> ColumnElement[int]:
    """What a counter was at; a late message may come after one of the next day, which has told more."""
    own, other = getattr(today, column), getattr(before, column)
    known = func.coalesce(own, other, literal_column("0"))
    return case((other > known, other), else_=known) if is_late else known


def _grown(counter: ColumnElement[int], known: ColumnElement[int], is_late: bool) -> ColumnElement[int]:
    """By how much a counter has grown; a smaller one was started anew, unless the message is merely late."""
    anew = literal_column("0") if is_late else counter
    return case((counter >= known, counter - known), else_=anew)


def _joined(today: Any, before: Any) -> FromClause:
    """In this order: whoever is reported, and what is known of him, each by a key."""
    joined: FromClause = WORK.outerjoin(PLACE, PLACE.c.number == WORK.c.place)
    joined = joined.outerjoin(AGENTS, AGENTS.c.number == WORK.c.agents)
    joined = joined.outerjoin(Viewer.__table__, Viewer.name == WORK.c.name)
    joined = joined.outerjoin(today, _same(today, DAY))
    return joined if before is None else joined.outerjoin(before, _same(before, BEFORE))


def _same(viewing: Any, day: ColumnElement[int]) -> ColumnElement[bool]:
    where = and_(viewing.server_id == SERVER, viewing.place_id == PLACE.c.place_id)
    return and_(where, viewing.session == WORK.c.session, viewing.name == WORK.c.name, viewing.day == day)


def _right() -> ColumnElement[str]:
    """By what somebody watches, as far as neither tickets nor packages are asked for."""
    internal = WORK.c.marks >= literal_column(str(INTERNAL), Integer())
    return case(
        (internal, str(Right.INTERNAL)),
        (WORK.c.name == "", str(Right.ANONYMOUS)),
        (Viewer.id.is_(None), str(Right.UNKNOWN)),
        else_=PLACE.c.entitled,
    )
