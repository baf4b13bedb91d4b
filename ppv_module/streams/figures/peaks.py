"""How many watch at once: counted by the worker every half minute, of which each hour keeps the most.

Between two counts nobody looks, so a crowd that comes and goes within half a minute may be missed.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.orm import Session

from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.figures.clockwork import day_of, hour_of
from ppv_module.streams.figures.fresh import fresh_servers, watching
from ppv_module.streams.figures.models import ALL_REF, HourPeak, Scope
from ppv_module.streams.figures.places import heads
from ppv_module.streams.models import Right, Viewing
from ppv_module.streams.options import StreamOptions

CHUNK = 1000
Known = tuple[Scope, int]


@dataclass(frozen=True)
class Peak:
    """The most who were counted at once, and when."""

    viewers: int = 0
    at: datetime | None = None


def note_concurrent(billing: Billing, now: datetime) -> int:
    """Count who watches now, and keep it where the hour had fewer so far; gives how many watch. For the worker."""
    with billing.reading() as session:
        numbers = concurrent(session, billing.option(StreamOptions), now)
    keep_peaks(billing.uow(), numbers=numbers, now=now)
    return numbers.get((Scope.ALL, ALL_REF), 0)


def concurrent(session: Session, options: StreamOptions, now: datetime) -> dict[Known, int]:
    """How many watch now, by everything that figures are of; what nobody watches is not in it."""
    query = select(Viewing.server_id, Viewing.place_id, func.count()).where(
        watching(fresh_servers(session, options, now))
    )
    rows = session.execute(query.group_by(Viewing.server_id, Viewing.place_id)).all()
    application = heads(session) if rows else {}
    found = Counter[Known]()
    for server, place, number in rows:
        found[Scope.ALL, ALL_REF] += number
        found[Scope.SERVER, server] += number
        found[Scope.STREAM, place] += number
        found[Scope.APPLICATION, application[place]] += number
    return dict(found)


@use_case
def keep_peaks(uow: UnitOfWork, *, numbers: dict[Known, int], now: datetime) -> None:
    """Keep `numbers` as those of the hour of `now` where it had fewer so far.

    The first count of an hour also keeps what the day was watched before it.
    """
    day, hour = day_of(now, uow.billing.zone), hour_of(now, uow.billing.zone)
    when = {"day": day, "hour": hour, "at": now}
    overall = {"scope": Scope.ALL, "ref": ALL_REF}
    if uow.session.get(HourPeak, (day, hour, Scope.ALL, ALL_REF)) is None:
        begun = _watched(uow.session, day)
        if begun or numbers:
            _upsert(uow.session, [{**when, **overall, "viewers": 0, "begun_ms": begun}])
    rows = [
        {**when, "scope": scope, "ref": ref, "viewers": number, "begun_ms": 0}
        for (scope, ref), number in sorted(numbers.items())
    ]
    for begin in range(0, len(rows), CHUNK):
        _upsert(uow.session, rows[begin : begin + CHUNK])


def peaks(session: Session, *, scope: Scope, first: int, last: int) -> dict[int, Peak]:
    """The most at once from day `first` to day `last`, by what it is of; of several such moments the first."""
    found: dict[int, Peak] = {}
    for row in _rows(session, scope, first, last):
        if row.viewers > found.get(row.ref, Peak()).viewers:
            found[row.ref] = Peak(row.viewers, row.at)
    return found


def hours_of(session: Session, *, day: int) -> Sequence[HourPeak]:
    """What was counted over all in the hours of a day."""
    return list(_rows(session, Scope.ALL, day, day))


def peaks_by_day(session: Session, *, first: int, last: int) -> dict[int, int]:
    """The most at once over all, by day."""
    found: dict[int, int] = {}
    for row in _rows(session, Scope.ALL, first, last):
        found[row.day] = max(row.viewers, found.get(row.day, 0))
    return found


def counted_since(session: Session) -> int | None:
    """The first day of which counts are kept; None before the worker's first one."""
    return session.scalar(select(func.min(HourPeak.day)))


def _rows(session: Session, scope: Scope, first: int, last: int) -> Iterable[HourPeak]:
    query = select(HourPeak).where(HourPeak.day.between(first, last), HourPeak.scope == scope)
    return session.scalars(query.order_by(HourPeak.day, HourPeak.hour, HourPeak.ref))


def _watched(session: Session, day: int) -> int:
    """What the day was watched so far; once an hour, since it reads all of its viewings."""
    counted = (Viewing.day == day, Viewing.right != Right.INTERNAL)
    return int(session.scalar(select(func.sum(Viewing.watched_ms)).where(*counted)) or 0)


def _upsert(session: Session, rows: list[dict[str, Any]]) -> None:
    """Insert what is new; where a row is there, the greater number stays, with its time."""
    if session.get_bind().dialect.name == "sqlite":
        new = sqlite.insert(HourPeak)
        more = new.excluded.viewers > HourPeak.viewers
        changes = {
            "at": case((more, new.excluded.at), else_=HourPeak.at),
            "viewers": func.max(HourPeak.viewers, new.excluded.viewers),
        }
        session.execute(new.on_conflict_do_update(index_elements=["day", "hour", "scope", "ref"], set_=changes), rows)
        return
    added = mysql.insert(HourPeak)
    newer = case((added.inserted.viewers > HourPeak.viewers, added.inserted.at), else_=HourPeak.at)
    greater = func.greatest(HourPeak.viewers, added.inserted.viewers)
    session.execute(added.on_duplicate_key_update([("at", newer), ("viewers", greater)]), rows)
