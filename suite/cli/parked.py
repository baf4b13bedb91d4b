"""Subscribers whom delivery has left to the staff: `olltv parked`."""

import click
from sqlalchemy import select

from billing.errors import NotFound
from olltv_module.delivery import queue
from olltv_module.delivery.giving_up import give_up
from olltv_module.models import Delivery, Subscriber
from olltv_module.views import DeliveryView
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from suite.cli.states import trouble


@click.command("list", cls=Command)
@pass_console
def parked_list(console: Console) -> None:
    """Show who waits for the staff, since when, and what stopped the last try."""
    console.olltv()
    parked = [
        (login, DeliveryView(row.due_at, row.tries, row.parked_at, row.trouble)) for login, row in _parked(console)
    ]
    document = [{"login": login, "parked_at": view.parked_at, "trouble": view.trouble} for login, view in parked]
    rows = (
        [login, console.show(view.parked_at), console.refusal(why) if (why := trouble(view)) else ""]
        for login, view in parked
    )
    heads = [console._("Login"), console._("Since"), console._("Trouble")]
    console.table({"parked": document}, heads, rows)


@click.command("retry", cls=Command)
@click.argument("logins", metavar="[LOGIN]...", nargs=-1)
@click.option("--all", "everybody", is_flag=True, help="Everybody who is parked.")
@pass_console
def parked_retry(console: Console, *, logins: tuple[str, ...], everybody: bool) -> None:
    """Have the worker try again, at once, for every LOGIN after what stopped it is mended."""
    if bool(logins) is everybody:
        raise click.UsageError("Name the logins, or give --all.")
    runtime = console.olltv()
    parked = {login: row.subscriber_id for login, row in _parked(console)}
    for login in logins or parked:
        if login not in parked:
            raise NotFound(login=login)
        queue.retry(runtime.billing.uow(), subscriber_id=parked[login], actor=console.actor, now=console.now)
    number = len(logins or parked)
    text = console.ngettext_("%(num)s subscriber is tried again.", "%(num)s subscribers are tried again.", number)
    console.answer({"retried": list(logins or parked)}, text)


@click.command("give-up", cls=Command)
@click.argument("login")
@click.option("--reason", required=True, help="Why; it goes to the event log.")
@pass_console
def parked_give_up(console: Console, *, login: str, reason: str) -> None:
    """Call off every order of LOGIN that the partner has not confirmed and release what is reserved for it.

    What was to be resumed is suspended as before. Not while the partner is being called for him.
    """
    uow = console.olltv().billing.uow()
    given = give_up(uow, login=login, reason=reason, actor=console.actor, now=console.now)
    lines = [console._("“%(tariff)s” was called off. No money was taken.", tariff=each.tariff.name) for each in given]
    console.answer({"given_up": [each.tariff.service for each in given]}, *lines)


def _parked(console: Console) -> list[tuple[str, Delivery]]:
    query = select(Subscriber.login, Delivery).join(Delivery, Delivery.subscriber_id == Subscriber.id)
    query = query.where(Delivery.parked_at.is_not(None)).order_by(Delivery.parked_at)
    with console.runtime.billing.reading() as session:
        return [(login, row) for login, row in session.execute(query)]


parked = Group(
    "parked",
    commands=[parked_list, parked_retry, parked_give_up],
    help="Subscribers whom delivery has left to the staff.",
)
