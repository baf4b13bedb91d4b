"""What people ask the ledger: statements of an account, balances of system accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from heapq import merge
from itertools import islice

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.ledger.models import Account, Hold, HoldState, Transfer
from billing.money import Money


@dataclass(frozen=True)
class StatementLine:
    """One movement as the account's owner sees it: `amount` is negative when money left.

    `reverses_id` names the movement that this one undoes, `reversed_by` the one that undid this.
    """

    id: int
    at: datetime
    amount: Money
    balance: Money
    other: str
    tariff_id: int | None
    period: str | None
    note: str | None
    actor: str
    journal: str | None = None
    reverses_id: int | None = None
    reversed_by: int | None = None


@dataclass(frozen=True)
class Statement:
    """Lines with the newest first; `opening` is the balance before the oldest of them.

    `next` is where the following page begins, for `older_than`; None on the last one.
    """

    opening: Money
    closing: Money
    held: Money
    lines: list[StatementLine]
    next: int | None = None


def statement(
    session: Session,
    *,
    account: Account,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 100,
    older_than: int | None = None,
) -> Statement:
    """The movements of `account` in [since, until), at most the newest `limit` of them.

    `older_than` is the last movement of the page before. The running balance is counted back from the account's
    present balance, so it agrees with what is stored. Each side is read from its own index, from the newest on: how
    much else there is in the ledger does not matter.

    :raises NotFound: `older_than` is no movement of this account
    """
    begins = _line_of(session, account, older_than) if older_than is not None else None
    newer = _newer(begins, until)
    closing = account.balance - _moved(session, account, newer) if newer else account.balance
    where = [*_range(since, until), *([_before(begins)] if begins else [])]
    rows = _newest(session, account, where, limit + 1)
    codes, undone = _codes(session, account, rows), _undone(session, [row.id for row in rows])
    balance, lines = closing, []
    for row in rows[:limit]:
        other, signed = _from_account(account, row)
        lines.append(_line(row, signed, balance, codes[other], undone.get(row.id)))
        balance -= signed
    held = Money(account.held_minor, account.unit)
    further = lines[-1].id if len(rows) > limit and lines else None
    return Statement(opening=balance, closing=closing, held=held, lines=lines, next=further)


def line_of(session: Session, *, account: Account, number: int) -> StatementLine:
    """One movement of `account`, with the balance after it.

    :raises NotFound: it is none of this account
    """
    row = _line_of(session, account, number)
    other, signed = _from_account(account, row)
    balance = account.balance - _moved(session, account, _from(row)) + signed
    return _line(row, signed, balance, session.get_one(Account, other).code, _undone(session, [row.id]).get(row.id))


def first_at(session: Session, *, account: Account) -> datetime | None:
    """When the first movement of `account` was, if there was any."""
    sides = (Transfer.source_id == account.id, Transfer.target_id == account.id)
    firsts = [session.scalar(select(func.min(Transfer.at)).where(side)) for side in sides]
    return min((at for at in firsts if at), default=None)


def _from_account(account: Account, row: Transfer) -> tuple[int, Money]:
    """The account on the other side, and the amount as this account's owner sees it."""
    went = row.source_id == account.id
    return (row.target_id, -row.amount) if went else (row.source_id, row.amount)


def _line(row: Transfer, signed: Money, balance: Money, other: str, reversed_by: int | None) -> StatementLine:
    return StatementLine(
        id=row.id,
        at=row.at,
        amount=signed,
        balance=balance,
        other=other,
        tariff_id=row.tariff_id,
        period=row.period,
        note=row.note,
        actor=row.actor,
        journal=row.journal,
        reverses_id=row.reverses_id,
        reversed_by=reversed_by,
    )


def _newest(session: Session, account: Account, where: list[ColumnElement[bool]], limit: int) -> list[Transfer]:
    """What went out and what came in, merged by time."""

    def side(of_account: ColumnElement[bool]) -> Sequence[Transfer]:
        query = select(Transfer).where(of_account, *where).order_by(Transfer.at.desc(), Transfer.id.desc())
        return session.scalars(query.limit(limit)).all()

    went, came = side(Transfer.source_id == account.id), side(Transfer.target_id == account.id)
    return list(islice(merge(went, came, key=lambda each: (each.at, each.id), reverse=True), limit))


def _codes(session: Session, account: Account, rows: Sequence[Transfer]) -> dict[int, str]:
    """The codes of the accounts on the other side. A join would let the database read the rows in another order."""
    ids = {_from_account(account, each)[0] for each in rows}
    return dict(session.execute(select(Account.id, Account.code).where(Account.id.in_(ids))).tuples().all())


def _undone(session: Session, ids: list[int]) -> dict[int, int]:
    if not ids:
        return {}
    query = select(Transfer.reverses_id, Transfer.id).where(Transfer.reverses_id.in_(ids))
    return {undone: by for undone, by in session.execute(query) if undone is not None}


def _line_of(session: Session, account: Account, number: int) -> Transfer:
    row = session.get(Transfer, number)
    if row is None or account.id not in (row.source_id, row.target_id):
        raise NotFound(transfer=number)
    return row


def _before(line: Transfer) -> ColumnElement[bool]:
    return and_(Transfer.at <= line.at, or_(Transfer.at < line.at, Transfer.id < line.id))


def _from(line: Transfer) -> list[ColumnElement[bool]]:
    """`line` and everything newer."""
    return [Transfer.at >= line.at, or_(Transfer.at > line.at, Transfer.id >= line.id)]


def _newer(begins: Transfer | None, until: datetime | None) -> list[ColumnElement[bool]]:
    """What is left out because it is newer than the page: from its beginning on, or from the end of the range."""
    if begins and (until is None or begins.at < until):
        return _from(begins)
    return [Transfer.at >= until] if until else []


def _range(since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [*([Transfer.at >= since] if since else []), *([Transfer.at < until] if until else [])]


def _moved(session: Session, account: Account, where: list[ColumnElement[bool]]) -> Money:
    came = select(func.sum(Transfer.amount_minor)).where(Transfer.target_id == account.id, *where)
    went = select(func.sum(Transfer.amount_minor)).where(Transfer.source_id == account.id, *where)
    sums = session.execute(select(came.scalar_subquery(), went.scalar_subquery())).one()
    came_minor, went_minor = (int(each or 0) for each in sums)  # MariaDB sums whole numbers to a Decimal
    return Money(came_minor - went_minor, account.unit)


def system_balance(session: Session, code: str) -> Money:
    """What came into a system account less what went out, summed now.

    :raises NoResultFound: there is no such account
    """
    account = session.scalars(select(Account).where(Account.code == code)).one()
    return _moved(session, account, [])


def live_holds(session: Session, account: Account) -> list[Hold]:
    """What is reserved in `account` now, oldest first."""
    held = and_(Hold.source_id == account.id, Hold.state == HoldState.HELD)
    return list(session.scalars(select(Hold).where(held).order_by(Hold.id)))
