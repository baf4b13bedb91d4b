"""Telling the partner of a night's suspensions: how near to what his latency allows."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from sqlalchemy import Engine, func, select, text

from bench.databases import open_databases
from bench.figures import Figure
from bench.partner import LATENCY_S
from bench.product import Watch, billing_over
from bench.seed import People
from billing.clock import system_clock
from olltv_module.delivery.runner import Delivering, run
from olltv_module.models import Delivery, Fact, Subscription
from olltv_module.partner import CallJournal, Partner

WORKERS = 16


@dataclass(frozen=True)
class Delivered:
    """One delivery of everything. `ideal_s` is nothing but waiting; `cpu_s` is this process."""

    subscribers: int
    calls: int
    seconds: float
    cpu_s: float
    statements: int

    @property
    def ideal_s(self) -> float:
        return self.calls * LATENCY_S / WORKERS


def figures(kind: str, *, subscribers: int, rounds: int) -> Iterator[Figure]:
    """All figures of the delivery on one kind of database, each round on a fresh one."""
    with open_databases(kind) as copies, _partner() as base_url:
        urls = copies("delivery", People(subscribers).fill, rounds)
        found = [_deliver(url, base_url) for url in urls]
    where = f"{kind}, {subscribers} off, {WORKERS} workers, {LATENCY_S * 1000:.0f} ms"
    yield Figure("delivery against the ideal", where, [each.seconds / each.ideal_s for each in found], "x", 1.5, 1.1)
    yield Figure("delivery, processor a head", where, [1000 * each.cpu_s / subscribers for each in found], "ms")
    yield Figure("delivery, statements a head", where, [each.statements / subscribers for each in found], "")


def _deliver(url: str, base_url: str) -> Delivered:
    billing = billing_over(url)
    calls, waiting = _suspend_all(billing.engine)
    watch = Watch().over(billing.engine)
    with TemporaryDirectory() as directory:
        journal = CallJournal(path=Path(directory) / "olltv.log")
        partner = Partner(base_url=base_url, login="bench", password="bench", journal=journal)
        began, cpu_began = perf_counter(), process_time()
        ended = run(Delivering(billing, partner, system_clock), workers=WORKERS)
        seconds, cpu_s = perf_counter() - began, process_time() - cpu_began
        journal.close()
    _check(billing.engine, ended == waiting)
    billing.engine.dispose()
    return Delivered(waiting, calls, seconds, cpu_s, watch.statements)


def _suspend_all(engine: Engine) -> tuple[int, int]:
    """As the monthly run leaves those who are short; gives the calls to be made and the subscribers."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE olltv_subscription SET state = 'suspended', reason = 'no_money'"))
        due = "INSERT INTO olltv_delivery (subscriber_id, due_at) SELECT id, created_at FROM olltv_subscriber"
        connection.execute(text(due))
        calls = connection.scalar(select(func.count()).select_from(Subscription))
        waiting = connection.scalar(select(func.count()).select_from(Delivery))
    return calls or 0, waiting or 0


def _check(engine: Engine, all_ended: bool) -> None:
    with engine.begin() as connection:
        left = connection.scalar(select(func.count()).select_from(Delivery))
        on = connection.scalar(select(func.count()).where(Subscription.fact != Fact.KEPT))
    if left or on or not all_ended:
        raise AssertionError(f"the delivery is not complete: {left} in the queue, {on} not off")


@contextmanager
def _partner() -> Iterator[str]:
    command = [sys.executable, "-m", "bench.partner"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin and process.stdout
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
        process.stdin.close()
