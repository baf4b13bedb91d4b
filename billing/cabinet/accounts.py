"""The account of a subscriber's access: what it is locked by, and what is read of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing import factor
from billing.cabinet.models import CabinetAccount, CabinetRecovery, CabinetSession, live
from billing.db import insert_missing
from billing.factor import Owner
from billing.uow import UnitOfWork

MOST_SHOWN = 50


@dataclass(frozen=True)
class Access:
    """How a subscriber gets in. `sessions` are those he could use now, the latest first, 50 at most."""

    has_second_factor: bool
    codes_left: int
    by_address: bool
    sessions: list[CabinetSession]


def lock(uow: UnitOfWork, login: str) -> CabinetAccount:
    """The account of `login`, made if there was none; nobody else changes it until the transaction ends."""
    insert_missing(uow.session, CabinetAccount, login=login)
    return uow.session.get_one(CabinetAccount, login, with_for_update=True, populate_existing=True)


def owner(uow: UnitOfWork, account: CabinetAccount) -> Owner:
    """The second factor of a locked account."""
    login, line = account.login, "CABINET OF ({login}) WHAT"
    return Owner(
        uow=uow, row=account, login=login, codes=CabinetRecovery, key=("login", login), line=line, subscriber=login
    )


def edition(session: Session, login: str) -> int:
    """The number of times that all sessions of `login` were ended."""
    return session.scalar(select(CabinetAccount.epoch).where(CabinetAccount.login == login)) or 0


def access(session: Session, login: str, now: datetime) -> Access:
    """How the subscriber `login` gets in, at this moment."""
    account = session.get(CabinetAccount, login) or CabinetAccount(login=login, address_off=False)
    left = factor.codes_left(session, CabinetRecovery, ("login", login)) if account.has_second_factor else 0
    newest = select(CabinetSession).where(*live(login, now)).order_by(CabinetSession.id.desc()).limit(MOST_SHOWN)
    sessions = list(session.scalars(newest))
    return Access(account.has_second_factor, left, not account.address_off, sessions)
