"""Faults on demand: which of them falls on what comes next."""

import random
from collections.abc import Collection
from dataclasses import dataclass, field, fields
from threading import Lock
from typing import Any, ClassVar, Generic, Self, TypeVar


class FaultError(ValueError):
    """A fault that there is not."""


@dataclass
class Rule:
    """How often `kind` falls: by `rate`, and at most `times` times when that is given."""

    KINDS: ClassVar[Collection[str]]

    kind: str
    rate: float = 1.0
    times: int | None = None

    def __post_init__(self) -> None:
        if self.kind not in self.KINDS:
            raise FaultError(f"unknown fault {self.kind!r}; there are {', '.join(self.KINDS)}")
        if not 0 <= self.rate <= 1:
            raise FaultError("a rate is from 0 to 1")

    @classmethod
    def parse(cls, text: str) -> Self:
        """:raises FaultError: `text` is not KIND=RATE"""
        kind, _, rate = text.partition("=")
        try:
            return cls(kind, float(rate or 1))
        except ValueError as error:
            raise FaultError(f"{text!r} must look like {next(iter(cls.KINDS))}=0.1") from error

    def fits(self, _what: str) -> bool:
        """Whether it may fall on this."""
        return True


R = TypeVar("R", bound=Rule)


@dataclass
class Dice(Generic[R]):
    """Rules of one kind, and the dice that they share."""

    RULE: ClassVar[type[Any]]

    rules: list[R] = field(default_factory=list)
    dice: random.Random = field(default_factory=lambda: random.Random(0))  # noqa: S311 (repeatable, no secret)
    _lock: Lock = field(default_factory=Lock)

    def replace(self, rules: list[dict[str, Any]]) -> None:
        """:raises FaultError: a rule cannot be used; nothing has changed"""
        try:
            made = [self.RULE(**each) for each in rules]
        except TypeError as error:
            raise FaultError(f"a fault has {', '.join(each.name for each in fields(self.RULE))}") from error
        with self._lock:
            self.rules = made

    def draw(self, what: str = "") -> str:
        """The fault that falls on this, or nothing."""
        with self._lock:
            for rule in self.rules:
                if rule.fits(what) and rule.times != 0 and self.dice.random() < rule.rate:
                    rule.times = None if rule.times is None else rule.times - 1
                    return rule.kind
        return ""
