"""`olltv deliver`: the partner made to match our wish."""

import click

from billing.errors import PartnerUnreachable
from olltv_module.delivery import queue, runner
from olltv_module.delivery.probe import probe
from olltv_module.delivery.queue import Length
from olltv_module.partner import Partner, PartnerRejectsUs
from suite.cli.app import FAILURE, Command
from suite.cli.console import Console, pass_console


@click.command("deliver", cls=Command)
@click.option("--until-idle", is_flag=True, help="Go on until nobody but the parked is left.")
@click.option("--workers", type=click.IntRange(1, 256), help="Threads; else OLLTV_WORKERS.")
@click.pass_context
@pass_console
def deliver(console: Console, ctx: click.Context, *, until_idle: bool, workers: int | None) -> None:
    """Tell the partner what has changed; without --until-idle one try for everybody who is due."""
    runtime = console.olltv()
    delivering = runtime.delivering
    before = _length(console)
    if before.open:
        _probe(console, delivering.partner, patient=until_idle)
    with console.progress(console._("Telling the partner")) as step:
        done = runner.run(
            delivering,
            workers=workers or runtime.settings.olltv.workers,
            until_idle=until_idle,
            progress=lambda number: step(min(99, 100 * number // max(before.open, 1))),
        )
    after = _length(console)
    console.answer({"deliveries": done, "queue": after}, *_report(console, done, after))
    if after.parked:
        ctx.exit(FAILURE)


def _probe(console: Console, partner: Partner, *, patient: bool) -> None:
    """Stop at once when our login is not accepted; a partner who is away is waited for, if we are `patient`."""
    try:
        probe(partner)
    except PartnerRejectsUs:
        raise
    except PartnerUnreachable as silence:
        if not patient:
            raise
        console.remark(console.refusal(silence))


def _length(console: Console) -> Length:
    with console.runtime.billing.reading() as session:
        return queue.length(session, console.now)


def _report(console: Console, done: int, left: Length) -> list[str]:
    lines = [console.ngettext_("%(num)s delivery was made.", "%(num)s deliveries were made.", done)]
    if left.open:
        lines.append(
            console.ngettext_(
                "%(num)s subscriber waits for the next try.", "%(num)s subscribers wait for the next try.", left.open
            )
        )
    if left.parked:
        lines.append(
            console.ngettext_(
                "%(num)s subscriber waits for the staff.", "%(num)s subscribers wait for the staff.", left.parked
            )
        )
    return lines
