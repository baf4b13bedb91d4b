"""Fixtures of the monthly run's tests."""

from types import SimpleNamespace

import pytest

from tests.support import DEC_1


@pytest.fixture
def sold(make):
    """Tariffs: a main, another one, two add-ons, and free ones."""
    return SimpleNamespace(
        main=make.tariff("50.00 UAH"),
        top=make.tariff("99.90 UAH"),
        sport=make.tariff("20.00 UAH", main=False),
        kids=make.tariff("10.50 UAH", main=False),
        gift=make.tariff("0 UAH"),
        bonus=make.tariff("0 UAH", main=False),
    )


@pytest.fixture
def december(clock):
    clock.now = DEC_1
    return clock
