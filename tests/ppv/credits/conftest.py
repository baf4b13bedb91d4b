"""A shop that sells credits."""

import pytest

from billing.uow import Billing
from tests.ppv.credits.shop import SELLER, Shop, with_options


@pytest.fixture
def billing(billing: Billing) -> Billing:
    return with_options(billing)


@pytest.fixture
def shop(billing, clock, chat) -> Shop:
    return Shop(billing, clock, chat, chat.tenant(paypal_business=SELLER, paypal_receiver_id="SELLERID"))


@pytest.fixture
def ivan(make):
    return make.subscriber("ivan", wallet="250 UAH")
