"""A clock that is wrong makes links that are refused: somebody is told."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ppv_module.streams.links.drift import watch_clock
from ppv_module.streams.models import Alert, AlertKind


@pytest.mark.parametrize(("off_s", "told"), [(0, False), (25, False), (-25, False), (35, True), (-35, True)])
def test_a_drift_of_more_than_half_a_minute_is_told(billing, off_s, told):
    for _ in range(2):
        drift = watch_clock(billing, lambda: datetime.now(UTC) + timedelta(seconds=off_s))
        assert abs(drift.total_seconds() + off_s) < 3
    with billing.reading() as session:
        alerts = session.scalars(select(Alert)).all()
    assert [(each.kind, each.count) for each in alerts] == [(AlertKind.DRIFT, 2)] * told
    assert all(abs(each.facts["seconds"] + off_s) <= 3 for each in alerts)
