"""Two chats with their own currencies, whose people have the same numbers."""

from dataclasses import dataclass

import pytest

from ppv_module.chat.models import Performer, Person, Tenant
from tests.ppv.make import MakeChat
from tests.ppv.reports.made import Made


@dataclass(frozen=True)
class Place:
    """A chat with one performer and one viewer."""

    tenant: Tenant
    performer: Performer
    viewer: Person


@pytest.fixture
def made(chat: MakeChat) -> Made:
    return Made(chat)


@pytest.fixture
def here(chat: MakeChat) -> Place:
    """In hryvnias; the performer gets a half."""
    tenant = chat.tenant(name="Kyiv", currency="UAH")
    performer = chat.performer(tenant, "anna", number=5, display_name="Anna")
    return Place(tenant, performer, chat.viewer(tenant, "ivan", number=10_005))


@pytest.fixture
def there(chat: MakeChat) -> Place:
    """In euros, with the same numbers; the performer gets seven tenths."""
    tenant = chat.tenant(name="Wien", currency="EUR")
    performer = chat.performer(tenant, "berta", number=5, display_name="Berta", percent_bp=7000)
    return Place(tenant, performer, chat.viewer(tenant, "hans", number=10_005))
