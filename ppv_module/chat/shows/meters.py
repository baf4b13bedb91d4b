"""The meter of a show as it stands in the database: read under one lock, moved in few statements.

A live show is ticked every few seconds, so this is the busiest path of the module: one statement locks the show, the
viewer's credits and their account, in that order, and statements are built once.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Enum, bindparam, func, insert, select, update
from sqlalchemy.types import TypeEngine

from billing.actors import Actor
from billing.db import Instant
from billing.joins import in_order
from billing.ledger.metering import take
from billing.ledger.models import Account
from billing.money import CREDITS, Money
from billing.prepared import Prepared
from billing.uow import UnitOfWork
from ppv_module.chat.shows.agreed import Agreed, agreed
from ppv_module.chat.shows.metering import Meter, Step, fate
from ppv_module.chat.shows.models import EndReason, Show, ShowEvent, ShowState
from ppv_module.credits.models import CreditState
from ppv_module.errors import UnknownShow

SHOW, STATE, ACCOUNT, EVENT = Show.__table__.c, CreditState.__table__.c, Account.__table__.c, ShowEvent.__table__.c
NOTED = ("show_id", "at", "type", "seq", "ms_added", "credits_added", "ignored", "payload")

READ = (
    "state",
    "ready_at",
    "last_mark_at",
    "lost",
    "resume_deadline",
    "viewer_seen_at",
    "performer_seen_at",
    "last_seq",
    "billed_ms",
    "credits_charged",
    "due_at",
    "end_reason",
)
"""What changes of a show."""

_columns = {name: SHOW[name] for name in READ} | {"bonus": STATE.bonus, "balance": ACCOUNT.balance_minor}
_lock = Prepared(
    select(func.json_array(*_columns.values()))  # one column: to read so many takes longer than the statement itself
    .select_from(
        in_order(Show, (CreditState, STATE.account_id == SHOW.account_id), (Account, ACCOUNT.id == SHOW.account_id))
    )
    .where(SHOW.id == bindparam("show"))
    .with_for_update()
)


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """How a value of this type is read out of JSON, where it does not come as it is."""
    if isinstance(kind, Instant):
        return lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC)
    return kind.enum_class if isinstance(kind, Enum) else None


_readers = [(name, _reader(column.type)) for name, column in _columns.items()]
_note = Prepared(
    insert(ShowEvent.__table__).values(  # type: ignore[arg-type]
        {name: bindparam(name, type_=EVENT[name].type) for name in NOTED}
    )
)


def _moving(*names: str, **values: Any) -> Any:
    """The statement that sets these columns of one show, and others to `values`."""
    told = {name: bindparam(f"new_{name}", type_=SHOW[name].type) for name in names}
    return Prepared(update(Show.__table__).where(SHOW.id == bindparam("show")).values({**told, **values}))  # type: ignore[arg-type]


MOVED = ("last_mark_at", "lost", "resume_deadline", "last_seq", "billed_ms", "credits_charged", "due_at")
_move = _moving(*MOVED, ticks=SHOW.ticks + 1)
_move_seen = _moving(*MOVED, "viewer_seen_at", "performer_seen_at", ticks=SHOW.ticks + 1)
_due = _moving("due_at")
_use_gift = Prepared(
    update(CreditState.__table__)  # type: ignore[arg-type]
    .where(STATE.account_id == bindparam("account"))
    .values(bonus=STATE.bonus - bindparam("gift", type_=STATE.bonus.type))
)
_charge_gift = Prepared(
    update(Show.__table__)  # type: ignore[arg-type]
    .where(SHOW.id == bindparam("show"))
    .values(bonus_charged=SHOW.bonus_charged + bindparam("gift", type_=SHOW.bonus_charged.type))
)


@dataclass(frozen=True, kw_only=True)
class Locked:
    """A show that nobody else changes until the transaction ends, with the credits that pay for it."""

    id: str
    connection: Connection
    agreed: Agreed
    state: ShowState
    ready_at: datetime | None
    last_mark_at: datetime | None
    lost: EndReason | None
    resume_deadline: datetime | None
    viewer_seen_at: datetime | None
    performer_seen_at: datetime | None
    last_seq: int | None
    billed_ms: int
    credits_charged: int
    due_at: datetime | None
    end_reason: EndReason | None
    bonus: int
    balance: int

    @property
    def meter(self) -> Meter:
        """Of a show that has begun."""
        assert self.ready_at and self.last_mark_at
        return Meter(
            ready_at=self.ready_at,
            mark_at=self.last_mark_at,
            billed_ms=self.billed_ms,
            charged=self.credits_charged,
            lost=self.lost,
            resume_deadline=self.resume_deadline,
        )

    def is_due(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now


@dataclass(frozen=True, kw_only=True)
class Mark:
    """What a tick brings besides time: its number, who has been seen, and what is kept of it for the log."""

    seq: int | None = None
    viewer_seen_at: datetime | None = None
    performer_seen_at: datetime | None = None
    payload: str = ""


def lock(uow: UnitOfWork, show_id: str) -> Locked:
    """:raises UnknownShow: there is no such show"""
    uow.session.flush()  # what this transaction has changed must be read as it is
    connection = uow.session.connection()
    packed = _lock.run(connection, {"show": show_id}).scalar()
    if packed is None:
        raise UnknownShow(show=show_id)
    row = {
        name: value if read is None or value is None else read(value)
        for (name, read), value in zip(_readers, json.loads(packed), strict=True)
    }
    return Locked(id=show_id, connection=connection, agreed=agreed(uow, show_id), **row)


def move(locked: Locked, step: Step, mark: Mark, *, actor: Actor, now: datetime) -> None:
    """Write what a tick did: the credits that it cost, where the meter stands, and a line in the show's log."""
    meter = step.meter
    if step.credits_added:
        _charge(locked, step, actor=actor, now=now)
    values = {
        "show": locked.id,
        "new_last_mark_at": meter.mark_at,
        "new_lost": meter.lost,
        "new_resume_deadline": meter.resume_deadline,
        "new_last_seq": locked.last_seq if mark.seq is None else mark.seq,
        "new_billed_ms": meter.billed_ms,
        "new_credits_charged": meter.charged,
        "new_due_at": fate(locked.agreed.terms, meter, locked.balance - step.credits_added)[0],
    }
    statement = _move
    if mark.viewer_seen_at or mark.performer_seen_at:
        statement = _move_seen
        values["new_viewer_seen_at"] = mark.viewer_seen_at or locked.viewer_seen_at
        values["new_performer_seen_at"] = mark.performer_seen_at or locked.performer_seen_at
    statement.run(locked.connection, values)
    note(
        locked.connection,
        locked.id,
        "tick",
        at=now,
        seq=mark.seq,
        ms_added=step.ms_added,
        credits_added=step.credits_added,
        payload=mark.payload,
    )


