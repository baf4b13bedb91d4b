"""Statements of the busiest paths: compiled once for each kind of database, and sent past everything that compiles.

Sending such a statement costs little more than the driver itself needs. For everything else the usual way is right.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.types import TypeEngine

Convert = Callable[[Any], Any] | None


@dataclass(frozen=True)
class _Ready:
    """What one kind of database is sent, how values are written for it and read from it."""

    sql: str
    is_positional: bool
    binds: list[tuple[str, Convert]]
    constants: dict[str, object]
    columns: list[tuple[str, Convert]]


class Prepared:
    """An insert, update or select. Its bind parameters are named, and all of them are given at each run."""

    def __init__(self, statement: Any) -> None:
        self._statement = statement
        self._ready: dict[str, _Ready] = {}

    def run(self, connection: Connection, values: Mapping[str, object]) -> CursorResult[Any]:
        """Send it. What it selects comes as the driver gives it: see `row`.

        :raises KeyError: a parameter has no value
        """
        ready = self._for(connection.dialect)
        values = {**ready.constants, **values}
        told = [(name, values[name] if write is None else write(values[name])) for name, write in ready.binds]
        if ready.is_positional:
            return connection.exec_driver_sql(ready.sql, tuple(value for _, value in told))
        return connection.exec_driver_sql(ready.sql, dict(told))

    def row(self, connection: Connection, values: Mapping[str, object]) -> dict[str, Any] | None:
        """Send it, and give the first row that it selects, by the names of its columns; None when there is none."""
        found = self.run(connection, values).fetchone()
        if found is None:
            return None
        columns = self._for(connection.dialect).columns
        return {
            name: value if read is None else read(value) for (name, read), value in zip(columns, found, strict=True)
        }

    def _for(self, dialect: Dialect) -> _Ready:
        if (ready := self._ready.get(dialect.name)) is None:
            ready = self._ready[dialect.name] = self._compiled(dialect)
        return ready

    def _compiled(self, dialect: Dialect) -> _Ready:
        compiled = self._statement.compile(dialect=dialect)
        names = compiled.positiontup if compiled.positional else compiled.params
        return _Ready(
            sql=str(compiled),
            is_positional=compiled.positional,
            binds=[(name, _writer(compiled.binds[name].type, dialect)) for name in names],
            constants={name: bind.value for name, bind in compiled.binds.items() if not bind.required},
            columns=[
                (column.key, _reader(column.type, dialect))
                for column in getattr(self._statement, "selected_columns", ())
            ],
        )


def _writer(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).bind_processor(dialect)


def _reader(kind: TypeEngine[Any], dialect: Dialect) -> Convert:
    return kind.dialect_impl(dialect).result_processor(dialect, None)
