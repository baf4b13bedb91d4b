"""What staff are told of media servers: once while it lasts, and not any more when it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.eventlog import Event
from ppv_module.streams.alerts import UnknownAlert, close_alert, count_open, open_alerts, raise_alert, watch
from ppv_module.streams.models import AlertKind
from tests.support import STAFF


def tell(billing, clock, kind=AlertKind.MALFORMED, server="srv-1", **facts):
    about = facts.pop("about", "")
    uow = billing.uow()
    with uow:
        raise_alert(uow.session, kind=kind, server_name=server, facts=facts, now=clock(), about=about)


def opened(billing):
    with billing.reading() as session:
        assert count_open(session) == len(open_alerts(session))
        return list(open_alerts(session))


def test_the_same_is_told_once_and_counted(billing, clock):
    began = clock()
    tell(billing, clock, record=1)
    clock.advance(seconds=30)
    tell(billing, clock, record=2)
    (alert,) = opened(billing)
    assert (alert.count, alert.first_at, alert.last_at, alert.facts) == (2, began, clock(), {"record": 2})


def test_servers_and_kinds_and_what_it_is_about_are_told_apart(billing, clock):
    tell(billing, clock)
    tell(billing, clock, server="srv-2")
    tell(billing, clock, kind=AlertKind.SLOW)
    tell(billing, clock, kind=AlertKind.RESTREAM, about="agent:p-1")
    tell(billing, clock, kind=AlertKind.RESTREAM, about="agent:p-2")
    assert len(opened(billing)) == 5


def test_what_staff_have_closed_is_another_alert_when_it_comes_again(billing, clock):
    tell(billing, clock)
    (alert,) = opened(billing)
    for _ in range(2):
        closed = close_alert(billing.uow(), alert_id=alert.id, actor=STAFF, now=clock())
        assert (closed.slot, closed.closed_at, closed.closed_by) == (None, clock(), "olena")
    assert opened(billing) == []
    with billing.reading() as session:
        lines = session.scalars(select(Event.text).where(Event.text.startswith("PPV STREAM"))).all()
    assert lines == ["PPV STREAM CLOSE ALERT [1] malformed"]

    tell(billing, clock)
    assert [each.count for each in opened(billing)] == [1]


def test_an_alert_that_is_not_there_cannot_be_closed(billing, clock):
    with pytest.raises(UnknownAlert):
        close_alert(billing.uow(), alert_id=7, actor=STAFF, now=clock())


def test_a_server_that_falls_silent_is_told_once_and_taken_back_when_it_reports(billing, clock, streams):
    server = streams.server("srv-1", seen_at=clock())
    streams.server("srv-2", seen_at=clock(), interval_s=300)
    streams.server("srv-3", seen_at=clock(), active=False)
    streams.server("srv-4")
    clock.advance(seconds=75)
    assert watch(billing, clock()) == 0
    clock.advance(seconds=1)
    assert watch(billing, clock()) == 1
    assert watch(billing, clock()) == 0
    (alert,) = opened(billing)
    assert (alert.kind, alert.server_name, alert.count) == (AlertKind.SILENT, "srv-1", 1)
    assert alert.facts == {"since": (clock() - timedelta(seconds=76)).isoformat()}

    uow = billing.uow()
    with uow:
        uow.session.merge(server).seen_at = clock()
    assert watch(billing, clock()) == 1
    assert opened(billing) == []


def test_a_flag_of_a_viewer_is_closed_by_itself_a_day_after_the_last(billing, clock):
    tell(billing, clock, kind=AlertKind.RESTREAM, about="agent:p-1", agent="ffmpeg")
    tell(billing, clock)
    clock.advance(days=1)
    assert watch(billing, clock()) == 0
    clock.advance(seconds=1)
    assert watch(billing, clock()) == 1
    assert [each.kind for each in opened(billing)] == [AlertKind.MALFORMED]
