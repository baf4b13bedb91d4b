"""`olltv reconcile`: the partner's lists compared with ours."""

import click

from olltv_module.delivery import runner
from olltv_module.reconcile import checks, reading, settling
from olltv_module.reconcile.models import Found
from olltv_module.reconcile.repair import REPAIRS
from olltv_module.reconcile.settling import End
from suite.cli.app import FAILURE, Command
from suite.cli.console import Console, pass_console


@click.command("reconcile", cls=Command)
@click.option("--repair", is_flag=True, help="Put right what needs no person's judgement. Moves no money.")
@click.option("--workers", type=click.IntRange(1, 256), help="Calls at once; else OLLTV_WORKERS.")
@click.pass_context
@pass_console
def reconcile(console: Console, ctx: click.Context, *, repair: bool, workers: int | None) -> None:
    """Compare the partner's lists with ours; with --repair also put them right.

    What is found is kept for the panel. Differences that were dismissed there are not told again.
    """
    runtime = console.olltv()
    workers = workers or runtime.settings.olltv.workers
    with console.progress(console._("Comparing")) as step:
        check_id = checks.check(
            runtime.delivering,
            actor=console.actor,
            workers=workers,
            progress=lambda done, total: step(min(99, 100 * done // max(total, 1))),
        )
    with runtime.billing.reading() as session:
        found = reading.open_of(session, check_id)
    ends = [_mend(console, each) if repair and each.kind in REPAIRS else None for each in found]
    if End.REPAIRED in ends:
        runner.run(runtime.delivering, workers=workers)
    document = [_plain(console, each, end) for each, end in zip(found, ends, strict=True)]
    lines = [_line(console, each, end) for each, end in zip(found, ends, strict=True)]
    console.answer({"differences": document}, *(lines or [console._("The partner's lists and ours agree.")]))
    if any(end not in (End.REPAIRED, End.GONE) for end in ends):
        ctx.exit(FAILURE)


def _mend(console: Console, found: Found) -> End:
    return settling.repair_found(console.runtime.delivering, difference_id=found.id, actor=console.actor)


def _plain(console: Console, found: Found, end: End | None) -> dict[str, object]:
    facts = vars(found.difference)
    return {**facts, "text": console._(found.difference.text, **facts), "repaired": end is End.REPAIRED}


def _line(console: Console, found: Found, end: End | None) -> str:
    text = console._(found.difference.text, **vars(found.difference))
    if end is End.REPAIRED:
        return console._("%(difference)s This is being put right.", difference=text)
    if end is End.GONE:
        return console._("%(difference)s It has settled itself meanwhile.", difference=text)
    return text
