"""Which machines may come in: `olltv key`."""

import click
from sqlalchemy import select

from billing.access import SCOPES, SERIAL, ApiKey, create_key, revoke_key
from suite.cli.app import Command, Group
from suite.cli.console import Console, pass_console
from suite.serial import ensure_serial, renew_serial
from weblib.options import comma_list


@click.command("create", cls=Command)
@click.option(
    "--scope", "scopes", multiple=True, required=True, help=f"What it opens: {', '.join(SCOPES)}. Repeatable."
)
@click.option("--name", help="What it is for; the scopes unless told.")
@pass_console
def key_create(console: Console, *, scopes: tuple[str, ...], name: str | None) -> None:
    """Make a key for the JSON API and print it: it cannot be shown again."""
    if name == SERIAL:
        raise click.BadParameter(f"{SERIAL} is the name of the serial", param_hint="--name")
    wanted = [scope for text in scopes for scope in comma_list(text)]
    name = name or ",".join(wanted)
    uow = console.ready().billing.uow()
    made = create_key(uow, name=name[:64], scopes=wanted, actor=console.actor, now=console.now)
    console.answer({"name": name, "scopes": wanted, "key": made}, made)


@click.command("list", cls=Command)
@pass_console
def key_list(console: Console) -> None:
    """Show every key: number, name, last characters, scopes, times of its making, last use and end."""
    with console.ready().billing.reading() as session:
        keys = session.scalars(select(ApiKey).order_by(ApiKey.id)).all()
    fields = ("id", "name", "ending", "scopes", "created_at", "last_used_at", "revoked_at")
    document = [{field: getattr(each, field) for field in fields} for each in keys]
    heads = [console._("Number"), console._("Name"), console._("Ending"), console._("Scopes"), console._("Made")]
    times = [console._("Last used"), console._("Revoked")]
    rows = (
        [str(each.id), each.name, f"…{each.ending}", ", ".join(each.scopes)]
        + [console.show(at) if at else "" for at in (each.created_at, each.last_used_at, each.revoked_at)]
        for each in keys
    )
    console.table({"keys": document}, [*heads, *times], rows)


@click.command("revoke", cls=Command)
@click.argument("key_id", metavar="NUMBER", type=int)
@pass_console
def key_revoke(console: Console, *, key_id: int) -> None:
    """Take the key NUMBER (see `olltv key list`) out of use. Repeating it is harmless."""
    revoke_key(console.ready().billing.uow(), key_id=key_id, actor=console.actor, now=console.now)
    console.answer({"revoked": key_id}, console._("The key %(number)s opens nothing any more.", number=key_id))


@click.command("serial", cls=Command)
@click.option("--new", is_flag=True, help="Make another one; the present one opens nothing any more.")
@pass_console
def key_serial(console: Console, *, new: bool) -> None:
    """Print the serial of the legacy RemoteAPI; makes it when there is none."""
    runtime = console.ready()
    serial = renew_serial(runtime, actor=console.actor) if new else ensure_serial(runtime, actor=console.actor)
    console.answer({"serial": serial}, serial)


key = Group("key", commands=[key_create, key_list, key_revoke, key_serial], help="Keys of the RemoteAPI.")
