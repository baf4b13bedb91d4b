"""`olltv db`: the schema of the database."""

import click
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from billing.errors import Misconfigured
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from suite.migrate import newest_revision, upgrade
from suite.runtime import database_trouble


@click.command("upgrade", cls=Command)
@pass_console
def db_upgrade(console: Console) -> None:
    """Bring the database to the schema of this program. Safe to repeat and to interrupt."""
    billing = console.runtime.billing
    try:
        with billing.reading() as session:
            session.connection()
    except DBAPIError as error:
        raise database_trouble(error) from error
    try:
        upgrade(billing.engine)
    except CommandError as error:
        raise Misconfigured(what=f"the database is of a newer program ({error}); install that one") from error
    revision = newest_revision()
    console.answer(
        {"revision": revision}, console._("The database has the newest schema (%(revision)s).", revision=revision)
    )


db = Group("db", commands=[db_upgrade], help="The schema of the database.")
