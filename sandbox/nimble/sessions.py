"""Who watches what on one media server, and how much of it was not told yet."""

from dataclasses import dataclass
from typing import NamedTuple

VHOST, INSTANCE = "_defaultVHost_", "_definst_"
BYTES_PER_S = 4_000


class Stream(NamedTuple):
    """`application` and `name` are what an address has: `live/sport1`."""

    application: str
    name: str
    vhost: str = VHOST
    instance: str = INSTANCE

    @classmethod
    def at(cls, path: str) -> "Stream":
        """The stream of a path; all after the first part is its name."""
        application, _, name = path.strip("/").partition("/")
        return cls(application, name)

    @property
    def path(self) -> str:
        return f"{self.application}/{self.name}"


class Told(NamedTuple):
    """What one message says of a session: milliseconds and bytes since the message before."""

    session: "Session"
    ms: int
    octets: int


@dataclass(eq=False)
class Session:
    """Somebody watches a stream. Times are seconds since 1970.

    Whoever asks for segments is `seen_at` the last one and watches for one segment's length from then on; `steady`
    ones are simulated and watch until they leave. An `idle` one is there and watches nothing. `over` is one that has
    left, whose rest is told once, or that was put out.
    """

    number: int
    viewer: str
    ip: str
    stream: Stream
    agents: tuple[str, ...]
    seen_at: float
    counted_at: float
    steady: bool = False
    idle: bool = False
    over: bool = False
    waiting_ms: int = 0
    waiting_bytes: int = 0
    watched_ms: int = 0

    def count(self, now: float, segment_s: float) -> None:
        """Add the time since it was counted last."""
        until = now if self.steady else min(now, self.seen_at + segment_s)
        passed_ms = round(1000 * until) - round(1000 * self.counted_at)
        self.counted_at = max(until, self.counted_at)
        if passed_ms <= 0 or self.idle or self.over:
            return
        self.waiting_ms += passed_ms
        self.watched_ms += passed_ms
        self.waiting_bytes += passed_ms * BYTES_PER_S // 1000

    def ask(self, now: float, segment_s: float) -> None:
        """A segment is asked for: who was away in between has not watched then."""
        self.count(now, segment_s)
        self.seen_at = self.counted_at = now

    def tell(self) -> Told:
        """What was not told yet, which is told now."""
        told = Told(self, self.waiting_ms, self.waiting_bytes)
        self.waiting_ms = self.waiting_bytes = 0
        return told

    def give_back(self, told: Told) -> None:
        """What was told has not arrived."""
        self.waiting_ms += told.ms
        self.waiting_bytes += told.octets
