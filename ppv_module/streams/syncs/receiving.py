"""A message of a media server, from its body to what it is answered.

The body lies in the spool and has a record before it is read. Whatever happens then, the record says so, and the
server gets an answer: the whole deny list, why the message is refused, or that it may be sent again.
"""

import json
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter

import structlog

from billing.errors import N_, BillingError
from billing.uow import Billing
from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.models import Outcome, Verdict
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.syncs import applying
from ppv_module.streams.syncs.records import (
    LONGEST_PUZZLE,
    LONGEST_SERVER,
    LONGEST_SIGNATURE,
    Findings,
    close_record,
    hash_of,
    note_arrival,
)
from ppv_module.streams.syncs.refusals import NotGenuine, PuzzleReused, SyncRefused
from ppv_module.streams.syncs.repeating import SIGNATURE, known_again
from ppv_module.streams.syncs.senders import Claim, Sender, count_failure, require_genuine
from ppv_module.streams.syncs.spool import Spool
from ppv_module.streams.wire import reading
from ppv_module.streams.wire.errors import Malformed, TooLarge
from ppv_module.streams.wire.records import SetAside, Sync
from ppv_module.streams.wire.replies import MEDIA_TYPES, reply

JSON, XML = "json", "xml"
MIB = 1024 * 1024
KEPT_OF_REPLY = 64 * 1024
TOLD_SET_ASIDE, LONGEST_TOLD = 20, 200
KEPT_OF_REFUSED = MIB
"""Whoever has no token must not fill the disk."""

log = structlog.get_logger(__name__)


class NotWorkedOn(BillingError):
    """A defect, or the database is away: nothing was applied."""

    code, http_status, retryable = "unavailable", 503, True
    text = N_("The message could not be worked on. Nothing has changed; send it again.")


@dataclass(frozen=True)
class Answer:
    """What a media server is answered."""

    status: int
    body: bytes
    content_type: str = MEDIA_TYPES[JSON]


@dataclass(kw_only=True)
class Message:
    """A message that is being worked on, and what is known of it so far."""

    billing: Billing
    spool: Spool
    body: bytes
    remote_ip: str
    received_at: datetime
    body_hash: str = ""
    raw: str = ""
    record_id: int = 0
    findings: Findings = field(default_factory=Findings)

    @property
    def options(self) -> StreamOptions:
        return self.billing.option(StreamOptions)


def receive(billing: Billing, *, body: bytes, remote_ip: str, received_at: datetime, spool: Spool) -> Answer:
    """Store a message, apply it once, and give what its sender is answered. Nothing is raised."""
    began = perf_counter()
    message = Message(billing=billing, spool=spool, body=body, remote_ip=remote_ip, received_at=received_at)
    try:
        _store(message)
    except Exception:  # the disk is full or the database away: the media server sends it again
        log.exception("a message of a media server could not be stored")
        return refused(NotWorkedOn())
    answer = _answered(message)
    message.findings.took_ms = int((perf_counter() - began) * 1000)
    _close(message, answer)
    return answer


def refused(error: BillingError) -> Answer:
    """Why a message is not applied, for the log of whoever runs the media server."""
    told = {"code": error.code, "message": error.text % error.facts, "position": error.facts.get("position")}
    return Answer(error.http_status, json.dumps({"error": told}).encode())


def work_on(message: Message) -> Sender:
    """Read and apply a message that has a record; what is found stands in its findings.

    :raises Malformed, TooLarge, SyncRefused: nothing was applied
    """
    sync = _read(message)
    sender = _sender(message, sync)
    sync.id = sync.id or message.remote_ip  # a server without an ID and without a token is known by its address
    message.findings.server_name = sync.id
    uow = message.billing.uow()
    message.findings.outcome = applying.apply(uow, sync, record_id=message.record_id, now=message.received_at).outcome
    if message.findings.outcome is Outcome.CONFLICT:
        raise PuzzleReused()
    return sender


def _store(message: Message) -> None:
    message.raw = message.spool.keep(message.body, message.received_at)
    message.body_hash = hash_of(message.body)
    try:
        message.record_id = note_arrival(
            message.billing.uow(),
            body_hash=message.body_hash,
            size=len(message.body),
            raw=message.raw,
            remote_ip=message.remote_ip,
            received_at=message.received_at,
        )
    except Exception:
        message.spool.drop(message.raw)
        raise


