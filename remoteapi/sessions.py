"""Signing a subscriber in: his password for a short-lived token. Nothing of it is kept but failed tries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import IP, AwareDateTime, String
from flask import current_app, g, request

from billing import attempts, visits
from billing.clock import Clock
from billing.ledger.holds import Ledger
from billing.uow import Billing
from olltv_module.remote.schemas import Nothing, line
from remoteapi.errors import WrongCredentials
from remoteapi.guard import NONCE_HEADER
from remoteapi.tokens import Subject, Tokens
from weblib.areas import Area

EXTENSION = "remoteapi.sessions"
DOOR = "cabinet"

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


class Credentials(Schema):
    login = line(64, required=True)
    password = line(256, required=True)
    nonce = line(128, required=True, shortest=16)
    address = IP(required=True, metadata={"description": "The subscriber's own address, as the cabinet sees it."})


class Ticket(Schema):
    ticket = line(128, required=True)
    nonce = line(128, required=True, shortest=16)
    address = IP(required=True, metadata={"description": "The address of the person who looks."})


class Token(Schema):
    token = String(required=True)
    expires_at = AwareDateTime(required=True)


class VisitToken(Token):
    login = String(required=True, metadata={"description": "Whose cabinet is looked at."})
    visitor = String(required=True, metadata={"description": "The person of the staff who looks."})


@signing_in.post("")
@signing_in.input(Credentials, arg_name="credentials")
@signing_in.output(Token, status_code=201)
def sign_in(credentials: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a login and its password. `nonce` is a random text of the cabinet's session with its user."""
    sessions, login, address = _sessions(), credentials["login"], str(credentials["address"])
    billing, now = sessions.billing, sessions.clock()
    attempts.begin(billing.uow(), door=DOOR, login=login, address=address, now=now)
    with billing.reading() as session:
        right = billing.host(session, Ledger(session)).check_password(login, credentials["password"])
    if not right:
        raise WrongCredentials()
    attempts.forgive(billing.uow(), door=DOOR, login=login, address=address)
    return _token(Subject(login, now.timestamp()), credentials["nonce"], now)


@signing_in.post("/visit")
@signing_in.input(Ticket, arg_name="ticket")
@signing_in.output(VisitToken, status_code=201)
def visit(ticket: dict[str, Any]) -> dict[str, Any]:
    """Give a token for a ticket that staff got in the panel: for reading only, for 15 minutes, without a refresh."""
    sessions, now = _sessions(), _sessions().clock()
    seen = visits.begin_visit(sessions.billing.uow(), ticket=ticket["ticket"], address=str(ticket["address"]), now=now)
    token = _token(Subject(seen.login, now.timestamp(), seen.staff), ticket["nonce"], now)
    local = token["expires_at"].astimezone(sessions.billing.zone)
    return token | {"expires_at": local, "login": seen.login, "visitor": seen.staff}


@refreshing.post("/refresh")
@refreshing.input(Nothing, arg_name="_nothing")
@refreshing.output(Token, status_code=201)
def refresh(_nothing: dict[str, Any]) -> dict[str, Any]:
    """Give a fresh token for one that is still valid, for twelve hours from signing in."""
    sessions = _sessions()
    with sessions.billing.reading() as session:
        sessions.billing.host(session, Ledger(session)).find(g.subject)
    return _token(g.signed_in, request.headers[NONCE_HEADER], sessions.clock())


def _token(subject: Subject, nonce: str, now: datetime) -> dict[str, Any]:
    token, expires_at = _sessions().tokens.issue(subject, key_id=g.caller.id, nonce=nonce, now=now)
    return {"token": token, "expires_at": expires_at}


def _sessions() -> Sessions:
    found: Sessions = current_app.extensions[EXTENSION]
    return found
