"""The worker's jobs, over a clock that stands still."""

import os
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from threading import Event as Flag
from threading import Thread

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from billing import attempts, idempotency, leases, visits, worker
from billing.cabinet import sessions
from billing.cabinet.models import CabinetSession
from billing.errors import Misconfigured
from billing.jobs import find
from cron import asked, jobs
from cron.asked import do_asked
from cron.scheduler import ready, schedule
from olltv_module.models import Delivery
from olltv_module.services import autoresume
from olltv_module.services.fees.models import FeeReview, FeeRun
from olltv_module.services.fees.run import LEASE, FeeDay, charge
from suite import exporting
from suite.runtime import Runtime
from tests.olltv.support import Viewers, states
from tests.support import DEC_1, GUEST, STAFF, Make, assert_books_balance, available, balance, money


@pytest.fixture
def make(runtime):
    return Make(runtime.billing, runtime.clock)


@pytest.fixture
def viewers(runtime, make):
    return Viewers(runtime.billing, runtime.clock, make)


@pytest.fixture
def stop():
    return Flag()


def with_options(runtime: Runtime, **options: object) -> Runtime:
    return Runtime(replace(runtime.settings, olltv=replace(runtime.settings.olltv, **options)), runtime.clock)


def runs(runtime: Runtime) -> list[FeeRun]:
    with runtime.billing.reading() as session:
        return list(session.scalars(select(FeeRun).order_by(FeeRun.id)))


def broken_run(runtime: Runtime) -> None:
    """A run of the present month that was broken off after its first subscriber."""
    with closing(charge(FeeDay(runtime.billing, runtime.clock, chunk=1), actor=GUEST)) as steps:
        next(steps)


def counted(job: str, outcome: str) -> float:
    return REGISTRY.get_sample_value("worker_jobs_total", {"job": job, "outcome": outcome}) or 0


def test_finished_runs_are_reviewed(runtime, viewers, make, clock, stop):
    viewers.watching(make.tariff("50 UAH"))
    clock.now = DEC_1
    list(charge(FeeDay(runtime.billing, clock), actor=GUEST))
    broken_run(runtime)

    jobs.review_fee_runs(runtime, stop)
    jobs.review_fee_runs(runtime, stop)

    with runtime.billing.reading() as session:
        found = {each.run_id: each.is_proved for each in session.scalars(select(FeeReview))}
    assert found == {1: True}


def test_a_broken_fee_run_is_finished_under_its_own_number(runtime, make, viewers, stop, clock):
    tariff = make.tariff("50 UAH")
    people = [viewers.watching(tariff, wallet="100 UAH") for _ in range(3)]
    clock.now = DEC_1
    broken_run(runtime)

    jobs.finish_fee_runs(runtime, stop)

    [run] = runs(runtime)
    assert run.is_done
    assert (run.charged, run.actor) == (3, "guest")
    assert [balance(runtime.billing, each.login) for each in people] == [money("0 UAH")] * 3
    assert_books_balance(runtime.billing)


def test_a_month_that_has_ended_is_finished_too(runtime, make, viewers, stop, clock):
    viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")
    clock.now = DEC_1
    broken_run(runtime)
    clock.advance(days=40)

    jobs.finish_fee_runs(runtime, stop)

    assert [(run.period, run.is_done) for run in runs(runtime)] == [("2026-12", True)]


def test_a_finished_run_is_left_alone(runtime, make, viewers, stop, clock):
    viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")
    clock.now = DEC_1
    *_, done = charge(FeeDay(runtime.billing, clock), actor=GUEST)
    jobs.finish_fee_runs(runtime, stop)
    assert [run.id for run in runs(runtime)] == [done.id]


def test_a_run_that_somebody_is_at_is_left_to_him(runtime, make, viewers, stop, clock):
    viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")
    clock.now = DEC_1
    broken_run(runtime)
    before = counted("finish_fee_runs", "busy")

    with leases.held(runtime.billing, name=f"{LEASE}.run", clock=clock), jobs.watched("finish_fee_runs"):
        jobs.finish_fee_runs(runtime, stop)

    assert not runs(runtime)[0].is_done
    assert counted("finish_fee_runs", "busy") == before + 1


def test_the_end_of_the_worker_stops_a_run_between_chunks(runtime, make, viewers, stop, clock):
    tariff = make.tariff("50 UAH")
    for _ in range(2):
        viewers.watching(tariff, wallet="100 UAH")
    clock.now = DEC_1
    broken_run(runtime)
    stop.set()

    jobs.finish_fee_runs(runtime, stop)

    assert not runs(runtime)[0].is_done
    with leases.held(runtime.billing, name=f"{LEASE}.run", clock=clock):
        pass  # free again


