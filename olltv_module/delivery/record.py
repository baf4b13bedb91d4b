"""What is read before the partner is called, and what is kept of his answers: many subscribers at a time.

One transaction keeps all the answers that have come since the last one. A commit costs the same for one as for many,
and a single writer never waits for its own kind.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session, selectinload

from billing.errors import PartnerError
from billing.host.base import UnknownLogin
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.delivery import queue
from olltv_module.delivery.errors import AwaitsConfirmation, DeliveryBroke, NeedsStaff
from olltv_module.delivery.outcomes import Scene
from olltv_module.delivery.plan import Do, Step, next_step
from olltv_module.delivery.queue import Claim
from olltv_module.delivery.steps import Outcome
from olltv_module.models import Delivery, Subscriber, Subscription, Tariff
from olltv_module.options import OlltvOptions

log = structlog.get_logger()

FIRST_CONFIRMATION_PAUSE_S = 900.0
LONGEST_CONFIRMATION_PAUSE_S = 86400.0
"""Each try has the partner send the subscriber another letter."""

AWAY = (OperationalError, InterfaceError)

MOVES_NO_MONEY = (Do.SWITCH_OFF, Do.READ)
"""Steps whose answers touch neither wallet nor host: the subscriber's own lock is enough for them."""


@dataclass(frozen=True)
class Job:
    """A subscriber as he was read, and the call to be made next, if any, before the claim's lease runs out."""

    claim: Claim
    subscriber: Subscriber
    step: Step | None
    until: datetime


@dataclass(frozen=True)
class Answer:
    """What a call brought. With a `cause` it brought no progress; `alive` says whether the partner serves others."""

    job: Job
    outcome: Outcome
    at: datetime
    cause: PartnerError | None = None
    alive: bool = True


def begin(billing: Billing, claims: Sequence[Claim], *, now: datetime) -> list[Job]:
    """The first call for each of the claims. One whose lease ran out meanwhile is left to who takes it over."""
    with billing.reading() as session:
        rows = _rows(session, select(Delivery), claims)
        subscribers = _subscribers(session, select(Subscriber), claims)
    jobs = list[Job]()
    for claim in claims:
        if until := queue.held_until(rows.get(claim.subscriber_id), claim, now):
            subscriber = subscribers[claim.subscriber_id]
            jobs.append(Job(claim, subscriber, next_step(subscriber), until))
        else:
            taken_over(claim)
    return jobs


def keep_all(billing: Billing, answers: Sequence[Answer]) -> list[Job]:
    """Like `keep`, but one answer that cannot be kept costs the others nothing: its subscriber is parked.

    Only after such a failure each answer gets a transaction of its own.

    :raises OperationalError, InterfaceError: the database is away; nobody is to blame for that
    """
    try:
        return keep(billing.uow(), answers)
    except AWAY:
        raise
    except Exception:  # a defect met by one of them must not end the deliveries of all
        log.exception("answers are kept one by one", answers=len(answers))
    return [job for answer in answers for job in _kept_alone(billing, answer)]


def _kept_alone(billing: Billing, answer: Answer) -> list[Job]:
    try:
        return keep(billing.uow(), [answer])
    except AWAY:
        raise
    except Exception as defect:
        log.exception("an answer could not be kept", subscriber=answer.job.claim.subscriber_id)
        _park_broken(billing.uow(), answer, DeliveryBroke(message=type(defect).__name__))
        return []


@use_case
def _park_broken(uow: UnitOfWork, answer: Answer, cause: PartnerError) -> None:
    """What the partner did is not known to us now: whoever takes him up again reads it first."""
    claim = answer.job.claim
    row = uow.session.get(Delivery, claim.subscriber_id, with_for_update=True)
    if row is not None and row.token == claim.token:
        queue.distrust(uow, claim.subscriber_id, row.leased_at or answer.at)
        _park(row, answer.job.subscriber, cause, answer.at)


