"""Delivering to one subscriber, to all who are due, and at once for somebody who waits on a page."""

import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event as Flag

import structlog

from billing.clock import Clock
from billing.errors import PartnerError, PartnerRefused
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.delivery import queue
from olltv_module.delivery.errors import AwaitsConfirmation, LeaseLost, NeedsStaff
from olltv_module.delivery.outcomes import Scene
from olltv_module.delivery.plan import Step, next_step
from olltv_module.delivery.queue import Claim
from olltv_module.delivery.steps import Outcome, Stuck, take
from olltv_module.models import Delivery, Subscriber
from olltv_module.options import OlltvOptions
from olltv_module.partner import Partner
from olltv_module.services import subscribers

log = structlog.get_logger()

CONFIRMATION_PAUSE_S = 900.0
LONGEST_NAP_S = 1.0
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


@dataclass(frozen=True)
class Job:
    """A subscriber as he was read, and the call to be made next."""

    subscriber: Subscriber
    step: Step


def deliver(delivering: Delivering, claim: Claim) -> None:
    """Make the partner match our wish for one claimed subscriber, as far as the partner lets us."""
    try:
        job = _begin(delivering, claim)
        while job:
            job = _advance(delivering, claim, job)
    except LeaseLost:
        log.warning("delivery taken over", subscriber=claim.subscriber_id)


def _begin(delivering: Delivering, claim: Claim) -> Job | None:
    with delivering.billing.reading() as session:
        subscriber = session.get_one(Subscriber, claim.subscriber_id)
        step = next_step(subscriber)
    if step:
        return Job(subscriber, step)
    return _record(
        delivering.billing.uow(), claim=claim, login=subscriber.login, outcome=_nothing, now=delivering.clock()
    )


def _advance(delivering: Delivering, claim: Claim, job: Job) -> Job | None:
    """Make one call and keep what it brought; the next job, or None when the delivery ends here."""
    login, uow = job.subscriber.login, delivering.billing.uow()
    try:
        outcome = take(delivering.partner, job.subscriber, job.step)
        now = delivering.clock()
        delivering.pulse.beat(now)
        return _record(uow, claim=claim, login=login, outcome=outcome, now=now)
    except Stuck as stuck:
        now = delivering.clock()
        if isinstance(stuck.cause, PartnerRefused):
            delivering.pulse.beat(now)
        alive = delivering.pulse.is_alive(now)
        _stop(uow, claim=claim, login=login, outcome=stuck.outcome, cause=stuck.cause, alive=alive, now=now)
    except NeedsStaff as refusal:
        _stop(uow, claim=claim, login=login, outcome=_nothing, cause=refusal, alive=True, now=delivering.clock())
    return None


@use_case
def _record(uow: UnitOfWork, *, claim: Claim, login: str, outcome: Outcome, now: datetime) -> Job | None:
    """Keep an outcome; when wish and fact agree after it the subscriber leaves the queue.

    Both happen under the subscriber's lock, so no change of the wish can slip in between.
    """
    subscriber, row = _taken(uow, claim, login, now)
    outcome(Scene(uow, subscriber, now))
    uow.session.flush()
    step = next_step(subscriber)
    if step is None:
        uow.session.delete(row)
        return None
    return Job(subscriber, step)


@use_case
def _stop(
    uow: UnitOfWork, *, claim: Claim, login: str, outcome: Outcome, cause: PartnerError, alive: bool, now: datetime
) -> None:
    """Keep what was learned and let go: try again later, or leave it to staff."""
    subscriber, row = _taken(uow, claim, login, now)
    outcome(Scene(uow, subscriber, now))
    trouble = f"{cause.code}: {cause.facts.get('message') or cause.facts.get('reason') or ''}"
    if isinstance(cause, NeedsStaff) or (alive and row.tries + 1 >= uow.option(OlltvOptions).tries):
        queue.park(row, trouble=trouble, now=now)
        log.error("subscriber parked", login=login, trouble=trouble)
    elif isinstance(cause, AwaitsConfirmation):
        queue.postpone(row, trouble=trouble, now=now, at_least_s=CONFIRMATION_PAUSE_S)
    else:
        queue.postpone(row, trouble=trouble, now=now)


def _taken(uow: UnitOfWork, claim: Claim, login: str, now: datetime) -> tuple[Subscriber, Delivery]:
    subscriber = subscribers.locked(uow, login)
    return subscriber, queue.held(uow, claim, now)


def _nothing(_scene: Scene) -> None:
    """The outcome of having learned nothing."""


def run(
    delivering: Delivering,
    *,
    workers: int,
    until_idle: bool = False,
    stop: Flag | None = None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Deliver to everybody who is due, `workers` at a time; gives how many deliveries ended.

    Ends when nobody is due, or with `until_idle` when nobody but the parked is left, or when `stop` is set.
    """
    done, running = 0, set[Future[None]]()
    with ThreadPoolExecutor(workers, "deliver") as pool:
        while not (stop and stop.is_set()):
            if len(running) <= workers:
                claims = queue.claim(delivering.billing.uow(), now=delivering.clock(), limit=2 * workers)
                running |= {pool.submit(deliver, delivering, claim) for claim in claims}
            if not running and not (until_idle and _wait_for_due(delivering)):
                break
            ended, running = wait(running, timeout=LONGEST_NAP_S, return_when=FIRST_COMPLETED)
            for each in ended:
                each.result()
            done += len(ended)
            progress(done)
    return done


def _wait_for_due(delivering: Delivering) -> bool:
    """Wait until somebody may be due; False when nobody will be."""
    with delivering.billing.reading() as session:
        due_at = queue.next_due(session)
    if due_at is None:
        return False
    pause_s = (due_at - delivering.clock()).total_seconds()
    delivering.nap(min(max(pause_s, 0.05), LONGEST_NAP_S))
    return True


def deliver_now(delivering: Delivering, subscriber_id: int, *, wait_s: float) -> bool:
    """Deliver to one subscriber while somebody waits for it; whether it was done within `wait_s` seconds.

    What takes longer goes on by itself. If another worker is at him, his end is waited for.
    """
    deadline = time.monotonic() + wait_s
    while True:
        claims = queue.claim(delivering.billing.uow(), now=delivering.clock(), subscriber_id=subscriber_id)
        if claims:
            wait([delivering.at_once.submit(deliver, delivering, claims[0])], timeout=deadline - time.monotonic())
        with delivering.billing.reading() as session:
            row = session.get(Delivery, subscriber_id)
        if row is None:
            return True
        if claims or row.parked_at or time.monotonic() > deadline:
            return False
        time.sleep(0.1)
