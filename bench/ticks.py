"""Ticks of private shows: what one costs beside the least transaction there is, and a thousand shows at once."""

import heapq
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from statistics import quantiles
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.exc import DBAPIError

from bench.databases import open_databases
from bench.figures import Figure
from bench.product import Watch, billing_over
from billing.clock import system_clock
from billing.errors import BillingError
from billing.ledger.models import Account
from billing.uow import Billing
from ppv_module.chat.models import Tenant
from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.closing import end_show
from ppv_module.chat.shows.models import EndReason, Source
from ppv_module.chat.shows.running import ready, tick
from ppv_module.chat.shows.sweeping import sweep
from ppv_module.credits.accounts import SPENT, account_code
from tests.ppv.make import MakeChat
from tests.support import STAFF, Make, findings

CREDITS, INTERVAL_S = 1_000_000, 10
BATCH, WARM_UP = 200, 50
SHOWS, THREADS = 1000, 8
RULES = {"max_show_s": 10**8, "min_start_credits": 1}
BARE = (
    "UPDATE ledger_account SET balance_minor = balance_minor - 10 WHERE id = {account} AND balance_minor >= 10",
    "INSERT INTO ledger_transfer (`key`, source_id, target_id, amount_minor, unit, at, actor, login) VALUES"
    " ({key}, {account}, {target}, 10, 'CRD', '2026-01-01 00:00:00.000000', 'bench', 'bench')",
)
"""A guarded balance and a row, through the driver's own connection."""


@dataclass
class Stage:
    """A database with a tenant, in which shows are made at the clock's present time."""

    billing: Billing
    clock: Callable[[], datetime]
    chat: MakeChat = field(init=False)
    tenant: Tenant = field(init=False)

    def __post_init__(self) -> None:
        self.chat = MakeChat(Make(self.billing, self.clock))  # type: ignore[arg-type]  # it only calls the clock
        self.tenant = self.chat.tenant(rules=RULES)

    def live(self) -> str:
        """A new viewer with credits and a new performer, in a show whose meter starts now."""
        viewer, performer = self.chat.viewer(self.tenant, credits=CREDITS), self.chat.performer(self.tenant)
        facts: dict[str, Any] = {"actor": STAFF, "now": self.clock()}
        ids = {"viewer_id": viewer.id, "performer_id": performer.person_id}
        show = request_show(self.billing.uow(), **ids, source=Source.API, **facts)
        accept_show(self.billing.uow(), show_id=show.id, by=None, room_id=1, **facts)
        ready(self.billing.uow(), show_id=show.id, now=self.clock())
        return show.id


