"""Who watches now: sums by server, by stream and by account."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.ledger.models import Account
from billing.uow import Billing
from ppv_module.streams.figures.fresh import is_fresh, watching
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.places import server_title, titles
from ppv_module.streams.models import Right, Server, Viewing
from ppv_module.streams.options import StreamOptions

MOST = 100
"""So many streams or accounts are shown, those with most viewers."""


class By(StrEnum):
    """What live viewers are summed up by."""

    SERVER = "server"
    STREAM = "stream"
    ACCOUNT = "account"


@dataclass(frozen=True)
class Row:
    """So many watch there; `watched_ms` is what they together watched today. `ref` 0 is nobody's account.

    `active` ones had view time in the newest message. `is_fresh` is False for a server that is silent.
    """

    ref: int
    title: str
    viewers: int = 0
    active: int = 0
    watched_ms: int = 0
    seen_at: datetime | None = None
    is_fresh: bool = True

    @property
    def minutes(self) -> int:
        return self.watched_ms // 60_000


@dataclass(frozen=True)
class Live:
    """What is going on at the moment `now`. `rows` are the largest ones by viewers; `is_more` when there are others."""

    now: datetime
    servers: Sequence[Row]
    anonymous: int
    rows: Sequence[Row]
    is_more: bool

    @property
    def viewers(self) -> int:
        return sum(each.viewers for each in self.servers)

    @property
    def active(self) -> int:
        return sum(each.active for each in self.servers)

    @property
    def minutes(self) -> int:
        return sum(each.watched_ms for each in self.servers) // 60_000

    @property
    def fresh(self) -> int:
        """How many servers were heard from lately."""
        return sum(1 for each in self.servers if each.is_fresh)


def live(session: Session, billing: Billing, *, by: By, now: datetime) -> Live:
    """Sums of those who watch now. Reads the live viewings alone."""
    options = billing.option(StreamOptions)
    servers = session.scalars(select(Server).where(Server.seen_at.is_not(None)).order_by(Server.name)).all()
    fresh = [each.id for each in servers if is_fresh(each, options, now)]
    sums = {ref: numbers for ref, *numbers in _sums(session, Viewing.server_id, fresh)}
    lines = [_of_server(each, sums.get(each.id, [0, 0, 0]), is_fresh=each.id in fresh) for each in servers]
    anonymous = select(func.count()).where(watching(fresh), Viewing.right == Right.ANONYMOUS)
    rows: Sequence[Row] = lines if by is By.SERVER else _largest(session, by, fresh)
    return Live(now, lines, session.scalar(anonymous) or 0, rows[:MOST], len(rows) > MOST)


def _of_server(server: Server, sums: Sequence[int], *, is_fresh: bool) -> Row:
    viewers, active, watched_ms = sums
    return Row(server.id, server_title(server), viewers, active, watched_ms, server.seen_at, is_fresh)


def _largest(session: Session, by: By, fresh: list[int]) -> list[Row]:
    """The streams or accounts with most viewers, one more than are shown."""
    column: Any = Viewing.place_id if by is By.STREAM else Viewing.account_id
    rows = [(ref or 0, numbers) for ref, *numbers in _sums(session, column, fresh, MOST + 1)]
    refs = [ref for ref, _numbers in rows]
    named = titles(session, Scope.STREAM, refs) if by is By.STREAM else logins(session, refs)
    return [Row(ref, named.get(ref, ""), *numbers) for ref, numbers in rows]


def _sums(session: Session, column: Any, fresh: list[int], limit: int | None = None) -> list[Any]:
    active = func.sum(case((Viewing.delta_ms > 0, 1), else_=0))
    query = select(column, func.count().label("viewers"), active, func.sum(Viewing.watched_ms)).where(watching(fresh))
    rows = session.execute(query.group_by(column).order_by(func.count().desc(), column).limit(limit))
    return [(ref, int(viewers), int(number), int(watched)) for ref, viewers, number, watched in rows]


def logins(session: Session, accounts: Sequence[int]) -> dict[int, str]:
    """Whose credits those are."""
    query = select(Account.id, Account.code).where(Account.id.in_(accounts))
    return {number: code.removeprefix("credits:") for number, code in session.execute(query)}
