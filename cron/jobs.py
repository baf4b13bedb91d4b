"""What the worker does, each job a plain function of the runtime; a job that is run twice or late does no harm."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from threading import Event as Flag

import structlog
from prometheus_client import Counter, Gauge
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from billing import attempts, idempotency, visits, worker
from billing.actors import Actor
from billing.cabinet import sessions
from billing.errors import BillingError, Busy
from billing.periods import Month
from olltv_module.delivery import queue, runner
from olltv_module.reports import health, keeping
from olltv_module.services import autoresume, expiry
from olltv_module.services.fees.models import FeeRun, Kind
from olltv_module.services.fees.review import review, to_review
from olltv_module.services.fees.run import FeeDay, charge
from ppv_module.chat.shows.sweeping import sweep
from ppv_module.credits import notices
from ppv_module.paypal.worker import work_off
from ppv_module.provider.polling import poll
from ppv_module.remote import hooks_calls
from ppv_module.streams import alerts
from ppv_module.streams.figures import days, peaks
from ppv_module.streams.links import drift
from ppv_module.streams.syncs import forgetting
from suite import exporting
from suite.runtime import Runtime

PAUSE_S = 1.0
PAUSE_AFTER_TROUBLE_S = 5.0

RUNS = Counter("worker_jobs_total", "Jobs that the worker ran.", ("job", "outcome"))
QUEUE = Gauge("olltv_delivery_queue", "Subscribers whom the partner has to be told about.", ("part",))

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """`run` is called every `every`, for the first time at the start."""

    name: str
    every: timedelta
    run: Callable[[Runtime, Flag], None]


def jobs(runtime: Runtime) -> list[Job]:
    """What this operator's options ask for, beside the delivery."""
    listed = [Job("forget_old", timedelta(days=1), forget_old), Job("show_up", timedelta(seconds=10), show_up)]
    if runtime.settings.olltv.enabled:
        listed += [
            Job("finish_fee_runs", timedelta(minutes=1), finish_fee_runs),
            Job("review_fee_runs", timedelta(minutes=1), review_fee_runs),
            Job("expire_orders", timedelta(hours=1), expire_orders),
            Job("measure_queue", timedelta(seconds=30), measure_queue),
            Job("figures", timedelta(minutes=1), keep_figures),
            Job("partner_health", timedelta(seconds=10), write_down_health),
        ]
    if runtime.settings.olltv.enabled and runtime.settings.olltv.autoresume:
        listed.append(Job("autoresume", timedelta(minutes=5), resume_who_can_pay))
    if runtime.settings.ppv.enabled:
        listed += [
            Job("sweep_shows", timedelta(seconds=1), sweep_shows),
            Job("ask_who_is_there", timedelta(seconds=2), ask_who_is_there),
            Job("payment_notices", timedelta(seconds=3), work_off_notices),
            Job("watch_servers", timedelta(seconds=10), watch_servers),
            Job("note_viewers", timedelta(seconds=30), note_viewers),
            Job("keep_stream_days", timedelta(minutes=10), keep_stream_days),
            Job("watch_clock", timedelta(minutes=10), watch_clock),
            Job("forget_messages", timedelta(minutes=1), forget_messages),
        ]
    return listed


def deliver(runtime: Runtime, stop: Flag) -> None:
    """Tell the partner what he does not know yet, until `stop` is set. Trouble is logged, then it goes on."""
    workers = runtime.settings.olltv.workers
    while not stop.is_set():
        pause_s = PAUSE_AFTER_TROUBLE_S
        with watched("deliver"):
            runner.run(runtime.delivering, workers=workers, stop=stop)
            pause_s = PAUSE_S
        stop.wait(pause_s)


def finish_fee_runs(runtime: Runtime, stop: Flag) -> None:
    """Finish monthly runs that were broken off; one that a living process is at is left to it."""
    with runtime.billing.reading() as session:
        query = select(FeeRun).where(FeeRun.kind == Kind.RUN, FeeRun.finished_at.is_(None)).order_by(FeeRun.id)
        broken = session.scalars(query).all()
    for run in broken:
        actor, day = Actor(run.actor, run.address), FeeDay(runtime.billing, runtime.clock)
        for _ in charge(day, actor=actor, period=Month.parse(run.period)):
            if stop.is_set():
                return


def review_fee_runs(runtime: Runtime, stop: Flag) -> None:
    """Find out how finished runs differ from the month before, and whether the ledger has their money."""
    with runtime.billing.reading() as session:
        waiting = to_review(session)
    for run_id in waiting:
        for _ in review(FeeDay(runtime.billing, runtime.clock), run_id=run_id):
            if stop.is_set():
                return


