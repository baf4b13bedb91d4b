"""Messages of media servers: what a large one costs beside parsing it and the least SQL that does the same."""

import heapq
import multiprocessing
import secrets
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from time import perf_counter
from typing import Any
from xml.etree import ElementTree

import msgspec
from sqlalchemy import select

from bench.databases import open_databases
from bench.figures import Figure
from bench.product import billing_over
from bench.viewers import BEGAN, PER_MINUTE, Audience
from billing.db import open_engine
from billing.ledger.models import Account
from billing.money import CREDITS
from billing.uow import Billing
from ppv_module.credits.accounts import SPENT
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.syncs.receiving import receive
from ppv_module.streams.syncs.spool import Spool
from tests.support import findings

PLAYERS, POOR, FEW, DENIED = 100_000, 5_000, 1_000, 50_000
SERVERS, EACH, INTERVAL_S, THREADS, LATE_S = 20, 5_000, 30, 4, 1.0


class _Player(msgspec.Struct, gc=False):
    id: str
    ip: str
    sessionid: str
    delta: int
    bytes_sent: int
    user_agents: list[str]


class _Stream(msgspec.Struct, gc=False):
    name: str
    Player: list[_Player]


class _Instance(msgspec.Struct, gc=False):
    Stream: list[_Stream]


class _Application(msgspec.Struct, gc=False):
    Instance: list[_Instance]


class _Host(msgspec.Struct, gc=False):
    Application: list[_Application]


class _Info(msgspec.Struct, gc=False):
    VHost: list[_Host]


class _Message(msgspec.Struct, gc=False):
    ID: str
    Puzzle: str
    PayPerViewInfo: _Info


Row = tuple[str, str, str, int, int, int]
"""Identifier, address, session, stream, milliseconds, bytes."""


def _json_rows(body: bytes) -> list[Row]:
    message = msgspec.json.decode(body, type=_Message)
    return [
        (each.id, each.ip, each.sessionid, number, each.delta, each.bytes_sent)
        for host in message.PayPerViewInfo.VHost
        for application in host.Application
        for instance in application.Instance
        for number, stream in enumerate(instance.Stream)
        for each in stream.Player
    ]


def _xml_rows(body: bytes) -> list[Row]:
    rows = list[Row]()
    for number, stream in enumerate(ElementTree.fromstring(body).iter("Stream")):
        for each in stream.iter("Player"):
            found: dict[str, Any] = {part.tag: part.text for part in each}
            facts = (found["id"], found["ip"], found["sessionid"], number)
            rows.append((*facts, int(found["delta"]), int(found["bytes_sent"])))
    return rows


@dataclass
class Floor:
    """The least that is still right: rows of sessions, a transfer an account, balances, the list; one transaction."""

    url: str
    parse: Callable[[bytes], list[Row]]

    def run(self, body: bytes, number: int) -> float:
        """Seconds for the message `number` (0 is the first, whose sessions are all new)."""
        engine = open_engine(self.url)
        connected: Any = engine.raw_connection()
        cursor = connected.cursor()
        with engine.connect() as connection:
            target = connection.scalar(select(Account.id).where(Account.code == SPENT))
        began = perf_counter()
        rows = self.parse(body)
        cursor.execute("BEGIN IMMEDIATE" if engine.dialect.name == "sqlite" else "BEGIN")
        for statement in _work(engine.dialect.name):
            cursor.execute(statement)
        mark = "?" if engine.dialect.name == "sqlite" else "%s"
        cursor.executemany(f"INSERT INTO work VALUES ({', '.join([mark] * 6)})", rows)
        for statement in _statements(engine.dialect.name, number, target or 0):
            cursor.execute(statement)
        cursor.execute("SELECT name FROM ppv_stream_denial WHERE slot IS NOT NULL ORDER BY name")
        cursor.fetchall()
        cursor.execute("COMMIT")
        seconds = perf_counter() - began
        cursor.execute("DROP TABLE work" if engine.dialect.name == "sqlite" else "DROP TEMPORARY TABLE work")
        connected.close()
        engine.dispose()
        return seconds


def _work(kind: str) -> list[str]:
    text = "VARCHAR(64)" if kind == "sqlite" else "VARCHAR(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
    columns = f"name {text}, ip {text}, session {text}, place INTEGER, ms BIGINT, bytes BIGINT"
    return [f"CREATE TEMPORARY TABLE work ({columns})"]


