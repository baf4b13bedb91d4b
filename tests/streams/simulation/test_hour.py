"""An hour of five media servers and two thousand viewers with faults: not a credit too many, not one too few."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from billing.uow import Billing
from ppv_module.streams.models import Outcome
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.syncs.spool import Spool
from sandbox.nimble.simulation import Hour, Plan, Someone
from tests.streams.make import MakeStreams
from tests.streams.simulation.crowd import Handler, move_in
from tests.support import FakeClock, Make, assert_books_balance

PLAN = Plan(top_ups=0.01)
PEOPLE = [Someone(f"p-{number:04d}", f"viewer{number * 4 // 5:04d}") for number in range(2000)]
LOGINS = sorted({each.account for each in PEOPLE})
CREDITS = {login: (150, 1_000, 100_000)[number % 3] for number, login in enumerate(LOGINS)}
"""A third runs dry within minutes, another before the hour is over. Every fourth account watches with two links."""


@pytest.fixture
def billing(billing: Billing) -> Billing:
    """With the rules as they are where the operator has said nothing else: none of these people breaks one."""
    options = StreamOptions(token=PLAN.token)
    return replace(billing, options={**billing.options, StreamOptions: options})


@pytest.fixture
def handler(billing: Billing, tmp_path: Path) -> Handler:
    begins_at = datetime.fromtimestamp(PLAN.begins_at, UTC)
    streams = MakeStreams(Make(billing, FakeClock(begins_at)))
    for path, per_minute in PLAN.prices.items():
        streams.tariff(Kind.MINUTE, path, per_minute=per_minute)
    for path in PLAN.free:
        streams.tariff(Kind.FREE, path)
    move_in(billing.uow(), people=PEOPLE, credits=CREDITS, now=begins_at)
    return Handler(billing, Spool(tmp_path / "spool"))


def test_an_hour_with_faults_ends_with_difference_0(handler: Handler, billing: Billing):
    hour = Hour(PLAN, PEOPLE, credits=CREDITS, post=handler.post, top_up=handler.top_up)
    hour.run()
    report = hour.report(handler.charged())

    assert (report.difference, report.wrong) == (0, {}), report
    assert (report.lists, report.misled) == ([], 0), report
    assert report.told_ms == report.watched_ms
    assert handler.metered() == (report.told_ms, report.expected + report.owed, report.expected)
    assert_books_balance(billing)

    assert report.posts > 550 and report.faulty > 15
    assert report.denials > 500 and report.owed > 0 and handler.top_ups > 100
    outcomes = handler.outcomes()
    assert outcomes.keys() == {Outcome.APPLIED, Outcome.REPLAY, Outcome.MALFORMED, Outcome.REFUSED}
    assert outcomes[Outcome.APPLIED] > 500
