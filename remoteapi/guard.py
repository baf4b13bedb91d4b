"""Who comes in: a key with a scope of the route's area, and for a subscriber's routes his token."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, request

from billing.actors import Actor
from billing.clock import Clock
from remoteapi.errors import ApiDisabled, KeyRequired, KeyUnknown, ScopeMissing, SubjectRequired, VisitorsOnlyLook
from remoteapi.keys import Caller, Keys
from remoteapi.tokens import Tokens
from weblib.areas import Area

TOKEN_HEADER = "X-Subject-Token"  # noqa: S105 (its name, not its value)
NONCE_HEADER = "X-Subject-Nonce"
LONGEST_NAME = 64
LOOKING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Guard:
    """Stands before every request. A route of no area is one that anybody may read: the description of the API."""

    areas: Mapping[str, Area]
    keys: Keys
    tokens: Tokens
    clock: Clock
    is_open: bool

    def __call__(self) -> None:
        """Let the caller in, with `g.caller`, `g.actor` and, where the area wants one, `g.subject`.

        :raises ApiDisabled, KeyRequired, KeyUnknown, ScopeMissing, SubjectRequired, SubjectRejected: or not
        :raises VisitorsOnlyLook: staff who came with a ticket would change something
        """
        area = self.area()
        if area is None:
            return
        if not self.is_open:
            raise ApiDisabled()
        g.caller = caller = self._caller()
        if not caller.scopes.intersection(area.scopes):
            raise ScopeMissing(scopes=" / ".join(area.scopes))
        name = f"api:{caller.name}"
        if area.subject:
            name = g.subject = self._subject(caller)
        g.actor = Actor(name[:LONGEST_NAME], request.remote_addr or "")

    def area(self) -> Area | None:
        """The area that the present request is in."""
        return self.areas.get(request.blueprint or "")

    def _caller(self) -> Caller:
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            raise KeyRequired()
        caller = self.keys.find(key.strip())
        if caller is None:
            raise KeyUnknown()
        return caller

    def _subject(self, caller: Caller) -> str:
        token, nonce = request.headers.get(TOKEN_HEADER, ""), request.headers.get(NONCE_HEADER, "")
        if not token or not nonce:
            raise SubjectRequired()
        g.signed_in = subject = self.tokens.read(token, key_id=caller.id, nonce=nonce, now=self.clock())
        if subject.visitor and request.method not in LOOKING:
            raise VisitorsOnlyLook()
        return subject.login
