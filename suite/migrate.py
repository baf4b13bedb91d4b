"""Bringing a database to the newest schema. A migration that was killed half-way is simply run again."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from suite.settings import PROJECT


def upgrade(engine: Engine) -> None:
    """Run every migration that this database has not seen. Safe to repeat and to interrupt."""
    config = _config()
    config.attributes["engine"] = engine
    command.upgrade(config, "head")


@cache
def newest_revision() -> str | None:
    """The schema that this program needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    return config
