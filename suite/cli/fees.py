"""`olltv fee`: the monthly run and its preview."""

import csv
from collections.abc import Iterator
from pathlib import Path

import click

from billing.errors import Misconfigured
from billing.periods import Month
from olltv_module import queries
from olltv_module.services.fees.models import FeeRun, Kind
from olltv_module.services.fees.run import FeeDay, charge
from suite.cli.app import Command
from suite.cli.console import Console, pass_console

LINES_AT_ONCE = 5000


@click.command("fee", cls=Command)
@click.option("--period", metavar="YYYY-MM", help="Month to charge; the present one unless told.")
@click.option("--preview", is_flag=True, help="Charge nobody; only say who would pay and who lacks how much.")
@click.option("--lines", type=click.Path(path_type=Path, dir_okay=False), help="CSV file for a line a subscriber.")
@pass_console
def fee(console: Console, *, period: str | None, preview: bool, lines: Path | None) -> None:
    """Charge the monthly fee and suspend who cannot pay it.

    Everybody pays a month at most once: repeat it freely, also after a crash. With --json only the report is printed.
    """
    month = Month.parse(period) if period else None
    runtime = console.olltv()
    month = month or runtime.billing.month(console.now)
    with console.progress(console._("Monthly fee: %(month)s", month=month)) as step:
        day = FeeDay(runtime.billing, runtime.clock)
        for run in charge(day, actor=console.actor, period=month, preview=preview):
            step(run.percent)
    if lines:
        write_lines(console, run.id, lines)
    console.answer(document(console, run), *report(console, run))


def document(console: Console, run: FeeRun) -> dict[str, object]:
    """The report for machines."""
    counts = ("charged", "kept_main", "no_money", "frozen", "gone", "fees")
    others = ("already_paid", "switched_off", "being_ordered")
    return {
        "run": run.id,
        "kind": run.kind,
        "period": run.period,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        **{name: getattr(run, name) for name in (*counts, *others)},
        "sum": console.amount(run.charged_minor),
        "lack": console.amount(run.lack_minor),
        "missed": run.missed.split(",") if run.missed else [],
    }


def report(console: Console, run: FeeRun) -> Iterator[str]:
    """The report for people, sentence by sentence."""
    month = Month.parse(run.period)
    if run.kind is Kind.PREVIEW:
        yield console._("Preview of the monthly fee, nothing is charged: %(month)s", month=month)
    else:
        yield console._("Monthly fee: %(month)s", month=month)
    yield from _paying(console, run)
    yield from _suspended(console, run)
    yield from _skipped(console, run)
    if run.missed:
        months = ", ".join(console.show(Month.parse(each)) for each in run.missed.split(","))
        yield console._("These months were never charged: %(months)s", months=months)


def _paying(console: Console, run: FeeRun) -> Iterator[str]:
    number, total = run.charged + run.kept_main, console.amount(run.charged_minor)
    if not number:
        yield console._("Nobody is charged.")
        return
    yield console.ngettext_("%(num)s subscriber pays.", "%(num)s subscribers pay.", number)
    yield console.ngettext_("%(num)s fee is taken: %(sum)s.", "%(num)s fees are taken: %(sum)s.", run.fees, sum=total)
    if run.kept_main:
        yield console.ngettext_(
            "%(num)s subscriber keeps only the main tariff.",
            "%(num)s subscribers keep only the main tariff.",
            run.kept_main,
        )


def _suspended(console: Console, run: FeeRun) -> Iterator[str]:
    if run.no_money:
        yield console.ngettext_(
            "%(num)s subscriber is suspended because the money does not suffice.",
            "%(num)s subscribers are suspended because the money does not suffice.",
            run.no_money,
        )
    if run.frozen:
        yield console.ngettext_(
            "%(num)s subscriber is suspended because the account is frozen.",
            "%(num)s subscribers are suspended because the account is frozen.",
            run.frozen,
        )
    if run.gone:
        yield console.ngettext_(
            "%(num)s subscriber is suspended because the account is no more.",
            "%(num)s subscribers are suspended because the account is no more.",
            run.gone,
        )
    if run.lack_minor:
        yield console._("Together they lack %(lack)s.", lack=console.amount(run.lack_minor))


def _skipped(console: Console, run: FeeRun) -> Iterator[str]:
    if run.already_paid:
        yield console.ngettext_(
            "%(num)s subscription was paid for this month before.",
            "%(num)s subscriptions were paid for this month before.",
            run.already_paid,
        )
    if run.switched_off:
        yield console.ngettext_(
            "%(num)s subscription is switched off and pays nothing.",
            "%(num)s subscriptions are switched off and pay nothing.",
            run.switched_off,
        )
    if run.being_ordered:
        yield console.ngettext_(
            "%(num)s subscription is being ordered and pays when it is on.",
            "%(num)s subscriptions are being ordered and pay when they are on.",
            run.being_ordered,
        )


def write_lines(console: Console, run_id: int, path: Path) -> None:
    """Write a line for each subscriber of the run, page by page, whatever their number.

    :raises Misconfigured: the file cannot be written
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("login", "outcome", "fees", "due", "charged", "lack", "currency"))
            writer.writerows(_rows(console, run_id))
    except OSError as error:
        raise Misconfigured(what=f"{path} cannot be written ({error.strerror}); choose another file") from error


def _rows(console: Console, run_id: int) -> Iterator[tuple[object, ...]]:
    after, page = 0, LINES_AT_ONCE
    while page == LINES_AT_ONCE:
        lines = queries.fee_lines(console.runtime.billing, run_id=run_id, after=after, limit=LINES_AT_ONCE)
        for line in lines:
            amounts = (each.plain() for each in (line.due, line.charged, line.lack))
            yield line.login, console.show(line.outcome), line.fees, *amounts, line.due.unit
        page = len(lines)
        after = lines[-1].subscriber_id if lines else after
