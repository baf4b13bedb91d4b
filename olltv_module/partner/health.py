"""How the partner fared, counted in memory, since a call must cost no statement. Others write the counts down."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

from billing.clock import Clock, system_clock
from olltv_module.partner.codes import Status
from olltv_module.partner.journal import Exchange
from olltv_module.partner.masks import masked

MAX_TROUBLE_CHARS = 200


@dataclass
class Tally:
    """The calls of one hour. Refused: a definite no. Failed: no clear answer, or our login is not accepted."""

    hour: datetime
    calls: int = 0
    refused: int = 0
    failed: int = 0
    last_success_at: datetime | None = None
    last_trouble_at: datetime | None = None
    last_trouble: str | None = None

    def add(self, other: "Tally") -> None:
        """Add the calls of the same hour that were counted elsewhere."""
        self.calls += other.calls
        self.refused += other.refused
        self.failed += other.failed
        self.last_success_at = max(filter(None, (self.last_success_at, other.last_success_at)), default=None)
        troubles = [each for each in (self, other) if each.last_trouble_at]
        if troubles:
            newest = max(troubles, key=lambda each: each.last_trouble_at or each.hour)
            self.last_trouble_at, self.last_trouble = newest.last_trouble_at, newest.last_trouble


class Health:
    """Counts the calls of this process by the hour. Safe for threads."""

    def __init__(self, clock: Clock = system_clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._tallies: dict[datetime, Tally] = {}

    def note(self, exchange: Exchange) -> None:
        """Count a call that has ended."""
        now = self._clock()
        tally = Tally(now.replace(minute=0, second=0, microsecond=0), calls=1)
        if exchange.outcome in ("ok", "refused"):
            tally.last_success_at = now
            tally.refused = int(exchange.outcome == "refused")
        elif exchange.status == Status.HASH_EXPIRED:
            pass  # an answer like any other: the call is repeated with a fresh hash
        else:
            tally.failed, tally.last_trouble_at = 1, now
            tally.last_trouble = masked(f"{exchange.method}: {exchange.reason}")[:MAX_TROUBLE_CHARS]
        self.put_back([tally])

    def take(self) -> list[Tally]:
        """What was counted since the last time; from now on it is the taker's."""
        with self._lock:
            taken, self._tallies = list(self._tallies.values()), {}
        return taken

    def put_back(self, tallies: Iterable[Tally]) -> None:
        """Count `tallies` again that could not be written down."""
        with self._lock:
            for tally in tallies:
                if known := self._tallies.get(tally.hour):
                    known.add(tally)
                else:
                    self._tallies[tally.hour] = tally
