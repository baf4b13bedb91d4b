"""The subscriber's page with a sandbox partner behind it, who is told within the request."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from billing.host.base import Person
from olltv_module.delivery.runner import deliver_now
from olltv_module.models import Tariff
from olltv_module.services import orders
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from suite.runtime import Runtime, build_runtime
from tests.panel.conftest import ALTER_INI
from tests.sandbox import Sandbox
from tests.support import STAFF, FakeClock, Make

CABINET = "https://tv.isp.example"


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
def ini() -> dict[str, str]:
    """Options of a test module or class that differ."""
    return {}


@pytest.fixture
def runtime(
    tmp_path: Path, database_url: str, clock: FakeClock, sandbox: Sandbox, ini: dict[str, str]
) -> Iterator[Runtime]:
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "alter.ini").write_text(ALTER_INI)
    env = {
        "DATABASE_URL": database_url,
        "OLLTV_API_URL": sandbox.base,
        "OLLTV_WAIT": "4",
        "OLLTV_READ_TIMEOUT": "2",
        "CABINET_URL": f"{CABINET}/",
    }
    built = Runtime(build_runtime(folder, env | ini).settings, clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def start(make: Make) -> Tariff:
    return make.tariff("50 UAH", service="main_start", name="Start")


@pytest.fixture
def best(make: Make) -> Tariff:
    return make.tariff("100 UAH", service="main_max", name="Max")


@pytest.fixture
def screen(make: Make) -> Tariff:
    return make.tariff("15 UAH", service="screen2", name="Second screen", main=False)


@pytest.fixture
def ivan(make: Make) -> Person:
    """Has 200 UAH and no television."""
    return make.subscriber("ivan", wallet="200 UAH", name="Ivan Franko", email="ivan@isp.test", mobile="0501234567")


@pytest.fixture
def watch(runtime: Runtime) -> Callable[..., None]:
    """Switches these tariffs on, the main first."""

    def ordered(login: str, *tariffs: Tariff) -> None:
        for tariff in tariffs:
            place = orders.subscribe if tariff.main else orders.add_addon
            sub = place(runtime.billing.uow(), login=login, tariff_id=tariff.id, actor=STAFF, now=runtime.clock())
            assert deliver_now(runtime.delivering, sub.subscriber_id, wait_s=5)

    return ordered
