"""What the worker does for the figures, again and again."""

from collections.abc import Callable
from datetime import datetime, timedelta

from billing import leases
from billing.clock import Clock
from billing.ledger.turnover import roll_up
from billing.uow import Billing
from olltv_module.reports.figures import KEY, store, take
from olltv_module.reports.models import Figures
from olltv_module.reports.months import keep_months, note_revenue

LEASE = "olltv.figures"
MONTHS = "months"
MONTHS_EVERY = timedelta(minutes=10)
"""Who came and left is counted less often than the rest: it takes longer, and changes slowly."""


def keep(billing: Billing, clock: Clock, *, stopping: Callable[[], bool] = lambda: False) -> None:
    """Bring all figures up to date. One worker at a time is enough.

    :raises Busy: another one is at it
    """
    while roll_up(billing.uow(), now=clock()):
        if stopping():
            return
    with leases.held(billing, name=LEASE, clock=clock):
        now = clock()
        snapshot = take(billing, now=now)
        store(billing.uow(), key=KEY, value=snapshot.to_json(), now=now)
        if _months_are_due(billing, now):
            keep_months(billing, now=now)
            store(billing.uow(), key=MONTHS, value={}, now=now)
        note_revenue(billing.uow(), month=snapshot.month, revenue_minor=snapshot.collected_minor)


def _months_are_due(billing: Billing, now: datetime) -> bool:
    """Also when a month has just begun."""
    with billing.reading() as session:
        row = session.get(Figures, MONTHS)
        counted_at = row.taken_at if row else None
    if counted_at is None or billing.month(counted_at) != billing.month(now):
        return True
    return now - counted_at >= MONTHS_EVERY
