"""A viewer and a performer, ready for a show."""

from collections.abc import Callable

import pytest

from billing.uow import Billing
from tests.ppv.make import MakeChat
from tests.ppv.shows.stage import Stage, stage
from tests.support import FakeClock


@pytest.fixture
def on_stage(billing: Billing, clock: FakeClock, chat: MakeChat) -> Callable[..., Stage]:
    """`on_stage(rate=60, credits=600)`: the numbers that the story is about."""
    return lambda *, rate=60, credits=600, **rules: stage(billing, clock, chat, rate=rate, credits=credits, **rules)
