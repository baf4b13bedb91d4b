"""Comparing and repairing as jobs of the worker."""

import pytest
from sqlalchemy import select

from billing.errors import NotFound
from billing.jobs import Job, ask
from billing.worker import Tools, work_one
from olltv_module.jobs import HANDLERS
from olltv_module.reconcile import reading, work
from olltv_module.reconcile.models import Found, Standing
from olltv_module.reconcile.settling import End
from tests.olltv.reconcile.test_checks import switch_on
from tests.support import STAFF


class Stop:
    """Tells the worker to end after so many questions."""

    def __init__(self, after: int = 10**9) -> None:
        self.left = after

    def is_set(self) -> bool:
        self.left -= 1
        return self.left < 0


@pytest.fixture
def ask_for(house, clock):
    def call(kind, /, **args):
        return ask(house.billing.uow(), kind=kind, args=args, actor=STAFF, now=clock(), unique=kind)

    return call


@pytest.fixture
def worker(house, clock, tmp_path):
    """Does one job; gives it as it stands then."""

    def do(job, stop=None):
        tools = Tools(billing=house.billing, clock=clock, delivering=lambda: house.delivering, exports_dir=tmp_path)
        work_one(tools, HANDLERS, stop or Stop())
        with house.billing.reading() as session:
            return session.get_one(Job, job.id)

    return do


def states(house):
    with house.billing.reading() as session:
        return list(session.scalars(select(Found.state).order_by(Found.id)))


def test_both_are_jobs_with_results(house, ask_for, worker):
    house.watching("main_start")
    switch_on(house, "sport")

    compared = worker(ask_for(work.RECONCILE))
    repaired = worker(ask_for(work.REPAIR, kind="on_there_off_here"))

    assert (compared.failure, compared.outcome["url"], compared.done) == (None, "/reconcile", 1)
    assert repaired.outcome["url"] == f"/reconcile/results/{repaired.id}"
    with house.billing.reading() as session:
        assert work.outcome(session, repaired.id) == {End.REPAIRED: 1}
        with pytest.raises(NotFound):
            work.outcome(session, compared.id)
    assert states(house) == [Standing.REPAIRED]


def test_a_comparison_that_the_workers_end_broke_off_is_begun_anew(house, ask_for, worker):
    for login in ("a", "b", "c"):
        house.watching("main_start", login=login)
    switch_on(house, "sport", "a")
    job = ask_for(work.RECONCILE)

    assert worker(job, Stop(after=1)).is_open
    done = worker(job)

    assert done.failure is None
    assert states(house) == [Standing.OPEN]
    with house.billing.reading() as session:
        assert reading.newest(session).finished_at is not None


def test_a_repair_that_was_broken_off_goes_on_with_the_rest(house, ask_for, worker):
    for login in ("a", "b", "c"):
        house.watching("main_start", login=login)
        switch_on(house, "sport", login)
    worker(ask_for(work.RECONCILE))
    job = ask_for(work.REPAIR, kind="on_there_off_here")

    worker(job, Stop(after=2))
    between = states(house)
    worker(job)

    assert Standing.REPAIRED in between
    assert Standing.OPEN in between
    assert states(house) == [Standing.REPAIRED] * 3


def test_a_partner_who_is_silent_is_the_jobs_failure(house, sandbox, ask_for, worker):
    house.watching("main_start")
    sandbox.faults({"*": {"error_before": 1}})

    assert worker(ask_for(work.RECONCILE)).refusal.code == "partner_unreachable"
