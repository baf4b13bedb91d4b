"""Amounts are whole minor units, and text is read once, strictly."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.money import CREDITS, MAX_MINOR, InvalidAmount, MixedUnits, Money

QUICK = settings(database=None, deadline=None)
AMOUNTS = st.integers(-MAX_MINOR, MAX_MINOR)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("49,90", 4990),
        ("49.9", 4990),
        ("49.90", 4990),
        ("0", 0),
        ("0,01", 1),
        ("007", 700),
        (" 12 ", 1200),
        ("1 000", 100_000),
        ("1\u00a0000,50", 100_050),
        ("1\u202f234\u202f567.8", 123_456_780),
        ("10000000000", MAX_MINOR),
    ],
)
def test_what_a_person_types_is_read_exactly(text, minor):
    assert Money.parse(text, "UAH") == Money(minor, "UAH")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-5", "+5", "1e9", "NaN", "inf", "1.234", "1,2,3", "1.2.3", "1,000.50", "5.", ".5", ",", "0x10"),
        *("1 00", "1 0000", "1  000", "1. 50", "1 000,5 00", "1_000", "49,90 UAH", "4 9", "5\n6", "1\u2009000"),
        *("４９", "٤٩", "1.٥", "10000000000,01", "99999999999999", "9" * 400),
    ],
)
def test_anything_else_is_refused_and_the_refusal_names_the_field(text):
    with pytest.raises(InvalidAmount) as refusal:
        Money.parse(text, "UAH", field="fee")
    assert refusal.value.facts == {"field": "fee", "value": text}
    assert refusal.value.http_status == 422


def test_credits_have_no_decimals():
    assert Money.parse("1 000", CREDITS) == Money(1000, CREDITS)
    for text in ("7.0", "7,5", "7."):
        with pytest.raises(InvalidAmount):
            Money.parse(text, CREDITS)


def test_a_unit_that_is_not_listed_has_two_decimals():
    assert str(Money.parse("1,5", "EUR")) == "1.50 EUR"


@QUICK
@given(st.integers(0, MAX_MINOR), st.sampled_from(["UAH", CREDITS]))
def test_what_is_written_is_read_back_as_it_was(minor, unit):
    amount = Money(minor, unit)
    assert Money.parse(amount.plain(), unit) == amount
    assert Money.parse(amount.short(), unit) == amount
    assert Money.parse(amount.plain().replace(".", ","), unit) == amount


@QUICK
@given(AMOUNTS, AMOUNTS)
def test_amounts_add_subtract_negate_and_compare_like_their_minor_units(one, other):
    a, b = Money(one, "UAH"), Money(other, "UAH")
    assert (a + b).minor == one + other
    assert (a - b).minor == one - other
    assert (-a).minor == -one
    assert (a < b, a <= b, a > b, a >= b, a == b) == (
        one < other,
        one <= other,
        one > other,
        one >= other,
        one == other,
    )


@pytest.mark.parametrize(
    ("minor", "unit", "plain", "short"),
    [
        (4990, "UAH", "49.90", "49.9"),
        (5000, "UAH", "50.00", "50"),
        (-5, "UAH", "-0.05", "-0.05"),
        (-10_000, "UAH", "-100.00", "-100"),
        (0, "UAH", "0.00", "0"),
        (100, CREDITS, "100", "100"),
        (-7, CREDITS, "-7", "-7"),
    ],
)
def test_amounts_are_written_in_one_way(minor, unit, plain, short):
    amount = Money(minor, unit)
    assert (amount.plain(), amount.short(), str(amount)) == (plain, short, f"{plain} {unit}")


def test_the_sum_of_a_million_lines_is_exact():
    line, total = Money(10**9 + 1, "UAH"), Money(0, "UAH")
    for _ in range(1_000_000):
        total += line
    assert total == Money(10**15 + 10**6, "UAH")


@pytest.mark.parametrize("mix", [Money.__add__, Money.__sub__, Money.__lt__, Money.__le__])
def test_two_units_never_meet(mix):
    with pytest.raises(MixedUnits, match="UAH with CRD"):
        mix(Money(1, "UAH"), Money(1, CREDITS))


def test_equal_numbers_of_two_units_are_not_equal():
    assert Money(1, "UAH") != Money(1, CREDITS)