def _statements(kind: str, number: int, target: int) -> Iterator[str]:
    now = f"'{(BEGAN + timedelta(seconds=30 * number)).strftime('%Y-%m-%d %H:%M:%S.%f')}'"
    join = "CROSS JOIN" if kind == "sqlite" else "STRAIGHT_JOIN"
    if number == 0:
        yield (
            "INSERT INTO ppv_stream_session (server_id, place_id, session, day, name, account_id, entitled, ip, live,"
            " started_at, since, seen_at, sync_id, delta_ms, watched_ms, session_ms, bytes_sent)"
            f" SELECT 1, place, session, 20261101, w.name, v.account_id, 'minute', w.ip, 1, {now}, {now}, {now}, 1,"
            f" ms, ms, ms, bytes FROM work w {join} ppv_stream_viewer v ON v.name = w.name"
        )
    else:
        yield from _seen_again(kind, now, number)
    yield (
        "INSERT INTO ledger_transfer (`key`, source_id, target_id, amount_minor, unit, at, actor)"
        f" SELECT {_joined(kind, number)}, v.account_id, {target}, SUM(ms) * {PER_MINUTE} / 60000, '{CREDITS}',"
        f" {now}, 'bench' FROM work w {join} ppv_stream_viewer v ON v.name = w.name"
        f" {join} ledger_account a ON a.id = v.account_id"
        f" GROUP BY v.account_id, a.balance_minor HAVING SUM(ms) * {PER_MINUTE} / 60000 <= a.balance_minor"
    )
    yield (
        "INSERT INTO ppv_stream_denial (slot, name, reason, account_id, since) SELECT"
        f" w.name, w.name, 'no_credit', v.account_id, {now} FROM work w {join} ppv_stream_viewer v ON v.name = w.name"
        f" {join} ledger_account a ON a.id = v.account_id WHERE a.balance_minor <= 1"
        " AND NOT EXISTS (SELECT 1 FROM ppv_stream_denial d WHERE d.slot = w.name)"
    )
    yield _debit(kind, now)


def _joined(kind: str, number: int) -> str:
    if kind == "sqlite":
        return f"'bench:{number}:' || v.account_id"
    return f"CONCAT('bench:{number}:', v.account_id)"


def _seen_again(kind: str, now: str, number: int) -> Iterator[str]:
    key = "s.server_id = 1 AND s.place_id = w.place AND s.session = w.session AND s.name = w.name AND s.day = 20261101"
    if kind == "sqlite":
        yield f"CREATE TEMPORARY TABLE known AS SELECT s.id, w.* FROM work w CROSS JOIN ppv_stream_session s ON {key}"
        yield (
            f"UPDATE ppv_stream_session AS s SET seen_at = {now}, sync_id = {number + 1}, delta_ms = w.ms,"
            " watched_ms = watched_ms + w.ms, session_ms = session_ms + w.ms, bytes_sent = bytes_sent + w.bytes"
            " FROM known w WHERE s.id = w.id"
        )
        return
    yield (
        f"UPDATE work w STRAIGHT_JOIN ppv_stream_session s ON {key} SET s.seen_at = {now}, s.sync_id = {number + 1},"
        " s.delta_ms = w.ms, s.watched_ms = s.watched_ms + w.ms, s.session_ms = s.session_ms + w.ms,"
        " s.bytes_sent = s.bytes_sent + w.bytes"
    )


def _debit(kind: str, now: str) -> str:
    taken = f"SELECT source_id, amount_minor FROM ledger_transfer WHERE actor = 'bench' AND at = {now}"
    taken += " AND `key` LIKE 'bench:%'"
    if kind == "sqlite":
        change = "balance_minor = balance_minor - t.amount_minor"
        return f"UPDATE ledger_account AS a SET {change} FROM ({taken}) t WHERE a.id = t.source_id"
    change = "a.balance_minor = a.balance_minor - t.amount_minor"
    return f"UPDATE ({taken}) t STRAIGHT_JOIN ledger_account a ON a.id = t.source_id SET {change}"


@dataclass
class Product:
    """The door's own path, but for HTTP."""

    url: str
    billing: Billing = field(init=False)
    spool: Spool = field(init=False)

    def __post_init__(self) -> None:
        self.billing = _billing(self.url)
        self.spool = Spool(Path(tempfile.mkdtemp(prefix="olltv-bench-")))

    def run(self, body: bytes, number: int) -> float:
        """Seconds for a message that is received so many intervals after the first."""
        began = perf_counter()
        answer = receive(
            self.billing, body=body, remote_ip="127.0.0.1", received_at=_received(number), spool=self.spool
        )
        seconds = perf_counter() - began
        if answer.status != 200:
            raise AssertionError(f"the message was answered {answer.status}: {answer.body[:200]!r}")
        return seconds


def _billing(url: str) -> Billing:
    billing = billing_over(url)
    return replace(billing, options={**billing.options, StreamOptions: StreamOptions(), Packages: Packages()})


def _received(number: int) -> datetime:
    return BEGAN + timedelta(seconds=30 * number)


