"""Statistics of streams on the pages of staff, and as files."""

import json
import re
from datetime import timedelta
from io import BytesIO

import pytest
from openpyxl import load_workbook

from ppv_module.streams.figures.days import keep_days
from ppv_module.streams.figures.peaks import note_concurrent

PAGE = "/streams/statistics"


def exported(panel, name="stream_statistics", **asked):
    return panel.get(f"/exports/{name}.csv", **asked).get_data().decode("utf-8-sig").splitlines()


def test_nobody_watched(panel):
    page = panel.page(PAGE)
    assert "Nobody watched on these days." in page
    assert "it has not begun to yet" in page


def test_today_overall_and_by_stream(panel, town, billing, clock):
    note_concurrent(billing, clock())
    page = panel.page(PAGE)
    for tile in ("Subscribers 1", "Identifiers 2", "Views 2", "Minutes 91", "Watching now 2", "Most at once 2"):
        assert tile in page
    assert "Each program that an address used counts once." in page
    columns = "title,accounts,identifiers,pairs,views,minutes,bytes,current,peak"
    assert exported(panel, columns=columns)[1:] == [
        "Everything,1,2,4,2,91,2,2,3000",
        "edge: live/sport,1,1,2,1,90,1,1,1000",
        "edge: live/news,0,1,2,1,1,1,1,2000",
    ]


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        ("server", [["Edge in Kyiv", "1", "90"], ["edge-2", "1", "1"]]),
        ("application", [["edge: live", "2", "91"]]),
        ("stream", [["edge: live/sport", "1", "90"], ["edge: live/news", "1", "1"]]),
    ],
)
def test_by_whatever_is_asked_for(panel, town, by, lines):
    assert [line.split(",") for line in exported(panel, by=by, columns="title,views,minutes")[2:]] == lines


def test_lines_are_sorted_by_the_address(panel, town):
    lines = exported(panel, columns="title,minutes", sort="minutes", dir="asc")[2:]
    assert lines == ["edge: live/news,1", "edge: live/sport,90"]


def test_a_range_has_its_days_and_counts_visitors_once(panel, town, billing, clock):
    yesterday = clock() - timedelta(days=1)
    town.made.viewing("p-ivan", server=town.edge, place=town.sport, at=yesterday, minutes=30, viewed_at=None)
    keep_days(billing, clock())
    page = panel.page(PAGE, since="2026-11-09", until="2026-11-10")
    assert "Unique visitors of these days are counted anew" in page
    assert "Identifiers 2" in page
    assert "Minutes 121" in page
    days = exported(panel, "stream_days", since="2026-11-09", until="2026-11-10", columns="day,minutes,identifiers")
    assert days[1:] == ["2026-11-09,30,1", "2026-11-10,91,2"]


def test_a_day_alone_shows_its_hours(panel, town, billing, clock):
    note_concurrent(billing, clock())
    assert "Hours of the day" in panel.page(PAGE)
    hours = exported(panel, "stream_hours")
    assert len(hours) == 25
    assert hours[12] == "11:00,2,91"


def test_charts_have_tables_of_their_numbers(panel, town, billing, clock):
    note_concurrent(billing, clock())
    for asked in ({}, {"since": "2026-11-01", "until": "2026-11-10"}):
        page = panel.get(PAGE, **asked).get_data(as_text=True)
        tables = re.findall(r'data-chart-table="([^"]+)"', page)
        assert sorted(tables) == ["minute-table", "peak-table"]
        assert all(page.count(f'id="{name}"') == 1 for name in tables)


def test_days_that_make_no_sense_are_put_right(panel, town):
    assert "Identifiers 2" in panel.page(PAGE, since="2030-01-01", until="2031-01-01")
    assert "Identifiers 0" in panel.page(PAGE, since="2026-11-10", until="2026-11-01")
    page = panel.get(PAGE, since="0001-01-01").get_data(as_text=True)
    assert page.count('<th scope="row" class="text-nowrap">') <= 800
    assert "Write a date like" in panel.page(PAGE, since="soon")


def test_all_figures_as_json(panel, town, billing, clock):
    note_concurrent(billing, clock())
    answer = panel.get(f"{PAGE}/figures.json", by="server", since="2026-11-09", until="2026-11-10")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="streams_2026-11-09_2026-11-10.json"'
    found = json.loads(answer.get_data())
    assert found["overall"] | {"pairs": 4, "identifiers": 2} == found["overall"]
    assert (found["overall"]["peak"], found["overall"]["current"]) == (2, 2)
    assert found["overall"]["peak_at"] == "2026-11-10T09:00:00Z"
    assert [(line["title"], line["watched_ms"]) for line in found["lines"]] == [
        ("Edge in Kyiv", 5_400_000),
        ("edge-2", 60_000),
    ]
    assert [(day["day"], day["watched_ms"]) for day in found["days"]] == [("2026-11-09", 0), ("2026-11-10", 5_460_000)]
    assert (found["counted_since"], found["zone"]) == ("2026-11-10", "Europe/Kyiv")


def test_the_page_leads_to_files_of_what_it_shows(panel, town):
    page = panel.get(PAGE, by="server", since="2026-11-09", until="2026-11-10").get_data(as_text=True)
    asked = "by=server&amp;since=2026-11-09&amp;until=2026-11-10"
    for path in ("/exports/stream_statistics.csv", "/exports/stream_statistics.xlsx", f"{PAGE}/figures.json"):
        [found] = re.findall(rf'href="({re.escape(path)}\?[^"]*)"', page)
        assert sorted(found.partition("?")[2].split("&amp;")) == sorted(asked.split("&amp;"))
        assert panel.client.get(found.replace("&amp;", "&")).status_code == 200


def test_a_spreadsheet_has_the_same_lines(panel, town):
    answer = panel.get("/exports/stream_statistics.xlsx", columns="title,minutes")
    rows = list(load_workbook(BytesIO(answer.get_data())).active.values)
    assert rows == [("Name", "Minutes"), ("Everything", 91), ("edge: live/sport", 90), ("edge: live/news", 1)]


def test_too_many_lines_are_cut_and_the_files_have_all(panel, town, monkeypatch):
    monkeypatch.setattr("ppv_module.admin.streams_statistics.MOST_SHOWN", 1)
    page = panel.page(PAGE)
    assert ("edge: live/sport" in page, "edge: live/news" in page) == (True, False)
    assert "the files have all of them" in page
    assert len(exported(panel)) == 4


def test_others_have_no_way_in(person):
    other = person("OLLTV")
    assert [other.get(path).status_code for path in (PAGE, f"{PAGE}/figures.json")] == [403, 403]
