"""The arithmetic of minutes is exact: in whole numbers, the same in Python and in the databases."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import BigInteger, literal, select

from billing.db import Instant
from billing.uow import Billing
from ppv_module.streams.syncs import metering
from tests.support import NOV_10

MS = some.integers(0, 2**40)
RATES = some.integers(0, 1_000_000)


def big(number: int) -> object:
    return literal(number, BigInteger())


@given(deltas=some.lists(some.integers(0, 10**7), max_size=50), per_minute=RATES)
def test_parts_cost_together_what_their_sum_costs(deltas: list[int], per_minute: int) -> None:
    watched, taken = 0, 0
    for delta in deltas:
        taken += metering.due(watched + delta, per_minute) - metering.due(watched, per_minute)
        watched += delta

    assert taken == sum(deltas) * per_minute // 60_000


@given(deltas=some.lists(some.integers(0, 10**6), max_size=50))
def test_begun_minutes_add_up(deltas: list[int]) -> None:
    watched, minutes = 0, 0
    for delta in deltas:
        minutes += metering.started_minutes(watched, delta)
        watched += delta

    assert minutes == -(-watched // 60_000)


@given(debts=some.dictionaries(some.integers(1, 9), some.integers(0, 1000)), available=some.integers(-100, 5000))
def test_nobody_pays_more_than_he_owes_or_has(debts: dict[int, int], available: int) -> None:
    paid = metering.payments(debts, available)

    assert all(0 <= paid[price] <= debt for price, debt in debts.items())
    assert sum(paid.values()) == min(sum(debts.values()), max(available, 0))
    short = [price for price in sorted(debts) if paid[price] < debts[price]]
    assert all(paid[price] == 0 for price in debts if short and price > short[0])


@pytest.mark.parametrize(
    ("watched_ms", "per_minute"),
    [(0, 60), (59_999, 1), (60_000, 1), (119_999, 1), (59_999, 999_983), (2**57 - 1, 31), (2**40, 999_999)],
)
def test_databases_reckon_alike(billing: Billing, watched_ms: int, per_minute: int) -> None:
    due = metering.sql_due(big(watched_ms), big(per_minute))  # type: ignore[arg-type]
    started = metering.sql_started(big(watched_ms))  # type: ignore[arg-type]

    with billing.reading() as session:
        found = session.execute(select(due, started)).one()

    assert tuple(found) == (metering.due(watched_ms, per_minute), metering.started_minutes(0, watched_ms))


@pytest.mark.parametrize("ms", [0, 1, 999, 1000, 60_001, 86_400_000, 90_061_007, -1, -5_000])
def test_databases_know_how_long_it_was(billing: Billing, ms: int) -> None:
    def at(moment: datetime) -> object:
        return literal(moment, Instant())

    began = NOV_10 + timedelta(milliseconds=321)
    with billing.reading() as session:
        found = session.scalar(select(metering.ms_between(at(began), at(began + timedelta(milliseconds=ms)))))

    assert found == ms
