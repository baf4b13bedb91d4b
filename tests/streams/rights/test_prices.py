"""Versions of what a minute costs: from now on or later, never for what was watched already."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput
from billing.uow import UnitOfWork
from ppv_module.streams.rights.contents import prices_of
from ppv_module.streams.rights.models import Counting, Kind, Meter, Price, Rounding
from ppv_module.streams.rights.prices import (
    NotByTheMinute,
    PriceHasBegun,
    PriceInThePast,
    UnknownPrice,
    prices_by_time,
    set_price,
    withdraw_price,
)
from ppv_module.streams.rights.tariffs import UnknownTariff, save_tariff
from tests.support import NOV_10, STAFF, Crash, crash_after

BY = {"actor": STAFF, "now": NOV_10}
DAY = timedelta(days=1)


@pytest.fixture
def tariff_id(uow) -> int:
    return save_tariff(uow(), name="Sport", kind=Kind.MINUTE, **BY).id


def costs(billing, tariff_id: int, at) -> int | None:
    with billing.reading() as session:
        price = prices_of(session, [tariff_id], at).get(tariff_id)
    return price and price.per_minute


def test_a_price_begins_at_once_or_later(billing, uow, tariff_id):
    assert costs(billing, tariff_id, NOV_10) is None
    set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY)
    set_price(uow(), tariff_id=tariff_id, per_minute=50, valid_from=NOV_10 + DAY, **BY)
    just_before = NOV_10 + DAY - timedelta(microseconds=1)
    assert [costs(billing, tariff_id, at) for at in (NOV_10, just_before, NOV_10 + DAY)] == [60, 60, 50]
    with billing.reading() as session:
        assert [each.per_minute for each in prices_by_time(session, tariff_id)] == [50, 60]


def test_the_same_price_again_is_the_same_version(billing, uow, tariff_id):
    first = set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY)
    again = set_price(uow(), tariff_id=tariff_id, per_minute=60, valid_from=NOV_10 + DAY, **BY)
    assert again.id == first.id
    other = set_price(
        uow(), tariff_id=tariff_id, per_minute=60, rounding=Rounding.STARTED_MINUTE, actor=STAFF, now=NOV_10 + DAY
    )
    assert (other.id != first.id, other.counting) == (True, Counting.SUM)


def test_a_price_that_has_not_begun_may_be_replaced_or_withdrawn(billing, uow, tariff_id):
    set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY)
    later = set_price(uow(), tariff_id=tariff_id, per_minute=50, valid_from=NOV_10 + DAY, **BY)
    assert set_price(uow(), tariff_id=tariff_id, per_minute=40, valid_from=NOV_10 + DAY, **BY).id == later.id
    assert costs(billing, tariff_id, NOV_10 + DAY) == 40
    withdraw_price(uow(), price_id=later.id, **BY)
    assert costs(billing, tariff_id, NOV_10 + DAY) == 60


def test_what_has_begun_stays(uow, streams, tariff_id):
    price = set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY)
    with pytest.raises(PriceHasBegun):
        withdraw_price(uow(), price_id=price.id, **BY)
    streams._add(Meter(account_id=streams.account("ivan"), price_id=price.id))
    with pytest.raises(PriceHasBegun):
        set_price(uow(), tariff_id=tariff_id, per_minute=50, **BY)


def test_what_is_refused(uow, tariff_id):
    free = save_tariff(uow(), name="Free", kind=Kind.FREE, **BY)
    with pytest.raises(PriceInThePast):
        set_price(uow(), tariff_id=tariff_id, per_minute=60, valid_from=NOV_10 - timedelta(microseconds=1), **BY)
    with pytest.raises(NotByTheMinute):
        set_price(uow(), tariff_id=free.id, per_minute=60, **BY)
    with pytest.raises(UnknownTariff):
        set_price(uow(), tariff_id=77, per_minute=60, **BY)
    with pytest.raises(UnknownPrice):
        withdraw_price(uow(), price_id=77, **BY)
    for wrong in (-1, 1_000_001):
        with pytest.raises(InvalidInput):
            set_price(uow(), tariff_id=tariff_id, per_minute=wrong, **BY)


def test_a_crash_leaves_no_price(billing, uow, tariff_id):
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY)
    assert set_price(uow(), tariff_id=tariff_id, per_minute=60, **BY).id == 1
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Price)) == 1


def test_two_who_set_a_price_at_once(billing, tariff_id):
    def priced(per_minute: int) -> int:
        return set_price(billing.uow(), tariff_id=tariff_id, per_minute=per_minute, **BY).id

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(priced, [50, 60, 50, 60])) == {1}
    assert costs(billing, tariff_id, NOV_10) in (50, 60)
