"""A stage for stories about who is denied."""

from pathlib import Path

import pytest

from billing.uow import Billing
from tests.streams.denials.stage import Stage
from tests.streams.make import MakeStreams
from tests.support import FakeClock


@pytest.fixture
def stage(billing: Billing, clock: FakeClock, streams: MakeStreams, tmp_path: Path) -> Stage:
    return Stage(billing, clock, streams, tmp_path / "spool")