def test_orders_that_nobody_confirms_are_called_off(runtime, make, viewers, stop, clock):
    ivan = make.subscriber(wallet="100 UAH")
    viewers.order(ivan, make.tariff("50 UAH"))
    clock.advance(days=8)

    jobs.expire_orders(runtime, stop)

    assert states(runtime.billing, ivan) == ["refused"]
    assert available(runtime.billing, ivan.login) == money("100 UAH")


def test_old_answers_and_failed_sign_ins_are_forgotten(runtime, stop, clock):
    uow = runtime.billing.uow()
    idempotency.claim(uow, owner="1", key="old", fingerprint="f", now=clock())
    attempts.begin(uow, door="panel", login="x", address="a", now=clock())
    clock.advance(days=8)
    idempotency.claim(uow, owner="1", key="young", fingerprint="f", now=clock())

    jobs.forget_old(runtime, stop)

    with runtime.billing.reading() as session:
        assert list(session.scalars(select(idempotency.StoredAnswer.key))) == ["young"]
        assert session.scalar(select(func.count()).select_from(attempts.LoginAttempt)) == 0


def test_tickets_to_a_cabinet_are_forgotten_a_day_after_their_end(runtime, make, stop, clock):
    make.subscriber("ann")
    visits.allow_visit(runtime.billing.uow(), login="ann", actor=STAFF, now=clock())
    clock.advance(days=2)
    visits.allow_visit(runtime.billing.uow(), login="ann", actor=STAFF, now=clock())

    jobs.forget_old(runtime, stop)

    with runtime.billing.reading() as session:
        assert [each.created_at for each in session.scalars(select(visits.VisitTicket))] == [clock()]


def test_sessions_of_subscribers_are_forgotten_a_month_after_they_began(runtime, stop, clock):
    begin = {"login": "ann", "known": 0, "caller": sessions.Caller(address="192.0.2.7")}
    sessions.begin_by_password(runtime.billing.uow(), **begin, now=clock())
    clock.advance(days=31)
    sessions.begin_by_password(runtime.billing.uow(), **begin, now=clock())

    jobs.forget_old(runtime, stop)

    with runtime.billing.reading() as session:
        assert [each.begun_at for each in session.scalars(select(CabinetSession))] == [clock()]


def test_who_chose_it_is_resumed_when_the_money_is_there(runtime, make, viewers, stop, clock):
    ivan = viewers.watching(make.tariff("50 UAH"), wallet="50 UAH")
    autoresume.choose(runtime.billing.uow(), login=ivan.login, wanted=True, actor=STAFF, now=clock())
    clock.now = DEC_1
    list(charge(FeeDay(runtime.billing, clock), actor=GUEST))
    viewers.deliver()

    jobs.resume_who_can_pay(runtime, stop)
    assert states(runtime.billing, ivan) == ["suspended:no_money"]

    make.top_up(ivan.login, "60 UAH")
    jobs.resume_who_can_pay(runtime, stop)
    assert states(runtime.billing, ivan) == ["pending"]
    assert available(runtime.billing, ivan.login) == money("10 UAH")


def test_delivery_tells_the_partner_and_ends_when_told_to(runtime, make, viewers, stop, partner_url):
    ivan = make.subscriber(wallet="100 UAH")
    viewers.order(ivan, make.tariff("50 UAH", service="main_start"))
    runtime = with_options(runtime, api_url=partner_url)

    thread = Thread(target=jobs.deliver, args=(runtime, stop))
    thread.start()
    wait_until(lambda: states(runtime.billing, ivan) == ["active"])
    stop.set()
    thread.join(5)

    assert not thread.is_alive()
    assert balance(runtime.billing, ivan.login) == money("50 UAH")


def test_delivery_outlives_trouble(runtime, stop, monkeypatch):
    troubles = [Misconfigured(what="no password"), OperationalError("SELECT", {}, Exception("server has gone away"))]
    before = counted("deliver", "failed")

    def fails(*_args: object, **_options: object) -> None:
        if not troubles:
            stop.set()
            return
        raise troubles.pop()

    monkeypatch.setattr(jobs.runner, "run", fails)
    monkeypatch.setattr(jobs, "PAUSE_AFTER_TROUBLE_S", 0.01)
    jobs.deliver(runtime, stop)

    assert counted("deliver", "failed") == before + 2


