"""What is sold: `olltv tariff`."""

import click

from billing.money import Money
from billing.periods import Month
from olltv_module import queries
from olltv_module.delivery.service_trial import Known, try_service
from olltv_module.models import Tariff
from olltv_module.services import tariffs
from suite.cli.app import FAILURE, Command, Group
from suite.cli.console import Console, pass_console
from suite.cli.orders import tariff_id


@click.command("add", cls=Command)
@click.argument("service")
@click.argument("name")
@click.argument("fee")
@click.option("--addon", is_flag=True, help="An add-on, ordered beside a main tariff.")
@click.option("--percent", type=click.IntRange(0, 100), help="The partner's share of the fee.")
@click.option("--with", "mains", multiple=True, metavar="TARIFF", help="A main that the add-on goes with; else all.")
@pass_console
def tariff_add(
    console: Console, *, service: str, name: str, fee: str, addon: bool, percent: int | None, mains: tuple[str, ...]
) -> None:
    """Put the partner's bundle SERVICE (his sub_id) on sale as NAME for FEE (like 49,90) a month."""
    runtime = console.ready()
    made = tariffs.create(
        runtime.billing.uow(),
        name=name,
        service=service,
        fee=Money.parse(fee, runtime.billing.unit, field="fee"),
        main=not addon,
        partner_percent=percent,
        goes_with=[tariff_id(console, each) for each in mains],
        actor=console.actor,
        now=console.now,
    )
    console.answer(
        {"tariff": made.id}, console._("“%(name)s” is on sale as tariff %(number)s.", name=name, number=made.id)
    )


@click.command("list", cls=Command)
@pass_console
def tariff_list(console: Console) -> None:
    """Show every tariff: number, service id, name, kind, fee in force, end of sale."""
    unit = console.ready().billing.unit
    with console.runtime.billing.reading() as session:
        found = [(each, each.fee(console.now, unit)) for each in queries.tariffs(session, archived=True)]
    fields = ("id", "service", "name", "main", "archived_at")
    document = [{field: getattr(each, field) for field in fields} | {"fee": fee} for each, fee in found]
    heads = [
        console._("Number"),
        "sub_id",
        console._("Name"),
        console._("Kind"),
        console._("Fee"),
        console._("Archived"),
    ]
    console.table({"tariffs": document}, heads, [_cells(console, each, fee) for each, fee in found])


def _cells(console: Console, tariff: Tariff, fee: Money) -> list[str]:
    kind = console._("main") if tariff.main else console._("add-on")
    archived = console.show(tariff.archived_at) if tariff.archived_at else ""
    return [str(tariff.id), tariff.service, tariff.name, kind, console.show(fee), archived]


@click.command("fee", cls=Command)
@click.argument("tariff")
@click.argument("fee")
@click.option("--month", metavar="YYYY-MM", help="From this month on; from the next one unless told.")
@pass_console
def tariff_fee(console: Console, *, tariff: str, fee: str, month: str | None) -> None:
    """Let TARIFF (its number or service id) cost FEE from the first of a month that has not begun."""
    billing = console.ready().billing
    first = Month.parse(month, field="month") if month else billing.month(console.now).next()
    money = Money.parse(fee, billing.unit, field="fee")
    number = tariff_id(console, tariff)
    starts_at = first.starts(billing.zone)
    tariffs.set_fee(
        billing.uow(), tariff_id=number, fee=money, starts_at=starts_at, actor=console.actor, now=console.now
    )
    text = console._("Tariff %(number)s costs %(fee)s from %(month)s on.", number=number, fee=money, month=first)
    console.answer({"tariff": number, "fee": money, "month": str(first)}, text)


@click.command("archive", cls=Command)
@click.argument("tariff")
@pass_console
def tariff_archive(console: Console, *, tariff: str) -> None:
    """Take TARIFF (its number or service id) off sale; whoever has it keeps it."""
    uow = console.ready().billing.uow()
    number = tariff_id(console, tariff)
    tariffs.archive(uow, tariff_id=number, actor=console.actor, now=console.now)
    console.answer({"archived": number}, console._("Tariff %(number)s is no longer on sale.", number=number))


@click.command("unarchive", cls=Command)
@click.argument("tariff")
@pass_console
def tariff_unarchive(console: Console, *, tariff: str) -> None:
    """Put TARIFF (its number or service id) back on sale at the fee in force."""
    uow = console.ready().billing.uow()
    number = tariff_id(console, tariff)
    tariffs.unarchive(uow, tariff_id=number, actor=console.actor, now=console.now)
    console.answer({"on_sale": number}, console._("Tariff %(number)s is back on sale.", number=number))


@click.command("cancel-fee", cls=Command)
@click.argument("tariff")
@click.argument("month", metavar="YYYY-MM")
@pass_console
def tariff_cancel_fee(console: Console, *, tariff: str, month: str) -> None:
    """Take back the fee that TARIFF (its number or service id) was to have from a month on."""
    billing = console.ready().billing
    number, first = tariff_id(console, tariff), Month.parse(month, field="month")
    starts_at = first.starts(billing.zone)
    kept = tariffs.cancel_fee(
        billing.uow(), tariff_id=number, starts_at=starts_at, actor=console.actor, now=console.now
    )
    fee = kept.fee(starts_at, billing.unit)
    text = console._("Tariff %(number)s costs %(fee)s in %(month)s.", number=number, fee=fee, month=first)
    console.answer({"tariff": number, "fee": fee, "month": str(first)}, text)


@click.command("try", cls=Command)
@click.argument("tariff")
@click.pass_context
@pass_console
def tariff_try(console: Console, ctx: click.Context, *, tariff: str) -> None:
    """Ask the partner whether he knows the bundle of TARIFF (its number or service id). Switches nothing."""
    runtime = console.olltv()
    number = tariff_id(console, tariff)
    with runtime.billing.reading() as session:
        service = session.get_one(Tariff, number).service
    trial = try_service(runtime.delivering, service)
    text = console._(trial.text, service=service, why=console.refusal(trial.why) if trial.why else "")
    console.answer({"service": service, "result": trial.result}, text)
    if trial.result is not Known.KNOWN:
        ctx.exit(FAILURE)


COMMANDS = [
    tariff_add,
    tariff_list,
    tariff_fee,
    tariff_cancel_fee,
    tariff_archive,
    tariff_unarchive,
    tariff_try,
]

tariff = Group("tariff", commands=COMMANDS, help="What is sold.")
