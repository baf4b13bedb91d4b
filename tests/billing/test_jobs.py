"""What people ask for is done once, by whoever lives, and told however it ends."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from threading import Event as Flag

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from billing import jobs, worker
from billing.errors import Busy, NotEnoughMoney, NotFound
from billing.jobs import LEASE, Interrupted, Job, ask, find
from billing.worker import KEPT, REST, TRIES, Tools, work_one
from tests.billing.books import at_once
from tests.support import STAFF, money

PROJECT = Path(__file__).resolve().parents[2]
HANGING_WORKER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from billing.db import open_engine
from billing.uow import Billing
from billing.worker import Tools, work_one

def hang(work):
    work.progress(1, 10)
    print("begun", flush=True)
    sys.stdin.read()

billing = Billing(engine=open_engine(sys.argv[1]), unit="UAH", zone=UTC, host=lambda *_: None)
work_one(Tools(billing, lambda: datetime.fromisoformat(sys.argv[2]), None, Path(".")), {"count": hang}, Event())
"""


@pytest.fixture
def tools(billing, clock, tmp_path):
    return Tools(billing, clock, lambda: "delivering", tmp_path)


@pytest.fixture
def asked(uow, clock):
    return lambda kind="count", unique=None, **args: ask(
        uow(), kind=kind, args=args, actor=STAFF, now=clock(), unique=unique
    )


@pytest.fixture
def job(billing):
    """The job as it is now."""

    def read(job_id=1):
        with billing.reading() as session:
            return find(session, job_id)

    return read


@pytest.fixture
def run(tools):
    """Have a worker do what is waiting; whether there was something."""
    return lambda handler, stop=None: work_one(tools, {"count": handler}, stop or Flag())


def count_to_ten(work):
    for step in range(10):
        work.progress(step, 10)
    return {"counted": 10, "url": "/result"}


def test_a_job_is_done_and_its_outcome_kept(asked, run, job, clock, tools):
    asked(tens=[1, 2])
    clock.advance(seconds=5)
    seen = []

    assert run(lambda work: seen.append(work) or count_to_ten(work))

    [work] = seen
    assert (work.args, work.actor, work.exports_dir, work.job_id) == ({"tens": [1, 2]}, STAFF, tools.exports_dir, 1)
    done = job()
    assert (done.outcome, done.refusal, done.is_open) == ({"counted": 10, "url": "/result"}, None, False)
    assert (done.actor, done.address, done.tries) == ("olena", "10.0.0.5", 1)
    assert done.asked_at + timedelta(seconds=5) == done.started_at == done.finished_at
    assert not run(count_to_ten)


def test_jobs_are_done_in_the_order_in_which_they_were_asked_for(asked, run):
    order = []
    for number in range(3):
        asked(number=number)
    while run(lambda work: order.append(work.args["number"]) or {}):
        pass
    assert order == [0, 1, 2]


def test_how_far_it_is_can_be_seen_while_it_runs(asked, run, job):
    asked()
    seen = []

    def handler(work):
        work.progress(3, 10)
        seen.append(job())
        return {}

    run(handler)
    assert (seen[0].done, seen[0].total, seen[0].is_open) == (3, 10, True)


def test_progress_is_cheap(asked, run, billing, monkeypatch):
    asked()
    written = []
    monkeypatch.setattr(jobs, "_advance", lambda *_, **values: written.append(values["done"]))
    run(lambda work: [work.progress(step, 1000) for step in range(1000)] and {})
    assert written[0] == 0
    assert len(written) < 20


def test_a_refusal_is_remembered_with_its_facts(asked, run, job):
    asked()

    def handler(_work):
        raise NotEnoughMoney(lack=money("5 UAH"))

    assert run(handler)
    assert isinstance(job().refusal, NotEnoughMoney)
    assert (job().refusal.facts, job().outcome) == ({"lack": "5.00 UAH"}, None)


def test_a_defect_ends_the_job_not_the_worker(asked, run, job):
    asked()
    asked()
    assert run(lambda _work: 1 / 0)
    assert (job(1).refusal.code, job(1).refusal.facts) == ("job_broken", {"job": "1"})
    assert run(count_to_ten)
    assert job(2).outcome


def test_an_outcome_that_cannot_be_stored_ends_the_job(asked, run, job):
    asked()
    assert run(lambda _work: {"at": object()})
    assert job().refusal.code == "job_broken"


def test_a_kind_that_nobody_knows_is_told(asked, run, job):
    asked(kind="dance")
    assert run(count_to_ten)
    assert (job().refusal.code, job().refusal.facts) == ("unknown_job", {"kind": "dance"})


