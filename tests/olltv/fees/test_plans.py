"""The lines of a run are read along an index, however many there are and whatever is asked of them."""

import pytest
from sqlalchemy import event, insert, text

from billing.paging import Key, count_upto, page
from olltv_module.fee_days import calendar, runs
from olltv_module.models import Subscriber
from olltv_module.services.fees.models import Change, FeeChange, FeeLine, FeeRun, FeeUnpaid, Outcome
from olltv_module.services.fees.unpaid import order_of
from tests.support import DEC_1

CROWD = 3000
TABLES = ("olltv_fee_line", "olltv_fee_unpaid", "olltv_fee_change", "olltv_fee_run", "olltv_subscriber")


@pytest.fixture
def crowd(billing, clock):
    """A long run among others; nearly everybody pays, a few do not."""
    numbers, money = range(1, CROWD + 1), {"due_minor": 1, "charged_minor": 1, "lack_minor": 0}
    uow = billing.uow()
    with uow:
        people = {"email": "", "phone": "", "created_at": clock()}
        uow.session.execute(
            insert(Subscriber), [{"id": n, "host_id": n, "login": f"u{n:05}"} | people for n in numbers]
        )
        day = {"actor": "cron", "address": "", "started_at": DEC_1, "finished_at": DEC_1, "last_id": CROWD}
        uow.session.execute(
            insert(FeeRun),
            [{"id": n, "kind": "run", "period": f"20{n % 80 + 10}-{n % 12 + 1:02}"} | day for n in numbers],
        )
        facts = {"wallet_id": 1, "main_due": True, "fees": 1} | money
        for run_id in (1, 2):
            lines = [{"run_id": run_id, "subscriber_id": n, "outcome": outcome(n)} | facts for n in numbers]
            uow.session.execute(insert(FeeLine), lines)
            unpaid = [line for line in lines if line["outcome"] is not Outcome.CHARGED]
            columns = "run_id", "outcome", "subscriber_id"
            uow.session.execute(insert(FeeUnpaid), [{name: line[name] for name in columns} for line in unpaid])
            sums = {"run_id": run_id, "before_minor": 0, "after_minor": 1}
            changed = [{"kind": list(Change)[n % 3], "subscriber_id": n} | sums for n in numbers]
            uow.session.execute(insert(FeeChange), changed)
    with billing.engine.connect() as connection:
        for table in TABLES:
            sqlite = billing.engine.dialect.name == "sqlite"
            connection.execute(text(f"ANALYZE {'' if sqlite else 'TABLE '}{table}")).close()
        connection.commit()


def outcome(number):
    return {0: Outcome.GONE, 1: Outcome.NO_MONEY}.get(number % 600, Outcome.CHARGED)


LINES = [{}, {"outcome": Outcome.GONE}, {"outcome": Outcome.CHARGED}, {"login": "u0001"}]
QUERIES = {f"lines {asked}": (lambda asked=asked: runs.lines(run_id=1, **asked)) for asked in LINES}
QUERIES["changes"] = lambda: runs.changes(run_id=1, kind=Change.STOPPED)
KEYS = {f"lines {asked}": order_of(asked.get("outcome")) for asked in LINES}
KEYS["changes"] = FeeChange.subscriber_id


@pytest.mark.parametrize("name", QUERIES)
def test_no_page_of_a_run_reads_it_all(billing, crowd, name):
    key, found = Key(KEYS[name]), []

    def read(session):
        first = page(session, QUERIES[name](), keys=[key], size=2)
        found.extend(first.rows)
        if first.next:
            page(session, QUERIES[name](), keys=[key], cursor=first.next, size=2)
        count_upto(session, QUERIES[name](), limit=10)

    assert [line for line in plans(billing, read) if reads_it_all(line)] == []
    assert found


def test_nor_does_the_calendar(billing, crowd, clock):
    found = []

    def read(session):
        found.extend(calendar.calendar(session, billing, year=2026, now=clock()))
        calendar.next_day(session, billing, now=clock())

    assert [line for line in plans(billing, read) if reads_it_all(line)] == []
    assert len(found) == 12


def plans(billing, read):
    """The plan of each statement that `read` sends."""
    sent = []

    def keep(_connection, _cursor, statement, parameters, *_):
        if not statement.startswith("EXPLAIN"):
            sent.append((statement, parameters))

    event.listen(billing.engine, "before_cursor_execute", keep)
    try:
        with billing.reading() as session:
            read(session)
    finally:
        event.remove(billing.engine, "before_cursor_execute", keep)
    word = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
    with billing.engine.connect() as connection:
        asked = [(sql, facts) for sql, facts in sent if any(table in sql for table in TABLES)]
        return [
            dict(line._mapping) for sql, facts in asked for line in connection.exec_driver_sql(f"{word} {sql}", facts)
        ]


def reads_it_all(line):
    """Whether a step looks at a whole table or sorts what it has read."""
    if "detail" in line:
        scans = line["detail"].startswith("SCAN ") and " USING " not in line["detail"]
        return (scans and "SCAN anon" not in line["detail"] and "subquery" not in line["detail"].lower()) or (
            "USE TEMP B-TREE FOR ORDER BY" in line["detail"]
        )
    if (line["table"] or "").startswith("<"):
        return False  # the logins that were looked up, a hundred at most
    return (line["type"] == "ALL" and int(line["rows"] or 0) > 200) or "filesort" in (line["Extra"] or "")
