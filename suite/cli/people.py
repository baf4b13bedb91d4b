"""The ISP's own subscribers, where no other billing keeps them: `olltv subscriber`."""

import click

from billing.money import Money
from olltv_module.services import registering
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from suite.cli.staff import read_password


@click.command("add", cls=Command)
@click.argument("login")
@click.option("--name", default="", help="Full name.")
@click.option("--address", default="", help="Where the subscriber lives.")
@click.option("--mobile", default="", help="Mobile number, which the partner needs, like 0501234567.")
@click.option("--email", default="", help="E-mail address; without one OLLTV_DOMAIN makes one up.")
@click.option("--ip", default="", help="Fixed address of the line, which may sign in to the cabinet.")
@click.option("--credit", metavar="AMOUNT", default="0", help="How far the wallet may fall below zero.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@pass_console
def subscriber_add(console: Console, /, *, login: str, credit: str, password_stdin: bool, **profile: str) -> None:
    """Add the subscriber LOGIN with an empty wallet; asks for the password of the cabinet."""
    runtime = console.ready()
    limit = Money.parse(credit, runtime.billing.unit, field="credit")
    registering.register(
        runtime.billing.uow(),
        login=login,
        password=read_password(from_stdin=password_stdin),
        credit=limit,
        profile=profile,
        actor=console.actor,
        now=console.now,
    )
    console.answer({"login": login, "credit": limit, **profile}, console._("%(login)s is added.", login=login))


subscriber = Group("subscriber", commands=[subscriber_add], help="The ISP's own subscribers.")
