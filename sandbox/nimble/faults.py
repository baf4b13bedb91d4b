"""What goes wrong with messages on demand."""

import random
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

KINDS = {
    "repeat": "posts the same message twice",
    "truncate": "posts the beginning of a message, then the whole of it",
    "reorder": "posts a message after the one that comes next",
    "lose": "does not get the answer, and posts the same message again next time",
    "double": "tells twice the time that was watched",
    "unsigned": "signs with another token",
}


class FaultError(ValueError):
    """A fault that there is not."""


@dataclass
class Rule:
    """How often `kind` falls on a message: by `rate`, at most `times` times, and on one `server` if it is named."""

    kind: str
    rate: float = 1.0
    times: int | None = None
    server: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise FaultError(f"unknown fault {self.kind!r}; there are {', '.join(KINDS)}")
        if not 0 <= self.rate <= 1:
            raise FaultError("a rate is from 0 to 1")

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """:raises FaultError: `text` is not KIND=RATE"""
        kind, _, rate = text.partition("=")
        try:
            return cls(kind, float(rate or 1))
        except ValueError as error:
            raise FaultError(f"{text!r} must look like repeat=0.1") from error


@dataclass
class Faults:
    """The dice that all servers share."""

    rules: list[Rule] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 (repeatable, no secret)
    _lock: Lock = field(default_factory=Lock)

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """:raises FaultError: a rule cannot be used; nothing has changed"""
        try:
            made = [Rule(**each) for each in rules]
        except TypeError as error:
            raise FaultError("a fault has kind, rate, times and server") from error
        with self._lock:
            self.rules = made

    def draw(self, server: str) -> str:
        """The fault that falls on this message, or nothing."""
        with self._lock:
            for rule in self.rules:
                if rule.server in ("", server) and rule.times != 0 and self.dice.random() < rule.rate:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.kind
        return ""
