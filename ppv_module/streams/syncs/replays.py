"""Whether a message was applied before. Asked under the lock of its server, so that the answer is certain."""

import hashlib
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.options import DISTINCT, StreamOptions
from ppv_module.streams.wire.records import Sync


def replay_key(sync: Sync, body_hash: str, options: StreamOptions) -> str | None:
    """By what a message is known when it comes again; None for one without a puzzle."""
    if not sync.puzzle:
        return None
    parts = [sync.id, sync.puzzle, *([body_hash] if options.puzzle_reuse == DISTINCT else [])]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def earlier_outcome(
    session: Session, *, key: str | None, record: SyncRecord, server_name: str, options: StreamOptions
) -> Outcome | None:
    """`replay` of a message that was applied, `conflict` with another one of its puzzle; None: it is a new one."""
    if key is None:
        return Outcome.REPLAY if _is_retried(session, record, server_name, options) else None
    body_hash = session.scalar(select(SyncRecord.body_hash).where(SyncRecord.replay_key == key))
    if body_hash is None:
        return None
    return Outcome.REPLAY if body_hash == record.body_hash else Outcome.CONFLICT


def _is_retried(session: Session, record: SyncRecord, server_name: str, options: StreamOptions) -> bool:
    """Whether the same body from the same server was applied within the window, whichever of them came in first."""
    window = timedelta(seconds=options.replay_window_s)
    near = SyncRecord.received_at.between(record.received_at - window, record.received_at + window)
    same = (SyncRecord.body_hash == record.body_hash, SyncRecord.server_name == server_name)
    query = select(SyncRecord.id).where(*same, near, SyncRecord.outcome == Outcome.APPLIED, SyncRecord.id != record.id)
    return session.scalar(query.limit(1)) is not None
