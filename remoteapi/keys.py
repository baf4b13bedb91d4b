"""Who is calling: keys are looked up by their hash, so that no comparison tells how near a guess was."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, select

from billing.access import ApiKey, digest_of, find_key
from billing.cabinet.models import CabinetSession
from billing.clock import Clock
from billing.uow import Billing

MARK_EVERY = timedelta(minutes=1)
KEY = select(ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.last_used_at).where(
    ApiKey.digest == bindparam("digest"), ApiKey.revoked_at.is_(None)
)
KEY_AND_SESSION = KEY.add_columns(CabinetSession.address).outerjoin(
    CabinetSession,
    and_(
        CabinetSession.id == bindparam("session_id"),
        CabinetSession.login == bindparam("login"),
        CabinetSession.ended_at.is_(None),
        ~CabinetSession.awaits_code,
    ),
)
"""Built once, since every request sends one of them."""


@dataclass(frozen=True)
class Caller:
    """The owner of a living key."""

    id: int
    name: str
    scopes: frozenset[str]


@dataclass(frozen=True)
class Keys:
    """The keys of the database. Reads only, but once a minute a key that is used is marked as used.

    `remembers` is how long a key that was found is let in without asking again, also if it is revoked meanwhile.
    """

    billing: Billing
    clock: Clock
    remembers: timedelta = timedelta(0)
    _known: dict[str, tuple[Caller, datetime]] = field(default_factory=dict)

    def find(self, key: str) -> Caller | None:
        """The caller that `key` belongs to; None for a key that is unknown or revoked."""
        digest, now = digest_of(key), self.clock()
        caller, until = self._known.get(digest, (None, now))
        if caller and now < until:
            return caller
        caller = self._caller(self._row(KEY, digest=digest), key)
        if caller:  # strangers' guesses must not fill the memory
            self._known[digest] = (caller, now + self.remembers)
        return caller

    def find_both(self, key: str, *, login: str, session_id: int) -> tuple[Caller | None, str | None]:
        """The caller like `find`, and from which address the subscriber's session began; None for one that is over.

        One statement for both, and nothing is remembered: a session that was ended opens nothing from then on.
        """
        row = self._row(KEY_AND_SESSION, digest=digest_of(key), login=login, session_id=session_id)
        return self._caller(row, key), row.address if row else None

    def _row(self, query: Select[Any], **values: object) -> Row[Any] | None:
        with self.billing.reading_rows() as connection:
            return connection.execute(query, values).one_or_none()

    def _caller(self, row: Row[Any] | None, key: str) -> Caller | None:
        if row is None:
            return None
        if _is_stale(row.last_used_at, self.clock()):
            find_key(self.billing.uow(), key=key, now=self.clock())
        return Caller(row.id, row.name, frozenset(row.scopes))


def _is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or now - last_used_at > MARK_EVERY
