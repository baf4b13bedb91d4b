"""What a subscriber looks back on: every movement of his credits, with the balance after it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.models import Account, Transfer
from billing.ledger.reading import StatementLine, statement
from ppv_module.credits.accounts import account_code

SIZE = 50


class Cause(StrEnum):
    PURCHASE = "purchase"
    SHOW = "show"
    TIP = "tip"
    TIP_REVERSED = "tip_reversed"
    CORRECTION = "correction"
    CLAWBACK = "clawback"
    RESTORE = "restore"
    WATCH = "watch"
    TICKET = "ticket"
    OTHER = "other"


BY_KEY = {
    "ppv.order": Cause.PURCHASE,
    "ppv.show": Cause.SHOW,
    "ppv.tip": Cause.TIP,
    "ppv.tip-reversed": Cause.TIP_REVERSED,
    "ppv.correction": Cause.CORRECTION,
    "ppv.clawback": Cause.CLAWBACK,
    "ppv.restore": Cause.RESTORE,
    "ppv.watch": Cause.WATCH,
    "ppv.ticket": Cause.TICKET,
}
"""The facts that keys of the ledger name."""


@dataclass(frozen=True)
class Line:
    """One movement: `credits` are negative when they went. `text` is what was bought, or the reason of the staff."""

    id: int
    at: datetime
    cause: Cause
    text: str
    credits: int
    balance: int
    show: str | None = None
    """The show that was charged, or what was watched at one price: a line for each tick that cost something."""


@dataclass(frozen=True)
class History:
    """Lines with the newest first. `next` is for `older_than` of the following page, None on the last one."""

    balance: int
    lines: list[Line]
    next: int | None = None


def history(session: Session, *, login: str, older_than: int | None = None, limit: int = SIZE) -> History:
    """A page of the credits of `login`, by as many statements whatever the page; empty for who never had any.

    The oldest line's balance less its credits is where the page before ended, so all pages sum to the balance.

    :raises NotFound: `older_than` is no movement of his
    """
    account = session.scalar(select(Account).where(Account.code == account_code(login)))
    if account is None:
        return History(0, [])
    page = statement(session, account=account, older_than=older_than, limit=limit)
    keys = _keys(session, page.lines)
    lines = [_line(each, keys[each.id]) for each in page.lines]
    return History(account.balance.minor, lines, page.next)


def cause_of(key: str) -> Cause:
    """What a key of the ledger stands for."""
    return BY_KEY.get(key.partition(":")[0], Cause.OTHER)


def _keys(session: Session, lines: list[StatementLine]) -> dict[int, str]:
    query = select(Transfer.id, Transfer.key).where(Transfer.id.in_([each.id for each in lines]))
    return dict(session.execute(query).tuples().all())


def _line(line: StatementLine, key: str) -> Line:
    cause = cause_of(key)
    says = cause not in (Cause.CLAWBACK, Cause.RESTORE)  # there it is the provider's word
    text = (line.note or "") if says else ""
    return Line(line.id, line.at, cause, text, line.amount.minor, line.balance.minor, _show(cause, key))


def _show(cause: Cause, key: str) -> str | None:
    parts = key.split(":")
    if cause is Cause.WATCH:
        return f"watch-{parts[-1]}"
    return parts[1] if cause is Cause.SHOW else None
