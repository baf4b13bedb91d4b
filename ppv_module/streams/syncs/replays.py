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
    return _key(sync.id, sync.puzzle, *([body_hash] if options.puzzle_reuse == DISTINCT else []))


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _keys_of_its_signature(sync: Sync) -> list[str]:
    """Keys of every message that has the same signature: it is of ID and puzzle as one text, wherever that is cut.

    Whoever has seen a signed message could otherwise send others, under other names, as often as that can be cut.
    """
    signed = sync.id + sync.puzzle
    return [_key(signed[:length], signed[length:]) for length in range(1, len(signed))] if sync.signature else []


def earlier_outcome(
    session: Session, *, sync: Sync, key: str | None, record: SyncRecord, options: StreamOptions
) -> Outcome | None:
    """`replay` of a message that was applied, `conflict` with another one of its puzzle; None: it is a new one."""
    if key is None:
        return Outcome.REPLAY if _is_retried(session, record, options) else None
    alike = SyncRecord.replay_key.in_([key, *_keys_of_its_signature(sync)])
    earlier = session.execute(select(SyncRecord.replay_key, SyncRecord.body_hash).where(alike)).all()
    if not earlier:
        return None
    return Outcome.REPLAY if (key, record.body_hash) in map(tuple, earlier) else Outcome.CONFLICT


def _is_retried(session: Session, record: SyncRecord, options: StreamOptions) -> bool:
    """Whether the same body from the same server was applied within the window, whichever of them came in first."""
    window = timedelta(seconds=options.replay_window_s)
    near = SyncRecord.received_at.between(record.received_at - window, record.received_at + window)
    same = (SyncRecord.body_hash == record.body_hash, SyncRecord.server_name == record.server_name)
    query = select(SyncRecord.id).where(*same, near, SyncRecord.outcome == Outcome.APPLIED, SyncRecord.id != record.id)
    return session.scalar(query.limit(1)) is not None
