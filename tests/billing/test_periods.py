"""A period is a calendar month at the operator's place."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.clock import system_clock
from billing.periods import InvalidMonth, Month

KYIV = ZoneInfo("Europe/Kyiv")
MONTHS = st.builds(Month, st.integers(2000, 2099), st.integers(1, 12))


@pytest.mark.parametrize(
    ("instant", "month"),
    [
        (datetime(2026, 11, 30, 21, 59, 59, 999_999, UTC), "2026-11"),
        (datetime(2026, 11, 30, 22, 0, tzinfo=UTC), "2026-12"),  # winter: two hours ahead of UTC
        (datetime(2026, 6, 30, 20, 59, 59, 999_999, UTC), "2026-06"),
        (datetime(2026, 6, 30, 21, 0, tzinfo=UTC), "2026-07"),  # summer: three
        (datetime(2026, 3, 31, 20, 59, 59, tzinfo=UTC), "2026-03"),  # the clock went forward on the 29th
        (datetime(2026, 3, 31, 21, 0, tzinfo=UTC), "2026-04"),
        (datetime(2026, 10, 31, 21, 30, tzinfo=UTC), "2026-10"),  # and back on the 25th
        (datetime(2026, 10, 31, 22, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 31, 22, 0, tzinfo=UTC), "2027-01"),
    ],
)
def test_a_month_begins_at_midnight_of_the_operators_place(instant, month):
    assert str(Month.of(instant, KYIV)) == month


def test_without_a_place_months_are_those_of_utc():
    assert Month.of(datetime(2026, 11, 30, 23, 59, tzinfo=UTC)) == Month(2026, 11)


@settings(database=None, deadline=None)
@given(MONTHS)
def test_a_month_starts_where_the_one_before_ends(month):
    start = month.starts(KYIV)
    assert Month.of(start, KYIV) == month
    assert Month.of(start - timedelta(microseconds=1), KYIV) == month.previous()
    assert month.next().previous() == month == month.previous().next()
    assert month < month.next()
    assert str(month) < str(month.next())
    assert Month.parse(str(month)) == month


def test_the_year_turns_with_december():
    assert Month(2026, 12).next() == Month(2027, 1)
    assert Month(2027, 1).previous() == Month(2026, 12)


@pytest.mark.parametrize("text", ["2026-11", " 2026-11 ", "2026-11\n"])
def test_a_month_is_read_as_year_and_month(text):
    assert Month.parse(text) == Month(2026, 11)


@pytest.mark.parametrize(
    "text",
    ["", "2026", "2026-13", "2026-00", "2026-1", "26-11", "1999-11", "2026/11", "2026-11-01", "２０２６-１１", "x"],
)
def test_anything_else_is_refused_and_the_refusal_names_the_field(text):
    with pytest.raises(InvalidMonth) as refusal:
        Month.parse(text, field="month")
    assert refusal.value.facts == {"field": "month", "value": text}


def test_the_systems_clock_tells_utc():
    assert abs(system_clock() - datetime.now(KYIV)) < timedelta(seconds=5)
    assert system_clock().tzinfo is UTC
