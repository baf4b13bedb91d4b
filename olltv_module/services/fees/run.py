"""Charging the monthly fee, or previewing it: chunk after chunk, one short transaction each."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, delete, func, select
from sqlalchemy.orm import Session

from billing import leases
from billing.actors import Actor
from billing.clock import Clock
from billing.errors import N_, InvalidInput
from billing.periods import Month
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.models import State, Subscriber, Subscription, Tariff
from olltv_module.options import OlltvOptions
from olltv_module.services.fees import statements
from olltv_module.services.fees.models import FeeChange, FeeLine, FeePrice, FeeReview, FeeRun, FeeUnpaid, Kind, Outcome
from olltv_module.services.fees.statements import Chunk
from olltv_module.services.fees.unpaid import list_unpaid
from olltv_module.services.money import INCOME

LEASE = "olltv.fee"
CHUNK_SUBSCRIBERS = 3000
"""Big enough for set-based speed, small enough to keep the longest write transaction short."""


class FutureMonth(InvalidInput):
    """A month that has not begun cannot be charged, and only the next one previewed. Facts: `field`, `value`."""

    code = "future_month"
    text = N_("%(value)s has not begun yet, so it cannot be charged.")


class BooksDisagree(AssertionError):
    """The fees that were posted are not those of the lines: a defect. The chunk is rolled back."""


@dataclass(frozen=True)
class FeeDay:
    """What a run stands on. `chunk` is a number of subscribers."""

    billing: Billing
    clock: Clock
    chunk: int = CHUNK_SUBSCRIBERS


def charge(day: FeeDay, *, actor: Actor, period: Month | None = None, preview: bool = False) -> Iterator[FeeRun]:
    """Charge everybody who owes for `period` (the present month unless told), suspend who cannot pay.

    Yields the run as it stands after each chunk; the last one is done. A run of this period that was broken off is
    finished under its own number. With `preview` nothing but the run's own report is written; the next month may be
    previewed too, with the prices that are known for it and the money that is there now.

    :raises Busy: another process is charging now
    :raises FutureMonth: see `require_begun`
    """
    period = period or day.billing.month(day.clock())
    require_begun(day.billing, period=period, preview=preview, now=day.clock())
    kind = Kind.PREVIEW if preview else Kind.RUN
    with leases.held(day.billing, name=f"{LEASE}.{kind}", clock=day.clock) as token:
        with day.billing.reading() as session:
            others = _others(session, period)
        run_id = _open(day.billing.uow(), period=period, kind=kind, others=others, actor=actor, now=day.clock())
        done = False
        while not done:
            run = _step(day.billing.uow(), run_id=run_id, token=token, size=day.chunk, now=day.clock())
            done = run.is_done
            yield run


def require_begun(billing: Billing, *, period: Month, preview: bool, now: datetime) -> None:
    """:raises FutureMonth: `period` has not begun; with `preview` it is not the next month either"""
    present = billing.month(now)
    if period > (present.next() if preview else present):
        raise FutureMonth(field="period", value=period)


@use_case
def _open(uow: UnitOfWork, *, period: Month, kind: Kind, others: dict[str, int], actor: Actor, now: datetime) -> int:
    """The run to work on: one that was broken off, else a new one with the prices of its month."""
    same = select(FeeRun).where(FeeRun.kind == kind, FeeRun.period == str(period))
    if kind is Kind.PREVIEW:
        _forget(uow.session, [run.id for run in uow.session.scalars(same)])
    elif broken := uow.session.scalar(same.where(FeeRun.finished_at.is_(None))):
        return broken.id
    last_id = uow.session.scalar(select(func.max(Subscriber.id))) or 0
    run = FeeRun(kind=kind, period=str(period), actor=actor.name, address=actor.address, started_at=now, **others)
    run.last_id = last_id
    run.missed = ",".join(str(month) for month in _missed(uow.session, period))
    uow.session.add(run)
    uow.session.flush()
    uow.session.add_all(_prices(uow, run, period))
    return run.id


def _prices(uow: UnitOfWork, run: FeeRun, period: Month) -> Iterator[FeePrice]:
    at, unit = period.starts(uow.billing.zone), uow.billing.unit
    for tariff in uow.session.scalars(select(Tariff)):
        fee = tariff.fee(at, unit)
        yield FeePrice(run_id=run.id, tariff_id=tariff.id, fee_minor=fee.minor, fee_text=fee.short())


def _missed(session: Session, period: Month) -> list[Month]:
    """Months between the last finished run and `period` that nobody was charged for; the newest twelve."""
    done = select(func.max(FeeRun.period)).where(FeeRun.kind == Kind.RUN, FeeRun.finished_at.is_not(None))
    last = session.scalar(done.where(FeeRun.period < str(period)))
    missed, month = list[Month](), period.previous()
    while last and str(month) > last and len(missed) < 12:
        missed.insert(0, month)
        month = month.previous()
    return missed


def _forget(session: Session, previews: list[int]) -> None:
    """A preview replaces the earlier ones of its month. The review goes first: without it nobody adds changes."""
    columns = (FeeReview.run_id, FeeChange.run_id, FeeUnpaid.run_id, FeeLine.run_id, FeePrice.run_id, FeeRun.id)
    for column in columns if previews else ():
        gone = delete(column.class_).where(column.in_(previews))
        session.execute(gone.execution_options(synchronize_session=False))


@use_case
def _step(uow: UnitOfWork, *, run_id: int, token: str, size: int, now: datetime) -> FeeRun:
    """One chunk in one transaction, or the end of the run. A lost lease or a crash leaves nothing of the chunk."""
    session = uow.session
    run = session.get_one(FeeRun, run_id)
    leases.renew(session, name=f"{LEASE}.{run.kind}", token=token, now=now)
    upto = statements.chunk_end(session, run.cursor, size)
    if upto is None:
        run.finished_at = now
        return run
    chunk = Chunk(session=session, run=run, person=uow.host.billable, after=run.cursor, upto=upto, now=now)
    options = uow.option(OlltvOptions)
    is_run = run.kind is Kind.RUN
    statements.classify(chunk, use_credit=options.use_credit, keep_main=options.keep_main, lock=is_run)
    found = statements.tally(chunk)
    if found.keys() - {Outcome.CHARGED}:
        list_unpaid(chunk)
    if is_run and found:
        _carry_out(uow, chunk, found)
    _add_up(run, found)
    run.cursor = upto
    return run


def _carry_out(uow: UnitOfWork, chunk: Chunk, found: dict[Outcome, tuple[int, int, int, int]]) -> None:
    posted = statements.post_fees(chunk, income=uow.ledger.system(INCOME, uow.billing.unit))
    if posted != sum(fees for _, fees, _, _ in found.values()):
        raise BooksDisagree(f"run {chunk.run.id}, subscribers to {chunk.upto}: {posted} fees posted, lines say {found}")
    statements.log_fees(chunk)
    statements.mark_paid(chunk)
    if found.keys() - {Outcome.CHARGED}:
        statements.suspend(chunk)


def _add_up(run: FeeRun, found: dict[Outcome, tuple[int, int, int, int]]) -> None:
    for outcome, (subscribers, fees, charged_minor, lack_minor) in found.items():
        setattr(run, outcome.value, getattr(run, outcome.value) + subscribers)
        run.fees += fees
        run.charged_minor += charged_minor
        run.lack_minor += lack_minor


def _others(session: Session, period: Month) -> dict[str, int]:
    """Count the subscriptions that the run has no business with. Read beforehand: it looks at all of them."""
    paid = and_(Subscription.state == State.ACTIVE, Subscription.paid_through >= str(period))
    kinds = {
        "already_paid": paid,
        "switched_off": Subscription.state == State.SUSPENDED,
        "being_ordered": Subscription.state == State.PENDING,
    }
    row = session.execute(select(*[func.count(case((kind, 1))) for kind in kinds.values()])).one()
    return dict(zip(kinds, row, strict=True))
