"""Signing a subscriber in: his password, or the address of his line, for a short-lived token of a session."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import IP, AwareDateTime, String
from flask import current_app, g, request

from billing import attempts, visits
from billing.cabinet import sessions
from billing.cabinet.accounts import edition
from billing.cabinet.models import LONGEST_AGENT, By, CabinetSession
from billing.cabinet.sessions import AddressUnknown, Caller
from billing.clock import Clock
from billing.factor import WrongCode
from billing.ledger.holds import Ledger
from billing.uow import Billing
from olltv_module.remote.schemas import Nothing, line
from remoteapi.errors import CodeRejected, SubjectRejected, WrongCredentials
from remoteapi.guard import NONCE_HEADER
from remoteapi.tokens import Bearer, Subject, Tokens
from suite.settings import SuiteOptions
from weblib.areas import Area

EXTENSION = "remoteapi.sessions"
DOOR, CODE_DOOR = "cabinet", "cabinet code"
PASSED_ON = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
"""With one of these headers a request came through a proxy."""

signing_in = APIBlueprint("sessions", __name__, url_prefix="/sessions", tag="sessions")
refreshing = APIBlueprint("refresh_sessions", __name__, url_prefix="/sessions", tag="sessions")
AREAS = (
    Area(blueprint=signing_in, scopes=("cabinet",), keeps_answers=False, errors=(429,)),
    Area(blueprint=refreshing, scopes=("cabinet",), subject=True, keeps_answers=False, errors=(404,)),
)


@dataclass(frozen=True)
class Sessions:
    """What signing in stands on."""

    billing: Billing
    tokens: Tokens
    clock: Clock
    options: SuiteOptions

    def is_vouched_for(self) -> bool:
        """Whether the caller's word counts for the address of the subscriber.

        A proxy that nobody told us of makes all the world look like itself: whoever comes through one has no say.
        """
        caller = request.remote_addr or ""
        return bool(caller) and not self._is_hidden() and self.options.may_vouch(caller)

    def _is_hidden(self) -> bool:
        """Whether the request came through more proxies than we were told of."""
        proxies = self.options.trusted_proxies
        if not proxies:
            return any(name in request.headers for name in PASSED_ON)
        return len(request.headers.get(PASSED_ON[0], "").split(",")) > proxies


class Entry(Schema):
    nonce = line(128, required=True, shortest=16)
    address = IP(required=True, metadata={"description": "The subscriber's own address, as the cabinet sees it."})


class AddressEntry(Entry):
    """`agent` is the subscriber's program, for the list of his sessions."""

    agent = line(1024)


class Credentials(AddressEntry):
    login = line(64, required=True)
    password = line(256, required=True)


class SecondStep(Entry):
    challenge = line(1024, required=True)
    code = line(64, required=True)


class Ticket(Schema):
    ticket = line(128, required=True)
    nonce = line(128, required=True, shortest=16)
    address = IP(required=True, metadata={"description": "The address of the person who looks."})


class Token(Schema):
    token = String(required=True)
    expires_at = AwareDateTime(required=True)


class Begun(Schema):
    """A token; or, where a second factor is wanted, a challenge to show it."""

    token = String(required=True, allow_none=True)
    challenge = String(required=True, allow_none=True)
    expires_at = AwareDateTime(required=True)
    login = String(required=True)


class VisitToken(Token):
    login = String(required=True, metadata={"description": "Whose cabinet is looked at."})
    visitor = String(required=True, metadata={"description": "The person of the staff who looks."})


