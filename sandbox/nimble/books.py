"""What viewers must have been charged, and who must be denied: reckoned from the messages that were taken."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from xml.etree import ElementTree

from .messages import LEVELS
from .sessions import Stream

MS_PER_MINUTE = 60_000


class Seen(NamedTuple):
    """A viewer in a message: who, where, and milliseconds since the message before."""

    viewer: str
    stream: str
    ms: int


class Taken(NamedTuple):
    """A message as a handler must understand it."""

    server: str
    puzzle: str
    seen: list[Seen]


@dataclass
class Meter:
    """What an account has watched at one price. `paid` is never above what is due for it."""

    ms: int = 0
    paid: int = 0

    def due(self, per_minute: int) -> int:
        return self.ms * per_minute // MS_PER_MINUTE


@dataclass
class Books:
    """`prices` are credits a minute of each stream; a stream without one is free. `accounts` maps viewers to accounts.

    An account pays as much as it has; the rest is paid when it has more and watches at that price again.
    """

    prices: Mapping[str, int]
    accounts: Mapping[str, str]
    credits: dict[str, int]
    meters: dict[tuple[str, int], Meter] = field(default_factory=lambda: defaultdict(Meter))
    denied: set[str] = field(default_factory=set)
    paid: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    _puzzles: set[str] = field(default_factory=set)
    _live: dict[str, list[Seen]] = field(default_factory=dict)
    _names: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for viewer, account in self.accounts.items():
            self._names[account].append(viewer)

    def left(self, account: str) -> int:
        """Credits that were not spent yet."""
        return self.credits[account] - self.paid[account]

    def take(self, message: Taken) -> None:
        """Count a message that the handler says it has taken; one that is known already counts no more."""
        if message.puzzle in self._puzzles:
            return
        self._puzzles.add(message.puzzle)
        self._live[message.server] = message.seen
        metered = [each for each in message.seen if each.stream in self.prices]
        touched = set[tuple[str, int]]()
        for each in metered:
            if each.ms:
                key = (self.accounts[each.viewer], self.prices[each.stream])
                self.meters[key].ms += each.ms
                touched.add(key)
        for account, per_minute in sorted(touched):
            self._pay(account, per_minute)
        self._deny({self.accounts[each.viewer] for each in metered})

    def _pay(self, account: str, per_minute: int) -> None:
        meter = self.meters[account, per_minute]
        amount = min(meter.due(per_minute) - meter.paid, self.left(account))
        meter.paid += amount
        self.paid[account] += amount

    def _deny(self, accounts: set[str]) -> None:
        """All viewers of an account that has nothing left are denied who watch what costs, wherever they do."""
        dry = {account for account in accounts if self.left(account) <= 0}
        live = (each for seen in self._live.values() for each in seen)
        self.denied |= {
            each.viewer for each in live if each.stream in self.prices and self.accounts[each.viewer] in dry
        }

    def top_up(self, account: str, credits: int) -> None:
        """More credits: nobody of this account is denied any more."""
        self.credits[account] += credits
        self.denied.difference_update(self._names[account])

    @property
    def told_ms(self) -> int:
        """All time that was taken, at whatever price."""
        return sum(each.ms for each in self.meters.values())

    @property
    def owed(self) -> int:
        """What accounts that ran dry have watched and not paid."""
        return sum(meter.due(per_minute) - meter.paid for (_, per_minute), meter in self.meters.items())


def understood(body: bytes) -> Taken:
    """Read a message of ours.

    :raises ValueError, ElementTree.ParseError: it is not whole
    """
    root = _tree(ElementTree.fromstring(body)) if body[:1] == b"<" else json.loads(body)  # noqa: S314 (our own)
    return Taken(root["ID"], root["Puzzle"], list(_players(root.get("PayPerViewInfo") or {}, 0, ())))


def _players(level: Mapping[str, Any], depth: int, names: tuple[str, ...]) -> Iterator[Seen]:
    if depth == len(LEVELS):
        path = Stream(names[1], names[3]).path
        for player in _listed(level.get("Player")):
            yield Seen(player["id"], path, int(player["delta"]))
        return
    for each in _listed(level.get(LEVELS[depth])):
        yield from _players(each, depth + 1, (*names, each["name"]))


def _listed(value: Any) -> Iterable[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _tree(element: ElementTree.Element) -> Any:
    if not len(element):
        return element.text or ""
    tree: dict[str, Any] = {}
    for child in element:
        value = _tree(child)
        tree[child.tag] = [*_listed(tree[child.tag]), value] if child.tag in tree else value
    return tree
