"""The panel over a real database of this test's own, and people of the staff who use it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from billing.staff import RIGHTS
from panel.app import create_app
from suite.runtime import Runtime, build_runtime
from tests.olltv.support import Viewers, YesPartner
from tests.panel.client import Person, signed_in
from tests.running.panel import add_person
from tests.support import FakeClock, Make

ALTER_INI = "LANG=en\nOLLTV_ENABLED=1\nOLLTV_LOGIN=demo\nOLLTV_PASSWORD=demo\nOLLTV_DOMAIN=isp.example\nOLLTV_WAIT=0\n"


@pytest.fixture
def partner_url() -> str:
    """Nobody answers here; tests that want the sandbox override it."""
    return "http://127.0.0.1:9/ispAPI/"


@pytest.fixture
def runtime(tmp_path: Path, database_url: str, clock: FakeClock, partner_url: str) -> Iterator[Runtime]:
    """Over SQLite and MariaDB; its clock stands still."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "alter.ini").write_text(ALTER_INI)
    env = {"DATABASE_URL": database_url, "OLLTV_API_URL": partner_url}
    built = Runtime(build_runtime(folder, env).settings, clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def billing(runtime: Runtime):
    """The core that the panel works on: factories and panel see the same rows."""
    return runtime.billing


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_app(runtime)


@pytest.fixture
def person(app: Flask, runtime: Runtime) -> Callable[..., Person]:
    """`person("OLLTV")` signs in somebody with these rights alone."""

    def sign_in(*rights: str, login: str = "") -> Person:
        login = login or "-".join(["staff", *rights]).lower()
        add_person(runtime, login, rights)
        return signed_in(app, login)

    return sign_in


@pytest.fixture
def panel(person: Callable[..., Person]) -> Person:
    """Olena, who has every right."""
    return person(*RIGHTS, login="olena")


@pytest.fixture
def viewers(runtime: Runtime, clock: FakeClock, make: Make) -> Viewers:
    return Viewers(runtime.billing, clock, make, YesPartner())