@signing_in.post("")
@signing_in.input(Credentials, arg_name="credentials")
@signing_in.output(Begun, status_code=201)
def sign_in(credentials: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a login and its password. `nonce` is a random text of the cabinet's session with its user."""
    billing, login, caller, now = _sessions().billing, credentials["login"], _caller(credentials), _sessions().clock()
    attempts.begin(billing.uow(), door=DOOR, login=login, address=caller.address, now=now)
    with billing.reading() as session:
        known = edition(session, login)
        right = billing.host(session, Ledger(session)).check_password(login, credentials["password"])
    begun = None
    if right:
        begun = sessions.begin_by_password(billing.uow(), login=login, known=known, caller=caller, now=now)
    if begun is None:
        raise WrongCredentials()
    return _begun(begun, credentials["nonce"], caller, now)


@signing_in.post("/address")
@signing_in.input(AddressEntry, arg_name="entry")
@signing_in.output(Begun, status_code=201)
def sign_in_by_address(entry: dict[str, Any]) -> dict[str, Any]:
    """Give a token for the address of a line, where the operator offers it and the cabinet's word counts."""
    known, caller, now = _sessions(), _caller(entry), _sessions().clock()
    if not known.is_vouched_for():
        raise AddressUnknown()
    networks = known.options.cabinet_networks
    begun = sessions.begin_by_address(known.billing.uow(), networks=networks, caller=caller, now=now)
    return _begun(begun, entry["nonce"], caller, now)


@signing_in.post("/code")
@signing_in.input(SecondStep, arg_name="step")
@signing_in.output(Begun, status_code=201)
def show_code(step: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a challenge and a code of the app, or a recovery code. Each of them is good once."""
    known, caller, now = _sessions(), _caller(step), _sessions().clock()
    subject = known.tokens.challenged(step["challenge"], bearer=Bearer(g.caller.id, step["nonce"]), now=now)
    login, uow = subject.login, known.billing.uow()
    attempts.begin(uow, door=CODE_DOOR, login=login, address=caller.address, now=now)
    try:
        passed = sessions.pass_code(
            uow, login=login, session_id=subject.session_id, code=step["code"], caller=caller, now=now
        )
    except WrongCode as wrong:
        raise CodeRejected() from wrong
    if passed is None:
        raise SubjectRejected()
    return _begun(passed, step["nonce"], caller, now)


@signing_in.post("/visit")
@signing_in.input(Ticket, arg_name="ticket")
@signing_in.output(VisitToken, status_code=201)
def visit(ticket: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a ticket that staff got in the panel: for reading only, for 15 minutes, without a refresh."""
    known, now = _sessions(), _sessions().clock()
    seen = visits.begin_visit(known.billing.uow(), ticket=ticket["ticket"], address=str(ticket["address"]), now=now)
    token = _token(Subject(seen.login, now.timestamp(), seen.staff), ticket["nonce"], now)
    return token | {"login": seen.login, "visitor": seen.staff}


@refreshing.post("/refresh")
@refreshing.input(Nothing, arg_name="_nothing")
@refreshing.output(Token, status_code=201)
def refresh(_nothing: dict[str, Any]) -> dict[str, Any]:
    """Give a fresh token for one that is still valid, for twelve hours from signing in."""
    known, now = _sessions(), _sessions().clock()
    with known.billing.reading() as session:
        known.billing.host(session, Ledger(session)).find(g.subject)
    token = _token(g.signed_in, request.headers[NONCE_HEADER], now)
    if not sessions.see(known.billing.uow(), login=g.subject, session_id=g.signed_in.session_id, now=now):
        raise SubjectRejected()
    return token


@refreshing.post("/end")
@refreshing.input(Nothing, arg_name="_nothing")
@refreshing.output(Nothing)
def end(_nothing: dict[str, Any]) -> dict[str, Any]:
    """Sign out: the session is over, and none of its tokens opens anything any more."""
    known = _sessions()
    sessions.end(known.billing.uow(), login=g.subject, session_id=g.signed_in.session_id, now=known.clock())
    return {}


def _caller(entry: dict[str, Any]) -> Caller:
    return Caller(address=str(entry["address"]), agent=entry.get("agent", "")[:LONGEST_AGENT])


def _begun(begun: CabinetSession, nonce: str, caller: Caller, now: datetime) -> dict[str, Any]:
    """A token for a session that is open, a challenge for one that awaits the code."""
    known, subject = _sessions(), Subject(begun.login, begun.begun_at.timestamp(), session_id=begun.id)
    if begun.awaits_code:
        bearer = Bearer(g.caller.id, nonce)
        challenge, expires_at = known.tokens.challenge(subject, bearer=bearer, now=now)
        local = expires_at.astimezone(known.billing.zone)
        return {"token": None, "challenge": challenge, "expires_at": local, "login": begun.login}
    if begun.by is By.PASSWORD:
        for door in (DOOR, CODE_DOOR):
            attempts.forgive(known.billing.uow(), door=door, login=begun.login, address=caller.address)
    return _token(subject, nonce, now) | {"challenge": None, "login": begun.login}


def _token(subject: Subject, nonce: str, now: datetime) -> dict[str, Any]:
    known, bearer = _sessions(), Bearer(g.caller.id, nonce)
    token, expires_at = known.tokens.issue(subject, bearer=bearer, now=now)
    return {"token": token, "expires_at": expires_at.astimezone(known.billing.zone)}


def _sessions() -> Sessions:
    found: Sessions = current_app.extensions[EXTENSION]
    return found
