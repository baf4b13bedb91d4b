"""Notices of media servers that streams began or ended, as staff look at them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.paging import Count, Key, Page, all_rows, count_upto, page
from billing.uow import Billing
from ppv_module.streams.models import Server, StreamEvent

KEYS = [Key(StreamEvent.received_at, descending=True), Key(StreamEvent.id, descending=True)]


@dataclass(frozen=True)
class Line:
    """A notice and the ID of the media server that sent it."""

    event: StreamEvent
    server_name: str


def events(session: Session, *, stream: str = "", cursor: str | None = None) -> tuple[Page[Line], Count]:
    """A page of notices, newest first, and how many there are; `stream` is written exactly as it was sent.

    :raises InvalidInput: the cursor is none of this list
    """
    query = _query(stream)
    found = page(session, query, keys=KEYS, cursor=cursor)
    return Page([Line(*row) for row in found.rows], found.next, found.previous), count_upto(session, query)


def every_event(billing: Billing, *, stream: str = "") -> Iterator[Line]:
    """All of them, for an export, read in pieces."""
    return (Line(*row) for row in all_rows(billing.reading, [_query(stream)], keys=KEYS))


def _query(stream: str) -> Select[tuple[StreamEvent, str]]:
    query = select(StreamEvent, Server.name).join(Server, Server.id == StreamEvent.server_id)
    return query.where(StreamEvent.stream == stream) if stream else query
