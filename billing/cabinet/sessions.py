"""Sessions of subscribers: begun in one step or two, seen again, ended."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address

from sqlalchemy import delete, select, update

from billing.actors import Actor
from billing.cabinet.accounts import lock, owner
from billing.cabinet.models import CODE_WAIT, LONGEST_AGENT, By, CabinetAccount, CabinetSession
from billing.errors import N_, NotAllowed, NotFound
from billing.factor import WrongCode
from billing.host.base import canonical_ip
from billing.uow import UnitOfWork, use_case

KEPT = timedelta(days=30)
"""So long it can be read from where a subscriber was signed in."""

Networks = Sequence[IPv4Network | IPv6Network]


class AddressUnknown(NotAllowed):
    """Not offered, nobody's, shared by two or not wanted by its owner: the caller is not told which."""

    code, http_status = "address_unknown", 401
    text = N_("This address does not say who you are. Sign in with login and password.")


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Who wants to come in: the network address and the program, as the cabinet sees them."""

    address: str
    agent: str = ""


@use_case
def begin_by_password(
    uow: UnitOfWork, *, login: str, known: int, caller: Caller, now: datetime
) -> CabinetSession | None:
    """Begin a session of somebody whose password was right; with a second factor it still awaits the code.

    `known` is the `edition` of the account from before the password was looked at: None when the password was changed,
    or all sessions were ended, meanwhile.
    """
    account = lock(uow, login)
    return None if account.epoch != known else _begin(uow, account, By.PASSWORD, caller, now)


@use_case
def begin_by_address(uow: UnitOfWork, *, networks: Networks, caller: Caller, now: datetime) -> CabinetSession:
    """Begin a session of the one subscriber whose line has this address, if it is inside `networks`.

    :raises AddressUnknown: nothing has changed
    """
    ip = canonical_ip(caller.address)
    logins = uow.host.logins_at(ip) if in_networks(ip, networks) else []
    if len(logins) != 1:
        raise AddressUnknown()
    account = lock(uow, logins[0])
    if account.address_off:
        raise AddressUnknown()
    return _begin(uow, account, By.ADDRESS, caller, now)


@use_case
def pass_code(
    uow: UnitOfWork, *, login: str, session_id: int, code: str, caller: Caller, now: datetime
) -> CabinetSession | None:
    """Take the second step; None when the session does not await it (any more).

    :raises WrongCode: nothing has changed
    """
    account = lock(uow, login)
    row = uow.session.get(CabinetSession, session_id, with_for_update=True, populate_existing=True)
    if row is None or not _awaits(row, login, now):
        return None
    actor = Actor(login, caller.address)
    if owner(uow, account).accept(code=code, actor=actor, now=now) is None:
        raise WrongCode(field="code")
    row.awaits_code, row.begun_at, row.seen_at = False, now, now
    _tell(uow, row, now)
    return row


@use_case
def see(uow: UnitOfWork, *, login: str, session_id: int, now: datetime) -> bool:
    """Note that the session is in use; whether it still may be."""
    mine = CabinetSession.id == session_id, CabinetSession.login == login, CabinetSession.ended_at.is_(None)
    seen = update(CabinetSession).where(*mine, CabinetSession.awaits_code.is_(False)).values(seen_at=now)
    return bool(uow.session.execute(seen).rowcount)  # type: ignore[attr-defined]


@use_case
def end(uow: UnitOfWork, *, login: str, session_id: int, now: datetime) -> None:
    """End one session. Repeating it is harmless.

    :raises NotFound: `login` has no such session
    """
    mine = CabinetSession.id == session_id, CabinetSession.login == login
    row = uow.session.scalar(select(CabinetSession).where(*mine).with_for_update())
    if row is None:
        raise NotFound(session=session_id)
    row.ended_at = row.ended_at or now


@use_case
def end_everywhere(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> None:
    """End all sessions of `login`, also those that are being begun at this moment."""
    account = lock(uow, login)
    end_all(uow, account, now=now)
    uow.events.write("CABINET OF ({login}) SIGN OUT EVERYWHERE", login=login, actor=actor, at=now)


def end_all(uow: UnitOfWork, account: CabinetAccount, *, but: int = 0, now: datetime) -> None:
    """End the sessions of the account's owner, whose row is locked, all `but` one."""
    mine = CabinetSession.login == account.login, CabinetSession.ended_at.is_(None), CabinetSession.id != but
    uow.session.execute(update(CabinetSession).where(*mine).values(ended_at=now))
    account.epoch += 1


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> int:
    """Drop sessions that began too long ago to be of interest; gives their number."""
    old = delete(CabinetSession).where(CabinetSession.begun_at < now - KEPT)
    return int(uow.session.execute(old).rowcount)  # type: ignore[attr-defined]


def in_networks(ip: str, networks: Networks) -> bool:
    """Whether an address, written as `canonical_ip` does, lies in one of `networks`; an empty one does not."""
    return bool(ip) and any(ip_address(ip) in network for network in networks)


def _begin(uow: UnitOfWork, account: CabinetAccount, by: By, caller: Caller, now: datetime) -> CabinetSession:
    row = CabinetSession(login=account.login, by=by, begun_at=now, seen_at=now, awaits_code=account.has_second_factor)
    row.address, row.agent = caller.address[:64], caller.agent[:LONGEST_AGENT]
    uow.session.add(row)
    uow.session.flush()
    if not row.awaits_code:
        _tell(uow, row, now)
    return row


def _tell(uow: UnitOfWork, row: CabinetSession, now: datetime) -> None:
    """Only who came in without a password leaves a line: the others are in the table of sessions."""
    if row.by is By.ADDRESS:
        line, actor = "CABINET OF ({login}) SIGN IN BY ADDRESS", Actor(row.login, row.address)
        uow.events.write(line, login=row.login, actor=actor, at=now)


def _awaits(row: CabinetSession, login: str, now: datetime) -> bool:
    is_open = row.awaits_code and row.ended_at is None
    return is_open and row.login == login and row.begun_at > now - CODE_WAIT
