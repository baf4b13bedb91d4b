"""One running partner: state, catalogue, hashes, faults and the list of calls."""

import hmac
import secrets
import sqlite3
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .ask import Answer, Ask, utc_text
from .catalogue import read_catalogue
from .codes import Refused, Status
from .config import Config
from .faults import Fault, FaultPlan, check_methods
from .methods import AUTH, METHODS, NAMES
from .store import Store

CALLS_KEPT = 200


@dataclass(frozen=True, slots=True)
class Call:
    """One answered call for the page. Holds no password, hash or phone."""

    at: str
    method: str
    account: str
    sub_id: str
    status: int | None
    took_ms: float
    fault: Fault | None


class Hashes:
    """The hashes given out, each with its operator and the end of its life. Every operator may hold many."""

    def __init__(self, ttl_s: float) -> None:
        self._ttl_s = ttl_s
        self._lock = threading.Lock()
        self._live: dict[str, tuple[int, float]] = {}

    def issue(self, operator_id: int) -> str:
        now, key = time.time(), secrets.token_hex(16)
        with self._lock:
            for dead in [old for old, (_, ends_at) in self._live.items() if ends_at <= now]:
                del self._live[dead]
            self._live[key] = operator_id, now + self._ttl_s
        return key

    def operator_of(self, key: str) -> int:
        """:raises Refused: 110 no hash, 109 an unknown or expired one"""
        if not key:
            raise Refused(Status.HASH_MISSING)
        operator_id, ends_at = self._live.get(key, (0, 0.0))
        if ends_at <= time.time():
            raise Refused(Status.HASH_EXPIRED)
        return operator_id

    def revoke(self, key: str) -> None:
        with self._lock:
            self._live.pop(key, None)

    def clear(self) -> None:
        with self._lock:
            self._live.clear()


class CallLog:
    """The last calls, newest first, and how often each method was called."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._totals: Counter[str] = Counter()

    def add(self, call: Call) -> None:
        with self._lock:
            self._last.appendleft(call)
            self._totals[call.method] += 1

    def last(self) -> list[Call]:
        with self._lock:
            return list(self._last)

    def totals(self) -> dict[str, int]:
        with self._lock:
            return dict(self._totals)

    def clear(self) -> None:
        with self._lock:
            self._last.clear()
            self._totals.clear()


class Partner:
    """Answers calls. Thread-safe."""

    def __init__(self, config: Config) -> None:
        """:raises CatalogueError, FaultError, sqlite3.Error, OSError: a setting cannot be used"""
        check_methods(config.faults.rules, NAMES)
        self.config = config
        self.catalogue = read_catalogue(config.catalogue)
        self.faults = FaultPlan(config.faults)
        self.hashes = Hashes(config.hash_ttl_s)
        self.calls = CallLog()
        self.stopping = threading.Event()
        self.store = Store(config.state)
        self._put_own_operators()

    def _put_own_operators(self) -> None:
        with self.store.writing() as db:
            put_operators(db, ((login, password, login) for login, password in self.config.operators.items()))

    def answer(self, method: str, params: Mapping[str, str]) -> dict[str, object]:
        """The JSON object that answers a call of one of `NAMES`."""
        warnings: list[str] = []
        try:
            answer = self._sign_in(params) if method == AUTH else self._run(method, params, warnings)
        except Refused as refusal:
            answer = Answer(status=refusal.status)
        return answer.body(warnings)

    def _run(self, method: str, params: Mapping[str, str], warnings: list[str]) -> Answer:
        operator_id = self.hashes.operator_of(params.get("hash", ""))
        run, reads = METHODS[method]
        with self.store.reading() if reads else self.store.writing() as db:
            return run(Ask(operator_id, params, db, self.catalogue, utc_text(), warnings))

    def _sign_in(self, params: Mapping[str, str]) -> Answer:
        login, password = params.get("login", ""), params.get("password", "")
        if not login:
            raise Refused(Status.LOGIN_EMPTY)
        if not password:
            raise Refused(Status.PASSWORD_EMPTY)
        with self.store.reading() as db:
            row = db.execute("SELECT * FROM operator WHERE login = ?", (login,)).fetchone()
        if row is None or not hmac.compare_digest(row["password"].encode(), password.encode()):
            raise Refused(Status.WRONG_LOGIN)
        return Answer(hash=self.hashes.issue(row["id"]))

    def reset(self) -> None:
        """Back to the state of a first start with this configuration."""
        self.catalogue = read_catalogue(self.config.catalogue)
        self.faults.replace(self.config.faults)
        self.hashes.clear()
        self.calls.clear()
        self.store.clear()
        self._put_own_operators()

    def close(self) -> None:
        """Wake calls that hang, and close the state."""
        self.stopping.set()
        self.store.close()


def put_operators(db: sqlite3.Connection, operators: Iterable[tuple[str, str, str]]) -> None:
    """Add operators (login, password, name), or give known ones a new password and name."""
    db.executemany(
        "INSERT INTO operator (login, password, name) VALUES (?, ?, ?)"
        " ON CONFLICT (login) DO UPDATE SET password = excluded.password, name = excluded.name",
        operators,
    )
