"""A circuit breaker: while somebody is silent, one caller asks whether he is back, and the others do not wait."""

import time
from dataclasses import dataclass, field
from threading import Lock

ENOUGH = 4
"""So many calls that wait, or had no answer, since he was last heard: then he is silent, not slow."""

PATIENCE_S = 1.0
PAUSE_S = 1.0


@dataclass
class Breaker:
    """Otherwise all threads would wait as long as a page may take, and whoever comes then would wait for a thread."""

    _waiting: int = 0
    _failed: int = 0
    _heard_at: float = 0.0
    _next_trial_at: float = 0.0
    _lock: Lock = field(default_factory=Lock)

    def begin(self, *, counts: bool = True) -> bool:
        """Whether to call. Whoever does tells `end` how it went, unless silence in this call does not count."""
        with self._lock:
            now = time.monotonic()
            if not self._waiting and not self._failed:
                self._heard_at = now
            if self._is_silent(now) and not self._may_try(now):
                return False
            self._waiting += counts
            return True

    def end(self, *, answered: bool) -> None:
        """A call that was begun is over."""
        with self._lock:
            self._waiting -= 1
            self._failed = 0 if answered else self._failed + 1
            now = time.monotonic()
            if answered:
                self._heard_at = now
            else:
                self._next_trial_at = now + PAUSE_S

    def _is_silent(self, now: float) -> bool:
        return self._waiting + self._failed >= ENOUGH and now - self._heard_at > PATIENCE_S

    def _may_try(self, now: float) -> bool:
        """One at a time, after a pause."""
        return not self._waiting and now >= self._next_trial_at