def _charge(locked: Locked, step: Step, *, actor: Actor, now: datetime) -> None:
    take(
        locked.connection,
        source_id=locked.agreed.account_id,
        target_id=locked.agreed.target_id,
        amount=Money(step.credits_added, CREDITS),
        key=f"{journal(locked.id)}:{step.meter.charged}",
        journal=journal(locked.id),
        actor=actor.name,
        login=locked.agreed.login,
        at=now,
    )
    if gift := min(locked.bonus, step.credits_added):
        _use_gift.run(locked.connection, {"account": locked.agreed.account_id, "gift": gift})
        _charge_gift.run(locked.connection, {"show": locked.id, "gift": gift})


def journal(show_id: str) -> str:
    """What ties the transfers of one show together."""
    return f"ppv.show:{show_id}"


def retime(uow: UnitOfWork, show_id: str) -> None:
    """Look again when a live show ends, since the viewer's credits have changed."""
    locked = lock(uow, show_id)
    if locked.state is ShowState.LIVE:
        due_at, _ = fate(locked.agreed.terms, locked.meter, locked.balance)
        _due.run(locked.connection, {"show": show_id, "new_due_at": due_at})


def note(
    connection: Connection,
    show_id: str,
    kind: str,
    *,
    at: datetime,
    seq: int | None = None,
    ms_added: int = 0,
    credits_added: int = 0,
    ignored: bool = False,
    payload: str = "",
) -> None:
    """Write a line into the log of a show."""
    values: Mapping[str, object] = {
        "show_id": show_id,
        "at": at,
        "type": kind,
        "seq": seq,
        "ms_added": ms_added,
        "credits_added": credits_added,
        "ignored": ignored,
        "payload": payload[:200],
    }
    _note.run(connection, values)
