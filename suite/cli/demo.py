"""`olltv demo`: invented data to look around with."""

from urllib.parse import urlsplit

import click

from billing.errors import Misconfigured
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from suite.demo.load import LOGINS, PASSWORD, Demo, load

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@click.command("load", cls=Command)
@click.option("--subscribers", default=1000, show_default=True, type=click.IntRange(1, 9_999_999), help="How many.")
@click.option("--seed", default=1, show_default=True, help="Another number makes up other people.")
@click.option("--history", default=1, show_default=True, type=click.IntRange(1, 60), help="Months that have been paid.")
@click.option("--as-delivered", is_flag=True, help="Pretend that the partner knows everybody already.")
@pass_console
def demo_load(console: Console, *, subscribers: int, seed: int, history: int, as_delivered: bool) -> None:
    """Fill an empty database with subscribers who watch and pay. Repeating it changes nothing."""
    runtime = console.ready()
    if not as_delivered:
        _require_sandbox(runtime.settings.olltv.api_url)
    plan = Demo(subscribers=subscribers, seed=seed, history=history, delivered=as_delivered)
    with console.progress(console._("Loading demo data")) as step:
        is_new = load(runtime.billing, plan, now=console.now, progress=step)
    loaded = console.ngettext_("%(num)s subscriber is loaded.", "%(num)s subscribers are loaded.", subscribers)
    there = console._("This demo data is there already.")
    logins = ", ".join(LOGINS[:subscribers])
    access = console._(
        "These may sign in with the password %(password)s: %(logins)s.", password=PASSWORD, logins=logins
    )
    document = {"loaded": is_new, "subscribers": subscribers, "logins": LOGINS[:subscribers], "password": PASSWORD}
    console.answer(document, loaded if is_new else there, access)


def _require_sandbox(address: str) -> None:
    """:raises Misconfigured: a real partner would be asked to register people who do not exist"""
    if urlsplit(address).hostname not in THIS_MACHINE:
        what = f"demo subscribers would be registered at {address}; set OLLTV_API_URL to the sandbox"
        raise Misconfigured(what=what)


demo = Group("demo", commands=[demo_load], help="Invented data to look around with.")