def test_a_job_of_a_name_is_open_once_and_can_be_asked_for_again_when_it_is_over(asked, run):
    first = asked(unique="preview", month="2026-11")
    assert asked(unique="preview", month="2026-12").id == first.id
    assert asked(unique="other").id != first.id
    run(count_to_ten)
    assert asked(unique="preview").id not in (first.id, None)


def test_of_twenty_who_ask_at_once_all_get_the_same_job(asked, billing):
    given = at_once(20, lambda _: asked(unique="preview").id)
    assert len(set(given)) == 1
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 1


def test_two_workers_never_do_the_same_job(asked, tools, billing):
    done = []
    for number in range(12):
        asked(number=number)

    def work_all(_):
        while work_one(tools, {"count": lambda work: done.append(work.args["number"]) or {}}, Flag()):
            pass

    at_once(4, work_all)
    assert sorted(done) == list(range(12))


def test_what_a_living_worker_is_at_is_left_to_him(asked, run):
    asked()
    met = []
    run(lambda _work: met.append(run(count_to_ten)) or {})
    assert met == [False]


def test_a_worker_who_was_silent_for_too_long_has_lost_the_job_and_stores_nothing(asked, run, job, clock):
    asked()

    def slow(work):
        clock.advance(seconds=LEASE.total_seconds() + 1)
        assert run(lambda _work: {"by": "the second"})
        with pytest.raises(Busy):
            work.progress(1, 2)
        return {"by": "the first"}

    assert run(slow)
    assert job().outcome == {"by": "the second"}


def test_progress_keeps_the_job(asked, run, clock, monkeypatch):
    monkeypatch.setattr(jobs, "RENEW_EVERY_S", 0)
    asked()
    met = []

    def slow(work):
        for step in range(4):
            clock.advance(seconds=LEASE.total_seconds() - 1)
            work.progress(step, 4)
        met.append(run(count_to_ten))
        return {}

    run(slow)
    assert met == [False]


def test_a_worker_who_is_to_end_gives_the_job_back(asked, run, job):
    asked()
    stop = Flag()

    def handler(work):
        assert not work.stopping()
        stop.set()
        work.progress(1, 2)

    assert run(handler, stop)
    assert (job().is_open, job().tries) == (True, 0)
    assert run(count_to_ten)
    assert job().outcome


def test_a_handler_can_say_by_itself_that_it_was_interrupted(asked, run, job):
    asked()

    def handler(_work):
        raise Interrupted

    assert run(handler)
    assert job().is_open


def test_a_database_that_goes_away_costs_a_try_and_some_rest(asked, run, job, clock):
    asked()

    def handler(_work):
        raise OperationalError("SELECT", {}, Exception("server has gone away"))

    for number in range(TRIES):
        assert run(handler)
        assert (job().is_open, job().tries) == (True, number + 1)
        assert not run(handler)
        clock.advance(seconds=REST.total_seconds() + 1)
    assert run(handler)
    assert (job().refusal.code, job().is_open) == ("job_given_up", False)


def killed(url, clock):
    """A worker dies by SIGKILL in the middle of a job."""
    command = [sys.executable, "-c", HANGING_WORKER, url, clock().isoformat()]
    with subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "begun\n"
        finally:
            process.send_signal(signal.SIGKILL)


def test_what_a_killed_worker_had_begun_is_taken_up_at_once(database_url, asked, run, job, clock):
    asked()
    killed(database_url, clock)
    assert (job().done, job().is_open) == (1, True)
    assert run(count_to_ten)
    assert (job().tries, job().outcome) == (2, {"counted": 10, "url": "/result"})


def test_a_job_that_kills_every_worker_is_given_up(database_url, asked, run, job, clock):
    asked()
    for _ in range(TRIES):
        killed(database_url, clock)
    assert run(count_to_ten)
    assert (job().refusal.code, job().refusal.facts["tries"]) == ("job_given_up", str(TRIES))


def test_whether_a_worker_is_there(billing, uow, clock):
    def there():
        with billing.reading() as session:
            return worker.is_there(session, now=clock())

    assert not there()
    worker.show_up(uow(), now=clock())
    assert there()
    clock.advance(seconds=31)
    assert not there()


def test_old_jobs_are_forgotten_and_open_ones_never(asked, uow, run, job, clock):
    asked()
    run(count_to_ten)
    asked()
    clock.advance(days=KEPT.days + 1)
    worker.forget_old(uow(), now=clock())
    with pytest.raises(NotFound):
        job(1)
    assert job(2).is_open
