"""Who comes in: a key with a scope of the route's area, and for a subscriber's routes his token."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import g, request

from billing.actors import Actor
from billing.clock import Clock
from remoteapi.errors import (
    ApiDisabled,
    KeyRequired,
    KeyUnknown,
    ScopeMissing,
    SubjectRejected,
    SubjectRequired,
    VisitorsOnlyLook,
)
from remoteapi.keys import Caller, Keys
from remoteapi.tokens import Bearer, Opened, Tokens
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
        opened = self._opened() if area.subject else None
        caller, address = self._caller(opened)
        g.caller = caller
        if not caller.scopes.intersection(area.scopes):
            raise ScopeMissing(scopes=" / ".join(area.scopes))
        name = f"api:{caller.name}"
        if area.subject:
            name = g.subject = self._subject(caller, opened, address)
        g.actor = Actor(name[:LONGEST_NAME], request.remote_addr or "")

    def area(self) -> Area | None:
        """The area that the present request is in."""
        return self.areas.get(request.blueprint or "")

    def _opened(self) -> Opened | None:
        """What the subscriber's token says, which is read first so that one statement finds key and session."""
        return self.tokens.open(request.headers.get(TOKEN_HEADER, ""), now=self.clock())

    def _caller(self, opened: Opened | None) -> tuple[Caller, str | None]:
        """The caller, and from where the session that his token is of began; None when it is over or there is none."""
        kind, _, key = request.headers.get("Authorization", "").partition(" ")
        if kind.lower() != "bearer" or not key.strip():
            raise KeyRequired()
        address: str | None = None
        if opened is None or opened.subject.visitor:
            caller = self.keys.find(key.strip())
        else:
            subject = opened.subject
            caller, address = self.keys.find_both(key.strip(), login=subject.login, session_id=subject.session_id)
        if caller is None:
            raise KeyUnknown()
        return caller, address

    def _subject(self, caller: Caller, opened: Opened | None, address: str | None) -> str:
        nonce = request.headers.get(NONCE_HEADER, "")
        if not request.headers.get(TOKEN_HEADER) or not nonce:
            raise SubjectRequired()
        if opened is None:
            raise SubjectRejected()
        g.signed_in = subject = opened.of(Bearer(caller.id, nonce))
        if address is None and not subject.visitor:
            raise SubjectRejected()
        if subject.visitor and request.method not in LOOKING:
            raise VisitorsOnlyLook()
        g.session_address = address or ""
        return subject.login
