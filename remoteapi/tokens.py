"""Subject tokens: for whom a cabinet acts. And challenges: who has still to show a second factor.

Both are signed, short-lived, and of use only to the API key and the session that they were made for.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache

from itsdangerous import BadData, URLSafeSerializer

from billing.cabinet.models import CODE_WAIT, IDLE, LONGEST
from remoteapi.errors import SubjectRejected

SALT, CHALLENGE_SALT = "remoteapi.subject", "remoteapi.challenge"
LIFE = IDLE
VISIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Subject:
    """A subscriber whose session `session_id` began at `signed_in_at` (seconds since the epoch).

    `visitor` is the person of the staff who came in his place, by a ticket of the panel, and may only look; he has no
    session, its number is 0.
    """

    login: str
    signed_in_at: float
    visitor: str = ""
    session_id: int = 0

    @property
    def ends_at(self) -> float:
        """When no token prolongs this any more."""
        return self.signed_in_at + (VISIT if self.visitor else LONGEST).total_seconds()


@dataclass(frozen=True)
class Bearer:
    """With whom a token or a challenge is of use: the API key and the nonce of the cabinet's session with its user."""

    key_id: int
    nonce: str


@dataclass(frozen=True)
class Opened:
    """A token that was signed here and has not expired. Whom it is for is still to be compared."""

    subject: Subject
    key_id: int
    nonce_digest: str

    def of(self, bearer: Bearer) -> Subject:
        """:raises SubjectRejected: it was made for another key or another session"""
        if self.key_id != bearer.key_id or not hmac.compare_digest(self.nonce_digest, _digest(bearer.nonce)):
            raise SubjectRejected()
        return self.subject


@dataclass(frozen=True)
class Tokens:
    """Makes and reads tokens and challenges with the suite's own key."""

    secret: str

    def issue(self, subject: Subject, *, bearer: Bearer, now: datetime) -> tuple[str, datetime]:
        """A token and when it expires.

        :raises SubjectRejected: he signed in too long ago
        """
        expires = min(now.timestamp() + LIFE.total_seconds(), subject.ends_at)
        if expires <= now.timestamp():
            raise SubjectRejected()
        return self._sign(SALT, subject, bearer, expires), datetime.fromtimestamp(expires, now.tzinfo)

    def open(self, token: str, *, now: datetime) -> Opened | None:
        """What a token says; None for one that is forged or has expired."""
        return self._open(SALT, token, now)

    def challenge(self, subject: Subject, *, bearer: Bearer, now: datetime) -> tuple[str, datetime]:
        """A challenge to show the second factor for the session of `subject`, and when it expires."""
        expires = now + CODE_WAIT
        return self._sign(CHALLENGE_SALT, subject, bearer, expires.timestamp()), expires

    def challenged(self, challenge: str, *, bearer: Bearer, now: datetime) -> Subject:
        """:raises SubjectRejected: forged, expired, of another key or of another session"""
        opened = self._open(CHALLENGE_SALT, challenge, now)
        if opened is None:
            raise SubjectRejected()
        return opened.of(bearer)

    def _sign(self, salt: str, subject: Subject, bearer: Bearer, expires: float) -> str:
        whose = [subject.login, subject.signed_in_at, subject.visitor, subject.session_id]
        return str(_serializer(self.secret, salt).dumps([*whose, bearer.key_id, _digest(bearer.nonce), expires]))

    def _open(self, salt: str, text: str, now: datetime) -> Opened | None:
        try:
            said = _serializer(self.secret, salt).loads(text)
            login, signed_in_at, visitor, session_id, key_id, digest, expires = said
        except (BadData, ValueError):  # ValueError: of an older program
            return None
        if now.timestamp() >= expires or not (visitor or session_id):
            return None
        return Opened(Subject(login, signed_in_at, visitor, session_id), key_id, digest)


@cache
def _serializer(secret: str, salt: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt=salt, signer_kwargs={"digest_method": hashlib.sha256})


def _digest(nonce: str) -> str:
    return hashlib.sha256(nonce.encode()).hexdigest()
