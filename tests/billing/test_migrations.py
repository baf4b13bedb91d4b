"""Any database, wherever a migration was killed, ends with the schema that the models describe."""

import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import event, inspect, text

import billing
import olltv_module
import ppv_module
from billing.db import Base, open_engine
from suite.migrate import newest_revision, upgrade
from tests import mariadb
from tests.support import Crash

PROJECT = Path(__file__).resolve().parents[2]
UPGRADE = """
import sys
from billing.db import open_engine
from suite.migrate import upgrade
upgrade(open_engine(sys.argv[1]))
"""


@pytest.fixture(scope="module", autouse=True)
def _all_models():
    """A table is known once the module of its model has been read."""
    for package in (billing, olltv_module, ppv_module):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)


@pytest.fixture(params=["sqlite", "mariadb"])
def new_engine(request, tmp_path):
    """Make an empty database of this test's own."""
    engines = []

    def make(name):
        if request.param == "sqlite":
            engines.append(open_engine(f"sqlite:///{tmp_path / name}.db"))
        else:
            server = request.getfixturevalue("mariadb_server")
            engines.append(open_engine(mariadb.create_database(server, f"migration_{name}")))
        return engines[-1]

    yield make
    for engine in engines:
        engine.dispose()


@pytest.fixture
def fresh(new_engine):
    engine = new_engine("fresh")
    upgrade(engine)
    return engine


def schema(engine):
    """All that was made, as plain data."""
    found = inspect(engine)
    return {name: details(found, name) for name in sorted(found.get_table_names())}


def details(found, table):
    columns = [
        (each["name"], str(each["type"]), each["nullable"], each["default"]) for each in found.get_columns(table)
    ]
    parts = (found.get_indexes, found.get_unique_constraints, found.get_check_constraints, found.get_foreign_keys)
    return columns, found.get_pk_constraint(table), [sorted(map(str, part(table))) for part in parts]


def revision(engine):
    with engine.connect() as connection:
        return connection.scalar(text("SELECT version_num FROM alembic_version"))


def test_the_schema_is_what_the_models_describe(fresh):
    with fresh.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_every_guard_of_the_models_is_in_the_database(fresh):
    found = inspect(fresh)
    for table in Base.metadata.tables.values():
        named = {str(each.name) for each in table.constraints if type(each).__name__ == "CheckConstraint" and each.name}
        assert named <= {each["name"] for each in found.get_check_constraints(table.name)}, table.name


def test_upgrading_again_changes_nothing(fresh):
    before = schema(fresh)
    upgrade(fresh)
    assert schema(fresh) == before
    assert revision(fresh) == newest_revision()


def test_two_processes_that_upgrade_at_once_end_with_one_schema(new_engine, fresh):
    engine = new_engine("rivals")
    command = [sys.executable, "-c", UPGRADE, engine.url.render_as_string(hide_password=False)]
    for process in [subprocess.Popen(command, cwd=PROJECT, stderr=subprocess.DEVNULL) for _ in range(2)]:
        process.wait(60)
    upgrade(engine)
    assert schema(engine) == schema(fresh)


def test_a_migration_killed_after_any_statement_is_simply_run_again(new_engine, fresh):
    """Each run gets one statement further than the one before, so every state that a kill can leave is met."""
    engine, statements, kills = new_engine("killed"), 1, 0
    reached = None
    while killed_after(engine, statements):
        kills += 1
        before, reached = reached, revision(engine) if inspect(engine).has_table("alembic_version") else None
        statements = statements + 1 if reached == before else 1  # a finished migration is not run again
    assert kills > len(Base.metadata.tables)
    assert schema(engine) == schema(fresh)
    assert revision(engine) == newest_revision()


def killed_after(engine, number):
    """Upgrade in a process that dies right after `number` statements that write; False when it needs fewer."""
    seen = []

    def count(_connection, _cursor, statement, *_):
        seen.extend([statement] if statement.lstrip().startswith(("CREATE", "ALTER", "INSERT", "UPDATE")) else [])
        if len(seen) == number:
            raise Crash

    event.listen(engine, "before_cursor_execute", count)
    try:
        upgrade(engine)
    except Crash:
        return True
    finally:
        event.remove(engine, "before_cursor_execute", count)
        engine.dispose()
    return False
