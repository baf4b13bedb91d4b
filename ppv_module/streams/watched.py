"""What somebody has watched, day by day, and the credits that each day has cost him."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from billing.ledger.models import Transfer
from ppv_module.streams.models import Right, Viewing
from ppv_module.streams.watching import account_of, titled

SIZE = 50
MINUTES = "ppv.watch:"
"""Keys of the ledger for what is paid by the minute begin so."""


@dataclass(frozen=True)
class Watched:
    """Something that was watched on a day of the operator's, from `at` on, for `ms` milliseconds of that day."""

    id: int
    day: date
    at: datetime
    title: str
    ms: int
    right: Right
    device: str


@dataclass(frozen=True)
class Past:
    """A page, the newest first. `credits` are those of whole days. `next` is for `older_than` of the following page."""

    lines: list[Watched]
    credits: dict[date, int]
    next: int | None = None


def watched(session: Session, *, login: str, zone: tzinfo, older_than: int | None = None, limit: int = SIZE) -> Past:
    """A page of what `login` has watched, by as many statements whatever the page."""
    account = account_of(session, login)
    if account is None:
        return Past([], {})
    query = titled(select(Viewing.id, Viewing.day, Viewing.started_at, Viewing.watched_ms, Viewing.right))
    query = query.where(Viewing.account_id == account, Viewing.watched_ms > 0)
    query = query if older_than is None else query.where(Viewing.id < older_than)
    rows = session.execute(query.order_by(Viewing.id.desc()).limit(limit + 1)).all()
    lines = [_line(row, zone) for row in rows[:limit]]
    lines.sort(key=lambda line: (line.day, line.at, line.id), reverse=True)
    spent = _spent(session, account, {line.day for line in lines}, zone)
    return Past(lines, spent, rows[limit - 1].id if len(rows) > limit else None)


def _line(row: Row[Any], zone: tzinfo) -> Watched:
    number, day, started_at, ms, right, title, application, stream, device = row
    on = date(day // 10_000, day // 100 % 100, day % 100)
    at = max(started_at, _midnight(on, zone))  # what began the day before goes on in a line of its own
    return Watched(number, on, at, title or f"{application}/{stream}", ms, right, device or "")


def _spent(session: Session, account_id: int, days: Iterable[date], zone: tzinfo) -> dict[date, int]:
    """Credits that were taken for minutes on each of these days, zero where none were: one statement for all."""
    wanted = sorted(days)
    if not wanted:
        return {}
    begin, end = _midnight(wanted[0], zone), _midnight(wanted[-1] + timedelta(days=1), zone)
    query = select(Transfer.at, func.sum(Transfer.amount_minor)).where(Transfer.source_id == account_id)
    query = query.where(Transfer.at >= begin, Transfer.at < end, Transfer.key.startswith(MINUTES, autoescape=True))
    spent = dict.fromkeys(wanted, 0)
    for at, credits in session.execute(query.group_by(Transfer.at)):
        day = at.astimezone(zone).date()
        if day in spent:
            spent[day] += int(credits)
    return spent


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
