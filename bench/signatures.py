"""How many links one core signs in a second: the signature, and its place in the address."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.figures import Figure
from ppv_module.streams.links.checking import trouble
from ppv_module.streams.links.signing import Terms, placed, signature

KEY = "k-Mandarin-77"
MANY, MUST = 20_000, 2000
BEGAN = datetime(2026, 11, 30, 23, 50, tzinfo=UTC)
ADDRESSES = ("https://edge.tv.example/live/sport1/playlist.m3u8?lang=uk", "rtmp://edge.tv.example/live/sport1")


def figures(*, rounds: int) -> Iterator[Figure]:
    """Signatures a second, of all kinds in turn, no two alike."""
    _require_good()
    rates = [MANY / _seconds() for _ in range(rounds)]
    yield Figure("links signed a second, one core", "-", rates, unit="/s", must=MUST, more_is_better=True)


def _terms(number: int) -> Terms:
    ip = f"10.0.{number % 256}.{number % 251}" if number % 3 == 0 else ""
    stream = "live/sport1" if number % 2 == 0 else ""
    return Terms(minutes=15 + number % 60, viewer=f"p-{number:014x}", ip=ip, stream=stream)


def _link(number: int) -> str:
    at = BEGAN + timedelta(seconds=number)
    return placed(ADDRESSES[number % 2], signature(_terms(number), key=KEY, at=at))


def _seconds() -> float:
    began = time.process_time()
    for number in range(MANY):
        _link(number)
    return time.process_time() - began


def _require_good() -> None:
    """What is measured are links that let their viewers in."""
    for number in range(100):
        if why := trouble(_link(number), key=KEY, at=BEGAN + timedelta(seconds=number), ip=_terms(number).ip):
            raise AssertionError(f"link {number} is refused: {why}")
