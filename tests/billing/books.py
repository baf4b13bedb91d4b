"""Short words for stories about the ledger: accounts by code, one transaction a call, many threads at once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from billing.errors import BillingError
from billing.ledger.models import Account, Hold, Refs, Transfer
from billing.ledger.reading import Statement, statement
from billing.uow import Billing, UnitOfWork, use_case
from tests.support import NOV_10, money

REFS = Refs(actor="olena", login="ivan", subscription_id=7, tariff_id=3, period="2026-11", note="why")


def account(uow: UnitOfWork, code: str, unit: str = "UAH") -> Account:
    """A wallet must be there; any other account is a system account, made on first use."""
    return uow.ledger.account(code) if code.startswith("wallet:") else uow.ledger.system(code, unit)


@use_case
def open_wallet(uow: UnitOfWork, code: str, amount: str = "0 UAH", floor: str = "0 UAH") -> str:
    wallet = uow.ledger.open(code, money(amount).unit, floor=money(floor))
    if money(amount).minor:
        cash = account(uow, f"outside:{wallet.unit}", wallet.unit)
        uow.ledger.transfer(
            source=cash, target=wallet, amount=money(amount), key=f"opening {code}", refs=REFS, at=NOV_10
        )
    return code


@use_case
def transfer(
    uow: UnitOfWork,
    source: str,
    target: str,
    amount: str,
    key: str,
    *,
    keep: str | None = None,
    journal: str | None = None,
    at: datetime = NOV_10,
) -> Transfer:
    return uow.ledger.transfer(
        source=account(uow, source),
        target=account(uow, target),
        amount=money(amount),
        key=key,
        refs=REFS,
        at=at,
        keep=money(keep) if keep else None,
        journal=journal,
    )


@use_case
def reverse(uow: UnitOfWork, posted: Transfer, key: str) -> Transfer:
    return uow.ledger.reverse(posted, key=key, refs=REFS, at=NOV_10)


@use_case
def hold(
    uow: UnitOfWork,
    source: str,
    target: str,
    amount: str,
    key: str,
    *,
    keep: str | None = None,
    expires_at: datetime = NOV_10 + timedelta(days=3),
) -> Hold:
    return uow.ledger.hold(
        source=account(uow, source),
        target=account(uow, target),
        amount=money(amount),
        key=key,
        refs=REFS,
        at=NOV_10,
        expires_at=expires_at,
        keep=money(keep) if keep else None,
    )


@use_case
def capture(uow: UnitOfWork, held: Hold, key: str, period: str | None = "2026-11") -> Transfer:
    return uow.ledger.capture(held.id, at=NOV_10, key=key, period=period)


@use_case
def release(uow: UnitOfWork, held: Hold) -> None:
    uow.ledger.release(held.id, at=NOV_10)


def wallet_now(billing: Billing, code: str) -> tuple[str, str]:
    """Balance and what of it is free, as text."""
    with billing.reading() as session:
        found = session.scalars(select(Account).where(Account.code == code)).one()
        return str(found.balance), str(found.available)


def transfers(billing: Billing) -> list[Transfer]:
    with billing.reading() as session:
        return list(session.scalars(select(Transfer).order_by(Transfer.id)))


def holds(billing: Billing) -> list[Hold]:
    with billing.reading() as session:
        return list(session.scalars(select(Hold).order_by(Hold.id)))


def statement_of(billing: Billing, code: str, **limits: object) -> Statement:
    with billing.reading() as session:
        found = session.scalars(select(Account).where(Account.code == code)).one()
        return statement(session, account=found, **limits)  # type: ignore[arg-type]


def at_once(times: int, call: Callable[[int], object]) -> list[object]:
    """Call `call(0) … call(times - 1)` in as many threads, all released together; gives answers and refusals."""
    start = Barrier(times)

    def run(number: int) -> object:
        start.wait()
        try:
            return call(number)
        except (BillingError, DBAPIError) as error:
            return error

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))
