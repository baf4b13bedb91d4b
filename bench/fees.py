"""The monthly run against plain SQL, month after month on databases that were equal at the start."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from time import monotonic, perf_counter, sleep

from sqlalchemy import Engine, text

from bench.databases import Copies, open_databases
from bench.figures import Figure
from bench.product import Product
from bench.reference import Reference
from bench.seed import FIRST, People
from billing.db import open_engine
from billing.periods import Month
from olltv_module.services.fees.run import CHUNK_SUBSCRIBERS

SETTLED_HISTORY = 100
SAME = {
    "transfers": "SELECT COUNT(*), SUM(amount_minor), SUM(subscription_id) FROM ledger_transfer",
    "balances": "SELECT SUM(balance_minor), SUM(balance_minor % 1000 * id) FROM ledger_account",
    "paid": "SELECT paid_through, state, COUNT(*), SUM(id) FROM olltv_subscription GROUP BY 1, 2 ORDER BY 1, 2",
}
ALSO_SAME = {
    "events": "SELECT COUNT(*), SUM(LENGTH(text)) FROM event_log",
    "lines": "SELECT outcome, COUNT(*), SUM(fees), SUM(charged_minor), SUM(lack_minor) FROM olltv_fee_line"
    " GROUP BY outcome ORDER BY outcome",
    "unpaid": "SELECT outcome, COUNT(*), SUM(subscriber_id) FROM olltv_fee_unpaid GROUP BY outcome ORDER BY outcome",
    "television": "SELECT tv, COUNT(*), SUM(id) FROM olltv_subscriber GROUP BY tv ORDER BY tv",
    "queue": "SELECT COUNT(*), SUM(subscriber_id) FROM olltv_delivery",
}


@dataclass
class Measured:
    """One element a month: seconds of the product, its ratios to bare, lean and to a repeated run, and the rest."""

    seconds: list[float] = field(default_factory=list)
    to_bare: list[float] = field(default_factory=list)
    to_lean: list[float] = field(default_factory=list)
    repeated: list[float] = field(default_factory=list)
    longest_ms: list[float] = field(default_factory=list)
    per_chunk: set[int] = field(default_factory=set)
    peak_mib: float = 0.0


def figures(kind: str, people: Iterable[People], *, rounds: int) -> Iterator[Figure]:
    """The monthly run and its rivals, for each of the peoples, on one kind of database."""
    with open_databases(kind) as copies:
        for each in people:
            where = f"{kind}, {each.subscribers // 1000}k, {each.history_months} months before"
            found = measure(copies, each, rounds=rounds)
            yield from _shown(found, f"{where}, scattered" if each.scattered else where)


def growth(kind: str, few: int, many: int, *, rounds: int) -> Iterator[Figure]:
    """What a subscriber costs among `many` against what he costs among `few`."""
    with open_databases(kind) as copies:
        small, large = (Product(copies(f"of{each}_", People(each).fill, 1)[0]) for each in (few, many))
        month, ratios = FIRST, list[float]()
        for _ in range(rounds + 1):
            ratios.append(_timed(large, month) / _timed(small, month) * few / many)
            month = month.next()
    yield Figure(f"cost a head, {few // 1000}k → {many // 1000}k", kind, ratios[1:], "x", 1.2, 1.0)


def _shown(found: Measured, where: str) -> Iterator[Figure]:
    yield Figure("run, seconds", where, found.seconds, "s")
    yield Figure("run against bare SQL", where, found.to_bare, "x", 1.3, 1.1)
    yield Figure("run against the leanest SQL", where, found.to_lean, "x", 2.5, 1.8)
    yield Figure("run again in the same month", where, found.repeated, "x", 0.5, 0.2)
    yield Figure("longest write transaction", where, found.longest_ms, "ms", 500, 150)
    yield Figure("statements a chunk", where, sorted(found.per_chunk), "")
    yield Figure("memory of `olltv fee`", where, [found.peak_mib], "MiB", 200, 120)


def measure(copies: Copies, people: People, *, rounds: int) -> Measured:
    """Charge one month to warm up and `rounds` more, each rival in turn; the order changes every month."""
    urls = copies("rival", people.fill, 3)
    product = Product(urls[0])
    bare, lean = (Reference(name, url, CHUNK_SUBSCRIBERS) for name, url in zip(("bare", "lean"), urls[1:], strict=True))
    found, month = Measured(), FIRST
    for number in range(rounds + 1):
        took = _month(month, [product, bare, lean], first=number % 3)
        if number:
            _add(found, took, product)
            found.repeated.append(_timed(product, month) / took[0])
        month = month.next()
    _compare(urls)
    found.peak_mib = product.peak_mib(month)
    return found


def _month(month: Month, rivals: list[Product | Reference], *, first: int) -> list[float]:
    """Seconds of each rival, in the order of `rivals`."""
    took = dict[int, float]()
    for place in range(len(rivals)):
        index = (first + place) % len(rivals)
        took[index] = _timed(rivals[index], month)
    return [took[index] for index in range(len(rivals))]


def _timed(rival: Product | Reference, month: Month) -> float:
    _settle(rival.url)
    began = perf_counter()
    rival.run(month)
    return perf_counter() - began


def _add(found: Measured, took: list[float], product: Product) -> None:
    found.seconds.append(took[0])
    found.to_bare.append(took[0] / took[1])
    found.to_lean.append(took[0] / took[2])
    found.longest_ms.append(1000 * product.watch.longest_s)
    found.per_chunk |= set(product.per_chunk)


def _settle(url: str) -> None:
    """Let MariaDB finish what the run before has left behind, so that nobody pays for another.

    SQLite does so itself when the last connection closes, which is part of every run.
    """
    engine = open_engine(url)
    deadline = monotonic() + 10
    while engine.dialect.name == "mysql" and _unpurged(engine) > SETTLED_HISTORY and monotonic() < deadline:
        sleep(0.1)
    engine.dispose()


def _unpurged(engine: Engine) -> int:
    return int(str(_ask(engine, "SHOW GLOBAL STATUS LIKE 'Innodb_history_list_length'")[0][1]))


def _compare(urls: list[str]) -> None:
    """A rival who did something else was no rival.

    :raises AssertionError: the databases differ
    """
    engines = [open_engine(url) for url in urls]
    for what, query in (SAME | ALSO_SAME).items():
        answers = [_ask(engine, query) for engine in (engines if what in SAME else engines[:2])]
        if any(answer != answers[0] for answer in answers):
            raise AssertionError(f"{what} differ: {answers}")
    for engine in engines:
        engine.dispose()


def _ask(engine: Engine, query: str) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [tuple(row) for row in connection.execute(text(query))]
