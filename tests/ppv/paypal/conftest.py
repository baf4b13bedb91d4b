"""A shop whose notices a verifier of ours answers for."""

import pytest

from billing.uow import Billing
from ppv_module.options import PpvOptions
from tests.ppv.credits.shop import SELLER, Shop, with_options
from tests.ppv.paypal.server import verifying


@pytest.fixture
def verifier():
    with verifying() as told:
        yield told


@pytest.fixture
def billing(billing: Billing, verifier) -> Billing:
    return with_options(billing, paypal_verify_url=verifier.url)


@pytest.fixture
def given(billing) -> PpvOptions:
    return billing.option(PpvOptions)


@pytest.fixture
def shop(billing, clock, chat) -> Shop:
    return Shop(billing, clock, chat, chat.tenant(paypal_business=SELLER, paypal_receiver_id="SELLERID"))


@pytest.fixture
def ivan(make):
    return make.subscriber("ivan", wallet="250 UAH")
