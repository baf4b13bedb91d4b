"""Real databases for every test: SQLite and MariaDB. What a machine lacks is skipped, or with REQUIRE_ALL=1 failed."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from sqlalchemy import Engine, text

from billing.db import open_engine
from billing.host.native import NativeHost
from billing.uow import Billing, UnitOfWork
from olltv_module import queries
from olltv_module.options import OlltvOptions
from ppv_module.options import PpvOptions
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.packages import Packages
from suite.migrate import upgrade
from tests import mariadb
from tests.support import FakeClock, Make

KYIV = ZoneInfo("Europe/Kyiv")
BACKENDS = ("sqlite", "mariadb")


def missing(what: str, remedy: str) -> None:
    """Skip the test that needs `what`, saying how to get it; fail it where everything is required."""
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(f"{what} is missing; install it with: {remedy}")
    pytest.skip(f"{what} is missing; install it with: {remedy}")


@pytest.fixture(scope="session", autouse=True)
def _templates_are_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each test has apps of its own, and compiling their templates takes longer than most pages."""
    kept = FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": kept}  # type: ignore[misc]


@pytest.fixture(scope="session")
def mariadb_server() -> Iterator[str]:
    if mariadb.binary() is None:
        missing("MariaDB", mariadb.INSTALL)
    with mariadb.private_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()  # the last connection writes the log back into the file
    return path


@pytest.fixture(scope="session")
def mariadb_engine(mariadb_server: str) -> Iterator[Engine]:
    engine = open_engine(mariadb.create_database(mariadb_server, "tests"))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture(params=BACKENDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of this test's own, with the newest schema and no rows."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        return f"sqlite:///{path}"
    engine = request.getfixturevalue("mariadb_engine")
    empty(engine)
    return engine.url.render_as_string(hide_password=False)


def empty(engine: Engine) -> None:
    """Take every row out of the database; numbers start at one again. Tables that were not used are left alone."""
    counters = "SELECT table_name, auto_increment FROM information_schema.tables WHERE table_schema = DATABASE()"
    with engine.begin() as connection:
        connection.execute(text("SET FOREIGN_KEY_CHECKS=0"))
        for table, next_number in connection.execute(text(f"{counters} AND table_name <> 'alembic_version'")).all():
            if next_number is None:
                connection.execute(text(f"DELETE FROM `{table}`"))
            elif next_number > 1:
                connection.execute(text(f"TRUNCATE TABLE `{table}`"))
        connection.execute(text("SET FOREIGN_KEY_CHECKS=1"))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def options() -> OlltvOptions:
    """The operator's options; a test module overrides this to try others."""
    return OlltvOptions(enabled=True, login="demo", password="demo", domain="isp.example")


@pytest.fixture
def billing(database_url: str, options: OlltvOptions) -> Iterator[Billing]:
    """The core over a real database of this test's own."""
    engine = open_engine(database_url)
    yield Billing(
        engine=engine,
        unit="UAH",
        zone=KYIV,
        host=lambda session, ledger: NativeHost(session, ledger, "UAH"),
        options={
            OlltvOptions: options,
            PpvOptions: PpvOptions(enabled=True),
            StreamOptions: StreamOptions(),
            Packages: Packages(queries.holders, queries.titles),
        },
    )
    engine.dispose()


@pytest.fixture
def uow(billing: Billing) -> Callable[[], UnitOfWork]:
    return billing.uow


@pytest.fixture
def make(billing: Billing, clock: FakeClock) -> Make:
    return Make(billing, clock)
