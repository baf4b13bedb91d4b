"""Which viewings are live: in the newest message of a server from which we have heard lately."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from ppv_module.streams.models import Right, Server, Viewing
from ppv_module.streams.options import StreamOptions

INTERVALS = 2.5
"""After so many intervals without a message nobody knows who watches there."""


def is_fresh(server: Server, options: StreamOptions, now: datetime) -> bool:
    """Whether the newest message of `server` still tells how it is."""
    interval = timedelta(seconds=server.interval_s or options.interval_s)
    return server.seen_at is not None and now - server.seen_at < INTERVALS * interval


def fresh_servers(session: Session, options: StreamOptions, now: datetime) -> list[int]:
    """The servers that were heard from lately, by number."""
    servers = session.scalars(select(Server).where(Server.seen_at.is_not(None)).order_by(Server.id))
    return [each.id for each in servers if is_fresh(each, options, now)]


def watching(servers: list[int]) -> ColumnElement[bool]:
    """The condition that a viewing is live on one of these servers and counts."""
    return and_(Viewing.server_id.in_(servers), Viewing.live == 1, Viewing.right != Right.INTERNAL)
