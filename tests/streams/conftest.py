"""A factory of what there is to watch beside the usual ones."""

import pytest

from tests.streams.make import MakeStreams
from tests.support import Make


@pytest.fixture
def streams(make: Make) -> MakeStreams:
    return MakeStreams(make)
