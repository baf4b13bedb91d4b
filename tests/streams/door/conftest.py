"""The door of media servers over a real database of this test's own, and a media server that posts to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from billing.uow import Billing
from remoteapi.app import create_streams
from suite.runtime import Runtime, build_runtime
from tests.streams.door.posting import MediaServer
from tests.support import FakeClock


@pytest.fixture
def ini() -> dict[str, str]:
    """Options of a test that differ from the usual ones; a test module or class overrides this."""
    return {}


@pytest.fixture
def runtime(tmp_path: Path, database_url: str, clock: FakeClock, ini: dict[str, str]) -> Iterator[Runtime]:
    folder = tmp_path / "config"
    folder.mkdir()
    lines = {"LANG": "en", "PPV_ENABLED": "1", **ini}
    (folder / "alter.ini").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))
    built = Runtime(build_runtime(folder, {"DATABASE_URL": database_url}).settings, clock)
    yield built
    built.billing.engine.dispose()


@pytest.fixture
def billing(runtime: Runtime) -> Billing:
    return runtime.billing


@pytest.fixture
def app(runtime: Runtime) -> Flask:
    return create_streams(runtime)


@pytest.fixture
def media(app: Flask) -> MediaServer:
    return MediaServer(app.test_client())
