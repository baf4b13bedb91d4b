"""Databases for one bench run: equal copies side by side, on SQLite files or on a private MariaDB server."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from billing.db import open_engine
from suite.migrate import upgrade
from tests import mariadb

BUFFER_POOL_MB = 4096
"""Holds every copy at once, so that MariaDB computes rather than reads, as it does on a server of an operator."""

VERSIONS = "alembic_version"
"""The only table with rows in a database that has just been made."""

Fill = Callable[[Engine], None]
Copies = Callable[[str, Fill, int], list[str]]
"""Fill one database, and give the URLs of so many equal ones. Those made under the same name before are gone then."""


def open_databases(kind: str) -> AbstractContextManager[Copies]:
    """Databases of `kind` ("sqlite" or "mariadb"); they are gone at the end of the block."""
    return _sqlite() if kind == "sqlite" else _mariadb()


@contextmanager
def _sqlite() -> Iterator[Copies]:
    with tempfile.TemporaryDirectory(prefix="olltv-bench-") as directory:

        def copies(name: str, fill: Fill, number: int) -> list[str]:
            paths = [Path(directory) / f"{name}{each}.db" for each in range(number)]
            for path in paths:
                path.unlink(missing_ok=True)
            _filled(f"sqlite:///{paths[0]}", fill)
            for path in paths[1:]:
                shutil.copyfile(paths[0], path)
            return [f"sqlite:///{path}" for path in paths]

        yield copies


@contextmanager
def _mariadb() -> Iterator[Copies]:
    with mariadb.private_server(buffer_pool_mb=BUFFER_POOL_MB) as server:

        def copies(name: str, fill: Fill, number: int) -> list[str]:
            urls = [mariadb.create_database(server, f"{name}{each}") for each in range(number)]
            _filled(urls[0], fill)
            for url in urls[1:]:
                _filled(url, partial(_copy, f"{name}0"))
            return urls

        yield copies


def _filled(url: str, fill: Fill) -> None:
    engine = open_engine(url)
    upgrade(engine)
    fill(engine)
    engine.dispose()  # SQLite then writes its log back into the file


def _copy(database: str, engine: Engine) -> None:
    with load_fast(engine) as connection:
        for name in _tables(connection):
            connection.execute(text(f"INSERT INTO `{name}` SELECT * FROM `{database}`.`{name}`"))


@contextmanager
def load_fast(engine: Engine) -> Iterator[Connection]:
    """A connection to fill empty tables through: MariaDB does it in bulk where no row is checked by itself."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET unique_checks=0, foreign_key_checks=0, max_recursive_iterations=1000000000"))
        connection.execute(text("SET sql_mode='STRICT_ALL_TABLES,PIPES_AS_CONCAT'"))
        yield connection
        connection.execute(text(f"ANALYZE TABLE {', '.join(_tables(connection))}"))
        connection.invalidate()  # its settings must not come back from the pool


def _tables(connection: Connection) -> list[str]:
    return [name for name in inspect(connection).get_table_names() if name != VERSIONS]
