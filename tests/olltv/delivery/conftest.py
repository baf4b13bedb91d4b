"""Delivery to a real sandbox partner."""

from collections.abc import Iterator

import pytest

from billing.uow import Billing
from olltv_module.delivery.runner import Delivering
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from tests.olltv.delivery.house import House
from tests.sandbox import Sandbox
from tests.support import FakeClock, Make


@pytest.fixture(scope="session")
def sandbox_base() -> Iterator[str]:
    with serve_in_thread(Config(control=True)) as base:
        yield base


@pytest.fixture
def sandbox(sandbox_base: str) -> Sandbox:
    sandbox = Sandbox(sandbox_base)
    sandbox.reset()
    return sandbox


@pytest.fixture
def delivering(sandbox: Sandbox, billing: Billing, clock: FakeClock) -> Delivering:
    return sandbox.delivering(billing, clock)


@pytest.fixture
def house(billing: Billing, clock: FakeClock, make: Make, delivering: Delivering) -> House:
    return House(billing, clock, make, delivering)
