"""Pages by keys: every row once, in order, in both directions, whatever the keys are."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, event, select

from billing.db import Instant, words
from billing.errors import InvalidInput
from billing.paging import Count, Key, all_rows, count_upto, page, page_of_union

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CITIES = ("Київ", "Львів", "kyiv", "Zhytomyr", "Київ ")


class Colour(StrEnum):
    RED, GREEN = "red", "green"


METADATA = MetaData()
THINGS = Table(
    "paging_things",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("city", String(32)),
    Column("age", Integer),
    Column("at", Instant),
    Column("colour", words(Colour)),
    mysql_charset="utf8mb4",
    mysql_collate="utf8mb4_nopad_bin",
)
CITY, AGE, AT, COLOUR, ID = (THINGS.c[name] for name in ("city", "age", "at", "colour", "id"))
ORDERS = [
    [Key(ID)],
    [Key(ID, descending=True)],
    [Key(CITY), Key(ID)],
    [Key(AGE, descending=True), Key(ID)],
    [Key(COLOUR), Key(AT, descending=True), Key(CITY), Key(ID, descending=True)],
]


@pytest.fixture
def session(billing):
    """Twenty-three rows; every third has the city and age of the one before."""
    METADATA.create_all(billing.engine)
    with billing.engine.begin() as connection:
        for number in range(23):
            kind = number - 1 if number % 3 == 0 and number else number
            values = {"city": CITIES[kind % 5], "age": kind % 4, "at": NOON + timedelta(microseconds=kind % 3)}
            connection.execute(THINGS.insert().values(id=number + 1, colour=list(Colour)[kind % 2], **values))
    with billing.reading() as opened:
        yield opened
    METADATA.drop_all(billing.engine)


def walk(read):
    """All pages from the first to the last, and then back again."""
    there, back, cursor = [read(None)], [], None
    while cursor := there[-1].next:
        there.append(read(cursor))
    last = there[-1]
    while cursor := last.previous:
        last = read(cursor)
        back.append(last)
    return there, back


def ordered(session, query, keys):
    order = [key.column.desc() if key.descending else key.column.asc() for key in keys]
    return session.execute(query.order_by(*order)).all()


@pytest.mark.parametrize("keys", ORDERS)
@pytest.mark.parametrize("size", [1, 4, 23, 50])
def test_every_row_comes_once_in_order_there_and_back(session, keys, size):
    query = select(THINGS.c.id, THINGS.c.city)
    there, back = walk(lambda cursor: page(session, query, keys=keys, cursor=cursor, size=size))
    assert [row for each in there for row in each.rows] == ordered(session, query, keys)
    assert [each.rows for each in reversed(back)] == [each.rows for each in there[:-1]]
    assert there[0].previous is None


@pytest.mark.parametrize("keys", ORDERS)
def test_a_union_is_paged_like_one_list(session, keys):
    query = select(THINGS.c.id)
    parts = [query.where(THINGS.c.age == age) for age in range(4)] + [query.where(THINGS.c.city == "Київ")]
    there, back = walk(lambda cursor: page_of_union(session, parts, keys=keys, cursor=cursor, size=5))
    assert [row for each in there for row in each.rows] == [row[0] for row in ordered(session, query, keys)]
    assert [each.rows for each in reversed(back)] == [each.rows for each in there[:-1]]


def test_one_column_gives_values_and_several_give_named_rows(session):
    assert page(session, select(THINGS.c.id), keys=[Key(ID)], size=3).rows == [1, 2, 3]
    [row] = page(session, select(THINGS.c.id, THINGS.c.city), keys=[Key(AGE), Key(ID)], size=1).rows
    number, city = row
    assert (row.id, row.city) == (number, city)


def test_rows_that_come_and_go_disturb_nobody(billing, session):
    query = select(THINGS.c.id)
    second = page(session, query, keys=[Key(ID)], cursor=page(session, query, keys=[Key(ID)], size=4).next, size=4)
    with billing.engine.begin() as connection:
        connection.execute(THINGS.delete().where(THINGS.c.id.in_([4, 5, 8])))
    session.rollback()
    assert page(session, query, keys=[Key(ID)], cursor=second.next, size=4).rows == [9, 10, 11, 12]
    assert page(session, query, keys=[Key(ID)], cursor=second.previous, size=4).rows == [1, 2, 3, 6]


def test_behind_the_last_row_there_is_a_way_back(billing, session):
    query = select(THINGS.c.id)
    cursor = page(session, query, keys=[Key(ID)], size=20).next
    with billing.engine.begin() as connection:
        connection.execute(THINGS.delete().where(THINGS.c.id > 20))
    session.rollback()
    end = page(session, query, keys=[Key(ID)], cursor=cursor, size=20)
    assert (end.rows, end.next) == ([], None)
    assert page(session, query, keys=[Key(ID)], cursor=end.previous, size=20).rows[-1] == 20


def test_an_empty_list_has_one_empty_page(session):
    nobody = page(session, select(THINGS.c.id).where(THINGS.c.age == 99), keys=[Key(ID)])
    assert (nobody.rows, nobody.next, nobody.previous) == ([], None, None)


def test_a_page_takes_at_most_one_statement_per_key_and_never_skips_rows(billing, session):
    keys, sent = [Key(CITY), Key(AGE), Key(ID)], []
    cursor = page(session, select(THINGS.c.id), keys=keys, size=5).next
    event.listen(billing.engine, "before_cursor_execute", lambda *args: sent.append(args[2:4]))
    page(session, select(THINGS.c.id), keys=keys, cursor=cursor, size=5)
    assert 1 <= len(sent) <= len(keys)
    for statement, values in sent:
        assert "LIMIT" in statement
        assert ("OFFSET" in statement) is (billing.engine.dialect.name == "sqlite")
        assert billing.engine.dialect.name == "mysql" or values[-1] == 0


OTHERS = [
    "x",
    "%%%",
    "ї",
    "bnVsbA",  # null
    "W10",  # []
    "WyJjaXR5LGlkIiwgMCwgWzEsIDJdXQ",  # ["city,id", 0, [1, 2]]: a number is no city
    "WyJjaXR5LGlkIiwgMCwgWyJhIl1d",  # ["city,id", 0, ["a"]]: one value for two keys
    "WyJjaXR5LGlkIiwgMywgWyJhIiwgMV1d",  # ["city,id", 3, ["a", 1]]: no direction
    "WyJjaXR5LGlkIiwgMCwgWyJhIiwgdHJ1ZV1d",  # ["city,id", 0, ["a", true]]: yes is no number
    "WyJjaXR5LGlkIiwgMCwgWyJhIiwgMTAwMDAwMDAwMDAwMDAwMDAwMDAwXV0",  # a number that no column holds
    "W" * 5000,
]


@pytest.mark.parametrize("forged", OTHERS)
def test_a_forged_cursor_is_refused(session, forged):
    with pytest.raises(InvalidInput) as refusal:
        page(session, select(THINGS.c.id), keys=[Key(CITY), Key(ID)], cursor=forged)
    assert refusal.value.facts["field"] == "cursor"


def test_a_cursor_of_another_order_is_refused(session):
    query = select(THINGS.c.id)
    cursor = page(session, query, keys=[Key(AGE), Key(ID)], size=2).next
    for keys in ([Key(ID)], [Key(AGE, descending=True), Key(ID)], [Key(CITY), Key(ID)]):
        with pytest.raises(InvalidInput):
            page(session, query, keys=keys, cursor=cursor)


def test_counting_stops_where_nobody_cares(session):
    query = select(THINGS).where(THINGS.c.id > 3).order_by(THINGS.c.age)
    assert count_upto(session, query) == Count(20)
    assert count_upto(session, query, 20) == Count(20)
    assert count_upto(session, query, 19) == Count(19, is_more=True)
    assert count_upto(session, query.where(THINGS.c.id < 0)) == Count(0)


@pytest.mark.parametrize("size", [1, 5, 23, 1000])
def test_an_export_reads_every_row_in_chunks(billing, session, size):
    keys, query = [Key(CITY), Key(ID, descending=True)], select(THINGS.c.id, THINGS.c.city)
    parts = [query.where(THINGS.c.age < 2), query.where(THINGS.c.age >= 2)]
    assert list(all_rows(billing.reading, parts, keys=keys, size=size)) == ordered(session, query, keys)
    assert list(all_rows(billing.reading, [query.where(THINGS.c.id < 0)], keys=keys)) == []
