"""The record of a message: made before anything is done with it, and closed when it is known what became of it."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.uow import UnitOfWork, use_case
from ppv_module.streams.alerts import raise_alert
from ppv_module.streams.models import AlertKind, Outcome, Server, SyncRecord, Verdict
from ppv_module.streams.options import StreamOptions

LONGEST_ADDRESS, LONGEST_SERVER, LONGEST_PUZZLE, LONGEST_REASON, LONGEST_SIGNATURE = 64, 64, 128, 64, 64
NOTED_ONCE = timedelta(minutes=1)
SLOW_SHARE = 3
"""Working longer than this part of the interval makes the next message wait."""


@dataclass
class Findings:
    """What is known of a message in the end, for its record and for what its sender is answered."""

    outcome: Outcome = Outcome.RECEIVED
    form: str = ""
    server_name: str = ""
    puzzle: str = ""
    verdict: Verdict | None = None
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    players: int | None = None
    set_aside: int | None = None
    denied: int = 0
    took_ms: int = 0


def hash_of(body: bytes) -> str:
    """By what the same body is known again."""
    return hashlib.sha256(body).hexdigest()


@use_case
def note_arrival(uow: UnitOfWork, *, body_hash: str, size: int, raw: str, remote_ip: str, received_at: datetime) -> int:
    """A message has come in and lies in the spool as `raw`; gives the number of its record."""
    record = SyncRecord(body_hash=body_hash, size=size, raw=raw, received_at=received_at)
    record.remote_ip, record.detail = remote_ip[:LONGEST_ADDRESS], {}
    uow.session.add(record)
    uow.session.flush()
    return record.id


@use_case
def note_unread(uow: UnitOfWork, *, size: int, reason: str, remote_ip: str, received_at: datetime) -> None:
    """A message was refused before it was read. One caller leaves one record a minute, however often he tries."""
    lately = (SyncRecord.outcome == Outcome.REFUSED, SyncRecord.received_at > received_at - NOTED_ONCE)
    same = (SyncRecord.remote_ip == remote_ip[:LONGEST_ADDRESS], SyncRecord.reason == reason)
    if uow.session.scalar(select(SyncRecord.id).where(*lately, *same).limit(1)):
        return
    record = SyncRecord(body_hash="", size=size, received_at=received_at, outcome=Outcome.REFUSED, reason=reason)
    record.remote_ip, record.detail = remote_ip[:LONGEST_ADDRESS], {}
    uow.session.add(record)


@use_case
def close_record(uow: UnitOfWork, *, record_id: int, findings: Findings, now: datetime) -> None:
    """Write down what became of a message, and tell staff where they should look at it."""
    record = uow.session.get(SyncRecord, record_id)
    if record is None:  # it was forgotten while it was worked on
        return
    write_down(record, findings)
    if findings.outcome is Outcome.MALFORMED:
        facts = {"record": record.id, "reason": findings.reason, "address": record.remote_ip}
        raise_alert(uow.session, kind=AlertKind.MALFORMED, server_name="", facts=facts, now=now)
    _tell_slow(uow, record, now)


def write_down(record: SyncRecord, findings: Findings) -> None:
    """Put findings into a record. What was applied stays applied."""
    if record.outcome is not Outcome.APPLIED:
        record.outcome, record.reason = findings.outcome, findings.reason[:LONGEST_REASON]
    record.form, record.verdict = findings.form, findings.verdict
    record.server_name, record.puzzle = findings.server_name[:LONGEST_SERVER], findings.puzzle[:LONGEST_PUZZLE]
    record.denied, record.took_ms = findings.denied, findings.took_ms
    record.players = record.players if findings.players is None else findings.players
    record.set_aside = record.set_aside if findings.set_aside is None else findings.set_aside
    record.detail = {**record.detail, **findings.detail}


def _tell_slow(uow: UnitOfWork, record: SyncRecord, now: datetime) -> None:
    server = uow.session.execute(select(Server.interval_s).where(Server.name == record.server_name)).one_or_none()
    interval_s = (server.interval_s if server else 0) or uow.option(StreamOptions).interval_s
    if server and record.took_ms * SLOW_SHARE > interval_s * 1000:
        facts = {"record": record.id, "took_ms": record.took_ms, "players": record.players}
        raise_alert(uow.session, kind=AlertKind.SLOW, server_name=record.server_name, facts=facts, now=now)


def get_record(session: Session, record_id: int) -> SyncRecord:
    """:raises NotFound: there is no such message, or it is known no longer"""
    record = session.get(SyncRecord, record_id)
    if record is None:
        raise NotFound(message=record_id)
    return record
