"""Who is live and who is active, by what servers report and how long ago."""

import pytest
from sqlalchemy import event

from ppv_module.streams.figures.live import By, live
from ppv_module.streams.figures.watchers import Wanted, count_watchers, every_watcher, watchers
from tests.streams.make import MakeStreams, player, sync_body
from tests.streams.syncs.stage import Stage


@pytest.fixture
def stage(streams: MakeStreams) -> Stage:
    return Stage(streams)


@pytest.fixture
def board(billing, clock):
    """`board(By.STREAM)`: who watches now."""

    def read(by=By.SERVER):
        with billing.reading() as session:
            return live(session, billing, by=by, now=clock())

    return read


@pytest.fixture
def names(billing, clock):
    """The identifiers of those who watch now, as the list has them."""

    def read(**wanted):
        with billing.reading() as session:
            found = watchers(session, billing, Wanted(**wanted), now=clock())
        return sorted(line.viewing.name for line in found.rows)

    return read


def test_live_are_those_of_the_newest_message_and_active_those_with_view_time(stage, board, names):
    stage.told(player("p-1"), player("p-2", sessionid="2", delta=0))
    assert (board().viewers, board().active) == (2, 1)
    stage.told(player("p-2", sessionid="2"))
    assert (board().viewers, board().active, names()) == (1, 1, ["p-2"])


def test_a_message_without_viewers_ends_all_and_one_that_says_nothing_of_them_none(stage, board):
    stage.told(player("p-1"))
    stage.told(player("p-2"), server="srv-2")
    stage.told()
    assert (board().viewers, [row.viewers for row in board().rows]) == (1, [0, 1])
    stage.told(player("p-1"), after_s=1)
    stage.put(sync_body("srv-1", None, publish=[{"stream": "live/a"}]))
    assert board().viewers == 2


def test_after_two_and_a_half_intervals_of_silence_nobody_is_live(stage, board, names, clock):
    stage.told(player("p-1"))
    clock.advance(seconds=74.9)
    assert (board().viewers, board().fresh, names()) == (1, 1, ["p-1"])
    clock.advance(seconds=0.1)
    assert (board().viewers, board().fresh, names()) == (0, 0, [])


def test_sums_by_stream_and_account_are_those_of_the_servers(stage, board, streams):
    for login, name in (("ivan", "p-1"), ("ivan", "p-2"), ("petro", "p-3")):
        streams.viewer(login, name=name)
    stage.told(player("p-1"), player("", "live/news", sessionid="9"))
    stage.told(player("p-2"), player("p-3", "live/news", sessionid="3"), server="srv-2")
    found = {by: {row.title: (row.viewers, row.active) for row in board(by).rows} for by in By}
    assert found == {
        By.SERVER: {"srv-1": (2, 2), "srv-2": (2, 2)},
        By.STREAM: {"edge: live/sport1": (2, 2), "edge: live/news": (2, 2)},
        By.ACCOUNT: {"ivan": (2, 2), "petro": (1, 1), "": (1, 1)},
    }
    assert board().anonymous == 1


def test_the_list_costs_a_constant_number_of_statements(stage, billing, clock, made, streams):
    sent = []
    event.listen(billing.engine, "after_cursor_execute", lambda *facts: sent.append(facts[2]))
    numbers = []
    for size in (3, 30):
        stage.told(*(player(f"p-{number}", sessionid=str(number)) for number in range(size)))
        sent.clear()
        with billing.reading() as session:
            watchers(session, billing, Wanted(), now=clock())
        numbers.append(len(sent))
    assert numbers[0] == numbers[1]


def test_everybody_is_exported_and_counted(stage, billing, clock):
    stage.told(*(player(f"p-{number}", sessionid=str(number)) for number in range(120)))
    stage.told(*(player(f"q-{number}", sessionid=str(number)) for number in range(30)), server="srv-2")
    found = [line.viewing.name for line in every_watcher(billing, Wanted(), now=clock())]
    assert (len(found), len(set(found))) == (150, 150)
    with billing.reading() as session:
        assert count_watchers(session, billing, Wanted(id="q-"), now=clock()).number == 30
