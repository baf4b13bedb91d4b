"""A run that dies at any point, and several runs at once: every fee exactly once, under one number."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import event, func, select

from billing import leases
from billing.errors import Busy
from billing.leases import LEASE
from billing.ledger import bulk
from billing.ledger.models import Account, Transfer
from billing.periods import Month
from billing.uow import UnitOfWork
from olltv_module.models import Subscription
from olltv_module.services.fees import statements
from olltv_module.services.fees.models import FeeLine, FeeRun
from olltv_module.services.fees.run import BooksDisagree, FeeDay, charge
from tests.olltv.fees.population import (
    Sub,
    Viewer,
    crash_at,
    fee_transfers,
    lines,
    populate,
    report,
    run_fees,
    subscriptions,
    wipe,
)
from tests.olltv.support import events
from tests.support import DEC_1, STAFF, Crash, assert_books_balance

ROOT = Path(__file__).parents[3]


@pytest.fixture
def population(make, clock):
    """Nine subscribers, three kinds in each chunk of three."""
    main, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    clock.now = DEC_1
    payer, short = Viewer((Sub(main), Sub(sport)), 7000), Viewer((Sub(main), Sub(sport)), 6999, parked=True)
    return [payer, short, Viewer((Sub(main),), 5000, frozen=True)] * 3


def outcome(billing, run):
    """All that a run leaves behind, but for numbers and times."""
    found = lines(billing, run)
    return report(run), found, {login: subscriptions(billing, login) for login in found}, events(billing)


POINTS = [
    *(
        (statements, name)
        for name in ("chunk_end", "classify", "tally", "post_fees", "log_fees", "mark_paid", "suspend")
    ),
    (bulk.Posting, "run"),
    (leases, "renew"),
    (UnitOfWork, "commit"),
]


@pytest.mark.parametrize(("target", "name"), POINTS, ids=[name for _, name in POINTS])
def test_killed_after_any_step_of_any_chunk_the_next_run_finishes_it(billing, clock, population, target, name):
    wanted = undisturbed(billing, clock, population)
    for nth in (1, 2, 3, 5):
        wipe(billing)
        populate(billing, population)
        with suppress(Crash), crash_at(target, name, nth):
            run_fees(billing, clock)
        assert_finished_by_the_next(billing, clock, wanted)


def test_killed_before_any_write_the_next_run_finishes_it(billing, clock, population):
    wanted, nth, died = undisturbed(billing, clock, population), 0, True
    while died:
        wipe(billing)
        populate(billing, population)
        nth += 1
        with dying_before_write(billing, nth) as died:
            run_fees(billing, clock)
        assert_finished_by_the_next(billing, clock, wanted)
    assert nth > 20


def undisturbed(billing, clock, population):
    wipe(billing)
    populate(billing, population)
    return outcome(billing, run_fees(billing, clock))


def assert_finished_by_the_next(billing, clock, wanted):
    """Whatever was done before the death, a run now ends as if nobody had died, under the number that was begun."""
    clock.advance(minutes=2)  # a dead thread of a living process frees its lease by time alone
    begun = _numbers(billing)
    last = run_fees(billing, clock)
    with billing.reading() as session:
        first = session.scalars(select(FeeRun).order_by(FeeRun.id)).first()
    assert first.is_done
    assert begun in ([], [last.id])
    assert outcome(billing, first) == wanted
    assert_books_balance(billing)


@contextmanager
def dying_before_write(billing, nth):
    """Die when the `nth` statement that writes is about to be sent; gives a list of it, empty when there were fewer."""
    died, writes = [], count(1)

    def die(_connection, _cursor, statement, *_more):
        if statement.startswith(("INSERT", "UPDATE", "DELETE")) and next(writes) == nth:
            died.append(statement)
            raise Crash

    event.listen(billing.engine, "before_cursor_execute", die)
    try:
        with suppress(Crash):
            yield died
    finally:
        event.remove(billing.engine, "before_cursor_execute", die)


def _numbers(billing):
    with billing.reading() as session:
        return list(session.scalars(select(FeeRun.id).where(FeeRun.finished_at.is_(None))))


def test_a_run_gets_on_by_a_chunk_even_when_every_try_is_killed(billing, clock, population):
    populate(billing, population)
    for _chunk in range(3):
        with pytest.raises(Crash), crash_at(UnitOfWork, "commit", 3):  # after the lease, the opening and one chunk
            run_fees(billing, clock)
        clock.advance(minutes=2)

    last = run_fees(billing, clock)

    assert (last.id, report(last)["charged"], len(fee_transfers(billing))) == (1, 3, 6)
    assert_books_balance(billing)


def test_a_broken_preview_is_replaced_not_finished(billing, clock, population):
    populate(billing, population)
    with pytest.raises(Crash), crash_at(statements, "tally", 2):
        run_fees(billing, clock, preview=True)

    preview = run_fees(billing, clock, preview=True)

    assert report(preview)["charged"] == 3
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(FeeRun)) == 1
        assert session.scalar(select(func.count()).select_from(FeeLine)) == 9


def test_a_finished_month_stays_finished_when_an_older_one_is_broken_off(billing, clock, population):
    populate(billing, population)
    with pytest.raises(Crash), crash_at(statements, "tally", 2):
        run_fees(billing, clock)
    clock.advance(days=31)

    january = run_fees(billing, clock)
    december = run_fees(billing, clock, period=Month(2026, 12))

    assert (january.missed, december.id) == ("", 1)
    with billing.reading() as session:
        per_month = dict(session.execute(select(Transfer.period, func.count()).group_by(Transfer.period)).all())
    assert per_month == {None: 9, "2026-12": 2, "2027-01": 4}  # who has paid January is not asked for December
    assert_books_balance(billing)


# Several at once


def test_while_one_runs_another_is_told_busy_and_a_preview_is_not(billing, clock, population):
    populate(billing, population)
    day = FeeDay(billing, clock, 3)
    steps = charge(day, actor=STAFF)
    next(steps)

    with pytest.raises(Busy):
        next(charge(day, actor=STAFF))
    assert run_fees(billing, clock, preview=True).is_done
    *_, last = steps

    assert report(last)["charged"] == 3
    assert run_fees(billing, clock).id == last.id + 2  # the lease is free again


def test_a_run_that_was_abandoned_between_chunks_frees_its_lease(billing, clock, population):
    populate(billing, population)
    steps = charge(FeeDay(billing, clock, 3), actor=STAFF)
    first = next(steps)
    steps.close()

    last = run_fees(billing, clock)
    assert (last.id, report(last)["charged"]) == (first.id, 3)


def test_a_sleeper_whose_lease_was_taken_over_commits_nothing_more(billing, clock, population):
    populate(billing, population)
    sleeper = charge(FeeDay(billing, clock, 3), actor=STAFF)
    first = next(sleeper)
    clock.now += LEASE + timedelta(seconds=1)
    rival = charge(FeeDay(billing, clock, 3), actor=STAFF)
    next(rival)

    with pytest.raises(Busy):
        next(sleeper)
    *_, last = rival

    assert (last.id, report(last)["charged"], len(fee_transfers(billing))) == (first.id, 3, 6)
    assert_books_balance(billing)


def test_fees_that_are_not_those_of_the_lines_roll_the_chunk_back(billing, clock, population, monkeypatch):
    """A defect must stop the run, not spoil the books."""
    populate(billing, population)
    post = statements.post_fees
    monkeypatch.setattr(statements, "post_fees", lambda *args, **kwargs: post(*args, **kwargs) + 1)

    with pytest.raises(BooksDisagree):
        run_fees(billing, clock)

    assert fee_transfers(billing) == []
    assert_books_balance(billing)
    monkeypatch.undo()
    assert report(run_fees(billing, clock))["charged"] == 3


PEOPLE = 20_000


def test_five_processes_at_once_then_kill_9_then_another_run(billing, database_url, make, clock):
    """One charges, four are told busy; the one is killed in the middle, and who comes next finishes its run."""
    main, sport = make.tariff("50 UAH"), make.tariff("20 UAH", main=False)
    both = (Sub(main), Sub(sport))
    clock.now = DEC_1
    command = [sys.executable, "-m", "tests.olltv.fees.charging", database_url, "200"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "cwd": ROOT}
    racers = [subprocess.Popen(command, **pipes) for _ in range(5)]
    populate(billing, [Viewer(both, 7000), Viewer(both, 6999), Viewer(both[:1], 5000), Viewer((), 0)] * (PEOPLE // 4))
    for racer in racers:
        assert racer.stdout.readline() == "ready\n"
    for racer in racers:
        racer.stdin.write("go\n")
        racer.stdin.flush()

    told = [racer.stdout.readline() for racer in racers]
    assert told.count("busy\n") == 4, told
    (runner,) = [racer for racer, line in zip(racers, told, strict=True) if line != "busy\n"]
    for _ in range(8):
        seen = runner.stdout.readline().split()
    os.kill(runner.pid, signal.SIGKILL)
    for racer in racers:
        racer.communicate()
    last = run_fees(billing, clock, chunk=4000)

    assert (runner.returncode, last.id) == (-signal.SIGKILL, int(seen[0]))
    assert report(last) == {
        "charged": PEOPLE // 2,
        "kept_main": 0,
        "no_money": PEOPLE // 4,
        "frozen": 0,
        "gone": 0,
        "fees": PEOPLE // 4 * 3,
        "charged_minor": PEOPLE // 4 * 12_000,
        "lack_minor": PEOPLE // 4,
    }
    with billing.reading() as session:
        fees = session.execute(
            select(
                func.count(), func.count(Transfer.subscription_id.distinct()), func.sum(Transfer.amount_minor)
            ).where(Transfer.period == "2026-12")
        ).one()
        left = session.scalar(select(func.sum(Account.balance_minor)))
        states = dict(session.execute(select(Subscription.state, func.count()).group_by(Subscription.state)).all())
    assert tuple(map(int, fees)) == (PEOPLE // 4 * 3, PEOPLE // 4 * 3, PEOPLE // 4 * 12_000)
    assert int(left) == PEOPLE // 4 * 6999
    assert states == {"active": PEOPLE // 4 * 3, "suspended": PEOPLE // 2}
    assert_books_balance(billing)
