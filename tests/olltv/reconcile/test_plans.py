"""Lists of the queue and of differences are read along an index, however long they are."""

from datetime import timedelta

import pytest
from sqlalchemy import event, insert, text

from olltv_module.delivery import standing
from olltv_module.delivery.standing import Part
from olltv_module.models import Delivery, Subscriber
from olltv_module.reconcile import reading
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import Check, Found, Standing

CROWD = 2000
TABLES = ("olltv_delivery", "olltv_difference", "olltv_check")


@pytest.fixture
def crowd(billing, clock):
    """A queue whose parts are all long, and differences of all kinds and ends."""
    now, numbers = clock(), range(1, CROWD + 1)
    uow = billing.uow()
    with uow:
        people = {"email": "", "phone": "", "created_at": now, "remote_id": "r"}
        uow.session.execute(
            insert(Subscriber), [{"id": n, "host_id": n, "login": f"u{n:05}"} | people for n in numbers]
        )
        uow.session.execute(insert(Delivery), [_row(n, now) for n in numbers])
        uow.session.execute(
            insert(Check), [{"id": n, "started_at": now, "actor": "cron", "counts": {}} for n in numbers]
        )
        uow.session.execute(insert(Found), [_found(n, now) for n in numbers])
    with billing.engine.connect() as connection:
        for table in TABLES:
            sqlite = billing.engine.dialect.name == "sqlite"
            connection.execute(text(f"ANALYZE {'' if sqlite else 'TABLE '}{table}")).close()
        connection.commit()


def _row(number, now):
    row = {"subscriber_id": number, "due_at": now, "parked_at": None, "token": None, "leased_until": None}
    row |= {"leased_at": None, "tries": 0, "trouble": None}
    match number % 4:
        case 0:
            row |= {"parked_at": now + timedelta(seconds=number), "trouble": "needs_staff: no"}
        case 1:
            row |= {"due_at": now + timedelta(seconds=number)}
        case 2 if number < 100:
            row |= {"token": f"t{number}", "leased_at": now, "leased_until": now + timedelta(minutes=1)}
    return row


def _found(number, now):
    facts = {"login": f"u{number}", "service": "s", "ours": "", "theirs": "", "settled_at": None}
    state, kind = list(Standing)[number % 4], list(Kind)[number % len(Kind)]
    return facts | {"id": number, "check_id": 1, "live_key": None, "kind": kind, "state": state, "found_at": now}


@pytest.fixture
def plans(billing):
    """The plan of each statement on our tables that `read` sends."""

    def explain(read):
        sent = []

        def keep(_connection, _cursor, statement, parameters, *_):
            if any(table in statement for table in TABLES) and not statement.startswith("EXPLAIN"):
                sent.append((statement, parameters))

        event.listen(billing.engine, "before_cursor_execute", keep)
        try:
            with billing.reading() as session:
                found = read(session)
        finally:
            event.remove(billing.engine, "before_cursor_execute", keep)
        word = "EXPLAIN QUERY PLAN" if billing.engine.dialect.name == "sqlite" else "EXPLAIN"
        with billing.engine.connect() as connection:
            lines = [
                dict(each._mapping)
                for sql, facts in sent
                for each in connection.exec_driver_sql(f"{word} {sql}", facts)
            ]
        return found, lines

    return explain


def reads_it_all(line, sorting=False):
    """Whether a step looks at a whole table, or on MariaDB, where lists are long, sorts what it has read."""
    if "detail" in line:  # SQLite reads the comparisons along their numbers and calls that a scan
        detail = line["detail"]
        return detail.startswith(("SCAN olltv_delivery", "SCAN olltv_difference")) and "USING" not in detail
    extra = line["Extra"] or ""
    return line["table"] in TABLES and (line["type"] == "ALL" or ("filesort" in extra and not sorting))


def test_no_part_of_the_queue_is_read_as_a_whole(plans, crowd, clock):
    for part in Part:
        sorting = part is Part.LEASED  # there are never more than workers are at
        page, lines = plans(lambda session, part=part: standing.listed(session, part, clock()))
        assert page.rows, part
        if page.next:
            lines += plans(lambda session, part=part, at=page.next: standing.listed(session, part, clock(), cursor=at))[
                1
            ]
        lines += plans(lambda session, part=part: standing.count(session, part, clock()))[1]
        assert lines and not [line for line in lines if reads_it_all(line, sorting)], part


def test_no_list_of_differences_is_read_as_a_whole(plans, crowd):
    reads = [lambda session, at, kind=kind: reading.open_page(session, kind, cursor=at) for kind in Kind]
    reads += [lambda session, at, state=state: reading.past_page(session, state, cursor=at) for state in Standing]
    reads += [lambda session, at: reading.checks_page(session, cursor=at)]
    for read in reads:
        page, lines = plans(lambda session, read=read: read(session, None))
        if page.next:
            lines += plans(lambda session, read=read, at=page.next: read(session, at))[1]
        assert lines and not [line for line in lines if reads_it_all(line)]
