"""Plain SQL files as rivals of the product: no mapper, no engine, the driver's own connection."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench.statements import sections
from billing.db import open_engine
from billing.periods import Month


@dataclass(frozen=True)
class Reference:
    """The run of `name` (a file without its dialect), on a database of its own."""

    name: str
    url: str
    chunk: int

    def run(self, month: Month) -> None:
        """Charge everybody for `month`."""
        engine = open_engine(self.url)
        kind = "sqlite" if engine.dialect.name == "sqlite" else "mariadb"
        parts = {
            title: [_for(kind, each) for each in part] for title, part in sections(f"{self.name}.{kind}.sql").items()
        }
        connection: Any = engine.raw_connection()
        _Run(connection.cursor(), kind, parts, self._facts(month)).whole()
        connection.close()
        engine.dispose()

    def _facts(self, month: Month) -> dict[str, object]:
        now = datetime(month.year, month.month, 2, tzinfo=UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        return {"run": 12 * month.year + month.month, "period": str(month), "now": now, "size": self.chunk, "after": 0}


@dataclass
class _Run:
    cursor: Any
    kind: str
    parts: dict[str, list[str]]
    facts: dict[str, object]

    def whole(self) -> None:
        self._transaction("begin")
        while (upto := self._next()) is not None:
            self.facts["upto"] = upto
            self._transaction("chunk")
            self.facts["after"] = upto
        self._transaction("end")

    def _next(self) -> object:
        self.cursor.execute(self.parts["next"][0], self.facts)
        return self.cursor.fetchone()[0]

    def _transaction(self, section: str) -> None:
        self.cursor.execute("BEGIN IMMEDIATE" if self.kind == "sqlite" else "BEGIN")
        for statement in self.parts[section]:
            self.cursor.execute(statement, self.facts)
        self.cursor.execute("COMMIT")


def _for(kind: str, statement: str) -> str:
    """PyMySQL writes its parameters otherwise."""
    return statement if kind == "sqlite" else re.sub(r":([a-z]+)", r"%(\1)s", statement)