def _answered(message: Message) -> Answer:
    findings = message.findings
    try:
        return _listed(message, _known(message) or work_on(message))
    except Malformed as error:
        findings.outcome, findings.reason = Outcome.MALFORMED, str(error.facts["reason"])
        findings.detail["position"] = error.facts["position"]
        return refused(error)
    except (SyncRefused, TooLarge) as error:
        findings.outcome = error.outcome if isinstance(error, SyncRefused) else Outcome.REFUSED
        findings.reason = error.code
        return refused(error)
    except Exception as error:
        log.exception("a message of a media server could not be worked on", record=message.record_id)
        if findings.outcome is Outcome.RECEIVED:
            findings.outcome, findings.reason = Outcome.FAILED, type(error).__name__
        return refused(NotWorkedOn())


def _known(message: Message) -> Sender | None:
    """Who sends a body once more that was applied before; None: it has to be read."""
    facts = {"body_hash": message.body_hash, "remote_ip": message.remote_ip, "now": message.received_at}
    with message.billing.reading() as session:
        known = known_again(session, options=message.options, **facts)  # type: ignore[arg-type]
    if known is None:
        return None
    record, found = known.record, message.findings
    found.server_name, found.puzzle, found.form = record.server_name, record.puzzle, _form(message.body)
    found.players, found.set_aside, found.verdict = record.players, record.set_aside, known.sender.verdict
    found.outcome = Outcome.REPLAY
    return known.sender


def _read(message: Message) -> Sync:
    found = message.findings
    found.form = _form(message.body)
    sync = reading.read(message.body, longest=message.options.max_body_mib * MIB)
    for name, value, longest in (("ID", sync.id, LONGEST_SERVER), ("Puzzle", sync.puzzle, LONGEST_PUZZLE)):
        if len(value) > longest:
            raise Malformed(f"long_{name}")
    found.server_name, found.puzzle = sync.id, sync.puzzle
    found.players, found.set_aside = len(sync.players), len(sync.set_aside)
    found.detail = {SIGNATURE: sync.signature[:LONGEST_SIGNATURE]}
    if sync.set_aside:
        found.detail["set_aside"] = [_told(each) for each in sync.set_aside[:TOLD_SET_ASIDE]]
    return sync


def _form(body: bytes) -> str:
    """:raises Malformed: it has none"""
    return XML if reading.is_xml(body) else JSON


def _told(each: SetAside) -> dict[str, str]:
    place = "/".join((each.vhost, each.application, each.instance, each.stream))
    return {"reason": each.reason, "place": place[:LONGEST_TOLD], "player": repr(each.player)[:LONGEST_TOLD]}


def _sender(message: Message, sync: Sync) -> Sender:
    claim = Claim(server_id=sync.id, puzzle=sync.puzzle, signed=sync.signature, remote_ip=message.remote_ip)
    try:
        with message.billing.reading() as session:
            sender = require_genuine(session, claim, message.options)
    except NotGenuine:
        message.findings.verdict = Verdict.FAILED
        raise
    message.findings.verdict = sender.verdict
    return sender


def _listed(message: Message, sender: Sender) -> Answer:
    with message.billing.reading() as session:
        denied = deny_list(session, message.billing, message.received_at)
    message.findings.denied = len(denied)
    body = reply(denied, solution=sender.solution, as_xml=message.findings.form == XML)
    return Answer(200, body, MEDIA_TYPES[message.findings.form])


def _close(message: Message, answer: Answer) -> None:
    """Write down what became of it. Should that fail, what was applied stays applied, and the server has its answer."""
    found = message.findings
    try:
        close_record(message.billing.uow(), record_id=message.record_id, findings=found, now=message.received_at)
        if found.verdict is Verdict.FAILED:
            facts = {"name": found.server_name, "remote_ip": message.remote_ip, "now": message.received_at}
            count_failure(message.billing.uow(), **facts)  # type: ignore[arg-type]
        if found.outcome is Outcome.REFUSED and len(message.body) > KEPT_OF_REFUSED:
            message.spool.drop(message.raw)
        else:
            message.spool.keep_reply(message.raw, answer.body[:KEPT_OF_REPLY])
    except Exception:
        log.exception("what became of a message could not be written down", record=message.record_id)
