"""Failures of the status calls on demand."""

import time
from dataclasses import dataclass

from flask import Response

from sandbox import dice

WRONG = {
    "error": ("upstream failed", 502, "text/plain"),
    "refused": ("not here", 404, "text/plain"),
    "ko": ("ko", 200, "text/plain"),
    "html": ("<!doctype html><h1>Maintenance</h1>", 200, "text/html"),
    "empty": ("", 200, "text/plain"),
}
SLOW_S = 4.0


@dataclass
class Rule(dice.Rule):
    """Of calls."""

    KINDS = (*WRONG, "slow")


@dataclass
class Faults(dice.Dice[Rule]):
    """The dice for the status calls. `slow_s` is how late a slow answer is."""

    RULE = Rule

    slow_s: float = SLOW_S

    def spoil(self, kind: str) -> Response | None:
        """The answer instead of the right one; None for a right one, which may be late."""
        if kind == "slow":
            time.sleep(self.slow_s)
            return None
        if not kind:
            return None
        text, status, form = WRONG[kind]
        return Response(text, status, content_type=form)
