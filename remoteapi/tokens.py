"""Subject tokens: for whom a cabinet acts.

They are signed, short-lived, and of use only to the API key and the session that they were made for.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from itsdangerous import BadData, URLSafeSerializer

from remoteapi.errors import SubjectRejected

SALT = "remoteapi.subject"
LIFE = timedelta(minutes=15)
SIGNED_IN_FOR = timedelta(hours=12)
"""After so long even a token that was refreshed in time wants the password again."""


@dataclass(frozen=True)
class Subject:
    """A subscriber who showed his password at `signed_in_at` (seconds since the epoch).

    `visitor` is the person of the staff who came in his place, by a ticket of the panel, and may only look.
    """

    login: str
    signed_in_at: float
    visitor: str = ""

    @property
    def ends_at(self) -> float:
        """When no token prolongs this any more."""
        return self.signed_in_at + (LIFE if self.visitor else SIGNED_IN_FOR).total_seconds()


@dataclass(frozen=True)
class Tokens:
    """Makes and reads tokens with the suite's own key."""

    secret: str

    def issue(self, subject: Subject, *, key_id: int, nonce: str, now: datetime) -> tuple[str, datetime]:
        """A token and when it expires.

        :raises SubjectRejected: he signed in too long ago
        """
        expires = min(now.timestamp() + LIFE.total_seconds(), subject.ends_at)
        if expires <= now.timestamp():
            raise SubjectRejected()
        content = [subject.login, subject.signed_in_at, key_id, _digest(nonce), expires, subject.visitor]
        return str(self._serializer.dumps(content)), datetime.fromtimestamp(expires, now.tzinfo)

    def read(self, token: str, *, key_id: int, nonce: str, now: datetime) -> Subject:
        """:raises SubjectRejected: forged, expired, of another key or of another session"""
        try:
            login, signed_in_at, of_key, of_nonce, expires, visitor = self._serializer.loads(token)
        except (BadData, ValueError):  # ValueError: of an older program
            raise SubjectRejected() from None
        fits = of_key == key_id and hmac.compare_digest(of_nonce, _digest(nonce))
        if not fits or now.timestamp() >= expires:
            raise SubjectRejected()
        return Subject(login, signed_in_at, visitor)

    @property
    def _serializer(self) -> URLSafeSerializer:
        return URLSafeSerializer(self.secret, salt=SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
