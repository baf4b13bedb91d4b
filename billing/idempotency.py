"""Requests that may be sent twice: the first answer is kept and given again.

A request first claims its key in a transaction of its own. While it is being served a twin is told to wait; once
it is answered a twin gets the stored answer. Should the server die in between, the claim ages and the request is
served again, which is safe because every use case behind it is repeatable.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import LargeBinary, String, delete
from sqlalchemy.dialects.mysql import MEDIUMBLOB
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, Instant, insert_missing
from billing.errors import Busy, KeyReused
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
