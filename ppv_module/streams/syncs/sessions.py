"""Writing down who watches: sessions that go on, new ones, those that have ended, and what counts as a view."""

from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Insert,
    Select,
    Update,
    and_,
    bindparam,
    exists,
    func,
    insert,
    literal_column,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session, aliased

from ppv_module.streams.models import Trace, Viewing
from ppv_module.streams.syncs.steps import DAY, NOW, SERVER, Reading, Seen
from ppv_module.streams.syncs.work import STEP

TABLE: Any = Viewing.__table__
TRACE: Any = Trace.__table__
VIEWING = TABLE.c
ONE: ColumnElement[int] = literal_column("1")
RECORD = bindparam("record", type_=BigInteger())


def write_sessions(session: Session, reading: Reading, seen: Seen, *, record_id: int) -> None:
    """Write what `step` says. Whoever the message does not report has left, unless it is late."""
    values = reading.values | {"record": record_id}
    live_before = 0 if reading.is_late else _live(session, reading.server_id)
    for statement in _uncounted() if seen.views else ():
        session.execute(statement)
    if seen.changed:
        session.execute(_traces(), values)
    if seen.rows:
        session.execute(_going_on(is_late=reading.is_late), values)
    if seen.altered:
        session.execute(_altered(is_late=reading.is_late), values)
    if seen.rows < seen.steps:
        session.execute(_beginning(is_late=reading.is_late), values)
    if live_before > seen.live and not reading.is_late:
        session.execute(_ended(), values)


def end_all(session: Session, *, server_id: int, record_id: int) -> None:
    """Nobody watches on this server any more."""
    session.execute(_ended(), {"server": server_id, "record": record_id})


def _live(session: Session, server_id: int) -> int:
    live = select(func.count()).where(VIEWING.server_id == server_id, VIEWING.live == 1)
    return session.scalar(live) or 0


@cache
def _uncounted() -> tuple[Update, Update]:
    """A ticket or link makes one view of a stream, in however many sessions: earlier ones, or others of now."""
    earlier, others = aliased(Viewing), STEP.alias()
    may = and_(STEP.c.viewed_at.is_not(None), STEP.c.view_of.is_not(None))
    counted = exists().where(earlier.view_of == STEP.c.view_of, earlier.place_id == STEP.c.place_id)
    groups = (
        select(others.c.view_of, others.c.place_id, func.min(others.c.id).label("first"))
        .where(others.c.view_of.is_not(None), others.c.viewed_at.is_not(None))
        .group_by(others.c.view_of, others.c.place_id)
        .having(func.count() > 1)
        .subquery()
    )
    same = and_(groups.c.view_of == STEP.c.view_of, groups.c.place_id == STEP.c.place_id, STEP.c.id > groups.c.first)
    none = {"viewed_at": null(), "view_of": null()}
    return update(STEP).where(may, counted).values(none), update(STEP).where(may, same).values(none)


@cache
def _traces() -> Insert:
    query = select(VIEWING.id, VIEWING.ip, VIEWING.agents_id, NOW)
    query = query.where(STEP.c.changed == 1, VIEWING.id == STEP.c.viewing_id)
    return insert(TRACE).from_select(["viewing_id", "ip", "agents_id", "until"], query, include_defaults=False)


@cache
def _going_on(*, is_late: bool) -> Update:
    """Add to the rows of today. Those of a late message say nothing of now."""
    added: dict[str, Any] = {
        "watched_ms": VIEWING.watched_ms + STEP.c.delta_ms,
        "session_ms": VIEWING.session_ms + STEP.c.delta_ms,
        "bytes_sent": VIEWING.bytes_sent + STEP.c.newest_bytes,
        "disputed_ms": VIEWING.disputed_ms + STEP.c.disputed_ms,
        "viewed_at": func.coalesce(VIEWING.viewed_at, STEP.c.viewed_at),
        "flags": VIEWING.flags.bitwise_or(STEP.c.flags),
    }
    newest: dict[str, Any] = {name: STEP.c[name] for name in ("entitled", "price_id", "ticket_id", "ip", "agents_id")}
    newest |= {name: STEP.c[name] for name in ("since", "active_at", "steady_at", "delta_ms", "newest_bytes")}
    newest |= {"counter_ms": STEP.c.counter_ms, "counter_bytes": STEP.c.counter_bytes}
    newest |= {"seen_at": NOW, "sync_id": RECORD}
    return update(TABLE).where(VIEWING.id == STEP.c.viewing_id).values(added if is_late else added | newest)


@cache
def _altered(*, is_late: bool) -> Update:
    """What stands in indexes: SQLite writes them anew for every row whose columns are set, to whatever value."""
    changed: dict[str, Any] = {"view_of": func.coalesce(VIEWING.view_of, STEP.c.view_of)}
    newest: dict[str, Any] = {"live": ONE, "account_id": STEP.c.account_id}
    meant = update(TABLE).where(VIEWING.id == STEP.c.viewing_id, STEP.c.altered == 1)
    return meant.values(changed if is_late else changed | newest)


@cache
def _beginning(*, is_late: bool) -> Insert:
    same: tuple[str, ...] = (
        "place_id",
        "session",
        "name",
        "account_id",
        "entitled",
        "price_id",
        "ticket_id",
        "ip",
        "agents_id",
    )
    same += ("started_at", "since", "active_at", "steady_at", "viewed_at", "view_of", "delta_ms", "newest_bytes")
    same += ("flags", "counter_ms", "counter_bytes", "disputed_ms")
    columns: dict[str, Any] = {name: STEP.c[name] for name in same}
    columns |= {"watched_ms": STEP.c.delta_ms, "bytes_sent": STEP.c.newest_bytes}
    columns |= {"session_ms": STEP.c.before_ms + STEP.c.delta_ms}
    columns |= {"server_id": SERVER, "day": DAY, "live": null() if is_late else ONE}
    columns |= {"seen_at": NOW, "sync_id": RECORD}
    query: Select[Any] = select(*columns.values()).where(STEP.c.viewing_id.is_(None)).order_by(STEP.c.id)
    return insert(TABLE).from_select(list(columns), query, include_defaults=False)


@cache
def _ended() -> Update:
    live = and_(VIEWING.server_id == SERVER, VIEWING.live == 1)
    return update(TABLE).where(live, VIEWING.sync_id != RECORD).values(live=null())
