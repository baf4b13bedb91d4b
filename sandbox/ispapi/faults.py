"""Failures on demand: which calls fail, and how. The dice are seeded, so a run can be repeated."""

import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

ANY_METHOD = "*"


class Fault(StrEnum):
    """What goes wrong. "Before" kinds leave the state alone; "after" kinds have done the work."""

    DELAY = "delay"  # the call is answered properly, `delay_ms` late
    HANG = "hang"  # before: silence for `hang_s`, then the connection closes
    ERROR_BEFORE = "error_before"  # before: HTTP 500
    ERROR_AFTER = "error_after"  # after: HTTP 500
    CUT_AFTER = "cut_after"  # after: the connection closes without an answer
    TRUNCATED = "truncated"  # after: half of the JSON
    WRONG_JSON = "wrong_json"  # after: JSON of another shape, without `status`
    HTML = "html"  # before: a maintenance page with HTTP 200
    STATUS_STRING = "status_string"  # after: the right answer, `status` as a string
    HASH_EXPIRY = "hash_expiry"  # before: the hash dies, the call answers 109
    HTTP429 = "http429"  # before: HTTP 429 with Retry-After


class FaultError(ValueError):
    """A fault setting that cannot be used; the text says which."""


@dataclass(frozen=True, slots=True)
class FaultRule:
    """`method` (or `*`) fails in this way with `rate` 0..1, at most `times` times (None: for ever)."""

    method: str
    fault: Fault
    rate: float
    times: int | None = None

    @classmethod
    def make(cls, method: str, fault: str, rate: object, times: object = None) -> Self:
        """:raises FaultError: unknown kind, or a rate outside 0..1, or a wrong count"""
        try:
            rule = cls(method, Fault(fault), float(str(rate)), None if times is None else int(str(times)))
        except ValueError as error:
            raise FaultError(f"fault {method}:{fault}: {error}") from error
        if not 0 <= rule.rate <= 1:
            raise FaultError(f"fault {method}:{fault}: a rate lies between 0 and 1, not {rate}")
        return rule

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `METHOD:KIND=RATE`. :raises FaultError"""
        method, colon, rest = text.partition(":")
        fault, equals, rate = rest.partition("=")
        if not (method and colon and equals):
            raise FaultError(f"fault {text!r} must look like enableBundle:error_after=0.1")
        return cls.make(method, fault, rate)


@dataclass(frozen=True, slots=True)
class FaultSettings:
    """All rules, the seed of their dice, and the times: `latency_ms` is added to every call."""

    rules: tuple[FaultRule, ...] = ()
    seed: int = 0
    latency_ms: float = 0
    delay_ms: float = 2000
    hang_s: float = 30

    @classmethod
    def from_json(cls, body: Any, *, methods: Iterable[str], default: Self) -> Self:
        """Read `{"faults": {method: {kind: rate | {"rate", "times"}}}, "seed", "latency_ms", "delay_ms", "hang_s"}`.

        What is not named keeps the value of `default`, except the rules: they are replaced.
        :raises FaultError: unknown names or values
        """
        if not isinstance(body, dict) or not isinstance(body.get("faults", {}), dict):
            raise FaultError("the body must be an object, and so must `faults`")
        numbers = {"seed", "latency_ms", "delay_ms", "hang_s"}
        if unknown := set(body) - numbers - {"faults"}:
            raise FaultError(f"unknown name {min(unknown)}")
        rules = tuple(_rules(body.get("faults", {})))
        check_methods(rules, methods)
        values = {name: body.get(name, getattr(default, name)) for name in numbers}
        if wrong := [name for name, value in values.items() if not isinstance(value, int | float) or value < 0]:
            raise FaultError(f"{wrong[0]} must be a number, 0 or more")
        return cls(rules=rules, **values)

    def as_json(self) -> dict[str, object]:
        faults: dict[str, dict[str, object]] = {}
        for rule in self.rules:
            faults.setdefault(rule.method, {})[rule.fault] = {"rate": rule.rate, "times": rule.times}
        return {
            "faults": faults,
            "seed": self.seed,
            "latency_ms": self.latency_ms,
            "delay_ms": self.delay_ms,
            "hang_s": self.hang_s,
        }


def check_methods(rules: Iterable[FaultRule], methods: Iterable[str]) -> None:
    """:raises FaultError: a rule names a method that does not exist"""
    if unknown := {rule.method for rule in rules} - set(methods) - {ANY_METHOD}:
        raise FaultError(f"unknown method {min(unknown)}")


def _rules(faults: dict[str, Any]) -> Iterable[FaultRule]:
    for method, kinds in faults.items():
        if not isinstance(kinds, dict):
            raise FaultError(f"faults of {method} must be an object of kinds and rates")
        for kind, value in kinds.items():
            if isinstance(value, dict):
                yield FaultRule.make(method, kind, value.get("rate", 1), value.get("times"))
            else:
                yield FaultRule.make(method, kind, value)


class _Die:
    """One rule with its own dice, so that calls of other methods do not disturb its sequence."""

    def __init__(self, rule: FaultRule, seed: int) -> None:
        self.rule = rule
        self._left = rule.times
        self._random = random.Random(f"{seed}/{rule.method}/{rule.fault}")  # noqa: S311 - repeatable, no secret

    def falls(self) -> bool:
        if self._left == 0 or self._random.random() >= self.rule.rate:
            return False
        if self._left is not None:
            self._left -= 1
        return True


class FaultPlan:
    """Decides for each call whether it fails. Thread-safe; may be changed while calls run."""

    def __init__(self, settings: FaultSettings) -> None:
        self._lock = threading.Lock()
        self.replace(settings)

    def replace(self, settings: FaultSettings) -> None:
        """Take new settings; the dice start anew."""
        with self._lock:
            self.settings = settings
            self._dice = [_Die(rule, settings.seed) for rule in settings.rules]

    def draw(self, method: str) -> Fault | None:
        """The fault of this call. The first rule whose die falls wins; the method's own rules come before `*`."""
        if not self._dice:
            return None
        with self._lock:
            mine = [die for die in self._dice if die.rule.method in (method, ANY_METHOD)]
            mine.sort(key=lambda die: die.rule.method == ANY_METHOD)
            return next((die.rule.fault for die in mine if die.falls()), None)
