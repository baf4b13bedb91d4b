"""Joins whose order is ours, not the planner's.

A chunk of set-based work starts from a small range of one table. The planner may not know that it is small: SQLite
keeps no statistics, MariaDB's lag behind a run. Starting anywhere else it would read whole tables, chunk after chunk.
"""

from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Join
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

WORDS = {"sqlite": " CROSS JOIN ", "mysql": " STRAIGHT_JOIN "}


class OrderedJoin(Join):
    """An inner join that reads its left side first."""

    inherit_cache = True


def in_order(first: Any, *others: tuple[Any, ColumnElement[bool]]) -> FromClause:
    """Join mapped classes, tables or subqueries in the order in which they are given, each with its condition."""
    joined = _table(first)
    for each, condition in others:
        joined = OrderedJoin(joined, _table(each), condition)
    return joined


def _table(each: Any) -> FromClause:
    table: FromClause = getattr(each, "__table__", each)
    return table


@compiles(OrderedJoin)
def _ordered(join: OrderedJoin, compiler: SQLCompiler, from_linter: Any = None, **options: Any) -> str:
    if from_linter:
        from_linter.edges.update(product(join.left._from_objects, join.right._from_objects))
    options["asfrom"] = True
    left, right = (compiler.process(side, from_linter=from_linter, **options) for side in (join.left, join.right))
    condition = compiler.process(join.onclause, from_linter=from_linter, **options)  # type: ignore[arg-type]
    return f"{left}{WORDS[compiler.dialect.name]}{right} ON {condition}"
