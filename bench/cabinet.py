"""The first page of the cabinet against a bare page from the same database, both served by the same gunicorn."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import requests
from sqlalchemy import Engine

from bench.databases import open_databases
from bench.figures import Figure
from bench.seed import People
from bench.served import Served, give_passwords, served, sign_in
from suite.ports import HOST
from weblib.logs import configure_logs

SUBSCRIBERS, BROWSERS = 10_000, 32
ROUNDS, WARM_UP_S, ROUND_S = 5, 2.0, 3.0
LIMITS = {"bare page": (0.3, 0.5), "bare page that connects anew": (None, None)}
"""What the ratio must be at least, and what is aimed at."""


@dataclass
class Side:
    """One of the two: who is asked what, and how it fared in each round."""

    served: Served
    names: tuple[str, ...]
    port: int
    requests: list[str]
    pages_a_second: list[float] = field(default_factory=list)
    processor_ms: dict[str, list[float]] = field(default_factory=dict)

    def warm_up(self) -> None:
        """Every process builds its app at its first request, and somebody waits too long for that."""
        self._statuses(WARM_UP_S)

    def measure(self) -> None:
        before = {name: self.served.processor_s(name) for name in self.names}
        statuses, seconds = self._statuses(ROUND_S)
        if set(statuses) != {"200"}:
            raise AssertionError(f"not only pages were answered: {statuses}")
        pages = statuses["200"]
        self.pages_a_second.append(pages / seconds)
        for name in self.names:
            took = self.served.processor_s(name) - before[name]
            self.processor_ms.setdefault(name, []).append(1000 * took / pages)

    def _statuses(self, seconds: float) -> tuple[dict[str, int], float]:
        task = json.dumps({"port": self.port, "requests": self.requests, "seconds": seconds})
        command = [sys.executable, "-m", "bench.browsers"]
        done = json.loads(subprocess.run(command, input=task, check=True, capture_output=True, text=True).stdout)
        return done["statuses"], done["seconds"]


def figures(kind: str) -> Iterator[Figure]:
    """Pages a second of both, and their ratio, on one database."""
    configure_logs(process="bench", level="WARNING")
    with (
        tempfile.TemporaryDirectory(prefix="olltv-bench-") as folder,
        open_databases(kind) as copies,
        served(Path(folder) / "suite", copies("cabinet", _fill, 1)[0]) as place,
    ):
        sides = {"home page": _home(place), **_bare(place)}
        for side in sides.values():
            side.warm_up()
        for number in range(ROUNDS):
            for side in list(sides.values())[:: 1 if number % 2 else -1]:
                side.measure()
    yield from _compared(kind, sides)


def _compared(kind: str, sides: dict[str, Side]) -> Iterator[Figure]:
    home = sides["home page"]
    for name, limits in LIMITS.items():
        ratios = [ours / its for ours, its in zip(home.pages_a_second, sides[name].pages_a_second, strict=True)]
        yield Figure(f"home page against a {name}", kind, ratios, "x", *limits, more_is_better=True)
    for name, side in sides.items():
        yield Figure(f"{name}, pages a second", kind, side.pages_a_second, "/s")
        for process, taken in side.processor_ms.items():
            yield Figure(f"{name}, processor time of {process}", kind, taken, "ms")


def _fill(engine: Engine) -> None:
    People(SUBSCRIBERS).fill(engine)
    give_passwords(engine)


def _bare(place: Served) -> dict[str, Side]:
    port = place.start("bare", "bench.bare:app", {"BARE_URL": place.url}, page="101")
    paths = {"bare page": "/", "bare page that connects anew": "/anew/"}
    return {
        name: Side(place, ("bare",), port, [_request(f"{path}{101 + each}", {}) for each in range(BROWSERS)])
        for name, path in paths.items()
    }


def _home(place: Served) -> Side:
    port = place.start_cabinet()
    people = [sign_in(port, f"user{1 + each}") for each in range(BROWSERS)]
    return Side(place, ("cabinet", "billing"), port, [_request("/", _cookies(each)) for each in people])


def _cookies(browser: requests.Session) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{each.name}={each.value}" for each in browser.cookies)}


def _request(path: str, headers: dict[str, str]) -> str:
    sent = {"Host": HOST, "User-Agent": "bench", "Accept": "text/html", "Accept-Language": "uk"} | headers
    return "\r\n".join([f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""])
