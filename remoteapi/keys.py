"""Who is calling: keys are looked up by their hash, so that no comparison tells how near a guess was."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from billing.access import ApiKey, digest_of, find_key
from billing.clock import Clock
from billing.uow import Billing

MARK_EVERY = timedelta(minutes=1)


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
        caller = self._look_up(key, digest)
        if caller:  # strangers' guesses must not fill the memory
            self._known[digest] = (caller, now + self.remembers)
        return caller

    def _look_up(self, key: str, digest: str) -> Caller | None:
        columns = ApiKey.id, ApiKey.name, ApiKey.scopes, ApiKey.last_used_at
        query = select(*columns).where(ApiKey.digest == digest, ApiKey.revoked_at.is_(None))
        with self.billing.reading() as session:
            row = session.execute(query).one_or_none()
        if row is None:
            return None
        if _is_stale(row.last_used_at, self.clock()):
            find_key(self.billing.uow(), key=key, now=self.clock())
        return Caller(row.id, row.name, frozenset(row.scopes))


def _is_stale(last_used_at: datetime | None, now: datetime) -> bool:
    return last_used_at is None or now - last_used_at > MARK_EVERY
