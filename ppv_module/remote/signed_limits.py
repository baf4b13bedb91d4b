"""How much a caller may ask in a short time. Each process counts for itself: this keeps a door free, no books."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

MOST_NAMES = 10_000


@dataclass
class Buckets:
    """For each name a bucket of `burst` tokens, refilled by `per_s` of them a second; a request takes one."""

    per_s: float
    burst: float
    seconds: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[float, float]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, name: str) -> bool:
        """Take a token; False when there is none."""
        with self._lock:
            left = self._now(name)
            self._put(name, left - 1 if left >= 1 else left)
            return left >= 1

    def has(self, name: str) -> bool:
        """Whether there is a token, without taking it."""
        with self._lock:
            return self._now(name) >= 1

    def _now(self, name: str) -> float:
        left, at = self._left.get(name, (self.burst, self.seconds()))
        return min(self.burst, left + (self.seconds() - at) * self.per_s)

    def _put(self, name: str, left: float) -> None:
        if name not in self._left and len(self._left) >= MOST_NAMES:
            self._left.clear()  # strangers' names must not fill the memory
        self._left[name] = (left, self.seconds())


@dataclass
class Limits:
    """Calls of a signed key, failed signatures and wrong hook addresses of a network address, hooks, notices."""

    calls: Buckets = field(default_factory=lambda: Buckets(per_s=1000, burst=5000))
    failures: Buckets = field(default_factory=lambda: Buckets(per_s=20, burst=500))
    hooks: Buckets = field(default_factory=lambda: Buckets(per_s=100, burst=1000))
    notices: Buckets = field(default_factory=lambda: Buckets(per_s=20, burst=500))
