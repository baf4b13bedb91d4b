"""Who is not simply charged: beside the lines of a run, so that these few are found at once among a million others."""

from functools import cache
from typing import Any

from sqlalchemy import Insert, Select, insert, select

from billing.joins import in_order
from olltv_module.services.fees.models import FeeLine, FeeUnpaid, Outcome
from olltv_module.services.fees.statements import LINES, Chunk


def list_unpaid(chunk: Chunk) -> None:
    """Note whom the lines of the chunk do not simply charge. An index on all lines would cost a run a seventh more."""
    chunk.execute(_noting())


@cache
def _noting() -> Insert:
    columns = FeeLine.run_id, FeeLine.outcome, FeeLine.subscriber_id
    unpaid = select(*columns).where(LINES, FeeLine.outcome != Outcome.CHARGED)
    table: Any = FeeUnpaid.__table__  # the mapped class would take the values of the chunk for a row
    return insert(table).from_select([column.key for column in columns], unpaid, include_defaults=False)


def lines_of(run_id: int, outcome: Outcome | None, *columns: Any) -> Select[Any]:
    """`columns` of the lines of a run, with this outcome if one is given. For an order use `order_of`."""
    if outcome in (None, Outcome.CHARGED):
        query = select(*columns).where(FeeLine.run_id == run_id)
        return query if outcome is None else query.where(FeeLine.outcome == outcome)
    same = (FeeLine.run_id == FeeUnpaid.run_id) & (FeeLine.subscriber_id == FeeUnpaid.subscriber_id)
    query = select(*columns).select_from(in_order(FeeUnpaid, (FeeLine, same)))
    return query.where(FeeUnpaid.run_id == run_id, FeeUnpaid.outcome == outcome)


def order_of(outcome: Outcome | None) -> Any:
    """The column by which an index gives `lines_of` in order: the subscriber's number."""
    return FeeLine.subscriber_id if outcome in (None, Outcome.CHARGED) else FeeUnpaid.subscriber_id
