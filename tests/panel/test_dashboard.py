"""The first page: the figures that the worker keeps, and what needs a person."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from billing.errors import PartnerUnreachable
from billing.jobs import Job
from olltv_module.delivery import queue
from olltv_module.models import Delivery, Reason
from olltv_module.partner.health import Tally
from olltv_module.reconcile.models import Check, Found, Kind
from olltv_module.reports import health, keeping
from olltv_module.services import lifecycle
from olltv_module.services.fees.models import FeeRun
from olltv_module.services.fees.run import FeeDay, charge
from tests.support import DEC_1, STAFF


@pytest.fixture
def count(billing, clock):
    """The worker counts."""
    return lambda: keeping.keep(billing, clock)


def test_before_the_worker_has_counted_the_page_says_so(panel):
    page = panel.page("/")
    assert "The worker has not counted yet." in page
    assert "Last sign of life: never" in page


def test_everything_at_a_glance(panel, viewers, make, billing, clock, count, uow):
    start, extra = make.tariff("50 UAH", name="Start"), make.tariff("20 UAH", main=False, name="Screen")
    for _ in range(3):
        viewers.watching(start, extra)
    asleep = viewers.watching(start)
    lifecycle.suspend(uow(), login=asleep.login, reason=Reason.VACATION, actor=STAFF, now=clock())
    viewers.deliver()
    viewers.order(make.subscriber(wallet="100 UAH"), start)
    count()
    page = panel.page("/")
    assert "As of 10 November 2026, 11:00" in page
    assert "Watching 3" in page
    assert "Suspended 1 vacation 1" in page
    assert "Being switched on 1" in page
    assert "Collected 260.00 UAH" in page
    assert "Expected this month 310.00 UAH" in page
    assert "Expected next month 260.00 UAH" in page
    assert "Start 3 1 1" in page
    assert "Nothing needs your attention." in page


def test_tiles_lead_to_the_lists(panel, viewers, make, count):
    viewers.watching(make.tariff("50 UAH"))
    count()
    page = panel.get("/").get_data(as_text=True)
    for path in ("/subscribers?tv=active", "/subscribers?tv=no_money", "/queue", "/fees", "/money/2026-11"):
        assert f'href="{path}' in page


def test_the_next_fee_day_shows_its_preview(panel, viewers, make, billing, clock, count):
    viewers.watching(make.tariff("50 UAH"), wallet="70 UAH")
    [*charge(FeeDay(billing, clock), actor=STAFF)]
    count()
    assert "Make a preview" in panel.page("/")
    [*charge(FeeDay(billing, clock), actor=STAFF, preview=True, period=billing.month(clock()).next())]
    page = panel.page("/")
    assert "Show the preview" in page
    assert "Will be suspended 1" in page
    assert "Lacking 30.00 UAH" in page


def test_months_are_charts_with_the_same_numbers_as_tables(panel, viewers, make, clock, count):
    viewers.watching(make.tariff("50 UAH"))
    clock.now = DEC_1 + timedelta(hours=5)
    viewers.watching(make.tariff("70 UAH"))
    count()
    page = panel.get("/").get_data(as_text=True)
    assert 'data-chart-table="churn-table"' in page
    assert 'id="revenue-table"' in page
    text = panel.page("/")
    assert "November 2026 1 0 1 December 2026 1 0 2" in text
    assert "November 2026 50.00 UAH December 2026 70.00 UAH" in text


def broken_off(uow, clock):
    with (unit := uow()):
        run = FeeRun(kind="run", period="2026-11", actor="cron", address="", started_at=clock(), last_id=9, cursor=1)
        unit.session.add(run)


def parked(uow, clock):
    with (unit := uow()):
        queue.park(unit.session.query(Delivery).one(), trouble="no", now=clock())


def differing(uow, clock):
    with (unit := uow()):
        check = Check(started_at=clock(), actor="cron")
        unit.session.add(check)
        unit.session.flush()
        facts = {"login": "ivan", "service": "s", "ours": "", "theirs": ""}
        unit.session.add(Found(check_id=check.id, kind=Kind.LOST_ACCOUNT, found_at=clock(), live_key="k", **facts))


def failed(uow, clock):
    with (unit := uow()):
        job = Job(kind="olltv.purchases", args={}, actor="olena", address="", asked_at=clock(), finished_at=clock())
        job.failure = PartnerUnreachable(call="x").remembered()
        unit.session.add(job)


@pytest.mark.parametrize(
    ("trouble", "text", "path"),
    [
        (broken_off, "The monthly run of November 2026 was broken off.", "/fees/1"),
        (parked, "1 subscriber is parked", "/queue"),
        (differing, "differ in 1 place.", "/reconcile"),
        (failed, "Job 1 failed", "/jobs/1"),
    ],
)
def test_what_needs_a_person_is_named_with_its_remedy(panel, viewers, make, count, uow, clock, trouble, text, path):
    viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    count()
    assert "Nothing needs your attention." in panel.page("/")
    trouble(uow, clock)
    page = panel.page("/")
    assert text in page
    assert "Nothing needs your attention." not in page
    assert f'href="{path}' in panel.get("/").get_data(as_text=True)


def test_a_job_that_has_succeeded_since_needs_nobody(panel, count, uow, clock):
    count()
    failed(uow, clock)
    later = clock.advance(minutes=1)
    with (unit := uow()):
        unit.session.add(
            Job(kind="olltv.purchases", args={}, actor="olena", address="", asked_at=later, finished_at=later)
        )
    assert "Nothing needs your attention." in panel.page("/")


def test_a_month_that_nobody_charged_is_missed(panel, viewers, make, billing, clock, count):
    viewers.watching(make.tariff("50 UAH"))
    [*charge(FeeDay(billing, clock), actor=STAFF)]
    clock.now = DEC_1 + timedelta(hours=9)
    count()
    assert "The fees of December 2026 have not been charged yet." in panel.page("/")
    [*charge(FeeDay(billing, clock), actor=STAFF)]
    assert "have not been charged yet" not in panel.page("/")


def test_a_worker_that_stopped_is_missed(panel, count, clock):
    count()
    clock.advance(minutes=6)
    assert "The worker is not running" in panel.page("/")


def test_the_partners_health_is_shown(panel, billing, clock, count):
    count()
    counter = type("Counter", (), {"take": lambda self: [tally], "put_back": lambda self, tallies: None})()
    tally = Tally(clock().replace(minute=0), calls=200, failed=3, last_trouble_at=clock(), last_trouble="x: HTTP 500")
    health.write_down(billing, counter)
    page = panel.page("/")
    assert "3 of 200 (2 %)" in page
    assert "The partner does not answer properly: x: HTTP 500" in page


def test_everybody_sees_what_his_rights_are_for(person, viewers, make, count):
    viewers.watching(make.tariff("50 UAH"))
    count()
    olltv, money, admin = (person(right).page("/") for right in ("OLLTV", "MONEY", "ADMIN"))
    assert "Watching 1" in olltv
    assert "Collected" not in olltv
    assert "Revenue" not in olltv
    assert "Watching" not in money
    assert "Collected 50.00 UAH" in money
    assert "Watching" not in admin
    assert "Collected" not in admin


def test_the_page_reads_no_big_table(panel, viewers, make, count, billing):
    """What it costs does not depend on how many subscribers or transfers there are."""
    viewers.watching(make.tariff("50 UAH"))
    count()
    sent = []

    def keep(_connection, _cursor, statement, *_):
        sent.append(statement)

    event.listen(billing.engine, "before_cursor_execute", keep)
    panel.page("/")
    event.remove(billing.engine, "before_cursor_execute", keep)
    for big in (
        "ledger_transfer",
        "ledger_account",
        "olltv_subscription",
        "olltv_subscriber ",
        "event_log",
        "host_sub",
    ):
        assert not [each for each in sent if big in each], big
