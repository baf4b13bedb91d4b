"""Working off the notices that have come in: verify each at its provider, then let it take effect.

No lock and no transaction is held while PayPal is asked. A worker that dies leaves its notice to the next one.
"""

from traceback import format_tb

import structlog

from billing.actors import WORKER
from billing.clock import Clock
from billing.uow import Billing
from ppv_module.credits import notices
from ppv_module.credits.means import PaymentProvider, ProviderUnreachable, Unreadable
from ppv_module.credits.models import Notice, Verdict
from ppv_module.credits.payments import settle
from ppv_module.options import PpvOptions
from ppv_module.paypal.client import PayPal

MOST_FAILURES = 3
"""After so many without an answer the provider is left in peace until the next round."""

log = structlog.get_logger("ppv.payments")


def work_off(billing: Billing, clock: Clock, options: PpvOptions) -> int:
    """Look at every notice of PayPal's that is due; gives how many. See `work_off_notices`.

    :raises Misconfigured: notices would be verified over plain http at another machine
    """
    return work_off_notices(billing, clock, PayPal(options))


def work_off_notices(billing: Billing, clock: Clock, provider: PaymentProvider) -> int:
    """Look at every notice of this provider that is due, oldest first; gives how many were looked at.

    What cannot be verified or done now waits with growing pauses. A failure of ours is logged and waits likewise.
    """
    seen = failures = 0
    while failures < MOST_FAILURES and _any_due(billing, clock, provider):
        due = notices.claim_due(billing.uow(), provider=provider.name, now=clock(), limit=1)
        if not due:  # another worker was faster
            continue
        seen += 1
        failures = failures + 1 if not _looked_at(billing, clock, provider, due[0]) else 0
    return seen


def _any_due(billing: Billing, clock: Clock, provider: PaymentProvider) -> bool:
    with billing.reading() as session:
        return notices.any_due(session, provider=provider.name, now=clock())


def _looked_at(billing: Billing, clock: Clock, provider: PaymentProvider, notice: Notice) -> bool:
    """Whether the notice could be dealt with, be it that it waits for another one."""
    try:
        _deal_with(billing, clock, provider, notice)
    except ProviderUnreachable as silence:
        reason = f"no answer: {silence.facts['reason']}"
    except Exception as error:
        # what it says may quote who has paid, so only where it happened is logged
        log.exception("notice failed", notice=notice.id, exc_info=False, where=format_tb(error.__traceback__)[-3:])
        reason = f"failed: {type(error).__name__}"
    else:
        return True
    notices.postpone(billing.uow(), notice_id=notice.id, reason=reason, actor=WORKER, now=clock())
    return False


def _deal_with(billing: Billing, clock: Clock, provider: PaymentProvider, notice: Notice) -> None:
    """:raises ProviderUnreachable: nobody knows whether it is real"""
    if notice.verdict is Verdict.QUEUED and not provider.verify(notice.raw, notice.content_type):
        notices.deny(billing.uow(), notice_id=notice.id, actor=WORKER, now=clock())
        return
    try:
        told = provider.read(notice.raw)
    except Unreadable as trouble:
        reason = f"unreadable: {trouble.facts['reason']}"
        notices.fail(billing.uow(), notice_id=notice.id, reason=reason, actor=WORKER, now=clock())
        return
    settle(billing.uow(), notice_id=notice.id, told=told, actor=WORKER, now=clock())
