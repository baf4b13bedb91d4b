"""Delivering to one subscriber, to all who are due, and at once for somebody who waits on a page."""

import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from threading import Event as Flag

import structlog

from billing.clock import Clock
from billing.errors import PartnerRefused
from billing.uow import Billing
from olltv_module.delivery import outcomes, queue, record
from olltv_module.delivery.errors import DeliveryBroke
from olltv_module.delivery.outcomes import Scene
from olltv_module.delivery.plan import Do
from olltv_module.delivery.queue import Claim
from olltv_module.delivery.record import Answer, Job
from olltv_module.delivery.steps import Stuck, take
from olltv_module.models import Delivery
from olltv_module.partner import Partner

log = structlog.get_logger()

LONGEST_NAP_S = 1.0
GATHERING_S = 0.015
AHEAD = 2
"""So many jobs a worker lie ready, so that none waits for the database."""
ALIVE = timedelta(seconds=60)


class Pulse:
    """When the partner last gave anybody a clear answer: while he is down nobody's tries are held against him."""

    def __init__(self) -> None:
        self._last: datetime | None = None

    def beat(self, now: datetime) -> None:
        self._last = now

    def is_alive(self, now: datetime) -> bool:
        return self._last is not None and now - self._last < ALIVE


@dataclass(frozen=True)
class Delivering:
    """What delivery stands on, one a process. `nap` waits so many seconds; tests move their clock instead."""

    billing: Billing
    partner: Partner
    clock: Clock
    nap: Callable[[float], None] = time.sleep
    pulse: Pulse = field(default_factory=Pulse)
    at_once: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(8, "deliver-now"))


def deliver(delivering: Delivering, claim: Claim) -> None:
    """Make the partner match our wish for one claimed subscriber, as far as the partner lets us."""
    jobs = record.begin(delivering.billing, [claim], now=delivering.clock())
    while jobs:
        answers = [_answer(delivering, job) for job in jobs]
        jobs = _keep(delivering, answers)


def _answer(delivering: Delivering, job: Job) -> Answer | None:
    """Make one call; None where it came too late, because the lease ran out while the job waited for its turn."""
    if delivering.clock() >= job.until:
        record.taken_over(job.claim)
        return None
    if job.step is None:
        return Answer(job, _nothing, delivering.clock())
    try:
        outcome = take(delivering.partner, job.subscriber, job.step)
    except Stuck as stuck:
        return _setback(delivering, job, stuck)
    except Exception as defect:  # what one of them meets must not end the deliveries of all
        log.exception("a call failed unexpectedly", subscriber=job.claim.subscriber_id, step=job.step.do)
        broke = DeliveryBroke(message=type(defect).__name__)
        return Answer(job, partial(outcomes.unclear, step=job.step), delivering.clock(), cause=broke)
    now = delivering.clock()
    if job.step.do is not Do.CANCEL:  # that one asks nobody
        delivering.pulse.beat(now)
    return Answer(job, outcome, now)


def _setback(delivering: Delivering, job: Job, stuck: Stuck) -> Answer:
    now = delivering.clock()
    if isinstance(stuck.cause, PartnerRefused):
        delivering.pulse.beat(now)
    return Answer(job, stuck.outcome, now, cause=stuck.cause, alive=delivering.pulse.is_alive(now))


def _nothing(_scene: Scene) -> None:
    """The outcome of having learned nothing."""


def _keep(delivering: Delivering, answers: Iterable[Answer | None]) -> list[Job]:
    """What is to be called next, after what was answered is kept."""
    given = [each for each in answers if each]
    return record.keep_all(delivering.billing, given) if given else []


def run(
    delivering: Delivering,
    *,
    workers: int,
    until_idle: bool = False,
    stop: Flag | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Deliver to everybody who is due, `workers` at a time; gives how many deliveries ended.

    Ends when nobody is due, or with `until_idle` when nobody but the parked is left, or when `stop` is set and what
    was begun is done. The workers only call; this thread keeps what they bring.
    """
    done, calls = 0, set[Future[Answer | None]]()
    with ThreadPoolExecutor(workers, "deliver") as pool:
        while True:
            stopping = stop is not None and stop.is_set()
            if len(calls) < AHEAD * workers and not stopping:
                calls |= {pool.submit(_answer, delivering, job) for job in _claimed(delivering, AHEAD * workers)}
            if not calls and (stopping or not (until_idle and _wait_for_due(delivering))):
                return done
            ended, calls = _ended(calls)
            jobs = _keep(delivering, [each.result() for each in ended])
            calls |= {pool.submit(_answer, delivering, job) for job in jobs}
            done += len(ended) - len(jobs)
            progress(done)


def _claimed(delivering: Delivering, limit: int) -> list[Job]:
    claims = queue.claim(delivering.billing.uow(), now=delivering.clock(), limit=limit)
    return record.begin(delivering.billing, claims, now=delivering.clock()) if claims else []


def _ended(calls: set[Future[Answer | None]]) -> tuple[set[Future[Answer | None]], set[Future[Answer | None]]]:
    """The calls that have ended, and those that have not; a moment's patience lets one transaction keep several."""
    wait(calls, timeout=LONGEST_NAP_S, return_when=FIRST_COMPLETED)
    ended, going_on = wait(calls, timeout=GATHERING_S)
    return ended, going_on


def _wait_for_due(delivering: Delivering) -> bool:
    """Wait until somebody may be due; False when nobody will be."""
    with delivering.billing.reading() as session:
        due_at = queue.next_due(session)
    if due_at is None:
        return False
    pause_s = (due_at - delivering.clock()).total_seconds()
    delivering.nap(min(max(pause_s, 0.05), LONGEST_NAP_S))
    return True


def _tell_failure(work: Future[None]) -> None:
    if error := work.exception():
        log.error("delivery failed", exc_info=error)


def deliver_now(delivering: Delivering, subscriber_id: int, *, wait_s: float) -> bool:
    """Deliver to one subscriber while somebody waits for it; whether it was done within `wait_s` seconds.

    What takes longer goes on by itself. If another worker is at him, his end is waited for.
    """
    deadline = time.monotonic() + wait_s
    while True:
        claims = queue.claim(delivering.billing.uow(), now=delivering.clock(), subscriber_id=subscriber_id)
        if claims:
            work = delivering.at_once.submit(deliver, delivering, claims[0])
            work.add_done_callback(_tell_failure)
            wait([work], timeout=deadline - time.monotonic())
        with delivering.billing.reading() as session:
            row = session.get(Delivery, subscriber_id)
        if row is None:
            return True
        if claims or row.parked_at or time.monotonic() > deadline:
            return False
        time.sleep(0.1)
