"""The worker and the web processes keep the figures of the first page up to date."""

from datetime import timedelta
from threading import Event as Flag

import pytest
from flask import Flask
from sqlalchemy import text

from cron import jobs
from olltv_module.delivery import runner
from olltv_module.reports.figures import newest
from olltv_module.reports.health import partner_health
from olltv_module.reports.months import months_kept
from suite import partner_health as web
from tests.olltv.support import Viewers
from tests.support import Make


@pytest.fixture
def make(runtime):
    return Make(runtime.billing, runtime.clock)


@pytest.fixture
def viewers(runtime, make):
    return Viewers(runtime.billing, runtime.clock, make)


def health_of(runtime):
    with runtime.billing.reading() as session:
        return partner_health(session, now=runtime.clock())


def job(runtime, name):
    [found] = [each for each in jobs.jobs(runtime) if each.name == name]
    return found


def test_the_worker_counts_every_minute(runtime, viewers, make):
    viewers.watching(make.tariff("50 UAH"))
    counting = job(runtime, "figures")
    assert counting.every == timedelta(minutes=1)
    counting.run(runtime, Flag())
    with runtime.billing.reading() as session:
        snapshot, _taken_at = newest(session)
        [month] = months_kept(session)
    assert (snapshot.active, snapshot.collected_minor, month.started, month.revenue_minor) == (1, 5000, 1, 5000)


def test_the_worker_writes_down_how_the_partner_answers(runtime, viewers, make):
    """A delivery to a partner who is away is seen on the first page ten seconds later."""
    viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    runner.run(runtime.delivering, workers=1)
    assert health_of(runtime).calls == 0
    writing = job(runtime, "partner_health")
    assert writing.every == timedelta(seconds=10)
    writing.run(runtime, Flag())
    found = health_of(runtime)
    assert (found.calls, found.failed, found.is_down) == (1, 1, True)
    assert found.last_trouble == "auth2: ConnectionError"


@pytest.fixture
def website(runtime):
    """A web app with one page, which calls the partner."""
    app = Flask("website")
    web.note_partner_health(app, runtime)

    @app.get("/")
    def show():
        runner.run(runtime.delivering, workers=1)
        return "shown"

    return app.test_client()


def test_web_processes_write_it_down_now_and_then(runtime, viewers, make, website, monkeypatch):
    for _ in range(2):
        viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    assert website.get("/").text == "shown"
    assert health_of(runtime).calls == 0
    monkeypatch.setattr(web, "EVERY_S", 0)
    website.get("/")
    assert health_of(runtime).failed >= 2


def test_a_page_does_not_fail_because_it_cannot_be_written_down(runtime, viewers, make, website, monkeypatch):
    monkeypatch.setattr(web, "EVERY_S", 0)
    viewers.order(make.subscriber(wallet="100 UAH"), make.tariff("50 UAH"))
    with runtime.billing.engine.begin() as connection:
        connection.execute(text("ALTER TABLE olltv_partner_hour RENAME TO hidden"))
    try:
        assert website.get("/").text == "shown"
    finally:
        with runtime.billing.engine.begin() as connection:
            connection.execute(text("ALTER TABLE hidden RENAME TO olltv_partner_hour"))
    website.get("/")
    assert health_of(runtime).calls == 1
