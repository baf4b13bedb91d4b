"""What is kept of messages and viewing only for a time: bodies, records, sessions, notices."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, select, update

from billing.db import Base
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.denials.models import Denial
from ppv_module.streams.figures.days import forget_days
from ppv_module.streams.links.forgetting import old_links
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Alert, Outcome, StreamEvent, SyncRecord, Viewing
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.spool import Spool

PIECE = 2000
MOST_IN_QUARANTINE = 4 * 1024**3
"""Bytes. What nobody can read must not fill the disk, whoever sends it."""

UNREADABLE = (SyncRecord.outcome == Outcome.MALFORMED, SyncRecord.raw != "")


def forget_old(billing: Billing, *, spool: Spool, now: datetime) -> None:
    """Drop what is kept no longer, in pieces that are a transaction each; it may be broken off anywhere."""
    forget_bodies(billing, spool=spool, now=now)
    options = billing.option(StreamOptions)
    kept_since = now - timedelta(days=options.keep_days)
    day = int(kept_since.astimezone(billing.zone).strftime("%Y%m%d"))
    _delete(billing, SyncRecord, *_old_records(billing, now))
    _delete(billing, Viewing, Viewing.day < day, Viewing.live.is_(None))
    forget_days(billing.uow(), before=day)
    _delete(billing, Viewer, *old_links(kept_since))
    _delete(billing, StreamEvent, StreamEvent.received_at < kept_since)
    _delete(billing, Denial, Denial.ended_at < kept_since, Denial.slot.is_(None))
    _delete(billing, Alert, Alert.last_at < kept_since, Alert.slot.is_(None))


def forget_bodies(billing: Billing, *, spool: Spool, now: datetime) -> None:
    """Drop bodies that are kept no longer, and those of messages that were broken off before they had a record."""
    options = billing.option(StreamOptions)
    border = now - timedelta(days=options.quarantine_days)
    for name in _dropped_from_quarantine(billing.uow(), border=border):
        spool.drop(name)
    with billing.reading() as session:
        kept = set(session.scalars(select(SyncRecord.raw).where(*UNREADABLE)))
    for name in spool.before(now - timedelta(minutes=options.debug_minutes)):
        if name not in kept:
            spool.drop(name)


@use_case
def _dropped_from_quarantine(uow: UnitOfWork, *, border: datetime) -> list[str]:
    """Names of the bodies that leave the quarantine: the old ones, and what is above the limit."""
    sizes = func.sum(SyncRecord.size).over(order_by=SyncRecord.id.desc())
    rows = uow.session.execute(select(SyncRecord.id, SyncRecord.raw, SyncRecord.received_at, sizes).where(*UNREADABLE))
    gone = {number: raw for number, raw, at, size in rows if at < border or size > MOST_IN_QUARANTINE}
    uow.session.execute(update(SyncRecord).where(SyncRecord.id.in_(gone)).values(raw=""))
    return list(gone.values())


def _old_records(billing: Billing, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Records that nobody needs. The newest one stays: SQLite would give its number to the next message, and numbers
    of messages are in the keys of the ledger. While a message waits to be read, those are known still that could be
    the same.
    """
    with billing.reading() as session:
        newest = session.scalar(select(func.max(SyncRecord.id))) or 0
        oldest = session.scalar(select(func.min(SyncRecord.received_at)).where(*UNREADABLE)) or now
    border = min(oldest, now) - timedelta(days=billing.option(StreamOptions).replay_days)
    waits = (SyncRecord.outcome == Outcome.MALFORMED) & (SyncRecord.raw != "")
    return (SyncRecord.received_at < border, SyncRecord.id < newest, ~waits)


def _delete(billing: Billing, kind: type[Base], *which: ColumnElement[bool]) -> None:
    while _delete_piece(billing.uow(), kind=kind, which=which) == PIECE:
        pass


@use_case
def _delete_piece(uow: UnitOfWork, *, kind: type[Base], which: tuple[ColumnElement[bool], ...]) -> int:
    number = kind.__table__.c.id
    found = uow.session.scalars(select(number).where(*which).limit(PIECE)).all()
    uow.session.execute(delete(kind).where(number.in_(found)).execution_options(synchronize_session=False))
    return len(found)