def expire_orders(runtime: Runtime, _stop: Flag) -> None:
    """Call off orders that the partner has not confirmed for too long."""
    expiry.expire_orders(runtime.billing.uow(), now=runtime.clock())


def forget_old(runtime: Runtime, _stop: Flag) -> None:
    """Drop stored answers that nobody will ask for any more, lapsed sign-ins, tickets, old sessions, jobs, exports."""
    idempotency.forget_old(runtime.billing.uow(), now=runtime.clock())
    attempts.forget_old(runtime.billing.uow(), now=runtime.clock())
    visits.forget_old(runtime.billing.uow(), now=runtime.clock())
    sessions.forget_old(runtime.billing.uow(), now=runtime.clock())
    worker.forget_old(runtime.billing.uow(), now=runtime.clock())
    exporting.forget_old(runtime.settings.suite.exports_dir, now=runtime.clock())
    health.forget_old(runtime.billing.uow(), now=runtime.clock())
    hooks_calls.forget_old(runtime.billing.uow(), now=runtime.clock())
    notices.forget_old(runtime.billing.uow(), now=runtime.clock())
    forgetting.forget_old(runtime.billing, spool=runtime.stream_spool, now=runtime.clock())


def show_up(runtime: Runtime, _stop: Flag) -> None:
    """Let the panel know that somebody does what staff ask for."""
    worker.show_up(runtime.billing.uow(), now=runtime.clock())


def resume_who_can_pay(runtime: Runtime, _stop: Flag) -> None:
    """Resume subscribers who chose it and can pay again."""
    autoresume.resume_all(runtime.billing.uow(), now=runtime.clock())


def measure_queue(runtime: Runtime, _stop: Flag) -> None:
    """Show the length of the delivery queue in `/metrics`."""
    with runtime.billing.reading() as session:
        length = queue.length(session, runtime.clock())
    for part in ("due", "waiting", "leased", "parked"):
        QUEUE.labels(part).set(getattr(length, part))


def keep_figures(runtime: Runtime, stop: Flag) -> None:
    """Bring the figures of dashboard and reports up to date."""
    keeping.keep(runtime.billing, runtime.clock, stopping=stop.is_set)


def write_down_health(runtime: Runtime, _stop: Flag) -> None:
    """Write down how the calls of this process to the partner ended."""
    health.write_down(runtime.billing, runtime.partner_health)


def sweep_shows(runtime: Runtime, _stop: Flag) -> None:
    """End private shows whose time, credits or patience is over."""
    sweep(runtime.billing, runtime.clock())


def ask_who_is_there(runtime: Runtime, _stop: Flag) -> None:
    """Ask the video chat which performers are there, each tenant as often as its rules say."""
    poll(runtime.billing, runtime.clock, runtime.chat_provider)


def work_off_notices(runtime: Runtime, _stop: Flag) -> None:
    """Verify what PayPal has told, and let it take effect."""
    work_off(runtime.billing, runtime.clock, runtime.settings.ppv)


def watch_servers(runtime: Runtime, _stop: Flag) -> None:
    """Tell staff of media servers that are silent, and when they are back."""
    alerts.watch(runtime.billing, runtime.clock())


def note_viewers(runtime: Runtime, _stop: Flag) -> None:
    """Note how many watch at present, which the peaks are found from."""
    peaks.note_concurrent(runtime.billing, runtime.clock())


def keep_stream_days(runtime: Runtime, _stop: Flag) -> None:
    """Keep the figures of days that are over."""
    days.keep_days(runtime.billing, runtime.clock())


def watch_clock(runtime: Runtime, _stop: Flag) -> None:
    """Tell staff when the clocks of this machine and of the database differ: links are signed by one of them."""
    drift.watch_clock(runtime.billing, runtime.clock)


def forget_messages(runtime: Runtime, _stop: Flag) -> None:
    """Drop the bodies of messages whose time is over: they are long."""
    forgetting.forget_bodies(runtime.billing, spool=runtime.stream_spool, now=runtime.clock())


@contextmanager
def watched(name: str) -> Iterator[None]:
    """Count and log how the block ends. What can be mended from outside does not end the worker."""
    try:
        yield
    except Busy:
        RUNS.labels(name, "busy").inc()  # another worker is at it
    except BillingError as refusal:
        RUNS.labels(name, "failed").inc()
        log.error("job cannot be done", job=name, code=refusal.code, **refusal.facts)
    except DBAPIError as error:
        RUNS.labels(name, "failed").inc()
        log.error("the database refuses a job", job=name, error=str(error.orig))
    else:
        RUNS.labels(name, "done").inc()
