"""Which machines may come in: the API keys of the RemoteAPI."""

import hashlib
import secrets
from datetime import datetime

from sqlalchemy import JSON, String, select
from sqlalchemy.orm import Mapped, mapped_column

from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import N_, InvalidInput, NotFound
from billing.uow import UnitOfWork, use_case

SCOPES = ("cron", "cabinet", "ppv", "staff-read")
SERIAL = "legacy"
"""Name of the key that the legacy RemoteAPI takes; it is of the shape UB + 32 hexadecimal characters."""


class UnknownScope(InvalidInput):
    """A scope or right that there is not. Facts: `field`, `value`, `known`."""

    code = "unknown_scope"
    text = N_("The field “%(field)s” knows only %(known)s, not %(value)s.")


class KeptName(InvalidInput):
    """Facts: `field`, `value`."""

    code = "kept_name"
    text = N_("The name %(value)s is kept for the serial of the old RemoteAPI.")


class ApiKey(Base):
    """A key of the RemoteAPI. Only its hash is kept: a key that is lost is replaced, never shown again."""

    __tablename__ = "api_key"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    ending: Mapped[str] = mapped_column(String(4))
    scopes: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_used_at: Mapped[datetime | None] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)


def digest_of(key: str) -> str:
    """Keys are long and random, so a plain hash is as good as a slow one and can be looked up."""
    return hashlib.sha256(key.encode()).hexdigest()


@use_case
def create_key(
    uow: UnitOfWork, *, name: str, scopes: list[str], actor: Actor, now: datetime, key: str | None = None
) -> str:
    """Make a key with `scopes` (of `SCOPES`) and give it: it cannot be read again later.

    :raises UnknownScope: nothing has changed
    """
    require_known("scope", scopes, SCOPES)
    key = key or secrets.token_urlsafe(32)
    _add_key(uow, name=name, scopes=scopes, key=key, now=now)
    uow.events.write("OLLTV CREATE KEY [{name}] {scopes}", name=name, scopes=",".join(scopes), actor=actor, at=now)
    return key


@use_case
def new_serial(uow: UnitOfWork, *, actor: Actor, now: datetime) -> str:
    """Make the serial of the legacy RemoteAPI, which opens all of its actions; earlier ones are revoked."""
    living = select(ApiKey).where(ApiKey.name == SERIAL, ApiKey.revoked_at.is_(None))
    for old in uow.session.scalars(living.with_for_update()):
        if SERIAL in old.scopes:  # a key with scopes of its own may bear the same name
            old.revoked_at = now
    serial = "UB" + secrets.token_hex(16)
    _add_key(uow, name=SERIAL, scopes=[SERIAL], key=serial, now=now)
    uow.events.write("OLLTV CREATE SERIAL [{ending}]", ending=serial[-4:], actor=actor, at=now)
    return serial


@use_case
def find_key(uow: UnitOfWork, *, key: str, now: datetime) -> ApiKey | None:
    """The living key, marked as used (once a minute, so that a busy key is no hot row)."""
    row = uow.session.scalar(select(ApiKey).where(ApiKey.digest == digest_of(key), ApiKey.revoked_at.is_(None)))
    if row and (row.last_used_at is None or (now - row.last_used_at).total_seconds() > 60):
        row.last_used_at = now
    return row


@use_case
def revoke_key(uow: UnitOfWork, *, key_id: int, actor: Actor, now: datetime) -> None:
    """:raises NotFound: no such key"""
    row = uow.session.get(ApiKey, key_id, with_for_update=True)
    if row is None:
        raise NotFound(key=key_id)
    row.revoked_at = row.revoked_at or now
    uow.events.write("OLLTV REVOKE KEY [{name}]", name=row.name, actor=actor, at=now)


def require_free_name(name: str) -> None:
    """:raises KeptName: a key of a person's choice would look like the serial"""
    if name == SERIAL:
        raise KeptName(field="name", value=name)


def require_known(field: str, given: list[str], known: tuple[str, ...]) -> None:
    """:raises UnknownScope: one of `given` is not among the `known`"""
    if unknown := [each for each in given if each not in known]:
        raise UnknownScope(field=field, value=", ".join(unknown), known=", ".join(known))


def _add_key(uow: UnitOfWork, *, name: str, scopes: list[str], key: str, now: datetime) -> None:
    uow.session.add(ApiKey(name=name, digest=digest_of(key), ending=key[-4:], scopes=scopes, created_at=now))
