"""kill -9 in the middle of a show: afterwards it ends by the sweeper's rule, and the money is exact."""

import signal
import subprocess
import sys

import pytest

from ppv_module.chat.shows.models import EndReason, ShowState
from tests.ppv.shows.stage import seconds_after
from tests.support import assert_books_balance

TICKS = """
import os, signal, sys
from datetime import UTC, datetime, timedelta
from billing.db import open_engine
from billing.host.native import NativeHost
from billing.uow import Billing
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.running import tick

url, show_id, began, dies = sys.argv[1:]
billing = Billing(
    engine=open_engine(url), unit="UAH", zone=UTC, host=lambda session, ledger: NativeHost(session, ledger, "UAH")
)
began = datetime.fromisoformat(began)

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

for number in (1, 2, 3):
    if number == 3:
        if dies == "between":
            die()
        setattr(meters, dies, die)
    tick(billing.uow(), show_id=show_id, now=began + timedelta(seconds=10 * number))
"""
"""Ticks a show every ten seconds of its own clock and is killed in the third one, before it has come to `dies`."""


@pytest.mark.parametrize("dies", ["between", "take", "note"])
@pytest.mark.parametrize(("credits", "ends_at", "charged"), [(600, 50, 20), (30, 30, 30)])
def test_a_show_whose_process_was_killed_ends_by_the_rule(
    billing, clock, on_stage, database_url, dies, credits, ends_at, charged
):
    stage = on_stage(credits=credits)
    began, show = clock(), stage.live()

    command = [sys.executable, "-c", TICKS, database_url, show.id, began.isoformat(), dies]
    killed = subprocess.run(command, check=False)

    assert killed.returncode == -signal.SIGKILL
    after = stage.now(show)
    assert (after.state, after.credits_charged, after.ticks) == (ShowState.LIVE, 20, 2)
    assert stage.balance() == credits - 20
    assert_books_balance(billing)

    clock.advance(seconds=3600)
    assert stage.sweep() == 1

    ended = stage.now(show)
    reason = EndReason.TICK_TIMEOUT if credits == 600 else EndReason.CREDITS_EXHAUSTED
    assert (ended.state, ended.end_reason, ended.ended_by) == (ShowState.ENDED, reason, "sweeper")
    assert (ended.credits_charged, seconds_after(began, ended)) == (charged, ends_at)
    assert stage.balance() == credits - charged
    assert [each.credits for each in stage.earnings()] == [charged]
    assert stage.tick(show).action == "end"
    assert stage.sweep() == 0
    assert_books_balance(billing)
