"""Fills an empty database with subscribers who have paid up to last month.

Every fifth subscriber has an add-on. Wallets are rich, but each of the first `ROUNDS` months finds another twentieth of
the subscribers short.
"""

from dataclasses import dataclass

from sqlalchemy import Engine, text

from bench.databases import load_fast
from bench.statements import sections
from billing.periods import Month

FIRST = Month(2025, 1)
"""The first month that is charged; history lies before it."""

ROUNDS = 8


SCATTER = 7919
"""Shares no factor with a round number of subscribers, so that every id occurs once."""


@dataclass(frozen=True)
class People:
    """So many subscribers with at most 12 months of history.

    Their host and wallet ids stand in their own order or, `scattered`, in none: as if they had subscribed years after
    they had come, at random. Then every chunk touches pages of the whole table of accounts.
    """

    subscribers: int
    history_months: int = 0
    scattered: bool = False

    def fill(self, engine: Engine) -> None:
        """Fill an empty database with them."""
        facts = {
            "subscribers": self.subscribers,
            "history": self.history_months,
            "rounds": ROUNDS,
            "stride": SCATTER if self.scattered else 1,
        }
        with load_fast(engine) as connection:
            for statement in sections("seed.sql")["_"]:
                used = {name: value for name, value in facts.items() if f":{name}" in statement}
                connection.execute(text(statement), used)
