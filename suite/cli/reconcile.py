"""`olltv reconcile`: the partner's lists compared with ours."""

import click

from olltv_module.delivery import runner
from olltv_module.reconcile.differences import Difference
from olltv_module.reconcile.lists import compare
from olltv_module.reconcile.repair import repair as mend
from suite.cli.app import FAILURE, Command
from suite.cli.console import Console, pass_console


@click.command("reconcile", cls=Command)
@click.option("--repair", is_flag=True, help="Put right what needs no person's judgement. Moves no money.")
@click.option("--workers", type=click.IntRange(1, 256), help="Calls at once; else OLLTV_WORKERS.")
@click.pass_context
@pass_console
def reconcile(console: Console, ctx: click.Context, *, repair: bool, workers: int | None) -> None:
    """Compare the partner's lists with ours; with --repair also put them right."""
    runtime = console.olltv()
    workers = workers or runtime.settings.olltv.workers
    differences = list(compare(runtime.delivering, workers=workers))
    mended = [repair and mend(runtime.delivering, each, actor=console.actor) for each in differences]
    if any(mended):
        runner.run(runtime.delivering, workers=workers)
    found = list(zip(differences, mended, strict=True))
    document = [{**vars(each), "text": console._(each.text, **vars(each)), "repaired": done} for each, done in found]
    lines = [_line(console, each, repaired=done) for each, done in found]
    console.answer({"differences": document}, *(lines or [console._("The partner's lists and ours agree.")]))
    if not all(mended):
        ctx.exit(FAILURE)


def _line(console: Console, difference: Difference, *, repaired: bool) -> str:
    text = console._(difference.text, **vars(difference))
    return console._("%(difference)s This is being put right.", difference=text) if repaired else text
