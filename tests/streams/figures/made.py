"""Viewings as messages of servers leave them, written straight into the database; and counting them by hand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import md5
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.streams.figures.clockwork import day_of
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.recounting import Count
from ppv_module.streams.models import Agents, Place, Right, Server, Trace, Viewing
from tests.streams.make import MakeStreams


@dataclass
class Made:
    """Writes rows of viewings. Whatever is not said has a sensible value: somebody has watched a minute."""

    streams: MakeStreams
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    viewers: dict[str, int] = field(default_factory=dict)
    viewed: set[tuple[int, int]] = field(default_factory=set)

    def viewing(
        self,
        name: str = "p-1",
        *,
        server: Server,
        place: int,
        at: datetime | None = None,
        agents: Sequence[str] = (),
        minutes: float = 1,
        **given: Any,
    ) -> Viewing:
        """At `at` it was reported; it is live unless said otherwise."""
        at, ms = at or self.streams.make.clock(), int(minutes * 60_000)
        usual: dict[str, Any] = {
            "server_id": server.id,
            "place_id": place,
            "session": str(next(self.numbers)),
            "day": day_of(at, self.streams.make.billing.zone),
            "name": name,
            "right": Right.FREE if name else Right.ANONYMOUS,
            "ip": "203.0.113.25",
            "agents_id": self.agents(agents),
            "live": 1,
            "started_at": at,
            "since": at,
            "seen_at": at,
            "active_at": at,
            **self._view(name, place, at if ms else None, given.get("ticket_id")),
            "sync_id": 1,
            "delta_ms": ms,
            "watched_ms": ms,
            "session_ms": ms,
            "bytes_sent": 1000,
        }
        return self._add(Viewing(**{**usual, **given}))

    def _view(self, name: str, place: int, at: datetime | None, ticket: int | None) -> dict[str, Any]:
        """A ticket or identifier becomes a view of a stream once."""
        of = -ticket if ticket else self.viewers.setdefault(name, len(self.viewers) + 1) if name else None
        is_new = at is not None and (of, place) not in self.viewed
        if is_new and of:
            self.viewed.add((of, place))
        return {"view_of": of if is_new else None, "viewed_at": at if is_new else None}

    def trace(self, viewing: Viewing, *, ip: str, agents: Sequence[str] = ()) -> Trace:
        """An address and agents that it had before."""
        row = Trace(viewing_id=viewing.id, ip=ip, agents_id=self.agents(agents), until=viewing.seen_at)
        return self._add(row)

    def agents(self, names: Sequence[str]) -> int | None:
        if not names:
            return None
        digest = md5("\0".join(names).encode()).hexdigest()
        with self.streams.make.billing.reading() as session:
            found = session.scalar(select(Agents.id).where(Agents.digest == digest))
        return found or self._add(Agents(digest=digest, names=list(names))).id

    def _add(self, row: Any) -> Any:
        uow = self.streams.make.billing.uow()
        with uow:
            uow.session.add(row)
        return row


def by_hand(session: Session, scope: Scope, first: int, last: int) -> dict[int, Count]:
    """The figures once more, from the rows, with sets."""
    places = {each.id: each for each in session.scalars(select(Place))}
    agents = {each.id: each.names for each in session.scalars(select(Agents))}
    seen: dict[int, list[tuple[str, int | None]]] = {}
    for trace in session.scalars(select(Trace)):
        seen.setdefault(trace.viewing_id, []).append((trace.ip, trace.agents_id))
    groups: dict[int, list[Viewing]] = {}
    for each in session.scalars(select(Viewing)):
        if first <= each.day <= last and each.right is not Right.INTERNAL:
            groups.setdefault(_ref(scope, each, places), []).append(each)
    return {ref: _counted(rows, seen, agents) for ref, rows in groups.items()}


def _ref(scope: Scope, viewing: Viewing, places: dict[int, Place]) -> int:
    place = places[viewing.place_id]
    mates = [each.id for each in places.values() if (each.vhost, each.application) == (place.vhost, place.application)]
    refs = {Scope.ALL: 0, Scope.SERVER: viewing.server_id, Scope.STREAM: place.id, Scope.APPLICATION: min(mates)}
    return refs[scope]


def _counted(rows: list[Viewing], seen: dict[int, list[Any]], agents: dict[int, list[str]]) -> Count:
    pairs = set()
    for each in rows:
        for ip, agents_id in [(each.ip, each.agents_id), *seen.get(each.id, [])]:
            pairs |= {(ip, name) for name in agents.get(agents_id or 0) or [""]}
    views = {(each.view_of or each.name, each.place_id) for each in rows if each.viewed_at}
    views = {(who, place) for who, place in views if who}
    return Count(
        len(rows),
        len({each.account_id for each in rows} - {None}),
        len({each.name for each in rows} - {""}),
        len(pairs),
        len(views),
        sum(each.watched_ms for each in rows),
        sum(each.bytes_sent for each in rows),
    )
