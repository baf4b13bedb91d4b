"""The arithmetic of minutes: milliseconds into credits. Pure, whole numbers only; the same as SQL for many at once.

An account is charged by its total, so that rounding happens once, however the time comes in.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, case
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

MINUTE_MS = 60_000


def due(watched_ms: int, per_minute: int) -> int:
    """Credits that `watched_ms` cost in all, whatever is less than one credit left out."""
    return watched_ms * per_minute // MINUTE_MS


def started_minutes(before_ms: int, added_ms: int) -> int:
    """Minutes of a session that have begun by `added_ms` after `before_ms` of it."""
    return _started(before_ms + added_ms) - _started(before_ms)


def _started(ms: int) -> int:
    return -(-ms // MINUTE_MS)


def payments(due_by_price: Mapping[int, int], available: int) -> dict[int, int]:
    """What of each debt is paid out of `available` credits: the oldest price first, never more than there is."""
    paid = dict[int, int]()
    for price_id in sorted(due_by_price):
        paid[price_id] = max(min(due_by_price[price_id], available), 0)
        available -= paid[price_id]
    return paid


class whole_quotient(FunctionElement[int]):
    """The whole part of a quotient, exactly: MariaDB's own division rounds after four digits."""

    type, inherit_cache = BigInteger(), True


@compiles(whole_quotient, "sqlite")
def _sqlite_quotient(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    return f"(({first}) / ({second}))"


@compiles(whole_quotient, "mysql")
def _mariadb_quotient(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    return f"(({first}) DIV ({second}))"


class ms_between(FunctionElement[int]):
    """Whole milliseconds from one instant to another."""

    type, inherit_cache = BigInteger(), True


@compiles(ms_between, "sqlite")
def _sqlite_between(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    return f"CAST(ROUND((julianday({second}) - julianday({first})) * 86400000) AS INTEGER)"


@compiles(ms_between, "mysql")
def _mariadb_between(element: Any, compiler: SQLCompiler, **options: Any) -> str:
    first, second = (compiler.process(each, **options) for each in element.clauses)
    return f"(TIMESTAMPDIFF(MICROSECOND, {first}, {second}) DIV 1000)"


def sql_due(watched_ms: ColumnElement[int], per_minute: ColumnElement[int]) -> ColumnElement[int]:
    """`due`, in two parts that stay small where their product would not fit."""
    rest = whole_quotient((watched_ms % MINUTE_MS) * per_minute, MINUTE_MS)
    return whole_quotient(watched_ms, MINUTE_MS) * per_minute + rest


def sql_started(ms: ColumnElement[int]) -> ColumnElement[int]:
    """Minutes that have begun in `ms`."""
    return whole_quotient(ms + (MINUTE_MS - 1), MINUTE_MS)


def lesser(first: ColumnElement[int], second: ColumnElement[int]) -> ColumnElement[int]:
    return case((first < second, first), else_=second)


def not_negative(amount: ColumnElement[int]) -> ColumnElement[int]:
    return case((amount > 0, amount), else_=0)
