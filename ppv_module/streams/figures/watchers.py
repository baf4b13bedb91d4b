"""The list of those who watch now, one line for each session, at any length."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select
from sqlalchemy.orm import Session

from billing.host.search import begins
from billing.ledger.models import Account
from billing.paging import CHUNK, SIZE, Count, Key, Page, count_upto, page_of_union
from billing.uow import Billing
from ppv_module.credits.accounts import account_code
from ppv_module.streams.figures.denied import names_denied
from ppv_module.streams.figures.fresh import fresh_servers
from ppv_module.streams.figures.live import logins
from ppv_module.streams.figures.models import Scope
from ppv_module.streams.figures.places import titles
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Agents, Place, Right, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Price

SORTS: dict[str, Any] = {
    "id": Viewing.name,
    "address": Viewing.ip,
    "since": Viewing.since,
    "minutes": Viewing.watched_ms,
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which of them. `id`, `ip` and `stream` are how those begin, `login` is exact."""

    id: str = ""
    login: str = ""
    ip: str = ""
    stream: str = ""
    server_id: int | None = None
    place_id: int | None = None
    right: Right | None = None
    active: bool = False
    flagged: bool = False

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What a viewing has to meet besides being live."""
        yield Viewing.live == 1
        yield Viewing.right == self.right if self.right else Viewing.right != Right.INTERNAL
        if self.id:
            yield begins(Viewing.name, self.id)
        if self.ip:
            yield begins(Viewing.ip, self.ip)
        if self.login:
            mine = select(Account.id).where(Account.code == account_code(self.login), Account.unit == "CRD")
            yield Viewing.account_id.in_(mine)
        if self.stream:
            named = or_(begins(Place.stream, self.stream), begins(Place.application, self.stream))
            yield Viewing.place_id.in_(select(Place.id).where(named))
        if self.place_id is not None:
            yield Viewing.place_id == self.place_id
        if self.active:
            yield Viewing.delta_ms > 0
        if self.flagged:
            yield Viewing.flags != 0


@dataclass(frozen=True)
class Line:
    """Somebody who watches. `per_minute` credits are charged; without a price nothing is.

    `is_denied`: the identifier is on the deny list, so the server cuts it off with our next answer.
    """

    viewing: Viewing
    login: str
    server: str
    stream: str
    device: str
    agents: Sequence[str]
    per_minute: int | None
    is_denied: bool

    @property
    def minutes(self) -> int:
        """Of the whole session."""
        return self.viewing.session_ms // 60_000

    @property
    def is_active(self) -> bool:
        return self.viewing.delta_ms > 0


def watchers(
    session: Session,
    billing: Billing,
    wanted: Wanted,
    *,
    now: datetime,
    sort: str = "",
    descending: bool = False,
    cursor: str | None = None,
    size: int = SIZE,
) -> Page[Line]:
    """A page of the list; without `sort` those who were written down last come first.

    :raises InvalidInput: the cursor is none of this list
    """
    keys = [Key(SORTS[sort], descending)] if sort in SORTS else []
    keys.append(Key(Viewing.id, descending if keys else True))
    branches = _branches(wanted, fresh_servers(session, billing.option(StreamOptions), now))
    found = page_of_union(session, branches, keys=keys, cursor=cursor, size=size)
    denied = names_denied(session, billing, [each.name for each in found.rows], now=now)
    return Page(_dressed(session, found.rows, denied), found.next, found.previous)


def count_watchers(session: Session, billing: Billing, wanted: Wanted, *, now: datetime) -> Count:
    """How many there are, up to what a list tells."""
    servers = fresh_servers(session, billing.option(StreamOptions), now)
    query = select(Viewing.id).where(_on(wanted, servers), *wanted.conditions())
    return count_upto(session, query)


def every_watcher(billing: Billing, wanted: Wanted, *, now: datetime) -> Iterator[Line]:
    """All of them, for an export, read in pieces."""
    cursor: str | None = None
    while True:
        with billing.reading() as session:
            found = watchers(session, billing, wanted, now=now, cursor=cursor, size=CHUNK)
            session.expunge_all()
        yield from found.rows
        cursor = found.next
        if cursor is None:
            return


def _branches(wanted: Wanted, servers: list[int]) -> list[Select[Any]]:
    """The viewings of each server, which its index gives by number."""
    mine = [each for each in servers if wanted.server_id in (None, each)]
    return [select(Viewing).where(Viewing.server_id == each, *wanted.conditions()) for each in mine]


def _on(wanted: Wanted, servers: list[int]) -> ColumnElement[bool]:
    return Viewing.server_id.in_([each for each in servers if wanted.server_id in (None, each)])


def _dressed(session: Session, rows: Sequence[Viewing], denied: set[str]) -> list[Line]:
    """The viewings of a page with what else is known of them, in a handful of statements."""
    accounts = logins(session, [each.account_id for each in rows if each.account_id])
    servers = titles(session, Scope.SERVER, {each.server_id for each in rows})
    streams = titles(session, Scope.STREAM, {each.place_id for each in rows})
    devices = _map(session, select(Viewer.name, Viewer.device).where(Viewer.name.in_({each.name for each in rows})))
    agents = _map(session, select(Agents.id, Agents.names).where(Agents.id.in_(_set(rows, "agents_id"))))
    prices = _map(session, select(Price.id, Price.per_minute).where(Price.id.in_(_set(rows, "price_id"))))
    return [
        Line(
            each,
            accounts.get(each.account_id or 0, ""),
            servers.get(each.server_id, ""),
            streams.get(each.place_id, ""),
            devices.get(each.name, ""),
            agents.get(each.agents_id, []),
            prices.get(each.price_id) if each.right is Right.MINUTE else None,
            each.name in denied,
        )
        for each in rows
    ]


def _set(rows: Sequence[Viewing], column: str) -> set[int]:
    return {getattr(each, column) for each in rows} - {None}


def _map(session: Session, query: Select[Any]) -> dict[Any, Any]:
    return dict(session.execute(query).tuples().all())
