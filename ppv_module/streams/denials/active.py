"""The sessions that are watched now, read from the database for those few accounts that have to be looked at."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, select
from sqlalchemy.orm import Session

from ppv_module.streams.denials.counting import Stream
from ppv_module.streams.links.models import Identity, Viewer
from ppv_module.streams.models import Place, Right, Server, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Personal, Tariff
from ppv_module.streams.rights.placing import portions

LET_IN = (Right.FREE, Right.PACKAGE, Right.TICKET, Right.MINUTE)
"""By what somebody watches whose streams are counted. Others are cut off anyway, or count for nothing."""

FRESH_INTERVALS = 2.5


def is_active(viewing: Any = Viewing) -> ColumnElement[bool]:
    """Whether a session was watched in the newest report of its server."""
    return and_(viewing.live == 1, viewing.delta_ms > 0, viewing.right.in_(LET_IN))


def reporting(session: Session, options: StreamOptions, now: datetime) -> dict[int, tuple[str, int]]:
    """Name and interval of the servers that have reported lately: who watches on others nobody knows."""
    known = {
        row.id: (row.name, row.interval_s or options.interval_s, row.seen_at) for row in session.execute(_servers())
    }
    return {
        number: (name, interval_s)
        for number, (name, interval_s, seen_at) in known.items()
        if now - seen_at <= timedelta(seconds=FRESH_INTERVALS * interval_s)
    }


@cache
def _servers() -> Select[Any]:
    return select(Server.id, Server.name, Server.interval_s, Server.seen_at).where(Server.seen_at.is_not(None))


def limit_of() -> ColumnElement[Any]:
    """How many streams the account of a session may watch at once, 0 being any number.

    The limit that is common to all is to be handed over as `max_streams`.
    """
    return func.coalesce(Personal.max_streams, Tariff.max_streams, bindparam("max_streams", type_=Integer()))


def streams_of(
    session: Session, accounts: Iterable[int], options: StreamOptions, now: datetime
) -> dict[int, list[Stream]]:
    """The active sessions of these accounts, on whatever server, by account."""
    servers = reporting(session, options, now)
    found: dict[int, list[Stream]] = {}
    for some in portions(sorted(accounts)):
        for stream in _streams(session, some, options, servers):
            found.setdefault(stream.account_id, []).append(stream)
    return found


def _streams(
    session: Session, accounts: Iterable[int], options: StreamOptions, servers: dict[int, tuple[str, int]]
) -> Iterator[Stream]:
    values = {"accounts": list(accounts), "max_streams": options.max_streams}
    for viewing, viewer_id, identity, device, limit in session.execute(_active(), values):
        if viewing.server_id not in servers:
            continue
        name, interval_s = servers[viewing.server_id]
        yield Stream(
            id=viewing.id,
            name=viewing.name,
            account_id=viewing.account_id,
            place_id=viewing.place_id,
            server=name,
            session=viewing.session,
            ip=viewing.ip,
            agents=viewing.agents_id,
            device=device,
            viewer_id=viewer_id,
            is_play=identity is Identity.PLAY,
            since=viewing.since,
            active_at=viewing.active_at,
            steady_at=viewing.steady_at or viewing.seen_at,
            seen_at=viewing.seen_at,
            interval_s=interval_s,
            limit=limit,
        )


@cache
def _active() -> Select[Any]:
    """Active sessions of `accounts`."""
    return (
        select(Viewing, Viewer.id, Viewer.identity, Viewer.device, limit_of())
        .join(Viewer, Viewer.name == Viewing.name)
        .join(Place, Place.id == Viewing.place_id)
        .outerjoin(Tariff, Tariff.id == Place.tariff_id)
        .outerjoin(Personal, Personal.account_id == Viewing.account_id)
        .where(Viewing.account_id.in_(bindparam("accounts", expanding=True)), is_active())
        .where(Viewing.active_at.is_not(None))
        .order_by(Viewing.id)
    )
