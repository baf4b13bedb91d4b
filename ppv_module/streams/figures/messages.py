"""Messages of media servers as staff look at them: the latest ones, the unreadable ones, and one with its body."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from billing.paging import Count, Key, Page, count_upto, page
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.syncs.records import get_record
from ppv_module.streams.syncs.spool import Spool

KEYS = [Key(SyncRecord.received_at, descending=True), Key(SyncRecord.id, descending=True)]
SHOWN = 64 * 1024
MOST_SEARCHED = 512 * 1024 * 1024
MOST_BODIES = 1000
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which messages: since when, of one server, with one outcome, that name one viewer. `kept`: in quarantine."""

    since: datetime | None = None
    server: str = ""
    outcome: Outcome | None = None
    viewer: str = ""
    kept: bool = False

    @property
    def query(self) -> Select[tuple[SyncRecord]]:
        return select(SyncRecord).where(*self.conditions())

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What a record has to meet; who is in the message is not in its record."""
        if self.since:
            yield SyncRecord.received_at >= self.since
        if self.server:
            yield SyncRecord.server_name == self.server
        if self.kept:
            yield SyncRecord.outcome == Outcome.MALFORMED
            yield SyncRecord.raw != ""
        elif self.outcome:
            yield SyncRecord.outcome == self.outcome


@dataclass(frozen=True, kw_only=True)
class Messages(Page[SyncRecord]):
    """A page of messages. `is_whole` is False where not every body could be searched for the viewer."""

    count: Count
    is_whole: bool = True


@dataclass(frozen=True)
class Message:
    """A message with the beginnings of its body and of what it was answered; None where they are kept no longer."""

    record: SyncRecord
    body: str | None
    is_cut: bool
    reply: str | None


def messages(session: Session, wanted: Wanted, *, spool: Spool, cursor: str | None = None) -> Messages:
    """A page of messages, newest first.

    :raises InvalidInput: the cursor is none of this list
    """
    query, is_whole = wanted.query, True
    if wanted.viewer:
        found, is_whole = _naming(session, wanted, spool)
        query = query.where(SyncRecord.id.in_(found))
    rows = page(session, query, keys=KEYS, cursor=cursor)
    return Messages(rows.rows, rows.next, rows.previous, count=count_upto(session, query), is_whole=is_whole)


def one_message(session: Session, record_id: int, *, spool: Spool, most: int = SHOWN) -> Message:
    """:raises NotFound: there is no such message, or it is known no longer"""
    return with_body(get_record(session, record_id), spool=spool, most=most)


def with_body(record: SyncRecord, *, spool: Spool, most: int = SHOWN) -> Message:
    """A message with at most `most` bytes of its body and of its reply."""
    body = spool.read(record.raw, most) if record.raw else None
    reply = spool.read_reply(record.raw) if body is not None else None
    told = None if reply is None else printable(reply[:most])
    return Message(record, None if body is None else printable(body), body is not None and record.size > most, told)


def printable(body: bytes) -> str:
    """Bytes as text in which nothing is invisible or turns the direction of writing."""
    text = body.decode("utf-8", "backslashreplace")
    return UNPRINTABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", text)


def _naming(session: Session, wanted: Wanted, spool: Spool) -> tuple[Sequence[int], bool]:
    """Numbers of the messages whose body has this viewer, and whether all bodies were looked at.

    The bodies themselves are searched, so that messages are found too that were refused or could not be read.
    """
    recent = wanted.query.where(SyncRecord.raw != "").order_by(SyncRecord.received_at.desc()).limit(MOST_BODIES + 1)
    name = wanted.viewer.encode()
    parts = (b'"%b"' % name, b">%b<" % name)
    found, left = list[int](), MOST_SEARCHED
    for number, record in enumerate(session.scalars(recent)):
        left -= spool.size(record.raw) or 0
        if left < 0 or number == MOST_BODIES:
            return found, False
        if spool.has(record.raw, parts):
            found.append(record.id)
    return found, True
