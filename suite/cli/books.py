"""`olltv audit`: the proof that the books are right."""

import click

from billing.ledger.audit import audit as proof
from olltv_module.audit import CHECKS as OLLTV_CHECKS
from ppv_module.audit import CHECKS as PPV_CHECKS
from suite.cli.app import FAILURE, Command
from suite.cli.console import Console, pass_console


@click.command("audit", cls=Command)
@click.pass_context
@pass_console
def audit(console: Console, ctx: click.Context) -> None:
    """Prove that the books are right, or name everything that is not."""
    with console.ready().billing.reading() as session:
        findings = proof(session, (*OLLTV_CHECKS, *PPV_CHECKS))
    document = [
        {"code": each.code, "text": console._(each.text, **each.facts), "facts": each.facts} for each in findings
    ]
    lines = [str(each["text"]) for each in document] or [console._("The books are right.")]
    console.answer({"findings": document}, *lines)
    if findings:
        ctx.exit(FAILURE)
