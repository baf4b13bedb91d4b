"""Fixtures of the use cases' tests."""

import pytest

from tests.support import GUEST


@pytest.fixture
def place(uow, clock):
    """Calls a use case as the subscriber would, now."""

    def call(use_case, person, **kwargs):
        return use_case(uow(), login=person.login, actor=GUEST, now=clock(), **kwargs)

    return call


@pytest.fixture
def tariffs(make):
    """A main and two add-ons."""
    return make.tariff("50 UAH"), make.tariff("20 UAH", main=False), make.tariff("10 UAH", main=False)


@pytest.fixture
def flags(uow):
    """Sets the flags of a subscriber in the host billing."""

    def change(person, **kwargs):
        with (unit := uow()):
            unit.host.set_flags(person.login, **kwargs)

    return change


@pytest.fixture
def remove(uow, clock):
    """Takes a subscriber out of the host billing."""

    def go(person):
        with (unit := uow()):
            unit.host.remove(person.login, at=clock())

    return go
