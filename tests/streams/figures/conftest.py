"""A factory of viewings."""

import pytest

from tests.streams.figures.made import Made
from tests.streams.make import MakeStreams


@pytest.fixture
def made(streams: MakeStreams) -> Made:
    return Made(streams)
