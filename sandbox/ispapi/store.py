"""The partner's state: one SQLite connection behind one lock.

A call takes tens of microseconds, so a lock costs less than a connection for each thread, and memory works like a file.
"""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MEMORY = ":memory:"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS operator (
    id INTEGER PRIMARY KEY, login TEXT NOT NULL UNIQUE, password TEXT NOT NULL, name TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS user (
    id INTEGER PRIMARY KEY, ds_account TEXT NOT NULL UNIQUE,
    operator_id INTEGER REFERENCES operator, account TEXT,
    pending_operator_id INTEGER REFERENCES operator, pending_account TEXT,
    email TEXT NOT NULL UNIQUE COLLATE NOCASE, alt_mail TEXT NOT NULL DEFAULT '',
    phone TEXT NOT NULL DEFAULT '', firstname TEXT NOT NULL DEFAULT '', lastname TEXT NOT NULL DEFAULT '',
    birth_date TEXT NOT NULL DEFAULT '', gender TEXT NOT NULL DEFAULT 'M', region TEXT NOT NULL DEFAULT '',
    zip_index TEXT NOT NULL DEFAULT '', receive_news TEXT NOT NULL DEFAULT '1',
    active INTEGER NOT NULL DEFAULT 1, registration_date TEXT NOT NULL, parent_control_reset_at TEXT,
    UNIQUE (operator_id, account));
CREATE INDEX IF NOT EXISTS user_account ON user (account);
CREATE INDEX IF NOT EXISTS user_phone ON user (phone);
CREATE TABLE IF NOT EXISTS bundle (
    id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL REFERENCES user, sub_id TEXT NOT NULL, kind TEXT NOT NULL,
    is_on INTEGER NOT NULL, code TEXT UNIQUE, since TEXT NOT NULL, UNIQUE (user_id, sub_id));
CREATE TABLE IF NOT EXISTS device (
    id INTEGER PRIMARY KEY, bundle_id INTEGER NOT NULL REFERENCES bundle ON DELETE CASCADE,
    mac TEXT UNIQUE, serial_number TEXT UNIQUE, device_type TEXT NOT NULL, device_model TEXT NOT NULL,
    date_added TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS device_bundle ON device (bundle_id);
CREATE TABLE IF NOT EXISTS purchase (
    id INTEGER PRIMARY KEY, operator_id INTEGER NOT NULL, user_id INTEGER NOT NULL, account TEXT NOT NULL,
    sub_id TEXT NOT NULL, name TEXT NOT NULL, retail TEXT NOT NULL, provider TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT);
CREATE INDEX IF NOT EXISTS purchase_operator ON purchase (operator_id);
CREATE INDEX IF NOT EXISTS purchase_open ON purchase (user_id, sub_id) WHERE ended_at IS NULL;
"""
_CLEAR = "".join(f"DELETE FROM {table};" for table in ("device", "bundle", "purchase", "user", "operator"))  # noqa: S608


class Store:
    """Rows of the partner. Use one block a call; blocks never overlap."""

    def __init__(self, path: str = MEMORY) -> None:
        """Open or create. :raises sqlite3.Error, OSError: the file cannot be used"""
        if path != MEMORY:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=256)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF; PRAGMA foreign_keys=ON; PRAGMA busy_timeout=5000;"
        )
        self._db.executescript(_SCHEMA)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: commits on a clean exit, rolls back on any exception."""
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            with self._db:
                yield self._db

    def clear(self) -> None:
        """Forget everything, operators too."""
        with self._lock:
            self._db.executescript(f"BEGIN; {_CLEAR} COMMIT;")

    def close(self) -> None:
        with self._lock:
            self._db.close()
