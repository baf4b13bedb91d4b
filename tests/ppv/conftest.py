"""A factory of the chat's rows beside the usual ones."""

import pytest

from tests.ppv.make import MakeChat
from tests.support import Make


@pytest.fixture
def chat(make: Make) -> MakeChat:
    return MakeChat(make)