def figures(kind: str, *, rounds: int) -> Iterator[Figure]:
    """A tick and the bare transaction, taking turns, on one kind of database."""
    with open_databases(kind) as copies:
        [url] = copies("ticks", lambda _: None, 1)
        billing, start = billing_over(url), datetime.now(UTC)
        stage = Stage(billing, lambda: start)
        bare, product = _bare(billing.engine, stage), _product(billing, stage.live(), start)
        for each in (bare, product):
            _seconds(each, WARM_UP)
        ratios, costs = list[float](), list[float]()
        for _ in range(rounds):
            pairs = [(_seconds(bare, 1), _seconds(product, 1)) for _ in range(BATCH)]
            bare_s, product_s = (sorted(each)[BATCH // 2] for each in zip(*pairs, strict=True))
            ratios.append(product_s / bare_s)
            costs.append(1000 * product_s)
        watch = Watch().over(billing.engine)
        product()
        statements = watch.statements
        _check(billing)
        billing.engine.dispose()
    yield Figure("tick of a show against a bare transaction", kind, ratios, "x", 3, 2)
    yield Figure("tick of a show", kind, costs, "ms")
    yield Figure("tick of a show, statements", kind, [statements], "")


def _product(billing: Billing, show_id: str, start: datetime) -> Callable[[], object]:
    seconds = iter(range(INTERVAL_S, 10**8, INTERVAL_S))
    return lambda: tick(billing.uow(), show_id=show_id, now=start + timedelta(seconds=next(seconds)))


def _bare(engine: Engine, stage: Stage) -> Callable[[], None]:
    """The least that takes credits and leaves a trace: of somebody else, over a connection that it keeps."""
    viewer = stage.chat.viewer(stage.tenant, credits=CREDITS)
    with engine.connect() as connection:
        account = connection.scalar(select(Account.id).where(Account.code == account_code(viewer.login)))
    with stage.billing.uow() as uow:
        target = uow.ledger.system(SPENT, "CRD").id
    driver: Any = engine.raw_connection().driver_connection
    cursor, numbers = driver.cursor(), iter(range(10**8))
    begin = "BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "BEGIN"

    def transaction() -> None:
        cursor.execute(begin)
        for statement in BARE:
            cursor.execute(statement.format(account=account, target=target, key=f"'bench {next(numbers)}'"))
        cursor.execute("COMMIT")

    return transaction


def _seconds(call: Callable[[], object], times: int) -> float:
    began = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - began


def _check(billing: Billing) -> None:
    if found := findings(billing):
        raise AssertionError(f"the books are not right: {found[:3]}")


@dataclass
class Crowd:
    """Shows that are ticked at their times by a few threads, however long that takes."""

    billing: Billing
    due: list[tuple[float, str]]
    until: float
    seconds: list[float] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    late: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in (*threads, sweeper := threading.Thread(target=self._sweep)):
            thread.start()
        for thread in (*threads, sweeper):
            thread.join()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            at, show_id = job
            time.sleep(max(at - time.time(), 0))
            began = time.perf_counter()
            try:
                answer = tick(self.billing.uow(), show_id=show_id, now=system_clock())
                trouble = "" if answer.action == "continue" else f"ended: {answer.reason}"
            except (BillingError, DBAPIError) as error:
                trouble = repr(error)
            self._note(at, time.perf_counter() - began, trouble)

    def _next(self) -> tuple[float, str] | None:
        with self.lock:
            at, show_id = self.due[0]
            if at > self.until:
                return None
            heapq.heapreplace(self.due, (at + INTERVAL_S, show_id))
            return at, show_id

    def _note(self, at: float, seconds: float, trouble: str) -> None:
        with self.lock:
            self.seconds.append(seconds)
            self.late += time.time() - at > INTERVAL_S
            if trouble:
                self.troubles.append(trouble)

    def _sweep(self) -> None:
        """As the worker does all the while."""
        while time.time() < self.until:
            if ended := sweep(self.billing, system_clock()):
                with self.lock:
                    self.troubles.append(f"the sweeper ended {ended}")
            time.sleep(1)


def live(minutes: float) -> Iterator[Figure]:
    """A thousand live shows on MariaDB, each ticked every ten seconds, for so long."""
    with open_databases("mariadb") as copies:
        [url] = copies("live", lambda _: None, 1)
        billing = billing_over(url)
        crowd = _crowd(billing, minutes)
        crowd.run()
        for _, show_id in crowd.due:
            facts: dict[str, Any] = {"actor": STAFF, "now": system_clock()}
            end_show(billing.uow(), show_id=show_id, reason=EndReason.ADMIN_END, by="bench", **facts)
        wrong = findings(billing)
        billing.engine.dispose()
    where = f"mariadb, {SHOWS} shows, {minutes:g} minutes"
    for trouble in crowd.troubles[:5]:
        print(trouble)
    yield Figure("live shows, ticks refused", where, [len(crowd.troubles)], f"of {len(crowd.seconds)}", 0)
    yield Figure("live shows, ticks late by an interval", where, [crowd.late], "", 0)
    yield Figure("live shows, audit findings", where, [len(wrong)], "", 0)
    yield Figure("live shows, slowest hundredth of ticks", where, [1000 * quantiles(crowd.seconds, n=100)[98]], "ms")


def _crowd(billing: Billing, minutes: float) -> Crowd:
    """Shows are made for as long as it takes, and ticked all the while, so that none is over when the last begins."""
    stage, ids = Stage(billing, system_clock), list[str]()
    for _ in range(SHOWS):
        ids.append(stage.live())
        if len(ids) % 100 == 0:
            for show_id in ids:
                tick(billing.uow(), show_id=show_id, now=system_clock())
    began = time.time()
    due = [(began + INTERVAL_S * number / SHOWS, show_id) for number, show_id in enumerate(ids)]
    heapq.heapify(due)
    return Crowd(billing, due, until=began + 60 * minutes)
