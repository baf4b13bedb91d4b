"""A factory of the chat's rows beside the usual ones."""

import pytest

from tests.panel.ppv.selling import Trade, open_shop
from tests.ppv.make import MakeChat
from tests.support import Make


@pytest.fixture
def chat(make: Make) -> MakeChat:
    return MakeChat(make)


@pytest.fixture
def trade(chat: MakeChat) -> Trade:
    """A chat in which everything has happened once."""
    return open_shop(chat)
