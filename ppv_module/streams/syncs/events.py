"""Notices that streams began or ended: kept for the operator, never metered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from ppv_module.streams.models import StreamEvent

LONGEST_EVENT, LONGEST_STREAM = 16, 1000


def keep_events(
    session: Session, events: Sequence[dict[str, object]], *, server_id: int, record_id: int, now: datetime
) -> None:
    """Keep `events` as they came."""
    told = [
        {
            "server_id": server_id,
            "sync_id": record_id,
            "received_at": now,
            "event": str(each["event"]).lower()[:LONGEST_EVENT],
            "stream": _stream(each)[:LONGEST_STREAM],
            "facts": each,
        }
        for each in events
    ]
    if told:
        session.execute(insert(StreamEvent), told)


def _stream(event: dict[str, Any]) -> str:
    """`application/stream`, in either form of a notice."""
    if isinstance(event.get("stream"), str):
        return str(event["stream"])
    return "/".join(str(event.get(name) or "") for name in ("AppName", "StreamName"))
