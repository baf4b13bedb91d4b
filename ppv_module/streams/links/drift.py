"""Links are good for a time that media servers measure by their own clocks: ours must not be wrong."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.clock import Clock
from billing.uow import Billing
from ppv_module.streams.alerts import raise_alert
from ppv_module.streams.models import AlertKind

MOST = timedelta(seconds=30)
TIMES = {
    "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
    "mysql": "SELECT DATE_FORMAT(UTC_TIMESTAMP(6), '%Y-%m-%dT%H:%i:%s.%f')",
}


def watch_clock(billing: Billing, clock: Clock) -> timedelta:
    """How far the clock of the database is ahead of ours; a drift of more than half a minute raises an alert."""
    with billing.reading() as session:
        before = clock()
        theirs = _time_of(session)
        ours = before + (clock() - before) / 2
    drift = theirs - ours
    if abs(drift) > MOST:
        with (uow := billing.uow()):
            facts = {"seconds": round(drift.total_seconds()), "against": "database"}
            raise_alert(uow.session, kind=AlertKind.DRIFT, server_name="", facts=facts, now=clock())
    return drift


def _time_of(session: Session) -> datetime:
    written = session.scalar(text(TIMES[session.get_bind().dialect.name]))
    return datetime.fromisoformat(str(written)).replace(tzinfo=UTC)
