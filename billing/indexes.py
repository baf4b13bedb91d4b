"""Which index a page of a list is read by, said to MariaDB in so many words.

Of `actor = ? AND at < ? ORDER BY at DESC LIMIT 51` MariaDB uses only the first column of the index (actor, at) when it
thinks that much of the table fits: it then reads everything from the newest line down to the page, which for an old
page is almost all. Told to use that index, it begins at the page.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import BinaryExpression, BindParameter, Column, ColumnElement, Select, Table
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BooleanClauseList

PRIMARY = "PRIMARY"

KeyColumn = ColumnElement[Any] | InstrumentedAttribute[Any]


def by_index(query: Select[Any], keys: Sequence[KeyColumn]) -> Select[Any]:
    """`query` with the hint to use the index that begins with columns that it fixes and goes on with `keys`.

    Without such an index, or with a hint of the caller's own, it stays as it is. SQLite needs no hint and gets none.
    """
    table = _table(keys)
    if table is None or query._hints:
        return query
    fixed = {column.name for column in _fixed(query) if column.table is table}
    name = _index(table, fixed, [column.name for column in _columns(keys)])
    first = keys[0]
    target = first.class_ if isinstance(first, InstrumentedAttribute) else table
    return query.with_hint(target, f"FORCE INDEX ({name})", "mysql") if name else query


def _columns(keys: Sequence[KeyColumn]) -> list[Any]:
    return [key.expression if isinstance(key, InstrumentedAttribute) else key for key in keys]


def _table(keys: Sequence[KeyColumn]) -> Table | None:
    """The one table that all keys are columns of."""
    tables = {getattr(column, "table", None) for column in _columns(keys)}
    found = tables.pop()
    return found if not tables and isinstance(found, Table) else None


def _fixed(query: Select[Any]) -> Iterator[Column[Any]]:
    """The columns that have to equal a given value."""
    for condition in _conjuncts(query.whereclause):
        is_equality = isinstance(condition, BinaryExpression) and condition.operator is operators.eq
        if is_equality and isinstance(condition.left, Column) and isinstance(condition.right, BindParameter):
            yield condition.left


def _conjuncts(clause: ColumnElement[Any] | None) -> Iterator[ColumnElement[Any]]:
    if isinstance(clause, BooleanClauseList) and clause.operator is operators.and_:
        for each in clause.clauses:
            yield from _conjuncts(each)
    elif clause is not None:
        yield clause


def _index(table: Table, fixed: set[str], keys: list[str]) -> str | None:
    """The index that serves most of the fixed columns, at least one. Every index ends with the primary key."""
    primary = [column.name for column in table.primary_key]
    found = [
        (depth, name) for name, columns in _indexes(table, primary) if (depth := _depth(columns + primary, fixed, keys))
    ]
    return max(found)[1] if found else None


def _depth(columns: list[str], fixed: set[str], keys: list[str]) -> int:
    """How many fixed columns an index begins with if the keys follow them, else nothing."""
    depth = 0
    while depth < len(columns) and columns[depth] in fixed:
        depth += 1
    wanted = [key for key in keys if key not in fixed]
    return depth if columns[depth : depth + len(wanted)] == wanted else 0


def _indexes(table: Table, primary: list[str]) -> Iterator[tuple[str, list[str]]]:
    yield PRIMARY, primary
    for index in table.indexes:
        if index.name:
            yield str(index.name), [column.name for column in index.columns]
    for constraint in table.constraints:
        if constraint.name and type(constraint).__name__ == "UniqueConstraint":
            yield str(constraint.name), [column.name for column in constraint.columns]  # type: ignore[attr-defined]
