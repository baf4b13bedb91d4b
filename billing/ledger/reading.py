"""What people ask the ledger: statements of an account, balances of system accounts."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Hold, HoldState, Transfer
from billing.money import Money


@dataclass(frozen=True)
class StatementLine:
    """One movement as the account's owner sees it: `amount` is negative when money left."""

    id: int
    at: datetime
    amount: Money
    balance: Money
    other: str
    tariff_id: int | None
    period: str | None
    note: str | None
    actor: str


@dataclass(frozen=True)
class Statement:
    """Lines with the newest first; `opening` is the balance before the oldest of them."""

    opening: Money
    closing: Money
    held: Money
    lines: list[StatementLine]


def statement(
    session: Session,
    *,
    account: Account,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
) -> Statement:
    """The movements of `account` in [since, until), at most the newest `limit` of them.

    The running balance is counted back from the account's present balance, so it agrees with what is stored.
    """
    closing = account.balance - Money(_moved(session, account, since=until), account.unit) if until else account.balance
    of_account = or_(Transfer.source_id == account.id, Transfer.target_id == account.id)
    query = select(Transfer, Account.code).join(
        Account,
        Account.id == case((Transfer.source_id == account.id, Transfer.target_id), else_=Transfer.source_id),
    )
    query = query.where(of_account, *_range(since, until)).order_by(Transfer.at.desc(), Transfer.id.desc()).limit(limit)
    balance, lines = closing, []
    for row, other in session.execute(query):
        signed = -row.amount if row.source_id == account.id else row.amount
        lines.append(
            StatementLine(row.id, row.at, signed, balance, other, row.tariff_id, row.period, row.note, row.actor)
        )
        balance -= signed
    return Statement(opening=balance, closing=closing, held=Money(account.held_minor, account.unit), lines=lines)


def _range(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [*([Transfer.at >= since] if since else []), *([Transfer.at < until] if until else [])]


def _moved(session: Session, account: Account, since: datetime | None) -> int:
    signed = case((Transfer.target_id == account.id, Transfer.amount_minor), else_=-Transfer.amount_minor)
    of_account = or_(Transfer.source_id == account.id, Transfer.target_id == account.id)
    total = session.scalar(select(func.sum(signed)).where(of_account, *_range(since, None)))
    return int(total or 0)  # MariaDB sums whole numbers to a Decimal


def system_balance(session: Session, code: str) -> Money:
    """What came into a system account less what went out, summed now.

    :raises NoResultFound: there is no such account
    """
    account = session.scalars(select(Account).where(Account.code == code)).one()
    return Money(_moved(session, account, since=None), account.unit)


def live_holds(session: Session, account: Account) -> list[Hold]:
    """What is reserved in `account` now, oldest first."""
    held = and_(Hold.source_id == account.id, Hold.state == HoldState.HELD)
    return list(session.scalars(select(Hold).where(held).order_by(Hold.id)))