@use_case
def keep(uow: UnitOfWork, answers: Sequence[Answer]) -> list[Job]:
    """Keep what was answered; gives what is to be called next.

    All of it happens under the subscribers' locks, so no change of a wish can slip in between. What belongs to a
    lease that was taken over is void: the other reads the partner's state anew.
    """
    answers = sorted(answers, key=lambda each: each.job.claim.subscriber_id)
    _lock_people(uow, answers)
    claims = [each.job.claim for each in answers]
    subscribers = _subscribers(uow.session, select(Subscriber).with_for_update(of=Subscriber), claims)
    rows = _rows(uow.session, select(Delivery).with_for_update(), claims)
    jobs = list[Job]()
    for answer in answers:
        row = rows.get(answer.job.claim.subscriber_id)
        if row is None or row.token != answer.job.claim.token:
            taken_over(answer.job.claim)
        elif job := _kept(uow, answer, subscribers[row.subscriber_id], row):
            jobs.append(job)
    return jobs


def taken_over(claim: Claim) -> None:
    log.warning("delivery taken over", subscriber=claim.subscriber_id)


def _kept(uow: UnitOfWork, answer: Answer, subscriber: Subscriber, row: Delivery) -> Job | None:
    """The next job; none when wish and fact agree, so that he leaves the queue, or when he has to wait."""
    try:
        answer.outcome(Scene(uow, subscriber, answer.at))
    except NeedsStaff as refusal:
        _park(row, subscriber, refusal, answer.at)
        return None
    subscriber.note_tv(answer.at)
    if answer.cause:
        _set_back(uow, answer, answer.cause, subscriber, row)
        return None
    step = next_step(subscriber)
    if step is None:
        uow.session.delete(row)
        return None
    return Job(answer.job.claim, subscriber, step, queue.prolong(row, now=answer.at))


def _set_back(uow: UnitOfWork, answer: Answer, cause: PartnerError, subscriber: Subscriber, row: Delivery) -> None:
    """Let go: try again later, or leave it to staff."""
    limit = uow.option(OlltvOptions).tries
    if isinstance(cause, AwaitsConfirmation):
        first_s, longest_s = FIRST_CONFIRMATION_PAUSE_S, LONGEST_CONFIRMATION_PAUSE_S
        queue.postpone(row, trouble=_trouble(cause), now=answer.at, first_s=first_s, longest_s=longest_s)
    elif answer.alive and row.tries + 1 >= limit:
        _park(row, subscriber, cause, answer.at)
    else:
        counts = answer.alive or row.tries < limit // 2  # silence makes the pauses longer but parks nobody
        queue.postpone(row, trouble=_trouble(cause), now=answer.at, counts=counts)


def _park(row: Delivery, subscriber: Subscriber, cause: PartnerError, now: datetime) -> None:
    queue.park(row, trouble=_trouble(cause), now=now)
    log.error("subscriber parked", login=subscriber.login, trouble=row.trouble)


def _trouble(cause: PartnerError) -> str:
    return f"{cause.code}: {cause.facts.get('message') or cause.facts.get('reason') or ''}"


def _lock_people(uow: UnitOfWork, answers: Sequence[Answer]) -> None:
    """Whose money may move is locked at the host first, as every service does."""
    for answer in answers:
        if answer.job.step and answer.job.step.do not in MOVES_NO_MONEY:
            with suppress(UnknownLogin):  # he is gone from the host; his bundles still have to be switched off
                uow.host.lock(answer.job.subscriber.login)


def _subscribers(session: Session, query: Select[tuple[Subscriber]], claims: Sequence[Claim]) -> dict[int, Subscriber]:
    """The claims' subscribers with their subscriptions; prices are read only where a fee is asked for."""
    tariff = selectinload(Subscriber.subscriptions).joinedload(Subscription.tariff)
    mine = query.where(Subscriber.id.in_([claim.subscriber_id for claim in claims])).order_by(Subscriber.id)
    return {each.id: each for each in session.scalars(mine.options(tariff.lazyload(Tariff.prices)))}


def _rows(session: Session, query: Select[tuple[Delivery]], claims: Sequence[Claim]) -> dict[int, Delivery]:
    mine = query.where(Delivery.subscriber_id.in_([claim.subscriber_id for claim in claims]))
    return {each.subscriber_id: each for each in session.scalars(mine.order_by(Delivery.subscriber_id))}
