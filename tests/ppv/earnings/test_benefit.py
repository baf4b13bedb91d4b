"""What credits are worth, and her part of it, to the thousandth."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ppv_module.chat.earnings.benefit import share


@pytest.mark.parametrize(
    ("credits", "percent_bp", "price", "benefit"),
    [
        (90, 5000, 1500, 750),
        (10, 3300, 167, 55),
        (1, 5000, 17, 9),
        (600, 7000, 10_000, 7000),
        (0, 5000, 0, 0),
        (600, 0, 10_000, 0),
        (600, 10_000, 10_000, 10_000),
    ],
)
def test_ten_of_the_currency_for_six_hundred_credits(credits, percent_bp, price, benefit):
    assert share(credits, 1000, 600, percent_bp) == (price, benefit)


def test_the_ratio_is_kept_where_a_unit_value_would_drift():
    assert share(600_000, 1000, 600, 0) == (10_000_000, 0)
    assert share(1, 1, 3, 0)[0] == 3


@given(
    credits=some.integers(0, 10**9),
    minor=some.integers(1, 10**6),
    per=some.integers(1, 10**6),
    percent_bp=some.integers(0, 10_000),
)
def test_halves_are_rounded_up_and_both_parts_add_up(credits, minor, per, percent_bp):
    price, benefit = share(credits, minor, per, percent_bp)
    assert -per <= 2 * (credits * minor * 10 - price * per) < per
    assert -10_000 <= 2 * (price * percent_bp - benefit * 10_000) < 10_000
    assert 0 <= benefit <= price
