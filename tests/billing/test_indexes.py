"""MariaDB is told the index where one serves both what a list is narrowed by and its order, and nowhere else."""

import pytest
from sqlalchemy import Column, Index, Integer, MetaData, Table, UniqueConstraint, or_, select
from sqlalchemy.dialects import mysql, sqlite

from billing.events import Event
from billing.indexes import by_index

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("a", Integer),
    Column("b", Integer),
    Column("c", Integer),
    Index("ab", "a", "b"),
    Index("b_only", "b"),
    Index("abc", "b", "a", "c"),
    UniqueConstraint("c", "a", name="ca"),
)
OTHER = Table("other", MetaData(), Column("a", Integer))
ID, A, B, C = (THINGS.c[name] for name in ("id", "a", "b", "c"))


def hint(query, keys, dialect=None):
    """The index that the statement names."""
    sql = str(by_index(query, keys).compile(dialect=dialect or mysql.dialect()))
    return sql.partition("FORCE INDEX (")[2].partition(")")[0]


@pytest.mark.parametrize(
    ("conditions", "keys", "index"),
    [
        ([A == 1], [B, ID], "ab"),
        ([A == 1, B > 2], [B, ID], "ab"),
        ([B == 1], [ID], "b_only"),
        ([A == 1, B == 2], [C, ID], "abc"),
        ([C == 1], [A, ID], "ca"),
        ([ID == 1], [ID], "PRIMARY"),
        ([], [B, ID], ""),
        ([A > 1], [B, ID], ""),
        ([A == 1], [C, ID], ""),
        ([or_(A == 1, A == 2)], [B, ID], ""),
        ([A == C], [B, ID], ""),
        ([OTHER.c.a == 1], [B, ID], ""),
    ],
)
def test_the_index_that_serves_both(conditions, keys, index):
    assert hint(select(THINGS).where(*conditions), keys) == index
    assert hint(select(THINGS).where(*conditions), keys, sqlite.dialect()) == ""


def test_mapped_classes_are_known_too():
    query = select(Event.text).where(Event.login == "ivan", Event.at < Event.at)
    assert hint(query, [Event.id]) == "ix_event_log_login"


def test_a_hint_of_the_caller_stands():
    query = select(THINGS).where(A == 1).with_hint(THINGS, "USE INDEX (b_only)", "mysql")
    sql = str(by_index(query, [B, ID]).compile(dialect=mysql.dialect()))
    assert "USE INDEX (b_only)" in sql and "FORCE" not in sql


def test_keys_of_two_tables_have_no_index():
    assert hint(select(THINGS).where(A == 1), [B, OTHER.c.a]) == ""
