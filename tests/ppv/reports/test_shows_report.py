"""The history of private shows, and the list of tips."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.errors import NotFound
from ppv_module.chat.reports.shows import WantedShows, all_shows, count_shows, shows_page, story
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.reports.tips import WantedTips, all_tips, count_tips, one_tip, tips_page
from ppv_module.chat.shows.models import EndReason, ShowState
from ppv_module.errors import UnknownShow
from tests.ppv.reports.counting import statements

NOV_10 = datetime(2026, 11, 10, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 9, 22, tzinfo=UTC)
"""In Kyiv the tenth of November begins."""


def ids(billing, **wanted):
    with billing.reading() as session:
        asked = WantedShows(**wanted)
        found = [line.show.id for line in shows_page(session, asked).rows]
        assert count_shows(session, asked).number == len(found)
    assert [line.show.id for line in all_shows(billing.reading, asked)] == found
    return found


def test_each_filter_narrows(billing, made, here, there):
    made.show(here.performer, here.viewer, ended_at=NOV_10, id="a")
    made.show(
        there.performer, there.viewer, ended_at=NOV_10, id="b", end_reason=EndReason.TICK_TIMEOUT, ended_by="sweeper"
    )
    made.show(here.performer, here.viewer, ended_at=None, id="c", requested_at=NOV_10 + timedelta(hours=1))

    assert ids(billing) == ["c", "b", "a"]
    assert ids(billing, tenant_id=here.tenant.id) == ["c", "a"]
    assert ids(billing, performer_id=there.performer.person_id) == ["b"]
    assert ids(billing, viewer_login="hans") == ["b"]
    assert ids(billing, state=ShowState.LIVE) == ["c"]
    assert ids(billing, reason=EndReason.TICK_TIMEOUT) == ["b"]
    assert ids(billing, tenant_id=here.tenant.id, viewer_login="hans") == []


def test_a_line_has_names_and_numbers(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=NOV_10, id="a", billed_ms=61_999)
    with billing.reading() as session:
        [line] = shows_page(session, WantedShows()).rows
    assert (line.tenant, line.performer, line.viewer, line.billed_s) == ("Kyiv", "Anna", "Ivan", 61)


def test_a_show_belongs_to_the_day_on_which_it_ended(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=MIDNIGHT - timedelta(microseconds=1), id="before")
    made.show(here.performer, here.viewer, ended_at=MIDNIGHT, id="first", seconds=3600)
    made.show(here.performer, here.viewer, ended_at=MIDNIGHT + timedelta(days=1), id="after", seconds=3600)
    day = date(2026, 11, 10)
    assert ids(billing, span=Span.of_days(day, day, billing.zone)) == ["first"]
    assert ids(billing, span=Span.of_days(None, day, billing.zone)) == ["before", "first"]
    assert ids(billing, span=Span.of_days(day, None, billing.zone)) == ["after", "first"]


def test_pages_follow_each_other(billing, made, here):
    for number in range(60):
        made.show(
            here.performer, here.viewer, ended_at=NOV_10 + timedelta(minutes=number), id=f"{number:02d}", credits=0
        )
    with billing.reading() as session:
        first = shows_page(session, WantedShows())
        second = shows_page(session, WantedShows(), cursor=first.next)
    assert [line.show.id for line in (*first.rows, *second.rows)] == [f"{number:02d}" for number in range(59, -1, -1)]
    assert second.next is None


def test_a_story_tells_dropped_ticks(billing, made, here):
    show = made.show(here.performer, here.viewer, ended_at=NOV_10)
    made.dropped(show, 2)
    with billing.reading() as session:
        found = story(session, show.id)
        assert (found.dropped, len(found.events)) == (2, 2)
        with pytest.raises(UnknownShow):
            story(session, "nobody")


def test_tips_are_narrowed_by_chat_payer_and_day(billing, made, here, there):
    early = made.tip(here.performer, here.viewer, 1, at=MIDNIGHT - timedelta(microseconds=1))
    late = made.tip(here.performer, here.viewer, 2, at=MIDNIGHT)
    other = made.tip(there.performer, there.viewer, 3, at=NOV_10)
    made.show(here.performer, here.viewer, ended_at=NOV_10)

    def found(**wanted):
        asked = WantedTips(**wanted)
        with billing.reading() as session:
            rows = [line.tip.id for line in tips_page(session, asked).rows]
            assert count_tips(session, asked).number == len(rows)
        assert [line.tip.id for line in all_tips(billing.reading, asked)] == rows
        return rows

    assert found() == [other.id, late.id, early.id]
    assert found(tenant_id=here.tenant.id) == [late.id, early.id]
    assert found(payer_login="hans") == [other.id]
    assert found(performer_id=there.performer.person_id) == [other.id]
    day = date(2026, 11, 10)
    assert found(span=Span.of_days(day, day, billing.zone)) == [other.id, late.id]


def test_only_a_tip_is_a_tip(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=NOV_10)
    with billing.reading() as session, pytest.raises(NotFound):
        one_tip(session, 1)


def test_a_page_takes_as_many_statements_for_many_as_for_few(billing, made, here, there):
    def count():
        with statements(billing.engine) as sent, billing.reading() as session:
            shows_page(session, WantedShows())
            tips_page(session, WantedTips())
        return len(sent)

    made.show(here.performer, here.viewer, ended_at=NOV_10)
    made.tip(here.performer, here.viewer, 1, at=NOV_10)
    few = count()
    for _time in range(5):
        made.show(there.performer, there.viewer, ended_at=NOV_10, credits=0)
        made.tip(there.performer, there.viewer, 1, at=NOV_10)
    assert count() == few
