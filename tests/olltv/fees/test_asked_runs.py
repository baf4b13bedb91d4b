"""Runs and previews that staff ask for and the worker does."""

from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from sqlalchemy import func, select

from billing import jobs
from billing.jobs import Job
from billing.uow import UnitOfWork
from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.services.fees.asking import ask_for_preview, ask_to_charge
from olltv_module.services.fees.models import FeeReview, FeeRun
from olltv_module.services.fees.run import FeeDay, FutureMonth, charge
from tests.olltv.fees.population import DECEMBER, NOVEMBER, Sub, Viewer, crash_at, fee_transfers, populate, run_fees
from tests.support import STAFF, Crash, assert_books_balance


@pytest.fixture
def work(billing, clock):
    """Let the worker do the job that waits; whether there was one."""

    def do():
        tools = Tools(billing=billing, clock=clock, delivering=lambda: None, exports_dir=Path("unused"))
        return work_one(tools, HANDLERS, Flag())

    return do


@pytest.fixture
def two(billing, sold, december):
    """One who can pay and one who cannot."""
    return populate(billing, [Viewer((Sub(sold.main),), 5000), Viewer((Sub(sold.main),), 4999)])


def job(billing, job_id):
    with billing.reading() as session:
        return jobs.find(session, job_id)


def runs(billing):
    with billing.reading() as session:
        return session.scalars(select(FeeRun).order_by(FeeRun.id)).all()


def test_the_worker_charges_as_the_person_who_asked_and_reviews_the_run(billing, december, two, work):
    asked = ask_to_charge(billing.uow(), period=DECEMBER, actor=STAFF, now=december())
    assert (runs(billing), work()) == ([], True)

    (run,) = runs(billing)
    done = job(billing, asked.id)
    assert (run.actor, run.address, run.period, run.charged, run.no_money) == ("olena", "10.0.0.5", "2026-12", 1, 1)
    assert (done.outcome, done.failure) == ({"run": run.id, "url": f"/fees/{run.id}"}, None)
    with billing.reading() as session:
        assert session.get_one(FeeReview, run.id).is_proved
    assert_books_balance(billing)


def test_a_preview_charges_nobody(billing, december, two, work):
    asked = ask_for_preview(billing.uow(), period=DECEMBER.next(), actor=STAFF, now=december())
    work()

    (preview,) = runs(billing)
    assert (preview.kind, preview.period, fee_transfers(billing)) == ("preview", "2027-01", [])
    assert job(billing, asked.id).outcome["url"] == f"/fees/{preview.id}"


def test_a_month_that_has_not_begun_is_refused_at_once(billing, december):
    for ask, period in ((ask_to_charge, DECEMBER.next()), (ask_for_preview, DECEMBER.next().next())):
        with pytest.raises(FutureMonth):
            ask(billing.uow(), period=period, actor=STAFF, now=december())

    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_asked_twice_it_is_one_job_and_another_month_another(billing, december, work):
    first, again = (ask_to_charge(billing.uow(), period=DECEMBER, actor=STAFF, now=december()) for _ in range(2))
    other = ask_to_charge(billing.uow(), period=NOVEMBER, actor=STAFF, now=december())
    preview = ask_for_preview(billing.uow(), period=DECEMBER, actor=STAFF, now=december())

    assert first.id == again.id
    assert len({first.id, other.id, preview.id}) == 3
    assert [work() for _ in range(4)] == [True, True, True, False]


def test_a_killed_worker_leaves_the_run_to_the_next(billing, december, two, work):
    asked = ask_to_charge(billing.uow(), period=DECEMBER, actor=STAFF, now=december())
    with pytest.raises(Crash), crash_at(UnitOfWork, "commit", 4):  # taken, leased, opened, charged
        work()
    december.advance(minutes=10)

    assert not runs(billing)[0].is_done
    assert work()
    assert job(billing, asked.id).outcome is not None
    assert [(run.charged, run.no_money) for run in runs(billing)] == [(1, 1)]
    assert len(fee_transfers(billing)) == 1
    assert_books_balance(billing)


def test_a_run_that_another_process_is_at_is_followed_to_its_end(billing, december, two, work):
    """The job neither fails nor fights; afterwards nobody is left to charge."""
    steps = charge(FeeDay(billing, december, 1), actor=STAFF)
    next(steps)
    asked = ask_to_charge(billing.uow(), period=DECEMBER, actor=STAFF, now=december())
    follower = Thread(target=work)
    follower.start()
    list(steps)
    follower.join(timeout=20)

    done = job(billing, asked.id)
    assert (done.failure, done.is_open) == (None, False)
    assert len(fee_transfers(billing)) == 1
    assert sum(run.charged for run in runs(billing)) == 1
    assert_books_balance(billing)


def test_a_run_that_was_broken_off_is_finished_under_its_number(billing, december, two, work):
    steps = charge(FeeDay(billing, december, 1), actor=STAFF)
    begun = next(steps)
    steps.close()
    asked = ask_to_charge(billing.uow(), period=DECEMBER, actor=STAFF, now=december())
    work()

    assert job(billing, asked.id).outcome["run"] == begun.id
    assert run_fees(billing, december).charged == 0
