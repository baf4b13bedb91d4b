"""The shape that all commands share: options, exit statuses, and the one place where errors are told.

Exit status: 0 done, 1 findings or failure, 2 wrong usage, 3 busy (another run holds the lease), 130 interrupted.
"""

from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import InterfaceError, OperationalError

from billing.errors import BillingError, Busy
from suite.cli.console import Console
from suite.runtime import database_trouble
from weblib.i18n import LANGUAGES

FAILURE, BUSY, INTERRUPTED = 1, 3, 130


class Command(click.Command):
    """A command that knows --config, --lang and --json; they may also stand before its name."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += common_options()


class Group(click.Group):
    """Commands whose refusals become one line and an exit status."""

    command_class = Command
    group_class = type

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.params += common_options()

    def invoke(self, ctx: click.Context) -> Any:
        console = ctx.ensure_object(Console)
        try:
            return super().invoke(ctx)
        except BillingError as error:
            console.fail(error)
            ctx.exit(BUSY if isinstance(error, Busy) else FAILURE)
        except (OperationalError, InterfaceError) as error:
            console.fail(database_trouble(error))
            ctx.exit(FAILURE)
        except (KeyboardInterrupt, click.Abort):
            ctx.exit(INTERRUPTED)


def common_options() -> list[click.Parameter]:
    """The options that every command has."""
    folder = click.Path(path_type=Path)
    return [
        _option("directory", "--config", type=folder, help="Directory of alter.ini; else OLLTV_CONFIG_DIR."),
        _option("asked_lang", "--lang", type=click.Choice(LANGUAGES), help="Language of the answer; else LANG."),
        _option("as_json", "--json", is_flag=True, help="Answer with one JSON document."),
    ]


def _option(field: str, flag: str, **attributes: Any) -> click.Option:
    def remember(ctx: click.Context, _param: click.Parameter, value: object) -> None:
        if value:
            setattr(ctx.ensure_object(Console), field, value)

    return click.Option([flag], expose_value=False, callback=remember, **attributes)
