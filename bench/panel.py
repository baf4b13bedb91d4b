"""The panel's pages among many subscribers against the same pages among few."""

import re
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from statistics import median
from time import perf_counter

from flask.testing import FlaskClient
from sqlalchemy import Engine, text

from bench.databases import load_fast, open_databases
from bench.figures import Figure
from bench.seed import People
from bench.statements import sections
from billing.ledger.turnover import SETTLED_AFTER, roll_up
from billing.staff import RIGHTS
from olltv_module.reports import keeping
from panel.app import create_app
from suite.runtime import Runtime, build_runtime
from tests.running.panel import add_person, sign_in
from weblib.logs import configure_logs

HISTORY_MONTHS = 4
"""With a top-up and an add-on for every fifth, that makes 5.8 ledger rows a subscriber."""

NOW = datetime(2025, 1, 15, 10, 0, tzinfo=UTC)
ROUNDS, SAMPLES, WARM_UP = 5, 5, 3
MUST = 2.0
ALTER_INI = "LANG=en\nOLLTV_ENABLED=1\nOLLTV_LOGIN=demo\nOLLTV_PASSWORD=demo\nOLLTV_DOMAIN=isp.example\nOLLTV_WAIT=0\n"

SUBSCRIBERS = {
    "all": "",
    "by registration": "?sort=registered",
    "by registration, newest first": "?sort=registered&dir=desc",
    "by state's age": "?sort=since&dir=desc",
    "logins downwards": "?sort=login&dir=desc",
    "active": "?tv=active",
    "debtors": "?debt=y",
    "two states by registration": "?tv=frozen&tv=staff&sort=registered&dir=desc",
    "one tariff": "?tariff=2",
    "one tariff, one state, by state's age": "?tariff=2&tv=no_money&sort=since",
    "login begins": "?login=user77",
    "registered within": "?registered_since=2024-03-01&registered_until=2024-03-31",
    "state since": "?since_from=2024-06-01&since_until=2024-06-30",
}
EVENTS = {
    "all": "",
    "of a subscriber": "?login=user500",
    "of a person": "?actor=olena",
    "of a kind": "?kind=OLLTV+SUBSCRIBER+RESUME",
    "of a month": "?since=2024-11-01&until=2024-11-30",
    "words": "?words=RESUME",
}
PAGES = {
    "dashboard": "/",
    "money, months": "/money",
    "money, a month": "/money/2024-12",
    "subscriber's page": "/subscribers/user500",
    "subscriber's statement": "/subscribers/user500/statement",
    **{f"subscribers: {name}": f"/subscribers{query}" for name, query in SUBSCRIBERS.items()},
    **{f"event log: {name}": f"/events{query}" for name, query in EVENTS.items()},
}
DEEP = ("subscribers: all", "subscribers: by registration, newest first", "subscribers: active", "event log: all")
"""Of these the fifth page is measured, too."""


@dataclass
class House:
    """A panel over one of the databases, with somebody who has every right; `counting_s` is what a count takes."""

    client: FlaskClient
    counting_s: list[float] = field(default_factory=list)

    def page(self, path: str) -> str:
        """:raises AssertionError: the page is not there"""
        answer = self.client.get(path)
        if answer.status_code != 200:
            raise AssertionError(f"{path} answers {answer.status_code}")
        return answer.get_data(as_text=True)

    def seconds(self, path: str) -> float:
        """The median of some calls."""
        took = []
        for _ in range(SAMPLES):
            began = perf_counter()
            self.page(path)
            took.append(perf_counter() - began)
        return median(took)

    def further(self, path: str, pages: int) -> str:
        """The path of a later page of a list."""
        for _ in range(pages):
            found = re.search(r'href="([^"]+)" rel="next"', self.page(path))
            if found is None:
                raise AssertionError(f"{path} has no next page")
            path = unescape(found[1])
        return path


def figures(few: int, many: int) -> Iterator[Figure]:
    """The ratio of each page, on MariaDB."""
    configure_logs(process="bench", level="WARNING")
    with tempfile.TemporaryDirectory(prefix="olltv-bench-") as folder, open_databases("mariadb") as copies:
        small, large = (
            _house(Path(folder) / str(number), copies(f"panel{number}_", _fill(number), 1)[0]) for number in (few, many)
        )
        where = f"mariadb, {few // 1000}k → {many // 1000}k"
        for name, path in PAGES.items():
            yield from _compared(name, where, small, large, (path, path))
        for name in DEEP:
            paths = tuple(house.further(PAGES[name], 4) for house in (small, large))
            yield from _compared(f"{name}, fifth page", where, small, large, paths)
        yield Figure("figures kept by the worker", f"mariadb, {many // 1000}k", large.counting_s, "s")


def _compared(name: str, where: str, small: House, large: House, paths: tuple[str, ...]) -> Iterator[Figure]:
    for house, path in zip((small, large), paths, strict=True):
        for _ in range(WARM_UP):
            house.page(path)
    of_small, of_large, ratios = list[float](), list[float](), list[float]()
    for number in range(ROUNDS):
        order = ((small, paths[0], of_small), (large, paths[1], of_large))
        for house, path, took in order if number % 2 else reversed(order):
            took.append(house.seconds(path))
        ratios.append(of_large[-1] / of_small[-1])
    yield Figure(name, where, ratios, "x", MUST)
    yield Figure(f"{name}, milliseconds", where.rpartition(" ")[2], [1000 * each for each in of_large], "ms")


def _fill(subscribers: int) -> Callable[[Engine], None]:
    def fill(engine: Engine) -> None:
        People(subscribers, HISTORY_MONTHS).fill(engine)
        with load_fast(engine) as connection:
            for statement in sections("panel.sql")["_"]:
                connection.execute(text(statement))

    return fill


def _house(folder: Path, url: str) -> House:
    folder.mkdir()
    (folder / "alter.ini").write_text(ALTER_INI)
    env = {"DATABASE_URL": url, "OLLTV_API_URL": "http://127.0.0.1:9/ispAPI/"}
    runtime = Runtime(build_runtime(folder, env).settings, lambda: NOW)
    add_person(runtime, "olena", RIGHTS)
    roll_up(runtime.billing.uow(), now=NOW - 2 * SETTLED_AFTER)
    house = House(create_app(runtime).test_client())
    for _ in range(3):
        began = perf_counter()
        keeping.keep(runtime.billing, runtime.clock)
        house.counting_s.append(perf_counter() - began)
    sign_in(house.client)
    return house
