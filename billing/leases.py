"""Named leases: at most one process does a thing at a time, and a dead one does not block the next.

A lease is a committed row with a time limit, never a lock held open, so it works the same on SQLite, MariaDB and
clusters. Its holder renews it inside each of its own transactions; `renew` fails when somebody took it over, and
that transaction rolls back.
"""

import os
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import String, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from billing.clock import Clock
from billing.db import MARIADB, Base, Instant, insert_missing
from billing.errors import Busy
from billing.uow import Billing, UnitOfWork, use_case

LEASE = timedelta(seconds=60)


class Lease(Base):
    """`owner` is host:pid:start, so that a neighbour on the same host can see that the holder died."""

    __tablename__ = "lease"
    __table_args__ = (MARIADB,)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    token: Mapped[str | None] = mapped_column(String(32))
    owner: Mapped[str | None] = mapped_column(String(128))
    until: Mapped[datetime | None] = mapped_column(Instant)


@contextmanager
def held(billing: Billing, *, name: str, clock: Clock) -> Iterator[str]:
    """Hold the lease `name` and give its token; the lease is free again at the end of the block.

    :raises Busy: a living holder has it
    """
    token = secrets.token_hex(16)
    _take(billing.uow(), name=name, token=token, now=clock())
    try:
        yield token
    finally:
        _free(billing.uow(), name=name, token=token)


@use_case
def _take(uow: UnitOfWork, *, name: str, token: str, now: datetime) -> None:
    insert_missing(uow.session, Lease, name=name)
    lease = uow.session.get_one(Lease, name, with_for_update=True)
    if lease.until and lease.until > now and not owner_died(lease.owner):
        raise Busy(name=name)
    lease.token, lease.owner, lease.until = token, this_process(), now + LEASE


@use_case
def _free(uow: UnitOfWork, *, name: str, token: str) -> None:
    freed = update(Lease).where(Lease.name == name, Lease.token == token)
    uow.session.execute(freed.values(token=None, owner=None, until=None))


def renew(session: Session, *, name: str, token: str, now: datetime) -> None:
    """Prolong a lease in the caller's transaction.

    :raises Busy: it is no longer ours; what the transaction did must not be committed
    """
    mine = update(Lease).where(Lease.name == name, Lease.token == token)
    if not session.execute(mine.values(until=now + LEASE)).rowcount:  # type: ignore[attr-defined]
        raise Busy(name=name)


def is_held(session: Session, *, name: str, now: datetime) -> bool:
    """Whether a living process holds the lease `name`."""
    lease = session.scalar(select(Lease).where(Lease.name == name, Lease.until > now))
    return lease is not None and not owner_died(lease.owner)


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{_started(os.getpid())}"


def owner_died(owner: str | None) -> bool:
    """True only when it is certain: the owner ran on this host and its process is gone."""
    host, pid, started = (owner or "::").rsplit(":", 2)
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return _started(int(pid)) != started


def _started(pid: int) -> str:
    """The kernel's start mark of a process where /proc tells it (a pid may be used again), else nothing."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return ""
