"""What is found out about a run after its end: how it differs from the fee day before, and its money in the ledger.

It looks at every line of two months, so the worker does it, in chunks, and pages read only what came out.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Insert, Select, bindparam, case, func, insert, literal, select, union_all
from sqlalchemy.orm import Session

from billing.db import insert_missing
from billing.ledger.models import Transfer
from billing.uow import UnitOfWork, use_case
from olltv_module.services.fees.models import JOURNAL_PREFIX, Change, FeeChange, FeeLine, FeeReview, FeeRun, Kind
from olltv_module.services.fees.run import FeeDay
from olltv_module.services.fees.statements import AFTER, RUN, UPTO, chunk_end

CHUNK_SUBSCRIBERS = 10_000
LAST = 2**62
"""The cursor of a comparison that has seen everybody."""

BEFORE, NOW_PAID = (bindparam(name, expanding=True, type_=BigInteger()) for name in ("before", "now_paid"))


def review(day: FeeDay, *, run_id: int, chunk: int = CHUNK_SUBSCRIBERS) -> Iterator[FeeReview]:
    """Compare the finished run `run_id` with the month before it and count its money in the ledger.

    Yields the review as it stands after each chunk of `chunk` subscribers; the last one is done. A review that was
    broken off goes on where it ended; two at once share the work. Nothing is yielded for a run that is done with, not
    finished, or no more.
    """
    found = _begin(day.billing.uow(), run_id=run_id)
    while found and not found.is_done:
        found = _compare(day.billing.uow(), run_id=run_id, size=chunk)
        if found and found.cursor == LAST:
            with day.billing.reading() as session:
                proof = _proof(session, run_id)
            found = _end(day.billing.uow(), run_id=run_id, proof=proof, now=day.clock())
        if found:
            yield found


def to_review(session: Session) -> Sequence[int]:
    """The finished runs and previews that are not reviewed yet, the oldest first."""
    done = select(FeeReview.run_id).where(FeeReview.run_id == FeeRun.id, FeeReview.done_at.is_not(None)).exists()
    query = select(FeeRun.id).where(FeeRun.finished_at.is_not(None), ~done)
    return session.scalars(query.order_by(FeeRun.id)).all()


@use_case
def _begin(uow: UnitOfWork, *, run_id: int) -> FeeReview | None:
    run = uow.session.get(FeeRun, run_id, with_for_update={"read": True})  # a preview may be replaced meanwhile
    if run is None or not run.is_done:
        return None
    values = {"run_id": run_id, "previous": _previous(uow.session, run), "cursor": 0}
    numbers = ("started", "stopped", "other_sum", "posted", "lines")
    zeros = {name: 0 for number in numbers for name in (number, f"{number}_minor")}
    insert_missing(uow.session, FeeReview, **values, **zeros)
    return uow.session.get(FeeReview, run_id)


def _previous(session: Session, run: FeeRun) -> str:
    """The newest month before that of `run` in which fees were charged; empty when there was none."""
    done = select(func.max(FeeRun.period)).where(FeeRun.kind == Kind.RUN, FeeRun.finished_at.is_not(None))
    return session.scalar(done.where(FeeRun.period < run.period)) or ""


@use_case
def _compare(uow: UnitOfWork, *, run_id: int, size: int) -> FeeReview | None:
    """One chunk. The lock of the review keeps two workers from comparing the same one."""
    session = uow.session
    found = session.get(FeeReview, run_id, with_for_update=True, populate_existing=True)
    if found is None or found.is_done or found.cursor == LAST:
        return found
    upto = chunk_end(session, found.cursor, size) if found.previous else None
    if upto is not None:
        run = session.get_one(FeeRun, run_id)
        ids = {"before": _charging(session, Kind.RUN, found.previous), "now_paid": _charged_so_far(session, run)}
        values = {"run": run_id, "after": found.cursor, "upto": upto}
        session.execute(_changes(), values | ids)
        _add_up(session, found, values)
    found.cursor = LAST if upto is None else upto
    return found


def _charging(session: Session, kind: Kind, period: str) -> list[int]:
    """The runs of a month that charged somebody."""
    query = select(FeeRun.id).where(FeeRun.kind == kind, FeeRun.period == period, FeeRun.charged_minor > 0)
    return list(session.scalars(query))


def _charged_so_far(session: Session, run: FeeRun) -> list[int]:
    """`run` and those of its month before it: together they say who has paid, or would have, when it ended."""
    before = [each for each in _charging(session, Kind.RUN, run.period) if each < run.id]
    return [*before, run.id]


@cache
def _changes() -> Insert:
    """Write who pays another sum than before, in one chunk."""
    sides = union_all(_side(BEFORE, is_before=True), _side(NOW_PAID, is_before=False)).subquery("side")
    before, after = func.sum(sides.c.before_minor), func.sum(sides.c.after_minor)
    kind = case((before == 0, Change.STARTED), (after == 0, Change.STOPPED), else_=Change.OTHER_SUM)
    query = select(RUN, kind, sides.c.subscriber_id, before, after).group_by(sides.c.subscriber_id)
    columns = ["run_id", "kind", "subscriber_id", "before_minor", "after_minor"]
    table: Any = FeeChange.__table__
    return insert(table).from_select(columns, query.having(before != after), include_defaults=False)


def _side(runs: Any, *, is_before: bool) -> Select[Any]:
    paid, nothing = FeeLine.charged_minor, literal(0, BigInteger())
    before, after = (paid, nothing) if is_before else (nothing, paid)
    query = select(FeeLine.subscriber_id, before.label("before_minor"), after.label("after_minor"))
    query = query.where(FeeLine.run_id.in_(runs), FeeLine.charged_minor > 0)
    return query.where(FeeLine.subscriber_id > AFTER, FeeLine.subscriber_id <= UPTO)


def _add_up(session: Session, found: FeeReview, values: dict[str, Any]) -> None:
    names = {Change.STARTED: "started", Change.STOPPED: "stopped", Change.OTHER_SUM: "other_sum"}
    difference = func.sum(FeeChange.after_minor - FeeChange.before_minor)
    of_chunk = (FeeChange.run_id == RUN, FeeChange.subscriber_id > AFTER, FeeChange.subscriber_id <= UPTO)
    for kind, name in names.items():
        query = select(func.count(), difference).where(*of_chunk, FeeChange.kind == kind)
        number, minor = session.execute(query, values).one()
        setattr(found, name, getattr(found, name) + number)
        setattr(found, f"{name}_minor", getattr(found, f"{name}_minor") + int(minor or 0))


def _proof(session: Session, run_id: int) -> dict[str, int]:
    """Number and sum of the fees in the ledger, and as the lines tell of them."""
    posted = select(func.count(), func.sum(Transfer.amount_minor)).where(
        Transfer.journal == f"{JOURNAL_PREFIX}{run_id}"
    )
    told = select(func.sum(FeeLine.fees), func.sum(FeeLine.charged_minor)).where(FeeLine.run_id == run_id)
    numbers = [*session.execute(posted).one(), *session.execute(told).one()]
    names = ("posted", "posted_minor", "lines", "lines_minor")
    return {name: int(number or 0) for name, number in zip(names, numbers, strict=True)}


@use_case
def _end(uow: UnitOfWork, *, run_id: int, proof: dict[str, int], now: datetime) -> FeeReview | None:
    found = uow.session.get(FeeReview, run_id, with_for_update=True, populate_existing=True)
    if found and not found.is_done:
        for name, number in proof.items():
            setattr(found, name, number)
        found.done_at = now
    return found
