"""Failures of the status calls on demand."""

import random
import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import Response

WRONG = {
    "error": ("upstream failed", 502, "text/plain"),
    "refused": ("not here", 404, "text/plain"),
    "ko": ("ko", 200, "text/plain"),
    "html": ("<!doctype html><h1>Maintenance</h1>", 200, "text/html"),
    "empty": ("", 200, "text/plain"),
}
KINDS = (*WRONG, "slow")
SLOW_S = 4.0


class FaultError(ValueError):
    """A fault that there is not."""


@dataclass
class Rule:
    """How often `kind` falls on a call: by `rate`, and at most `times` times when that is given."""

    kind: str
    rate: float = 1.0
    times: int | None = None

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
            raise FaultError(f"{text!r} must look like error=0.1") from error


@dataclass
class Faults:
    """The dice for the status calls. `slow_s` is how late a slow answer is."""

    rules: list[Rule] = field(default_factory=list)
    slow_s: float = SLOW_S
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 (repeatable, no secret)
    _lock: Lock = field(default_factory=Lock)

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """:raises FaultError: a rule cannot be used; nothing has changed"""
        try:
            made = [Rule(**each) for each in rules]
        except TypeError as error:
            raise FaultError("a fault has kind, rate and times") from error
        with self._lock:
            self.rules = made

    def draw(self) -> str:
        """The fault that falls on this call, or nothing."""
        with self._lock:
            for rule in self.rules:
                if rule.times != 0 and self.dice.random() < rule.rate:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.kind
        return ""

    def spoil(self, kind: str) -> Response | None:
        """The answer instead of the right one; None for a right one, which may be late."""
        if kind == "slow":
            time.sleep(self.slow_s)
            return None
        if not kind:
            return None
        text, status, form = WRONG[kind]
        return Response(text, status, content_type=form)
