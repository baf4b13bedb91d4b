"""`olltv figures`: what dashboard and reports are made of."""

import click

from billing.ledger.turnover import rebuild as forget
from olltv_module.reports import keeping
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console


@click.command("rebuild", cls=Command)
@pass_console
def rebuild(console: Console) -> None:
    """Add up all transfers anew by days; for the case that `olltv audit` finds days that are wrong."""
    runtime = console.ready()
    forget(runtime.billing.uow())
    keeping.keep(runtime.billing, runtime.clock)
    console.answer({"rebuilt": True}, console._("The figures of all days have been made anew from the ledger."))


figures = Group("figures", help="What dashboard and reports are made of.", commands=[rebuild])
