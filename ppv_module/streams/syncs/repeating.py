"""A body that is known again costs next to nothing: neither is it read nor is anybody in it looked for.

What is found here was applied before. What is not found may still be a repeat: `applying` knows that for certain.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import BillingError
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs.senders import Claim, Sender, require_genuine

SIGNATURE = "signature"
"""Under this name the record's detail has what the message was signed with."""


@dataclass(frozen=True)
class Known:
    """The record of the same body, and who sends it once more."""

    record: SyncRecord
    sender: Sender


def known_again(
    session: Session, *, body_hash: str, remote_ip: str, now: datetime, options: StreamOptions
) -> Known | None:
    """The record of the same body where that was applied lately, and its sender may still send; None otherwise."""
    since = now - timedelta(days=options.replay_days)
    same = (SyncRecord.body_hash == body_hash, SyncRecord.outcome == Outcome.APPLIED, SyncRecord.received_at >= since)
    record = session.scalar(select(SyncRecord).where(*same).order_by(SyncRecord.id.desc()).limit(1))
    if record is None or not (record.puzzle or _is_a_retry(record, remote_ip, now, options)):
        return None
    signed = str(record.detail.get(SIGNATURE, ""))
    claim = Claim(server_id=record.server_name, puzzle=record.puzzle, signed=signed, remote_ip=remote_ip)
    try:
        return Known(record, require_genuine(session, claim, options))
    except BillingError:
        return None  # the long way finds out why, and writes that down


def _is_a_retry(record: SyncRecord, remote_ip: str, now: datetime, options: StreamOptions) -> bool:
    window = timedelta(seconds=options.replay_window_s)
    return record.remote_ip == remote_ip and now - record.received_at <= window
