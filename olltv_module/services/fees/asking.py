"""Asking for a monthly run or its preview: the worker does it, so that no request has to wait."""

from datetime import datetime

from billing import jobs
from billing.actors import Actor
from billing.periods import Month
from billing.uow import UnitOfWork, use_case
from olltv_module.services.fees.run import require_begun

CHARGE, PREVIEW = "olltv.fee", "olltv.fee_preview"


@use_case
def ask_to_charge(uow: UnitOfWork, *, period: Month, actor: Actor, now: datetime) -> jobs.Job:
    """Have the fees of `period` charged. While that is asked for or under way already, this job is given.

    :raises FutureMonth: the month has not begun
    """
    require_begun(uow.billing, period=period, preview=False, now=now)
    return _ask(uow, CHARGE, period, actor=actor, now=now)


@use_case
def ask_for_preview(uow: UnitOfWork, *, period: Month, actor: Actor, now: datetime) -> jobs.Job:
    """Have a preview made that replaces the earlier one of `period`.

    :raises FutureMonth: the month is later than the next one
    """
    require_begun(uow.billing, period=period, preview=True, now=now)
    return _ask(uow, PREVIEW, period, actor=actor, now=now)


def _ask(uow: UnitOfWork, kind: str, period: Month, *, actor: Actor, now: datetime) -> jobs.Job:
    return jobs.ask(uow, kind=kind, args={"period": str(period)}, unique=f"{kind}:{period}", actor=actor, now=now)
