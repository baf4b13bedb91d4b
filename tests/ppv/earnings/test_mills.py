"""Amounts in thousandths of a currency."""

import pytest

from billing.money import InvalidAmount, MixedUnits
from ppv_module.chat.earnings.mills import Mills
from suite.texts import show


@pytest.mark.parametrize(
    ("text", "mills"), [("1", 1_000), ("1,5", 1_500), ("0.001", 1), ("1 234,567", 1_234_567), (" 12.34 ", 12_340)]
)
def test_amounts_are_read_with_up_to_three_decimals(text, mills):
    assert Mills.parse(text, "UAH") == Mills(mills, "UAH")


@pytest.mark.parametrize("text", ["", "-1", "1.2345", "1e3", "one", "99999999999999", "1,2,3", "１"])
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(InvalidAmount):
        Mills.parse(text, "UAH")


@pytest.mark.parametrize(("mills", "plain"), [(0, "0.000"), (-5, "-0.005"), (1_234_567, "1234.567")])
def test_machines_get_three_decimals(mills, plain):
    assert Mills(mills, "UAH").plain() == plain


@pytest.mark.parametrize(("lang", "text"), [("en", "1,234.500 UAH"), ("uk", "1 234,500 ₴"), ("ru", "1 234,500 ₴")])
def test_people_get_three_decimals(lang, text):
    shown = show(Mills(1_234_500, "UAH"), lang)
    assert shown.replace("\u202f", " ").replace("\xa0", " ") == text


def test_currencies_do_not_mix():
    assert Mills(1, "UAH") + Mills(2, "UAH") - Mills(1, "UAH") == Mills(2, "UAH")
    with pytest.raises(MixedUnits):
        Mills(1, "UAH") + Mills(1, "EUR")
