"""Messages that could not be read. They wait for somebody of the staff, who may have them read once more."""

from datetime import datetime

from billing.actors import Actor
from billing.errors import WrongState
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.syncs.receiving import Message, work_on
from ppv_module.streams.syncs.records import Findings, get_record, hash_of, write_down
from ppv_module.streams.syncs.refusals import SyncRefused
from ppv_module.streams.syncs.spool import Spool
from ppv_module.streams.wire.errors import Malformed, TooLarge


def reprocess(billing: Billing, *, record_id: int, spool: Spool, actor: Actor, now: datetime) -> SyncRecord:
    """Have a message read once more, as if it came at the time when it did; gives its record as it is then.

    What was applied meanwhile is known again and not applied twice. One that still cannot be read stays where it is.
    A message that is no longer in quarantine is given as it stands, so pressing twice does no harm.

    :raises NotFound: there is no such message
    :raises WrongState: its body is kept no longer
    """
    with billing.reading() as session:
        record = get_record(session, record_id)
    if record.outcome is not Outcome.MALFORMED:
        return record
    body = spool.read(record.raw) if record.raw else None
    if body is None:
        raise WrongState(state="empty", wanted=Outcome.MALFORMED)
    message = Message(
        billing=billing,
        spool=spool,
        body=body,
        remote_ip=record.remote_ip,
        received_at=record.received_at,
        body_hash=hash_of(body),
        raw=record.raw,
        record_id=record.id,
    )
    _work_again(message)
    return _note(billing.uow(), record_id=record_id, findings=message.findings, actor=actor, now=now)


def _work_again(message: Message) -> None:
    found = message.findings
    try:
        work_on(message)
    except Malformed as error:
        found.outcome, found.reason = Outcome.MALFORMED, str(error.facts["reason"])
        found.detail["position"] = error.facts["position"]
    except (SyncRefused, TooLarge) as error:
        found.outcome = error.outcome if isinstance(error, SyncRefused) else Outcome.REFUSED
        found.reason = error.code


@use_case
def _note(uow: UnitOfWork, *, record_id: int, findings: Findings, actor: Actor, now: datetime) -> SyncRecord:
    record = uow.session.get_one(SyncRecord, record_id, with_for_update=True)
    write_down(record, findings)
    uow.events.write(
        "PPV STREAM MESSAGE [{record}] REPROCESS [{outcome}]",
        record=record_id,
        outcome=findings.outcome,
        actor=actor,
        at=now,
    )
    return record


@use_case
def drop(uow: UnitOfWork, *, record_id: int, spool: Spool, actor: Actor, now: datetime) -> None:
    """Throw the body of an unreadable message away. Its record stays; dropping it twice does no harm.

    :raises NotFound: there is no such message
    :raises WrongState: it is not in quarantine
    """
    record = get_record(uow.session, record_id)
    if record.outcome is not Outcome.MALFORMED:
        raise WrongState(state=record.outcome, wanted=Outcome.MALFORMED)
    if record.raw:
        spool.drop(record.raw)
        record.raw = ""
        uow.events.write("PPV STREAM MESSAGE [{record}] DROP", record=record_id, actor=actor, at=now)
