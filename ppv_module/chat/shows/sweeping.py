"""Ending what nobody ends: requests without an answer, shows without a beginning, without a tick, without credits.

`due_at` of a show says when to look at it. Each is judged under its lock by what holds then, in a transaction of its
own, so that many sweepers at once do what one would have done, and one that died leaves nothing behind.
"""

from datetime import datetime

import structlog
from sqlalchemy import select

from billing.actors import WORKER
from billing.uow import Billing, UnitOfWork, use_case
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.finishing import carry_out, drop, finish, fresh
from ppv_module.chat.shows.metering import fate, step
from ppv_module.chat.shows.meters import Locked, Mark
from ppv_module.chat.shows.models import UNFINISHED, EndReason, Show, ShowState

log = structlog.get_logger()

SWEEPER = "sweeper"
"""Who has ended a show, where a sweeper did."""


def sweep(billing: Billing, now: datetime) -> int:
    """Judge every show that is due at `now`; gives how many were ended. One that fails does not hold up the others."""
    with billing.reading() as session:
        due = select(Show.id).where(Show.state.in_(UNFINISHED), Show.due_at <= now).order_by(Show.due_at)
        ids = session.scalars(due).all()
    return sum(_judged(billing, show_id, now) for show_id in ids)


def _judged(billing: Billing, show_id: str, now: datetime) -> bool:
    try:
        return judge(billing.uow(), show_id=show_id, now=now)
    except Exception:
        log.exception("show_not_judged", show_id=show_id)
        return False


@use_case
def judge(uow: UnitOfWork, *, show_id: str, now: datetime) -> bool:
    """End this show if its time has come, as of the instant at which it had; gives whether it did.

    :raises UnknownShow: there is no such show
    """
    locked = meters.lock(uow, show_id)
    if locked.state is ShowState.LIVE:
        return _judge_live(uow, locked, now)
    if locked.state not in UNFINISHED or locked.due_at is None or locked.due_at > now:
        return False
    state = ShowState.EXPIRED if locked.state is ShowState.REQUESTED else ShowState.ABORTED
    drop(uow, fresh(uow, show_id), state, at=locked.due_at, by=SWEEPER, actor=WORKER, now=now)
    return True


def _judge_live(uow: UnitOfWork, locked: Locked, now: datetime) -> bool:
    at, reason = fate(locked.agreed.terms, locked.meter, locked.balance)
    if at > now:
        meters.retime(uow, locked.id)
        return False
    if reason is EndReason.CREDITS_EXHAUSTED:  # its last seconds are charged, as by a tick that comes late
        last = step(locked.agreed.terms, locked.meter, at=at, balance=locked.balance)
        carry_out(uow, locked, last, Mark(payload=SWEEPER), by=SWEEPER, actor=WORKER, now=now)
    else:
        finish(uow, locked.id, reason=reason, ended_at=at, by=SWEEPER, actor=WORKER, now=now)
    return True
