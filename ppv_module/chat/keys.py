"""Keys of the signed API, each bound to one tenant (video chat guide, "Signed REST contract").

A secret is shown when it is made and never again. For rotation a key has two: callers change over to the new one while
the older still counts, and then the older is dropped.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import tenants
from ppv_module.chat.models import SigningKey
from ppv_module.chat.tenant_checks import words

KEY_ID_BYTES, SECRET_BYTES = 12, 32
MOST_KEYS, MOST_NAME = 20, 64


class UnknownSigningKey(NotFound):
    """Facts: `key`."""

    code = "unknown_signing_key"
    text = N_("There is no such key of this chat, or it was revoked.")


class TooManyKeys(WrongState):
    """Facts: `most`."""

    code = "too_many_keys"
    text = N_("A chat has at most %(most)s keys. Revoke one that is not used any more.")


@dataclass(frozen=True)
class NewKey:
    """A key with its secret, which is shown this once."""

    key: SigningKey
    secret: str = field(repr=False)


@use_case
def create_key(uow: UnitOfWork, *, tenant_id: int, name: str, actor: Actor, now: datetime) -> NewKey:
    """Make a key for the machines of one tenant. Each call makes another one.

    :raises UnknownTenant: there is no such chat
    :raises WrongWords: the name is empty or too long
    :raises TooManyKeys: there are enough
    """
    name = words("name", name, least=1, most=MOST_NAME)
    tenants.lock(uow, tenant_id)
    mine = SigningKey.tenant_id == tenant_id, SigningKey.revoked_at.is_(None)
    if (uow.session.scalar(select(func.count()).select_from(SigningKey).where(*mine)) or 0) >= MOST_KEYS:
        raise TooManyKeys(most=MOST_KEYS)
    key_id, secret = f"ppv_{secrets.token_hex(KEY_ID_BYTES)}", secrets.token_urlsafe(SECRET_BYTES)
    key = SigningKey(key_id=key_id, tenant_id=tenant_id, name=name, secret=secret, created_at=now)
    uow.session.add(key)
    _note(uow, "CREATE", key, actor=actor, now=now)
    return NewKey(key, secret)


@use_case
def rotate_key(uow: UnitOfWork, *, tenant_id: int, key_id: str, actor: Actor, now: datetime) -> NewKey:
    """Make another secret; the one before it counts until `drop_older` or the next rotation.

    :raises UnknownSigningKey: this tenant has no such key, or it was revoked
    """
    key = _locked(uow, tenant_id, key_id)
    key.older_secret, key.secret = key.secret, secrets.token_urlsafe(SECRET_BYTES)
    _note(uow, "ROTATE", key, actor=actor, now=now)
    return NewKey(key, key.secret)


@use_case
def drop_older(uow: UnitOfWork, *, tenant_id: int, key_id: str, actor: Actor, now: datetime) -> SigningKey:
    """The older secret counts no more. Repeating it is harmless.

    :raises UnknownSigningKey: this tenant has no such key, or it was revoked
    """
    key = _locked(uow, tenant_id, key_id)
    if key.older_secret:
        key.older_secret = ""
        _note(uow, "DROP OLDER SECRET OF", key, actor=actor, now=now)
    return key


@use_case
def revoke_key(uow: UnitOfWork, *, tenant_id: int, key_id: str, actor: Actor, now: datetime) -> SigningKey:
    """The key counts no more, with both its secrets. Repeating it is harmless.

    :raises UnknownSigningKey: this tenant has never had such a key
    """
    key = _locked(uow, tenant_id, key_id, revoked_too=True)
    if key.revoked_at is None:
        key.revoked_at, key.secret, key.older_secret = now, "", ""
        _note(uow, "REVOKE", key, actor=actor, now=now)
    return key


def keys_of(session: Session, tenant_id: int) -> Sequence[SigningKey]:
    """All keys of a tenant, revoked ones included, in the order of their making."""
    mine = select(SigningKey).where(SigningKey.tenant_id == tenant_id)
    return session.scalars(mine.order_by(SigningKey.created_at, SigningKey.key_id)).all()


def active_secrets(key: SigningKey | None) -> tuple[str, ...]:
    """The secrets that a signature may be made with now, the newer first; none for a revoked key."""
    if key is None or key.revoked_at is not None:
        return ()
    return tuple(secret for secret in (key.secret, key.older_secret) if secret)


def _locked(uow: UnitOfWork, tenant_id: int, key_id: str, *, revoked_too: bool = False) -> SigningKey:
    key = uow.session.get(SigningKey, key_id, with_for_update=True, populate_existing=True)
    if key is None or key.tenant_id != tenant_id or (key.revoked_at is not None and not revoked_too):
        raise UnknownSigningKey(key=key_id)
    return key


def _note(uow: UnitOfWork, action: str, key: SigningKey, *, actor: Actor, now: datetime) -> None:
    template = f"PPV TENANT [{{tenant}}] {action} SIGNING KEY [{{key}}]"
    uow.events.write(template, tenant=key.tenant_id, key=key.key_id, actor=actor, at=now)
