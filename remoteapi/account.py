"""What a signed-in subscriber does about his own access: password, second factor, address, sessions."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from apiflask import APIBlueprint, Schema
from apiflask.fields import AwareDateTime, Boolean, Enum, Integer, List, Nested, String
from flask import current_app, g

from billing import attempts, factor
from billing.actors import Actor
from billing.cabinet import owning, sessions
from billing.cabinet.accounts import access
from billing.cabinet.models import By, CabinetSession
from billing.errors import BillingError
from billing.factor import WrongCode
from billing.ledger.holds import Ledger
from billing.profile import WrongPassword
from olltv_module.remote.schemas import Nothing, line, row_id
from remoteapi.sessions import EXTENSION, Sessions
from weblib.areas import Area

DOOR = "cabinet own"

bp = APIBlueprint("account", __name__, url_prefix="/me/account", tag="account")
AREAS = (Area(blueprint=bp, scopes=("cabinet",), subject=True, keeps_answers=False, errors=(404, 429)),)


class NewPassword(Schema):
    old = line(256, required=True)
    new = line(256, required=True)


class Password(Schema):
    password = line(256, required=True)


class Code(Schema):
    code = line(64, required=True)


class Wish(Schema):
    wanted = Boolean(required=True)


class WhichSession(Schema):
    id = row_id()


class Secret(Schema):
    secret = String(required=True)
    address = String(required=True, metadata={"description": "What the QR code for the app holds: otpauth://…"})


class Codes(Schema):
    codes = List(String(), required=True, metadata={"description": "Shown this once; each is good once."})


class Address(Schema):
    offered = Boolean(required=True, metadata={"description": "The operator lets this line's address sign in."})
    on = Boolean(required=True, metadata={"description": "And the subscriber has not switched it off."})
    mine = String(required=True, metadata={"description": "The address of the line; empty: none is known."})


class Session(Schema):
    id = Integer(required=True)
    begun_at = AwareDateTime(required=True)
    seen_at = AwareDateTime(required=True)
    address = String(required=True)
    agent = String(required=True)
    by = Enum(By, by_value=True, required=True)
    mine = Boolean(required=True, metadata={"description": "The session that asks."})


class Account(Schema):
    login = String(required=True)
    name = String(required=True)
    second_factor = Boolean(required=True)
    codes_left = Integer(required=True)
    address = Nested(Address, required=True)
    sessions = List(Nested(Session), required=True, metadata={"description": "Those that are open, newest first."})


@bp.get("")
@bp.output(Account)
def show() -> dict[str, Any]:
    """Tell how the subscriber gets in, and where he is signed in now."""
    known = _known()
    with known.billing.reading() as session:
        person = known.billing.host(session, Ledger(session)).find(g.subject)
        his = access(session, g.subject, known.clock())
    offered = sessions.in_networks(person.ip, known.options.cabinet_networks)
    return {
        "login": person.login,
        "name": person.name,
        "second_factor": his.has_second_factor,
        "codes_left": his.codes_left,
        "address": {"offered": offered, "on": his.by_address, "mine": person.ip},
        "sessions": [_shown(each) for each in his.sessions],
    }


@bp.post("/password")
@bp.input(NewPassword, arg_name="passwords")
@bp.output(Nothing)
def change_password(passwords: dict[str, Any]) -> dict[str, Any]:
    """Replace the password. All other sessions end."""
    with _counted():
        owning.change_password(_known().billing.uow(), session_id=g.signed_in.session_id, **passwords, **_signed())
    return {}


@bp.post("/second-factor")
@bp.input(Password, arg_name="shown")
@bp.output(Secret)
def begin_second_factor(shown: dict[str, Any]) -> dict[str, Any]:
    """Give a secret for the subscriber's app. It counts once a code made with it was confirmed."""
    with _counted():
        account = owning.begin_second_factor(_known().billing.uow(), **shown, **_signed())
    return {"secret": account.totp_secret, "address": factor.app_address(account, login=g.subject)}


@bp.post("/second-factor/confirm")
@bp.input(Code, arg_name="shown")
@bp.output(Codes)
def confirm_second_factor(shown: dict[str, Any]) -> dict[str, Any]:
    """Turn the second factor on by the first code of the app, and give the recovery codes."""
    with _counted():
        return {"codes": owning.confirm_second_factor(_known().billing.uow(), **shown, **_signed())}


@bp.post("/second-factor/disable")
@bp.input(Password, arg_name="shown")
@bp.output(Nothing)
def disable_second_factor(shown: dict[str, Any]) -> dict[str, Any]:
    """Turn the second factor off."""
    with _counted():
        owning.disable_second_factor(_known().billing.uow(), **shown, **_signed())
    return {}


@bp.post("/second-factor/codes")
@bp.input(Password, arg_name="shown")
@bp.output(Codes)
def renew_codes(shown: dict[str, Any]) -> dict[str, Any]:
    """Replace the recovery codes; the earlier ones open nothing any more."""
    with _counted():
        return {"codes": owning.renew_codes(_known().billing.uow(), **shown, **_signed())}


@bp.post("/address")
@bp.input(Wish, arg_name="wish")
@bp.output(Nothing)
def allow_address(wish: dict[str, Any]) -> dict[str, Any]:
    """Say whether the address of the own line may sign in."""
    owning.allow_address(_known().billing.uow(), **wish, **_signed())
    return {}


@bp.post("/sessions/end")
@bp.input(WhichSession, arg_name="which")
@bp.output(Nothing)
def end_sessions(which: dict[str, Any]) -> dict[str, Any]:
    """End one session; without an id all of them, the one that asks as well."""
    known, uow = _known(), _known().billing.uow()
    if "id" in which:
        sessions.end(uow, login=g.subject, session_id=which["id"], now=known.clock())
    else:
        sessions.end_everywhere(uow, **_signed())
    return {}


@contextmanager
def _counted() -> Iterator[None]:
    """Count passwords and codes that are wrong like those of a sign-in, so that a session is no place to guess at.

    :raises TooManyAttempts: nothing is looked at
    """
    billing, whose = _known().billing, {"door": DOOR, "login": g.subject, "address": g.session_address}
    attempts.begin(billing.uow(), **whose, now=_known().clock())
    try:
        yield
    except BillingError as refusal:
        if not isinstance(refusal, WrongPassword | WrongCode):
            attempts.forgive(billing.uow(), **whose)
        raise
    attempts.forgive(billing.uow(), **whose)


def _signed() -> dict[str, Any]:
    """Who does it, from the address at which he signed in, and when."""
    return {"login": g.subject, "actor": Actor(g.subject, g.session_address), "now": _known().clock()}


def _shown(session: CabinetSession) -> dict[str, Any]:
    def local(at: datetime) -> datetime:
        return at.astimezone(_known().billing.zone)

    return {
        "id": session.id,
        "begun_at": local(session.begun_at),
        "seen_at": local(session.seen_at),
        "address": session.address,
        "agent": session.agent,
        "by": session.by,
        "mine": session.id == g.signed_in.session_id,
    }


def _known() -> Sessions:
    found: Sessions = current_app.extensions[EXTENSION]
    return found
