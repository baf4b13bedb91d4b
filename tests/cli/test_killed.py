"""kill -9 in the middle of the monthly run: the next call finishes it and nobody pays twice."""

import signal

from sqlalchemy import func, select

from billing.ledger.models import Transfer
from olltv_module.services.fees.models import FeeRun
from suite.demo.load import Demo, load
from tests.support import assert_books_balance

SUBSCRIBERS = 20_000
DIES = """
import os, signal, sys
from olltv_module.services.fees import statements

original, chunks = statements.post_fees, []

def dies(*arguments, **named):
    result = original(*arguments, **named)
    chunks.append(result)
    if len(chunks) == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return result

statements.post_fees = dies
from suite.cli import main
main(sys.argv[1:])
"""
"""The program, killed in the third chunk right after it has done a part of its work."""


def fees(runtime):
    """Fees of the present month: how many, for how many subscriptions, how much."""
    month = runtime.billing.month(runtime.clock())
    columns = func.count(), func.count(Transfer.subscription_id.distinct()), func.sum(Transfer.amount_minor)
    with runtime.billing.reading() as session:
        return tuple(
            int(each or 0) for each in session.execute(select(*columns).where(Transfer.period == str(month))).one()
        )


def runs(runtime):
    with runtime.billing.reading() as session:
        return [run.is_done for run in session.scalars(select(FeeRun).order_by(FeeRun.id))]


def test_a_killed_run_is_finished_by_the_next_one(olltv, runtime):
    load(runtime.billing, Demo(subscribers=SUBSCRIBERS, seed=7, delivered=True), now=runtime.clock())
    expected = olltv("fee", "--preview", "--json").json

    killed = olltv.process("fee", code=DIES)

    assert killed.status == -signal.SIGKILL
    assert runs(runtime) == [True, False]
    assert 0 < fees(runtime)[0] < expected["fees"]
    assert_books_balance(runtime.billing)

    finished = olltv.process("fee", "--json")

    assert finished.status == 0
    assert runs(runtime) == [True, True]
    assert {name: finished.json[name] for name in ("fees", "sum", "charged", "no_money", "frozen", "lack")} == {
        name: expected[name] for name in ("fees", "sum", "charged", "no_money", "frozen", "lack")
    }
    assert fees(runtime) == (expected["fees"], expected["fees"], expected["sum"]["minor"])
    assert "Nobody is charged.\n" in olltv("fee").out
    assert fees(runtime) == (expected["fees"], expected["fees"], expected["sum"]["minor"])
    assert olltv("audit").status == 0
