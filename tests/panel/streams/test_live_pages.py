"""Who watches now, on the pages of staff."""

import re
from datetime import timedelta

import pytest

from ppv_module.streams.models import Server
from tests.panel.client import text
from tests.panel.streams.watched import HOSTILE
from tests.streams.figures.made import Made


def shown(panel, **asked):
    return panel.page("/streams/live/viewers", **asked)


def test_before_the_first_message_the_pages_say_what_to_expect(panel):
    assert "No media server has reported yet." in panel.page("/streams/live")
    assert "Nobody is watching." in panel.page("/streams/live", by="stream")
    assert "Nobody is watching." in shown(panel)


def test_sums_by_server_stream_and_account(panel, town):
    page = panel.page("/streams/live")
    assert "Watching now 2" in page
    assert "Of them active 1" in page
    assert "Let in by the servers 1" in page
    assert "1 of 2" in page
    assert re.search(r"Edge in Kyiv 2 1 90 \S+", page)
    assert "edge-2 silent 0 0 0" in page
    by_stream = panel.page("/streams/live", by="stream")
    assert "edge: live/sport 1 1 90" in by_stream
    assert "edge: live/news 1 0 0" in by_stream
    by_account = panel.page("/streams/live", by="account")
    assert "ivan 1 1 90" in by_account
    assert "without an account 1 0 0" in by_account


def test_an_unknown_way_of_summing_up_is_by_server(panel, town):
    assert "Edge in Kyiv" in panel.page("/streams/live", by="nothing")


def test_only_the_largest_are_shown(panel, town, streams, monkeypatch):
    monkeypatch.setattr("ppv_module.streams.figures.live.MOST", 1)
    town.made.viewing("p-2", server=town.edge, place=town.news)
    page = panel.page("/streams/live", by="stream")
    assert ("edge: live/news" in page, "edge: live/sport" in page) == (True, False)
    assert "with most viewers are shown" in page


def test_each_viewer_has_a_line_with_all_that_is_known(panel, town):
    every = "id,login,stream,server,address,device,agents,minutes,rate,right,active,flags"
    page = shown(panel, id="p-ivan", columns=every)
    expected = "p-ivan ivan edge: live/sport Edge in Kyiv 203.0.113.25 Television VLC/3.0,"
    assert expected in page
    assert "90 60 by the minute yes much time at once" in page
    assert "1 row" in page


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({}, {"p-ivan", ""}),
        ({"login": "ivan"}, {"p-ivan"}),
        ({"login": "nobody"}, set()),
        ({"id": "p-"}, {"p-ivan"}),
        ({"id": "%"}, set()),
        ({"stream": "news"}, {""}),
        ({"stream": "live"}, {"p-ivan", ""}),
        ({"address": "203.0.113.26"}, {""}),
        ({"right": "minute"}, {"p-ivan"}),
        ({"right": "anonymous"}, {""}),
        ({"active": "y"}, {"p-ivan"}),
        ({"flagged": "y"}, {"p-ivan"}),
        ({"server": "1"}, {"p-ivan", ""}),
        ({"server": "2"}, set()),
        ({"place": "1"}, {"p-ivan"}),
        ({"server": "odd", "right": "odd", "place": "x"}, {"p-ivan", ""}),
    ],
)
def test_the_list_is_narrowed(panel, town, asked, names):
    assert (town.edge.id, town.silent.id, town.sport) == (1, 2, 1)
    page = panel.get("/streams/live/viewers", columns="address", **asked).get_data(as_text=True)
    found = {name for name, ip in (("p-ivan", "203.0.113.25"), ("", "203.0.113.26")) if f">{ip}<" in page}
    assert found == names


@pytest.mark.parametrize(
    ("sort", "first"), [("minutes", "p-0"), ("id", "p-0"), ("address", "p-0"), ("since", "p-0"), ("", "p-59")]
)
def test_the_list_is_sorted_and_goes_on_by_pages(panel, streams, town, sort, first):
    for number in range(60):
        at = streams.make.clock() - timedelta(minutes=60 - number)
        ip = f"198.51.100.{number + 100}"
        name = f"p-{number:02d}"
        town.made.viewing(name, server=town.edge, place=town.news, minutes=number, since=at, ip=ip)
    asked = {"sort": sort, "dir": "asc"} if sort else {}
    names, path = [], "/streams/live/viewers"
    answer = panel.get(path, place=town.news, id="p-", columns="id", **asked)
    while True:
        page = answer.get_data(as_text=True)
        names += re.findall(r'data-label="Identifier"[^>]*>(p-\d+)', page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        if following is None:
            break
        answer = panel.client.get(following[1].replace("&amp;", "&"))
    assert names == sorted(names, reverse=not sort)
    assert (len(names), int(names[0][2:])) == (60, int(first[2:]))


def test_pages_update_themselves_and_old_pages_of_a_list_do_not(panel, town, streams):
    for number in range(60):
        town.made.viewing(f"p-{number}", server=town.edge, place=town.news)
    page = panel.get("/streams/live", by="stream").get_data(as_text=True)
    assert 'hx-get="/streams/live?by=stream" hx-trigger="every 10s" hx-select="#live"' in page
    page = panel.get("/streams/live/viewers", id="p-").get_data(as_text=True)
    assert 'hx-get="/streams/live/viewers?id=p-"' in page
    following = re.search(r'href="([^"]*)" rel="next"', page)[1].replace("&amp;", "&")
    assert "hx-get" not in panel.client.get(following).get_data(as_text=True)


def test_a_viewer_is_blocked_from_the_list(panel, town):
    page = panel.get("/streams/live/viewers", id="p-ivan").get_data(as_text=True)
    assert 'href="/streams/denials/block?name=p-ivan"' in page
    panel.done("/streams/denials/block", name="p-ivan", reason="passes it on")
    page = panel.get("/streams/live/viewers", id="p-ivan").get_data(as_text=True)
    assert ("Block…" in page, "Why denied" in page) == (False, True)


def test_names_of_strangers_are_no_markup(panel, streams):
    server = streams.server("srv-1", title=HOSTILE, seen_at=streams.make.clock())
    place = streams.place(f"{HOSTILE}/x", vhost=HOSTILE)
    Made(streams).viewing("p-1", server=server, place=place, agents=[HOSTILE], ip=HOSTILE)
    for path in ("/streams/live", "/streams/live?by=stream", "/streams/live/viewers", "/streams/statistics"):
        page = panel.client.get(path).get_data(as_text=True)
        assert "<img" not in page.replace('<img src="/assets', "")
        assert "onerror=alert(1)&gt;" in page


def test_the_list_is_exported_and_no_agent_becomes_a_formula(panel, town, streams):
    town.made.viewing("p-f", server=town.edge, place=town.news, agents=["=1+1"])
    lines = panel.get("/exports/stream_viewers.csv", columns="id,agents,minutes").get_data().decode("utf-8-sig")
    assert lines.splitlines() == [
        "Identifier,Programs,Minutes today",
        "p-f,'=1+1,1",
        ",,0",
        f'p-ivan,"VLC/3.0, {HOSTILE}",90',
    ]


def test_a_wrong_cursor_is_told(panel, town):
    answer = panel.get("/streams/live/viewers", cursor="odd")
    assert (answer.status_code, "cursor" in text(answer)) == (422, True)


def test_servers_that_fall_silent_leave_the_page(panel, town, billing, clock):
    clock.advance(seconds=75)
    assert "Watching now 0" in panel.page("/streams/live")
    uow = billing.uow()
    with uow:
        uow.session.get_one(Server, town.edge.id).seen_at = clock()
    assert "Watching now 2" in panel.page("/streams/live")
