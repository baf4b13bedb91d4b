"""A wallet's statement with the reason of every line, for people: it only reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.host.base import Person
from billing.ledger import reading
from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.ledger.reading import StatementLine
from billing.money import Money
from billing.periods import Month
from billing.uow import Billing
from olltv_module.models import Tariff
from olltv_module.services.money import INCOME
from olltv_module.services.wallets import CORRECTIONS

RUN_PREFIX = "olltv.fee_run:"
OUTSIDE = "outside:"
LINES = 50
PORTION = 500


class Cause(StrEnum):
    """What a movement is."""

    FEE = "fee"
    REFUND = "refund"
    TOP_UP = "top_up"
    CORRECTION = "correction"
    OTHER = "other"


@dataclass(frozen=True)
class WalletLine:
    """A movement. `other` is the account on the other side, `source` where money came from; `run_id` the monthly run
    that charged a fee.

    `may_be_refunded`: a fee that nobody has given back yet.
    """

    id: int
    at: datetime
    amount: Money
    balance: Money
    cause: Cause
    other: str
    tariff_id: int | None
    tariff: str | None
    period: str | None
    source: str
    note: str | None
    actor: str
    run_id: int | None
    reverses_id: int | None
    reversed_by: int | None

    @property
    def may_be_refunded(self) -> bool:
        return self.cause is Cause.FEE and self.reversed_by is None


@dataclass(frozen=True)
class Reserve:
    """Money that is held for an order until the partner answers, at the latest until `expires_at`."""

    tariff: str | None
    amount: Money
    at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class WalletStatement:
    """A page of a statement, the newest line first. `next` is for `older_than` of the following page.

    `reserves` is what is reserved in the wallet now, oldest first, whatever the page is of.
    """

    opening: Money
    closing: Money
    held: Money
    lines: list[WalletLine]
    next: int | None
    reserves: list[Reserve]


def read(
    billing: Billing, *, login: str, month: Month | None = None, older_than: int | None = None, limit: int = LINES
) -> WalletStatement:
    """A page of the statement of one subscriber, of one month or of all times.

    :raises UnknownLogin: nobody has this login
    :raises NotFound: `older_than` is no movement of his
    """
    with billing.reading() as session:
        person = billing.host(session, Ledger(session)).find(login)
        return page(billing, session, person, month=month, older_than=older_than, limit=limit)


def page(
    billing: Billing,
    session: Session,
    person: Person,
    *,
    month: Month | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    older_than: int | None = None,
    limit: int = LINES,
) -> WalletStatement:
    """As `read`, in a session of `Billing.reading`; without a month of [since, until)."""
    account = session.get_one(Account, person.wallet_id)
    since, until = (month.starts(billing.zone), month.next().starts(billing.zone)) if month else (since, until)
    found = reading.statement(session, account=account, since=since, until=until, limit=limit, older_than=older_than)
    holds = reading.live_holds(session, account)
    names = tariff_names(session, {each.tariff_id for each in found.lines} | {each.tariff_id for each in holds})
    lines = [_line(each, names) for each in found.lines]
    reserves = [Reserve(names.get(each.tariff_id or 0), each.amount, each.at, each.expires_at) for each in holds]
    return WalletStatement(found.opening, found.closing, found.held, lines, found.next, reserves)


def every_line(billing: Billing, *, login: str, month: Month | None = None) -> Iterator[WalletLine]:
    """All lines, the newest first, read in portions, for exports.

    :raises UnknownLogin: nobody has this login
    """
    older_than: int | None = None
    while True:
        part = read(billing, login=login, month=month, older_than=older_than, limit=PORTION)
        yield from part.lines
        if part.next is None:
            return
        older_than = part.next


def tariff_names(session: Session, ids: set[int | None]) -> dict[int, str]:
    """Names by numbers; without a number that there is not."""
    known = {each for each in ids if each is not None}
    if not known:
        return {}
    rows = session.execute(select(Tariff.id, Tariff.name).where(Tariff.id.in_(known)))
    return dict(rows.tuples().all())


def _line(line: StatementLine, names: dict[int, str]) -> WalletLine:
    run = (line.journal or "").removeprefix(RUN_PREFIX) if (line.journal or "").startswith(RUN_PREFIX) else ""
    return WalletLine(
        id=line.id,
        at=line.at,
        amount=line.amount,
        balance=line.balance,
        cause=_cause(line),
        other=line.other,
        tariff_id=line.tariff_id,
        tariff=names.get(line.tariff_id or 0),
        period=line.period,
        source=line.other.removeprefix(OUTSIDE),
        note=line.note,
        actor=line.actor,
        run_id=int(run) if run.isdigit() else None,
        reverses_id=line.reverses_id,
        reversed_by=line.reversed_by,
    )


def _cause(line: StatementLine) -> Cause:
    if line.reverses_id is not None:
        return Cause.REFUND
    if line.other == INCOME and line.amount.minor < 0:
        return Cause.FEE
    if line.other == CORRECTIONS:
        return Cause.CORRECTION
    if line.other.startswith(OUTSIDE) and line.amount.minor > 0:
        return Cause.TOP_UP
    return Cause.OTHER


def fee(billing: Billing, *, login: str, transfer_id: int) -> WalletLine:
    """One fee that was taken from this subscriber's wallet.

    :raises UnknownLogin, NotFound: there is no such subscriber, or no such fee of his
    """
    with billing.reading() as session:
        person = billing.host(session, Ledger(session)).find(login)
        account = session.get_one(Account, person.wallet_id)
        line = reading.line_of(session, account=account, number=transfer_id)
        found = _line(line, tariff_names(session, {line.tariff_id}))
    if found.cause is not Cause.FEE:
        raise NotFound(transfer=transfer_id)
    return found
