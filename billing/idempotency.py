"""Requests that may be sent twice: the first answer is kept and given again.

A request first claims its key in a transaction of its own. While it is being served a twin is told to wait; once
it is answered a twin gets the stored answer. Should the server die in between, the claim ages and the request is
served again, which is safe because every use case behind it is repeatable.

Where the whole effect is one transaction, `once` keeps the answer in that same transaction: a twin waits for the first
at the row's lock, and a request that was rolled back has left nothing.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import LargeBinary, Row, String, bindparam, delete, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.dialects.mysql import MEDIUMBLOB
from sqlalchemy.orm import Mapped, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, Instant, insert_missing
from billing.errors import Busy, KeyReused
from billing.prepared import Prepared
from billing.uow import UnitOfWork, use_case

CLAIM = timedelta(seconds=60)
KEPT = timedelta(days=7)


class StoredAnswer(Base):
    """`owner` (an API key's id) and `key` name the request; `answered_at` is empty while it is being served."""

    __tablename__ = "idempotency"
    __table_args__ = (MARIADB,)

    owner: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    claimed_at: Mapped[datetime] = mapped_column(Instant)
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    status: Mapped[int | None]
    content_type: Mapped[str | None] = mapped_column(String(64))
    body: Mapped[bytes | None] = mapped_column(LargeBinary().with_variant(MEDIUMBLOB(), "mysql"))


COLUMNS = StoredAnswer.__table__.c
_FRESH = {name: bindparam(name, type_=COLUMNS[name].type) for name in ("owner", "key", "fingerprint", "claimed_at")}
_FOUND = [COLUMNS[name] for name in ("fingerprint", "answered_at", "status", "content_type", "body")]
_lock: dict[str, Any] = {  # setting the owner to what it is changes nothing, but gives the row that was there
    "sqlite": sqlite.insert(StoredAnswer)
    .values(_FRESH)
    .on_conflict_do_update(index_elements=["owner", "key"], set_={"owner": COLUMNS.owner})
    .returning(*_FOUND),
    "mysql": mysql.insert(StoredAnswer).values(_FRESH).on_duplicate_key_update(owner=COLUMNS.owner).returning(*_FOUND),
}
_store = Prepared(
    update(StoredAnswer.__table__)  # type: ignore[arg-type]
    .where(COLUMNS.owner == bindparam("whose"), COLUMNS.key == bindparam("which"))
    .values(
        answered_at=bindparam("kept_at", type_=COLUMNS.answered_at.type),
        status=bindparam("kept_status", type_=COLUMNS.status.type),
        content_type=bindparam("kept_type", type_=COLUMNS.content_type.type),
        body=bindparam("kept_body", type_=COLUMNS.body.type),
    )
)
"""Built once: machines send many requests a second."""


@dataclass(frozen=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def fingerprint(*parts: bytes) -> str:
    """What makes two requests the same: method, path, subject and body, without a chance to run into each other."""
    return hashlib.sha256(b"".join(len(part).to_bytes(8, "big") + part for part in parts)).hexdigest()


@use_case
def claim(uow: UnitOfWork, *, owner: str, key: str, fingerprint: str, now: datetime) -> Answer | None:
    """Claim a request for serving; gives the stored answer when it was served before.

    :raises KeyReused: the key belongs to another request
    :raises Busy: a twin is being served right now
    """
    fresh = {"fingerprint": fingerprint, "claimed_at": now - 2 * CLAIM}
    insert_missing(uow.session, StoredAnswer, owner=owner, key=key, **fresh)
    row = uow.session.get_one(StoredAnswer, (owner, key), with_for_update=True)
    if row.fingerprint != fingerprint:
        raise KeyReused(key=key)
    if row.answered_at:
        return Answer(row.status or 200, row.content_type or "", row.body or b"")
    if row.claimed_at > now - CLAIM:
        raise Busy(name=key)
    row.claimed_at = now
    return None


@use_case
def store(uow: UnitOfWork, *, owner: str, key: str, answer: Answer, now: datetime) -> None:
    """Keep the answer of a claimed request."""
    row = uow.session.get_one(StoredAnswer, (owner, key), with_for_update=True)
    row.answered_at, row.status, row.content_type, row.body = (
        now,
        answer.status,
        answer.content_type,
        answer.body,
    )


@use_case
def once(
    uow: UnitOfWork,
    *,
    owner: str,
    key: str,
    fingerprint: str,
    serve: Callable[[UnitOfWork], Answer],
    actor: Actor,  # noqa: ARG001 (for the line that a refusal leaves, see use_case)
    now: datetime,
) -> tuple[Answer, bool]:
    """Serve a request and keep its answer, all in one transaction; gives the answer and whether it is a repeat.

    `serve` works in the unit of work that it is given. What it raises rolls everything back, the key as well. A twin
    that comes meanwhile waits, and is answered as the first was.

    :raises KeyReused: the key belongs to another request
    """
    row = _locked(uow, owner=owner, key=key, fingerprint=fingerprint, claimed_at=now)
    if row.fingerprint != fingerprint:
        raise KeyReused(key=key)
    if row.answered_at:
        return _answer(row), True
    answer = serve(uow)
    _keep(uow, owner=owner, key=key, answer=answer, now=now)
    return answer, False


@use_case
def lately(
    uow: UnitOfWork,
    *,
    owner: str,
    key: str,
    within: timedelta,
    serve: Callable[[UnitOfWork], Answer],
    now: datetime,
) -> tuple[Answer, bool]:
    """Like `once` for callers who send no key of their own: an answer stands for what comes `within` that time of it.

    A later request with the same `key` is a new one and is served.
    """
    row = _locked(uow, owner=owner, key=key, fingerprint=key, claimed_at=now)
    if row.answered_at and now - row.answered_at < within:
        return _answer(row), True
    answer = serve(uow)
    _keep(uow, owner=owner, key=key, answer=answer, now=now)
    return answer, False


def _locked(uow: UnitOfWork, **fresh: object) -> Row[Any]:
    """The row of a request, made when there is none, locked until the transaction ends; by one statement."""
    connection = uow.session.connection()
    return connection.execute(_lock[connection.dialect.name], fresh).one()


def _answer(row: Row[Any]) -> Answer:
    return Answer(row.status or 200, row.content_type or "", row.body or b"")


def _keep(uow: UnitOfWork, *, owner: str, key: str, answer: Answer, now: datetime) -> None:
    kept = {"kept_status": answer.status, "kept_type": answer.content_type, "kept_body": answer.body}
    _store.run(uow.session.connection(), {"whose": owner, "which": key, "kept_at": now, **kept})


@use_case
def forget(uow: UnitOfWork, *, owner: str, key: str) -> None:
    """Give up a claim whose request failed without effect, so that it may be sent again at once."""
    mine = (StoredAnswer.owner == owner, StoredAnswer.key == key, StoredAnswer.answered_at.is_(None))
    uow.session.execute(delete(StoredAnswer).where(*mine))


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> int:
    """Drop answers that nobody will ask for any more; gives their number."""
    return uow.session.execute(  # type: ignore[attr-defined, no-any-return]
        delete(StoredAnswer).where(StoredAnswer.claimed_at < now - KEPT)
    ).rowcount
