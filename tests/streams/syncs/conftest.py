"""A stage for messages of media servers."""

import pytest

from tests.streams.make import MakeStreams
from tests.streams.syncs.stage import Stage


@pytest.fixture
def stage(streams: MakeStreams) -> Stage:
    return Stage(streams)
