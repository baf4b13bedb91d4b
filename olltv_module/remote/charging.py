"""The monthly run over HTTP: in a thread of its own, so that it goes on when the caller hangs up."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from queue import SimpleQueue

import structlog

from billing.actors import Actor
from billing.clock import Clock
from billing.errors import N_, BillingError, Busy
from billing.periods import Month
from billing.uow import Billing
from olltv_module import queries
from olltv_module.services.fees.models import FeeRun, Kind
from olltv_module.services.fees.run import LEASE, FeeDay, charge

THREADS = 4
"""One run and one preview can be under way; the others find that out and are free again."""

log = structlog.get_logger()


class ChargingBusy(Busy):
    """A run is under way. Facts: `run`, `period`, `percent` of it."""

    code = "charging"
    text = N_("The fees of %(period)s are being charged already (run %(run)s, %(percent)s %% done).")


@dataclass(frozen=True)
class Job:
    """A run under way: `states` yields it after each chunk, `ended` knows how it came out."""

    states: SimpleQueue[FeeRun | None]
    ended: Future[None]

    def progress(self) -> Iterator[FeeRun]:
        """The run after each chunk until it is done. One caller can follow it.

        :raises BillingError, DBAPIError: what broke it off; the next run of this month finishes it
        """
        while (state := self.states.get()) is not None:
            yield state
        self.ended.result()


@dataclass(frozen=True)
class Charging:
    """Starts runs. One a process."""

    billing: Billing
    clock: Clock
    threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(THREADS, "charging"))

    def start(self, *, actor: Actor, period: Month | None = None, preview: bool = False) -> Job:
        """Begin to charge in another thread; errors come with the job's progress."""
        states = SimpleQueue[FeeRun | None]()
        steps = charge(FeeDay(self.billing, self.clock), actor=actor, period=period, preview=preview)
        context = copy_context()  # the request's id stays with the lines that the thread logs
        ended = self.threads.submit(context.run, self._follow, steps, states, Kind.PREVIEW if preview else Kind.RUN)
        ended.add_done_callback(_log_failure)
        return Job(states, ended)

    def _follow(self, steps: Iterator[FeeRun], states: SimpleQueue[FeeRun | None], kind: Kind) -> None:
        try:
            for state in steps:
                states.put(state)
        except Busy:
            raise self._busy(kind) from None
        finally:
            states.put(None)

    def _busy(self, kind: Kind) -> Busy:
        """Who is in the way, if he has not ended in this moment."""
        with self.billing.reading() as session:
            run = queries.charging(session, now=self.clock(), kind=kind)
        return ChargingBusy(run=run.id, period=run.period, percent=run.percent) if run else Busy(name=LEASE)


def _log_failure(ended: Future[None]) -> None:
    """Whoever started it may have hung up, so the log is told in any case."""
    error = ended.exception()
    if isinstance(error, BillingError):
        log.warning("charging refused", code=error.code, **error.facts)
    elif error:
        log.error("charging broke off", exc_info=error)
