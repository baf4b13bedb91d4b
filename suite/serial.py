"""The serial of the legacy RemoteAPI. Keys are stored hashed, so its plain text is kept in `EXPORTS_DIR/ubserial`."""

import os
import secrets
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.access import SERIAL, ApiKey, digest_of, new_serial
from billing.actors import Actor
from billing.db import insert_missing
from billing.errors import Misconfigured
from billing.leases import Lease
from billing.uow import UnitOfWork, use_case
from suite.runtime import Runtime

OPERATOR = Actor("suite")
LOCK = "serial"
REMEDY = "to make another one run: olltv key serial --new"


def serial_file(runtime: Runtime) -> Path:
    """Where the plain serial is kept: readable for the service's user only."""
    return runtime.settings.suite.exports_dir / "ubserial"


def ensure_serial(runtime: Runtime, *, actor: Actor = OPERATOR) -> str:
    """The serial as it stands in its file and in the database; both are made when no serial is alive.

    :raises Misconfigured: the file is lost, unreadable, or holds another serial than the database knows
    """
    path = serial_file(runtime)
    kept = _kept(path)
    with runtime.billing.reading() as session:
        if kept and digest_of(kept) in _living(session):
            return kept
    return _ensured(runtime.billing.uow(), path=path, actor=actor, now=runtime.clock())


def renew_serial(runtime: Runtime, *, actor: Actor) -> str:
    """Make another serial; the earlier one opens nothing any more.

    :raises Misconfigured: the file cannot be written; the earlier serial stays
    """
    return _renewed(runtime.billing.uow(), path=serial_file(runtime), actor=actor, now=runtime.clock())


@use_case
def _ensured(uow: UnitOfWork, *, path: Path, actor: Actor, now: datetime) -> str:
    _lock(uow)  # of processes that start together one makes the serial, the others find it
    living, kept = _living(uow.session), _kept(path)
    if not living:
        return _renewed(uow, path=path, actor=actor, now=now)
    if not kept:
        raise Misconfigured(what=f"{path} is lost, it holds the serial of the legacy RemoteAPI; {REMEDY}")
    if digest_of(kept) not in living:
        raise Misconfigured(what=f"{path} holds another serial than the database knows; {REMEDY}")
    return kept


@use_case
def _renewed(uow: UnitOfWork, *, path: Path, actor: Actor, now: datetime) -> str:
    """The file is written before the commit: a serial that is committed can always be read."""
    _lock(uow)
    serial = new_serial(uow, actor=actor, now=now)
    _keep(path, serial)
    return serial


def _lock(uow: UnitOfWork) -> None:
    insert_missing(uow.session, Lease, name=LOCK)
    uow.session.get_one(Lease, LOCK, with_for_update=True)


def _living(session: Session) -> set[str]:
    query = select(ApiKey.digest).where(ApiKey.name == SERIAL, ApiKey.revoked_at.is_(None))
    return set(session.scalars(query))


def _kept(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise Misconfigured(what=f"{path} cannot be read ({error}); check its owner and mode") from error


def _keep(path: Path, serial: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(draft, serial)
        draft.replace(path)
    except OSError as error:
        with suppress(OSError):
            draft.unlink()
        raise Misconfigured(what=f"{path} cannot be written ({error}); check the owner of {path.parent}") from error


def _write(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
