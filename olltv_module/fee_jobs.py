"""Monthly runs and previews as the worker does them for staff."""

from collections.abc import Generator
from contextlib import closing
from threading import Event as Flag

from billing.actors import Actor
from billing.errors import Busy
from billing.jobs import Interrupted, Work
from billing.periods import Month
from olltv_module import queries
from olltv_module.services.fees.models import FeeRun, Kind
from olltv_module.services.fees.review import review
from olltv_module.services.fees.run import FeeDay, charge

LOOK_EVERY_S = 0.5


def charge_fees(work: Work) -> dict[str, object]:
    """Charge the month `args["period"]` as the person who asked for it."""
    return _done(work, Kind.RUN)


def preview_fees(work: Work) -> dict[str, object]:
    """Say what charging the month `args["period"]` would do."""
    return _done(work, Kind.PREVIEW)


def _done(work: Work, kind: Kind) -> dict[str, object]:
    """Run to the end, then find out what has changed since the month before.

    A run that this or another worker began is gone on with: who has paid is asked for nothing again.
    """
    day = FeeDay(work.billing, work.clock)
    with closing(_states(day, kind, Month.parse(work.args["period"]), work.actor, work.stop)) as states:
        for run in states:
            work.progress(run.percent, 100)
    for _chunk in review(day, run_id=run.id):
        work.progress(100, 100)
    return {"run": run.id, "url": f"/fees/{run.id}"}


def _states(day: FeeDay, kind: Kind, period: Month, actor: Actor, stop: Flag) -> Generator[FeeRun, None, None]:
    """The run after each chunk. While another process is at it, like one that finishes what was broken off, it is
    followed; the last state is one of our own.
    """
    while True:
        try:
            yield from charge(day, actor=actor, period=period, preview=kind is Kind.PREVIEW)
            return
        except Busy:
            with day.billing.reading() as session:
                other = queries.charging(session, now=day.clock(), kind=kind)
            if other:
                yield other
        if stop.wait(LOOK_EVERY_S):
            raise Interrupted