def figures(kind: str, *, rounds: int) -> Iterator[Figure]:
    """A message of 100,000 viewers: the first, whose sessions are new, those that follow, its replay, its memory."""
    audience = Audience(PLAYERS, POOR)
    for form, parse in (("JSON", _json_rows), ("XML", _xml_rows)):
        with open_databases(kind) as copies:
            first, following, replays = list[float](), list[float](), list[float]()
            seconds = list[float]()
            for _ in range(rounds):
                ours, least = copies("syncs", audience.fill, 2)
                product, floor = Product(ours), Floor(least, parse)
                ratios = list[float]()
                for number in range(3):
                    body = _body(audience, form)
                    least_s, ours_s = floor.run(body, number), product.run(body, number)
                    ratios.append(ours_s / least_s)
                    if number == 0:
                        seconds.append(ours_s)
                        replays.append(product.run(body, number) / ours_s)
                first.append(ratios[0])
                following.append(max(ratios[1:]))
                _check(product)
        where = f"{kind}, {PLAYERS} viewers, {form}"
        yield Figure("sync, all sessions new, against parsing and bare SQL", where, first, "x", 3, 1.5)
        yield Figure("sync, sessions known, against parsing and bare SQL", where, following, "x", 3, 1.5)
        yield Figure("sync, all sessions new", where, seconds, "s")
        yield Figure("replay against the first", where, replays, "x", 0.2)
    yield from _growth(kind, rounds)
    yield _memory(kind)
    yield _long_list(kind, rounds)


def _body(audience: Audience, form: str) -> bytes:
    return audience.message("srv-1", secrets.token_hex(8), as_xml=form == "XML")


def live(minutes: float) -> Iterator[Figure]:
    """Twenty servers with 5,000 viewers each on MariaDB, each posting every half minute at a time of its own."""
    audience = Audience(SERVERS * EACH)
    with open_databases("mariadb") as copies:
        [url] = copies("live", audience.fill, 1)
        crowd = Servers(Product(url), audience, time.time() + 60 * minutes)
        crowd.run()
        _check(crowd.product)
    where = f"mariadb, {SERVERS} servers, {EACH} viewers each, {minutes:g} minutes"
    yield Figure("messages", where, [len(crowd.seconds)], "")
    yield Figure("answer, slowest twentieth", where, [quantiles(crowd.seconds, n=20)[-1]], "s", 3)
    yield Figure("messages that began late", where, [crowd.late], "", 0)


@dataclass
class Servers:
    """Media servers that post at their times by a few threads, however long that takes."""

    product: Product
    audience: Audience
    until: float
    seconds: list[float] = field(default_factory=list)
    late: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        now = time.time()
        self.due = [(now + INTERVAL_S * number / SERVERS, number) for number in range(SERVERS)]

    def run(self) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        while (job := self._next()) is not None:
            at, server = job
            among = range(EACH * server, EACH * (server + 1))
            body = self.audience.message(f"srv-{server}", secrets.token_hex(8), among=among)
            time.sleep(max(at - time.time(), 0))
            late, began = time.time() - at > LATE_S, perf_counter()
            answer = receive(
                self.product.billing,
                body=body,
                remote_ip="127.0.0.1",
                received_at=datetime.now(UTC),
                spool=self.product.spool,
            )
            with self.lock:
                self.seconds.append(perf_counter() - began)
                self.late += late or answer.status != 200

    def _next(self) -> tuple[float, int] | None:
        with self.lock:
            at, server = self.due[0]
            if at > self.until:
                return None
            heapq.heapreplace(self.due, (at + INTERVAL_S, server))
            return at, server


def _growth(kind: str, rounds: int) -> Iterator[Figure]:
    """What a viewer costs in a large message, beside one in a small message."""
    costs: dict[int, list[float]] = {FEW: [], PLAYERS: []}
    with open_databases(kind) as copies:
        for _ in range(rounds):
            for players, found in costs.items():
                audience = Audience(players, players // 20)
                [url] = copies(f"growth{players}", audience.fill, 1)
                found.append(Product(url).run(_body(audience, "JSON"), 0) / players)
    ratios = [large / small for small, large in zip(costs[FEW], costs[PLAYERS], strict=True)]
    yield Figure(f"cost of a viewer, {FEW} to {PLAYERS}", kind, ratios, "x", 1.2)


def _memory(kind: str) -> Figure:
    """What a process grows by, for each byte of the message."""
    with open_databases(kind) as copies:
        [url] = copies("memory", Audience(PLAYERS, POOR).fill, 1)
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            grown = pool.apply(_grown, (url,))
    return Figure("memory of a sync against its length", kind, [grown], "x", 12)


def _grown(url: str) -> float:
    product, body = Product(url), _body(Audience(PLAYERS, POOR), "JSON")
    product.run(Audience(10).message("srv-0", "warm-up"), 0)
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted anew
    before = _resident("VmRSS")
    product.run(body, 1)
    return (_resident("VmHWM") - before) / len(body)


def _resident(name: str) -> int:
    """Bytes, as the kernel counts them."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return 1024 * int(line.split()[1])


def _long_list(kind: str, rounds: int) -> Figure:
    """A message of nobody, which is answered with everybody who is denied."""
    with open_databases(kind) as copies:
        [url] = copies("denied", Audience(DENIED, DENIED).fill, 1)
        product, audience = Product(url), Audience(DENIED)
        product.run(_body(audience, "JSON"), 0)
        seconds = [
            product.run(audience.message("srv-2", secrets.token_hex(8), among=range(0)), 1) for _ in range(rounds)
        ]
    return Figure(f"answer with {DENIED} who are denied", kind, seconds, "s", 2)


def _check(product: Product) -> None:
    if found := findings(product.billing):
        raise AssertionError(f"the books are not right: {found[:3]}")
