"""Reported streams on the pages of staff, and the bitrate that is declared for them."""

import csv
import re
from html import unescape
from io import BytesIO, StringIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from billing.events import Event
from ppv_module.streams.models import Place
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.rights.placing import places_of
from tests.panel.client import text
from tests.panel.ppv.forms import sent, shown
from tests.panel.streams.watched import HOSTILE
from tests.streams.make import player, sync_body

PAGE = "/streams/places"


@pytest.fixture
def place(streams):
    """A stream that a tariff fits, and one that none fits."""
    streams.tariff(Kind.FREE, "live/*", name="Free of charge")
    streams.place("cinema/one", vhost="other")
    return streams.place("live/sport1")


def bitrates(rows):
    return {each.stream: each.bitrate_bps for each in rows(Place)}


def exported(panel, **asked):
    answer = panel.get("/exports/stream_places.csv", **asked)
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"), newline="")))


def order(panel, **asked):
    return [line[0] for line in exported(panel, columns="stream", **asked)[1:]]


def test_nothing_has_been_reported(panel):
    assert "No stream has been reported yet." in panel.page(PAGE)


def test_streams_appear_by_themselves(panel, media):
    media.post(sync_body("edge-1", [player("a", place="live/news")]))
    page = panel.page(PAGE)
    assert "live/news edge" in page
    assert "closed: no tariff — Declare the bitrate… Make a tariff…" in page


def test_each_stream_has_the_tariff_that_it_fits(panel, place):
    page = panel.page(PAGE, columns="stream,vhost,instance,tariff,bitrate")
    assert "live/sport1 edge _definst_ Free of charge — Declare the bitrate…" in page
    assert "cinema/one other _definst_ closed: no tariff — Declare the bitrate… Make a tariff…" in page
    assert "2 rows" in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"words": "SPORT"}, ["live/sport1"]),
        ({"words": "ma/on"}, ["cinema/one"]),
        ({"words": "edge"}, ["live/sport1"]),
        ({"words": "_definst_"}, ["live/sport1", "cinema/one"]),
        ({"words": "spor%1"}, []),
        ({"closed": "y"}, ["cinema/one"]),
        ({"closed": "y", "words": "live"}, []),
    ],
)
def test_the_list_is_narrowed(panel, place, asked, found):
    page = panel.page(PAGE, **asked)
    assert [name for name in ("live/sport1", "cinema/one") if name in page] == found
    assert order(panel, **asked) == found


def test_the_list_is_sorted(panel, place, streams):
    streams.place("live/arts", vhost="west")
    assert order(panel) == ["live/arts", "live/sport1", "cinema/one"]
    assert order(panel, sort="since", dir="asc") == ["cinema/one", "live/sport1", "live/arts"]
    assert order(panel, sort="stream", dir="asc") == ["cinema/one", "live/arts", "live/sport1"]
    assert order(panel, sort="vhost", dir="desc") == ["live/arts", "cinema/one", "live/sport1"]


@pytest.mark.parametrize("sort", ["since", "stream", "vhost"])
def test_every_stream_stands_on_one_page(panel, billing, clock, rows, sort):
    """Names that begin alike for longer than a cursor may be are told apart all the same."""
    names = [("edge", "live", "_definst_", f"{'x' * 300}{number:03}") for number in range(120)]
    places_of(billing.uow(), names=names, now=clock())
    found, path = [], f"{PAGE}?sort={sort}&dir=desc&columns=stream"
    while path:
        answer = panel.get(path)
        assert answer.status_code == 200
        found += [word[-3:] for word in text(answer).split() if word.startswith("live/xxx")]
        following = re.search(r'href="([^"]+)" rel="next"', answer.get_data(as_text=True))
        path = following and unescape(following[1])
    assert (found, len(found)) == ([each.stream[-3:] for each in reversed(rows(Place))], 120)


def test_a_bitrate_is_declared_and_taken_back(panel, place, rows):
    path = f"{PAGE}/{place}/bitrate"
    assert shown(panel, path)["kbits"] == ""
    assert panel.done(path, kbits="4500") == PAGE
    assert bitrates(rows) == {"sport1": 4_500_000, "one": None}
    assert "4,500" in panel.page(PAGE)
    assert shown(panel, path)["kbits"] == "4500"
    panel.done(path, kbits="")
    assert bitrates(rows) == {"sport1": None, "one": None}


def test_the_same_sent_twice_is_written_down_once(panel, place, billing):
    for _click in range(2):
        sent(panel, f"{PAGE}/{place}/bitrate", kbits="4500")
    with billing.reading() as session:
        [event] = session.scalars(select(Event).where(Event.text.contains("STREAM BITRATE"))).all()
    assert (event.text, event.actor) == (f"PPV STREAM BITRATE [{place}]", panel.login)


@pytest.mark.parametrize("kbits", ["0", "-1", "1.5", "much", "10000001"])
def test_what_is_no_bitrate_is_told_at_its_field(panel, place, rows, kbits):
    answer = panel.post(f"{PAGE}/{place}/bitrate", kbits=kbits)
    assert (answer.status_code, bitrates(rows)["sport1"]) == (422, None)
    assert 'id="kbits-errors"' in answer.get_data(as_text=True)


def test_a_stream_that_does_not_exist_is_not_found(panel, place):
    assert panel.get(f"{PAGE}/{place + 1}/bitrate").status_code == 404
    assert panel.post(f"{PAGE}/{place + 1}/bitrate", kbits="1").status_code == 404


def test_the_list_is_exported(panel, place):
    panel.done(f"{PAGE}/{place}/bitrate", kbits="4500")
    lines = exported(panel, columns="stream,vhost,since,tariff,bitrate")
    assert lines[0] == ["Stream", "Virtual host", "Reported since", "Tariff", "Declared bitrate, kbit/s"]
    assert lines[1] == ["live/sport1", "edge", "2026-11-10T09:00:00Z", "Free of charge", "4500"]
    assert lines[2] == ["cinema/one", "other", "2026-11-10T09:00:00Z", "closed: no tariff", ""]
    book = load_workbook(BytesIO(panel.get("/exports/stream_places.xlsx").get_data()))
    assert book.active.max_row == 3


def test_names_stay_text(panel, streams):
    place = streams.place(f"live/{HOSTILE}", vhost=HOSTILE, instance=HOSTILE)
    for path in (PAGE, f"{PAGE}/{place}/bitrate"):
        assert HOSTILE not in panel.get(path, columns="stream,vhost,instance").get_data(as_text=True)
