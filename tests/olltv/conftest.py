"""Fixtures of the OLL.TV tests."""

import pytest

from billing.uow import Billing
from tests.olltv.support import Viewers
from tests.support import FakeClock, Make


@pytest.fixture
def viewers(billing: Billing, clock: FakeClock, make: Make) -> Viewers:
    """Makes subscribers who watch."""
    return Viewers(billing, clock, make)
