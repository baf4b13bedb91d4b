"""Sessions go on, begin and end as servers report them; each is written once a day."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from ppv_module.streams.models import Agents, DeltaMode, Right, Server, StreamEvent, Trace, Viewing
from ppv_module.streams.options import StreamOptions, networks
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import INTERVAL_S, Stage
from tests.support import NOV_10

IN_KYIV_MIDNIGHT = datetime(2026, 11, 10, 22, 0, tzinfo=UTC)


def live(stage: Stage) -> list[str]:
    return [each.session for each in stage.viewings() if each.live]


def test_a_session_goes_on_in_its_row(stage: Stage, streams: MakeStreams) -> None:
    ivan = streams.viewer("ivan")

    stage.told(player(ivan.name, delta=30_000, bytes_sent=2**33))
    stage.told(player(ivan.name, delta=0, bytes_sent=0))
    stage.told(player(ivan.name, delta=15_000, bytes_sent=7))

    row, now = stage.viewing(), streams.make.clock()
    began = NOV_10 + timedelta(seconds=INTERVAL_S)
    assert (row.name, row.account_id, row.session, row.day) == (ivan.name, ivan.account_id, "1", 20261110)
    assert (row.watched_ms, row.session_ms, row.delta_ms) == (45_000, 45_000, 15_000)
    assert (row.bytes_sent, row.newest_bytes) == (2**33 + 7, 7)
    assert (row.started_at, row.since, row.seen_at, row.active_at) == (began, began, now, now)
    assert (row.live, row.sync_id, row.ip) == (1, stage.records()[-1].id, "203.0.113.25")


def test_whoever_a_server_no_longer_reports_has_left_it(stage: Stage) -> None:
    stage.told(player("a", sessionid="a"), player("b", sessionid="b"))
    stage.told(player("c", sessionid="c"), server="srv-2")

    stage.told(player("a", sessionid="a"))
    assert live(stage) == ["a", "c"]

    stage.told(server="srv-1")
    assert live(stage) == ["c"]


@pytest.mark.parametrize("root", [{}, {"PayPerViewInfo": None}])
def test_a_message_that_says_nothing_of_viewers_ends_no_session(stage: Stage, root: dict[str, object]) -> None:
    stage.told(player("a"))

    stage.streams.make.clock.advance(seconds=30)
    stage.put(sync_body("srv-1", None, publish=[{"stream": "live/one", "protocol": "rtmp", "time": 1}], **root))

    assert live(stage) == ["1"]
    with stage.reading() as session:
        event = session.scalars(select(StreamEvent)).one()
        server = session.scalars(select(Server)).one()
    assert (event.event, event.stream, event.facts["protocol"]) == ("publish", "live/one", "rtmp")
    first, second = stage.records()
    assert (server.sync_id, server.seen_at) == (first.id, second.received_at)


def test_older_notices_are_kept_too(stage: Stage) -> None:
    told = {"VHostName": "edge", "AppName": "live", "AppInstanceName": "_definst_", "StreamName": "one"}

    stage.told(Unpublish=told)

    with stage.reading() as session:
        event = session.scalars(select(StreamEvent)).one()
    assert (event.event, event.stream) == ("unpublish", "live/one")


def test_a_session_that_comes_back_the_same_day_goes_on_but_is_live_anew(stage: Stage) -> None:
    stage.told(player("a"))
    stage.told()
    stage.told(player("a"))

    row, now = stage.viewing(), stage.streams.make.clock()
    assert (row.live, row.since, row.session_ms) == (1, now, 60_000)
    assert row.started_at == now - timedelta(seconds=2 * INTERVAL_S)


def test_midnight_of_the_operator_splits_a_session(stage: Stage, streams: MakeStreams) -> None:
    clock = streams.make.clock
    clock.now = IN_KYIV_MIDNIGHT - timedelta(seconds=INTERVAL_S)
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, delta=10_000), after_s=0)
    stage.told(player(ivan.name, delta=30_500))
    stage.told(player(ivan.name, delta=30_000))

    before, after = stage.viewings()
    assert (before.day, before.live, before.watched_ms) == (20261110, None, 10_000)
    assert (after.day, after.live, after.watched_ms, after.session_ms) == (20261111, 1, 60_500, 70_500)
    assert (after.since, after.started_at) == (before.since, before.started_at)
    assert (before.viewed_at is not None, after.viewed_at) == (True, None)
    assert sum(stage.debits("ivan")) == 70


def test_counters_that_go_on_count_by_their_difference(stage: Stage, streams: MakeStreams) -> None:
    streams.server("srv-1", delta_mode=DeltaMode.CUMULATIVE)
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    streams.make.clock.now = IN_KYIV_MIDNIGHT - timedelta(seconds=2 * INTERVAL_S + 1)

    for counter in (30_000, 60_000, 90_000, 90_000, 20_000):
        stage.told(player(ivan.name, delta=counter, bytes_sent=counter * 100))

    assert [each.watched_ms for each in stage.viewings()] == [60_000, 50_000]
    assert [each.bytes_sent for each in stage.viewings()] == [6_000_000, 5_000_000]
    assert stage.viewings()[-1].counter_ms == 20_000
    assert stage.debits("ivan") == [30, 30, 30, 20]


def test_a_counter_goes_on_though_its_session_was_not_reported_at_midnight(stage: Stage, streams: MakeStreams) -> None:
    streams.server("srv-1", delta_mode=DeltaMode.CUMULATIVE)
    streams.make.clock.now = IN_KYIV_MIDNIGHT - timedelta(seconds=2 * INTERVAL_S)

    stage.told(player("a", delta=3_600_000))
    stage.told()
    stage.told(player("a", delta=3_630_000))

    assert [each.watched_ms for each in stage.viewings()] == [3_600_000, 30_000]


def test_the_same_session_twice_is_added_up_and_flagged(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    applied = stage.told(player(ivan.name, delta=10_000, bytes_sent=1), player(ivan.name, delta=20_000, bytes_sent=2))

    row = stage.viewing()
    assert (row.delta_ms, row.bytes_sent, row.flags) == (30_000, 3, Viewing.TWICE)
    assert (applied.twice, stage.records()[0].detail["twice"], stage.debits("ivan")) == (1, 1, [30])


def test_nobody_pays_for_somebody_else_whose_session_has_the_same_number(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan, olha = streams.viewer("ivan", credits=1000), streams.viewer("olha", credits=1000)

    stage.told(player(ivan.name, delta=10_000), player(olha.name, delta=20_000))
    stage.told(player(olha.name, delta=20_000))

    assert (stage.debits("ivan"), stage.debits("olha")) == ([10], [20, 20])
    assert [(each.name, each.live) for each in stage.viewings()] == [(ivan.name, None), (olha.name, 1)]


def test_without_a_session_its_name_and_address_stand_for_it(stage: Stage) -> None:
    stage.told(
        player("a", sessionid=None),
        player("a", sessionid=None, ip="::ffff:203.0.113.9"),
        player("b", sessionid=None, ip=None),
    )

    assert [each.session for each in stage.viewings()] == ["a|203.0.113.25", "a|203.0.113.9", "b|"]


def test_names_of_sessions_are_exact_and_may_be_long(stage: Stage) -> None:
    told = ["x" * 300, "x" * 301, "Ab", "aB", "ab ", "ab", "сесія", "it's \\ %s ?"]

    for _ in range(2):
        stage.told(*(player("a", sessionid=each) for each in told))

    assert len(stage.viewings()) == len(told)
    assert {each.watched_ms for each in stage.viewings()} == {60_000}
    assert [each.session for each in stage.viewings()][2:] == told[2:]


def test_a_change_of_address_or_program_is_kept(stage: Stage) -> None:
    stage.told(player("a", user_agents=["VLC/3.0"]))
    stage.told(player("a", user_agents=["VLC/3.0"]))
    stage.told(player("a", user_agents=["curl/8", "two"], ip="203.0.113.26"))
    stage.told(player("a", user_agents=[], ip="203.0.113.26"))

    with stage.reading() as session:
        traces = session.execute(select(Trace.ip, Agents.names).outerjoin(Agents, Agents.id == Trace.agents_id)).all()
    assert [tuple(each) for each in traces] == [("203.0.113.25", ["VLC/3.0"]), ("203.0.113.26", ["curl/8", "two"])]
    assert (stage.viewing().ip, stage.viewing().agents_id) == ("203.0.113.26", None)


def test_the_same_agents_are_kept_once(stage: Stage) -> None:
    stage.told(*(player("a", sessionid=str(number), user_agents=["one", "two"]) for number in range(5)))
    stage.told(player("b", user_agents=["one", "two"]), server="srv-2")

    assert len({each.agents_id for each in stage.viewings()}) == 1


def test_an_idle_session_is_live_but_not_active(stage: Stage) -> None:
    stage.told(player("a", delta=0))
    assert (stage.viewing().live, stage.viewing().active_at, stage.viewing().viewed_at) == (1, None, None)

    stage.told(player("a", delta=5))
    stage.told(player("a", delta=5))
    since = stage.streams.make.clock() - timedelta(seconds=INTERVAL_S)
    assert (stage.viewing().active_at, stage.viewing().viewed_at) == (since, since)


def test_a_large_delta_after_an_outage_is_charged_in_full_and_flagged(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    stage.told(player(ivan.name, delta=90_000))
    assert stage.viewing().flags == 0
    stage.told(player(ivan.name, delta=90_001), after_s=90)

    assert (stage.viewing().flags, sum(stage.debits("ivan"))) == (Viewing.LATE, 180)


def test_a_link_makes_one_view_of_a_stream_however_often_it_is_opened(stage: Stage, streams: MakeStreams) -> None:
    ivan, olha = streams.viewer("ivan"), streams.account_viewer("olha")
    both = [player(name, sessionid=session) for name in (ivan.name, olha.name) for session in ("1", "2")]

    stage.told(*both)
    stage.told()
    stage.told(*both, player(ivan.name, sessionid="3"), player(ivan.name, "live/other", sessionid="4"))

    viewed = [(each.name, each.session) for each in stage.viewings() if each.viewed_at]
    assert viewed == [(ivan.name, "1"), (olha.name, "1"), (olha.name, "2"), (ivan.name, "4")]


def test_a_view_begins_where_the_operator_says(stage: Stage, streams: MakeStreams) -> None:
    streams.make.billing.options[StreamOptions] = StreamOptions(min_view_ms=60_000)  # type: ignore[index]

    stage.told(player("a", delta=59_999))
    assert stage.viewing().viewed_at is None
    stage.told(player("a", delta=1))
    assert stage.viewing().viewed_at == streams.make.clock()


def test_own_addresses_are_told_from_viewers(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    streams.make.billing.options[StreamOptions] = StreamOptions(  # type: ignore[index]
        internal=networks("10.0.0.0/8, 2001:db8::/32")
    )

    stage.told(*(player(ivan.name, ip=ip, sessionid=ip) for ip in ("10.1.2.3", "::ffff:10.1.2.4", "2001:db8::1", "?")))

    assert [each.right for each in stage.viewings()] == [Right.INTERNAL] * 3 + [Right.MINUTE]
    assert [bool(each.viewed_at) for each in stage.viewings()] == [False] * 3 + [True]
    assert stage.debits("ivan") == [30]


def test_a_message_that_is_late_counts_but_says_nothing_of_now(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan, olha = streams.viewer("ivan", credits=1000), streams.viewer("olha", credits=1000)
    stage.told(player(ivan.name, delta=30_000), puzzle="first")
    seen = streams.make.clock()

    early = [player(ivan.name, delta=9_000), player(olha.name, delta=8_000)]
    stage.put(sync_body("srv-1", early), now=seen - timedelta(minutes=5))

    his, hers = stage.viewings()
    assert (his.live, his.seen_at, his.watched_ms, his.delta_ms) == (1, seen, 39_000, 30_000)
    assert (hers.live, hers.watched_ms) == (None, 8_000)
    assert (stage.debits("ivan"), stage.debits("olha")) == ([30, 9], [8])
    with stage.reading() as session:
        assert session.scalars(select(Server)).one().seen_at == seen


def test_both_forms_make_the_same_sessions_and_charges(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan, olha = streams.viewer("ivan", credits=1000), streams.viewer("olha", credits=1000)

    stage.told(player(ivan.name, delta=30_001, user_agents=["a", "b"]), server="srv-1")
    stage.told(player(olha.name, delta=30_001, user_agents=["a", "b"]), server="srv-2", form="xml", after_s=0)

    first, second = stage.viewings()
    same = ("place_id", "session", "day", "right", "price_id", "ip", "agents_id", "live", "delta_ms", "watched_ms")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]
    assert stage.debits("ivan") == stage.debits("olha") == [30]


def test_a_counter_that_comes_late_over_midnight_counts_nothing_again(stage: Stage, streams: MakeStreams) -> None:
    streams.server("srv-1", delta_mode=DeltaMode.CUMULATIVE)
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)

    for seconds, counter in ((-60, 60_000), (1, 120_000), (-30, 90_000), (30, 150_000)):
        body = sync_body("srv-1", [player(ivan.name, delta=counter)])
        stage.put(body, now=IN_KYIV_MIDNIGHT + timedelta(seconds=seconds))

    assert stage.debits("ivan") == [60, 60, 30]


def test_what_programs_call_themselves_stops_no_message(stage: Stage, streams: MakeStreams) -> None:
    streams.tariff(per_minute=60)
    ivan = streams.viewer("ivan", credits=1000)
    endless = [f"\N{GRINNING FACE}{number}" + "x" * 9000 for number in range(400)]

    stage.told(player(ivan.name, user_agents=endless))

    assert stage.debits("ivan") == [30]
    with stage.reading() as session:
        [names] = session.scalars(select(Agents.names))
    assert len(names) > 50
    assert all(endless[number].startswith(name) for number, name in enumerate(names))
