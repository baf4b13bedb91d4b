"""Reading the event log: every filter is answered by an index, whatever the log has grown to."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text

from billing import eventlog
from billing.errors import InvalidInput, NotFound
from billing.eventlog import Wanted, all_lines, find, kinds, lines
from billing.events import Event, EventMark
from billing.paging import Count, Key, cursor_behind
from tests.support import NOV_10

KINDS = ("OLLTV SUBSCRIBER RESUME", "OLLTV CREATE TARIFF", None)
ROWS = 6000
IN_ORDER = ("SCAN event_log",)
"""SQLite's words for walking down the numbers of the lines; a LIMIT ends that, a missing index would need a sorter."""

READ = 2100
"""No statement reads more: a page is small, and counting stops after a thousand, each tried and taken."""


@pytest.fixture
def log(billing):
    """Six thousand lines, three at each second."""
    rows = [
        {
            "at": NOV_10 + timedelta(seconds=number // 3),
            "actor": "worker" if number % 10 else "olena",
            "address": "127.0.0.1" if number % 10 else "10.0.0.5",
            "login": f"user{number % 500}",
            "text": f"LINE [{number}] NEEDLE" if number == 17 else f"LINE [{number}]",
            "kind": KINDS[number % 3],
        }
        for number in range(ROWS)
    ]
    with billing.engine.begin() as connection:
        connection.execute(insert(Event), rows)
        marks = [{"id": number, "actor": row["actor"], "kind": row["kind"]} for number, row in enumerate(rows, 1)]
        connection.execute(insert(EventMark), marks)
        tables = "ANALYZE TABLE event_log, event_mark"
        connection.execute(text(tables if connection.dialect.name == "mysql" else "ANALYZE"))
    with billing.reading() as session:
        yield session


def texts(found):
    return [each.text for each in found.rows]


def test_the_newest_come_first_and_pages_follow(log):
    first = lines(log, Wanted())
    assert texts(first) == [f"LINE [{number}]" for number in range(5999, 5949, -1)]
    assert first.count == Count(1000, is_more=True)
    second = lines(log, Wanted(), cursor=first.next)
    assert texts(second)[0] == "LINE [5949]"
    assert texts(lines(log, Wanted(), cursor=second.previous)) == texts(first)


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        ({"login": "user7"}, lambda number: number % 500 == 7),
        ({"actor": "olena"}, lambda number: number % 10 == 0),
        ({"kind": KINDS[1]}, lambda number: number % 3 == 1),
        ({"kind": KINDS[1], "login": "user7"}, lambda number: number % 3 == 1 and number % 500 == 7),
        ({"address": "10.0.0.5"}, lambda number: number % 10 == 0),
        ({"words": "line [59"}, lambda number: str(number).startswith("59")),
        ({"since": NOV_10 + timedelta(seconds=1990)}, lambda number: number >= 5970),
        ({"until": NOV_10 + timedelta(seconds=9)}, lambda number: number < 27),
        ({"login": "user7", "until": NOV_10 + timedelta(seconds=9)}, lambda number: number == 7),
    ],
)
def test_each_filter_gives_exactly_what_fits_on_the_page_and_in_the_export(billing, log, wanted, fits):
    expected = [f"LINE [{number}]" for number in reversed(range(ROWS)) if fits(number)]
    expected = [f"{line} NEEDLE" if line == "LINE [17]" else line for line in expected]
    found, cursor = [], None
    while True:
        page = lines(log, Wanted(**wanted), cursor=cursor)
        found += texts(page)
        if (cursor := page.next) is None:
            break
    assert found == expected
    assert [each.text for each in all_lines(billing.reading, Wanted(**wanted))] == expected


def test_what_no_index_finds_is_looked_for_piece_by_piece(log, monkeypatch):
    monkeypatch.setattr(eventlog, "LOOKED_THROUGH", 2500)
    first = lines(log, Wanted(words="needle"))
    assert (first.rows, first.upto) == ([], NOV_10 + timedelta(seconds=3500 // 3))
    second = lines(log, Wanted(words="needle"), cursor=first.next)
    third = lines(log, Wanted(words="needle"), cursor=second.next)
    assert (texts(third), third.next, third.upto) == (["LINE [17] NEEDLE"], None, None)


def test_signs_that_the_database_knows_are_looked_for_as_they_are(log):
    assert lines(log, Wanted(words="%")).rows == []
    assert lines(log, Wanted(words="_")).rows == []


def test_the_kinds_that_there_are(log):
    assert kinds(log) == sorted(each for each in KINDS if each)


def test_one_line_is_found_by_its_number(log):
    assert find(log, 18).text == "LINE [17] NEEDLE"
    with pytest.raises(NotFound):
        find(log, ROWS + 1)


def test_a_forged_cursor_is_refused(log):
    for wanted in (Wanted(), Wanted(words="x")):
        with pytest.raises(InvalidInput):
            lines(log, wanted, cursor="x")


FILTERS = [
    {},
    {"login": "user7"},
    {"actor": "worker"},
    {"kind": KINDS[0]},
    {"since": NOV_10 + timedelta(seconds=200), "until": NOV_10 + timedelta(seconds=1000)},
    {"actor": "worker", "since": NOV_10 + timedelta(seconds=200)},
    {"words": "needle", "since": NOV_10 + timedelta(seconds=200)},
    {"login": "user7", "kind": KINDS[0], "address": "10.0.0.5"},
]


@pytest.mark.parametrize("wanted", FILTERS)
def test_no_page_reads_the_whole_log_or_sorts_it(billing, log, wanted, monkeypatch):
    monkeypatch.setattr(eventlog, "LOOKED_THROUGH", 100)  # as small beside this log as it is beside a real one
    sent = []

    def note(_connection, _cursor, statement, values, *_more):
        sent.append((statement, values))

    old = cursor_behind((3000,), [Key(Event.id, descending=True)])
    event.listen(billing.engine, "before_cursor_execute", note)
    lines(log, Wanted(**wanted), size=5)
    lines(log, Wanted(**wanted), size=5, cursor=old)
    kinds(log)
    event.remove(billing.engine, "before_cursor_execute", note)
    listed = [each for each in sent if each[0].startswith("SELECT")]
    assert len(listed) > 3
    for statement, values in listed:
        assert_by_index(billing.engine, statement, values)


def assert_by_index(engine, statement, values):
    """The plan names an index for every table, and needs no sorting."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
            scans = [step for step in plan if step.startswith("SCAN event_") and "INDEX" not in step]
            assert not [step for step in scans if step not in IN_ORDER], plan
            assert not [step for step in plan if "TEMP B-TREE" in step], plan
            return
        for row in connection.exec_driver_sql(f"EXPLAIN {statement}", values).mappings():
            reads_rows = str(row["table"]).startswith("event_")
            assert not reads_rows or (row["type"] != "ALL" and row["key"]), (dict(row), statement)
            assert "filesort" not in (row["Extra"] or ""), (dict(row), statement)
        connection.exec_driver_sql("FLUSH STATUS")
        connection.exec_driver_sql(statement, values).all()
        counters = dict(connection.exec_driver_sql("SHOW STATUS LIKE 'Handler_%%'").all())
        names = ("Handler_read_next", "Handler_read_prev", "Handler_read_rnd_next", "Handler_icp_attempts")
        assert sum(int(counters[name]) for name in names) <= READ, (counters, statement)
