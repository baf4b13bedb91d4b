"""A runtime over a database of this test's own, with a sandbox partner behind it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from billing.staff import RIGHTS, Staff
from panel.app import create_app
from sandbox.ispapi import Config
from sandbox.ispapi.server import serve_in_thread
from suite.runtime import Runtime, build_runtime
from tests.running.panel import CHEAP_HASH
from tests.sandbox import Sandbox
from tests.support import FakeClock


@pytest.fixture
def partner_url() -> Iterator[str]:
    with serve_in_thread(Config(control=True)) as base:
        yield base


@pytest.fixture
def partner(partner_url: str) -> Sandbox:
    """The sandbox's control door, without anybody in it."""
    found = Sandbox(partner_url)
    found.reset()
    return found


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A configuration directory; var/ and logs lie beside it."""
    folder = tmp_path / "config"
    folder.mkdir()
    (folder / "alter.ini").write_text(
        "LANG=en\nOLLTV_ENABLED=1\nOLLTV_LOGIN=demo\nOLLTV_PASSWORD=demo\nOLLTV_DOMAIN=isp.example\n"
    )
    return folder


@pytest.fixture
def runtime(directory: Path, database_url: str, clock: FakeClock) -> Iterator[Runtime]:
    """Over SQLite and MariaDB; its clock stands still. Nobody answers at the partner's address."""
    env = {"DATABASE_URL": database_url, "OLLTV_API_URL": "http://127.0.0.1:9/ispAPI/"}
    built = Runtime(build_runtime(directory, env).settings, clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def olena(runtime: Runtime) -> str:
    """Someone of the staff."""
    uow = runtime.billing.uow()
    with uow:
        person = Staff(
            login="olena", password_hash=CHEAP_HASH, rights=list(RIGHTS), language="en", created_at=runtime.clock()
        )
        uow.session.add(person)
    return "olena"


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    """The panel."""
    return create_app(runtime)


@pytest.fixture
def client(app: Flask, olena: str) -> FlaskClient:
    """Olena's browser."""
    return app.test_client()