def test_what_staff_ask_for_is_done_until_the_worker_is_to_end(runtime, stop, clock):
    job = exporting.ask_for_export(
        runtime.billing.uow(), source="events", query="columns=text", lang="en", actor=STAFF, now=clock()
    )
    thread = Thread(target=do_asked, args=(runtime, stop))
    thread.start()
    wait_until(lambda: not job_now(runtime, job.id).is_open)
    stop.set()
    thread.join(5)

    assert not thread.is_alive()
    assert job_now(runtime, job.id).outcome == {"rows": 1, "name": "Event log 2026-11-10.xlsx"}
    assert exporting.file_of(runtime.settings.suite.exports_dir, job.id).exists()


def job_now(runtime, number):
    with runtime.billing.reading() as session:
        return find(session, number)


def test_the_loop_over_what_staff_ask_for_outlives_everything(runtime, stop, monkeypatch):
    troubles = [ZeroDivisionError(), OperationalError("SELECT", {}, Exception("server has gone away"))]
    before = counted("asked", "failed")

    def fails(*_args: object) -> bool:
        if not troubles:
            stop.set()
            return False
        raise troubles.pop()

    monkeypatch.setattr(asked.worker, "work_one", fails)
    monkeypatch.setattr(asked, "PAUSE_AFTER_TROUBLE_S", 0.01)
    do_asked(runtime, stop)

    assert (troubles, counted("asked", "failed")) == ([], before + 1)


def test_the_panel_can_tell_that_a_worker_is_there(runtime, stop, clock):
    jobs.show_up(runtime, stop)
    with runtime.billing.reading() as session:
        assert worker.is_there(session, now=clock())


def test_old_exports_are_deleted(runtime, stop, clock):
    folder = exporting.file_of(runtime.settings.suite.exports_dir, 1).parent
    folder.mkdir(parents=True)
    for name, age in (
        ("export-1.xlsx", timedelta(days=8)),
        ("export-2.token", timedelta(days=8)),
        ("export-3.xlsx", timedelta()),
    ):
        (folder / name).touch()
        os.utime(folder / name, ((clock() - age).timestamp(),) * 2)
    (folder / "other.txt").touch()

    jobs.forget_old(runtime, stop)

    assert sorted(path.name for path in folder.iterdir()) == ["export-3.xlsx", "other.txt"]


def test_a_defect_is_not_swallowed():
    with pytest.raises(ZeroDivisionError), jobs.watched("anything"):
        _ = 1 / 0


def test_the_queue_shows_in_the_metrics(runtime, make, viewers, stop, clock):
    viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    parked = make.subscriber(wallet="100 UAH")
    viewers.order(parked, make.tariff("50 UAH"))
    uow = runtime.billing.uow()
    with uow:
        row = uow.session.scalars(select(Delivery).order_by(Delivery.subscriber_id.desc())).first()
        row.parked_at = clock()

    jobs.measure_queue(runtime, stop)

    lengths = {part: REGISTRY.get_sample_value("olltv_delivery_queue", {"part": part}) for part in ("due", "parked")}
    assert lengths == {"due": 1, "parked": 1}


ALWAYS = {"forget_old", "show_up"}
MODULE_JOBS = {"finish_fee_runs", "review_fee_runs", "expire_orders", "measure_queue", "figures", "partner_health"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {*ALWAYS, *MODULE_JOBS}),
        ({"autoresume": True}, {*ALWAYS, "autoresume", *MODULE_JOBS}),
        ({"enabled": False, "autoresume": True}, ALWAYS),
    ],
)
def test_the_options_decide_what_is_done(runtime, stop, options, expected):
    assert {job.id for job in schedule(with_options(runtime, **options), stop).get_jobs()} == expected


def test_every_job_starts_at_once_and_never_runs_beside_itself(runtime, stop, clock):
    scheduler = schedule(runtime, stop)
    scheduler.start(paused=True)
    every = {job.id: job.trigger.interval for job in scheduler.get_jobs()}
    assert all(job.next_run_time == clock() for job in scheduler.get_jobs())
    assert all((job.max_instances, job.coalesce) == (1, True) for job in scheduler.get_jobs())
    assert every["finish_fee_runs"] == timedelta(minutes=1)
    assert every["expire_orders"] == timedelta(hours=1)
    scheduler.shutdown()


def test_a_worker_without_a_partner_password_does_not_start(runtime):
    with pytest.raises(Misconfigured, match="OLLTV_PASSWORD is empty"):
        ready(with_options(runtime, password=""))


def wait_until(done) -> None:
    pause = Flag()
    for _ in range(200):
        if done():
            return
        pause.wait(0.05)
    pytest.fail("it never came about")
