"""Taking credits for minutes: all accounts of a message at once, in a constant number of statements.

What an account has watched at one price is added to its meter; the meter says what is due, and as much of that is
taken as is there. The rest stays as arrears. Accounts are locked in the order of their numbers, the state of the
credits before the account, as everywhere.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Insert,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal,
    null,
    select,
    update,
)
from sqlalchemy.orm import Session

from billing.joins import in_order
from billing.ledger import bulk
from billing.ledger.models import Account
from billing.money import CREDITS
from billing.uow import UnitOfWork
from ppv_module.credits.accounts import SPENT
from ppv_module.credits.models import CreditState
from ppv_module.streams.models import Right
from ppv_module.streams.rights.models import Counting, Meter, Price, Rounding, Ticket
from ppv_module.streams.syncs.metering import lesser, ms_between, not_negative, sql_due, sql_started
from ppv_module.streams.syncs.steps import NOW
from ppv_module.streams.syncs.work import BILL, CHARGE, STEP

ACTOR = "streams"
KEY_PREFIX, JOURNAL_PREFIX = "ppv.watch:", "ppv.sync:"
LONGEST_SHOWN = 60
RECORD, INCOME = (bindparam(name, type_=BigInteger()) for name in ("record", "income"))
PRICE: Any = Price.__table__.c
SERVER_NAME = bindparam("server_name", type_=String())


@dataclass(frozen=True)
class Charged:
    """What a message has cost all together."""

    accounts: int = 0
    credits: int = 0


NOTHING = Charged()


def charge(uow: UnitOfWork, *, record_id: int, server_name: str, now: datetime) -> Charged:
    """Take what the metered sessions in `step` cost."""
    session = uow.session
    values = {"record": record_id, "server_name": server_name, "now": now}
    values |= {"income": uow.ledger.system(SPENT, CREDITS).id}
    session.execute(_bills())
    if session.get_bind().dialect.name != "sqlite":  # who writes there is alone
        session.execute(_lock())
    session.execute(_new_meters())
    several = session.scalar(select(func.count() - func.count(BILL.c.account_id.distinct())).select_from(BILL))
    session.execute(_charges(several=bool(several)), values)
    charged, paid, gifts = session.execute(_sums()).one()
    session.execute(_meters())
    if paid:
        _posting().run(session, values)
    if gifts:
        session.execute(_gifts())
    return Charged(charged, int(paid or 0))


def use_tickets(session: Session) -> None:
    """Take the time of those who watch by ticket off their tickets."""
    session.execute(_used())


@cache
def _bills() -> Insert:
    """What each account has watched at each price; in the order in which accounts are locked."""
    minutes = sql_started(STEP.c.before_ms + STEP.c.delta_ms) - sql_started(STEP.c.before_ms)
    query = (
        select(
            STEP.c.account_id,
            STEP.c.price_id,
            func.sum(STEP.c.delta_ms),
            func.max(STEP.c.delta_ms),
            func.sum(minutes),
            func.count(),
            func.min(STEP.c.session),
        )
        .where(STEP.c.entitled == str(Right.MINUTE), STEP.c.delta_ms > 0)
        .group_by(STEP.c.account_id, STEP.c.price_id)
    )
    return insert(BILL).from_select([column.name for column in BILL.columns], query, include_defaults=False)


@cache
def _lock() -> Select[Any]:
    state: Any = CreditState.__table__
    account: Any = Account.__table__
    joined = in_order(
        BILL, (state, state.c.account_id == BILL.c.account_id), (account, account.c.id == BILL.c.account_id)
    )
    return select(func.count()).select_from(joined).with_for_update()


@cache
def _new_meters() -> Insert:
    meter: Any = Meter.__table__
    same = and_(meter.c.account_id == BILL.c.account_id, meter.c.price_id == BILL.c.price_id)
    query = select(BILL.c.account_id, BILL.c.price_id).outerjoin_from(BILL, meter, same).where(meter.c.id.is_(None))
    query = query.order_by(BILL.c.account_id, BILL.c.price_id)
    return insert(meter).from_select(["account_id", "price_id"], query, include_defaults=False)


@cache
def _charges(*, several: bool) -> Insert:
    """`several`: some account watches at more than one price, and what it has goes to the oldest first."""
    due = _due().subquery("due").c
    unpaid = due.due - due.charged
    left = not_negative(due.available)
    if several:
        earlier = func.sum(unpaid).over(partition_by=due.account_id, order_by=due.price_id) - unpaid
        left = not_negative(due.available - earlier)
    query = select(
        due.meter_id,
        due.account_id,
        due.price_id,
        due.watched_ms,
        due.due,
        lesser(unpaid, left),
        due.bonus,
        due.login,
        due.note,
        due.until,
    )
    return insert(CHARGE).from_select([column.name for column in CHARGE.columns], query, include_defaults=False)


def _due() -> Select[Any]:
    """What each meter shows when this message is added, and what its account can spend."""
    wallclock = Price.counting == Counting.WALLCLOCK
    elapsed = case((Meter.until.is_(None), BILL.c.largest_ms), else_=ms_between(Meter.until, NOW))
    added = case((wallclock, lesser(BILL.c.largest_ms, not_negative(elapsed))), else_=BILL.c.ms)
    watched_ms = Meter.watched_ms + added
    by_minute = case(
        (wallclock, sql_started(watched_ms) * Price.per_minute), else_=Meter.due + BILL.c.minutes * Price.per_minute
    )
    due = case((Price.rounding == Rounding.STARTED_MINUTE, by_minute), else_=sql_due(watched_ms, PRICE.per_minute))
    due = case((due > Meter.due, due), else_=Meter.due)
    shown = func.substr(BILL.c.first, 1, LONGEST_SHOWN)
    more = literal(" +").concat(cast(BILL.c.sessions - 1, String(20)))
    note = cast(added, String(20)).concat(" ms ").concat(SERVER_NAME)
    note = note.concat(" ").concat(shown).concat(case((BILL.c.sessions > 1, more), else_=""))
    joined = in_order(
        BILL,
        (Price, Price.id == BILL.c.price_id),
        (Meter, and_(Meter.account_id == BILL.c.account_id, Meter.price_id == BILL.c.price_id)),
        (Account, Account.id == BILL.c.account_id),
        (CreditState, CreditState.account_id == BILL.c.account_id),
    )
    return select(
        Meter.id.label("meter_id"),
        BILL.c.account_id,
        BILL.c.price_id,
        watched_ms.label("watched_ms"),
        due.label("due"),
        Meter.charged,
        (Account.balance_minor - Account.held_minor - Account.floor_minor).label("available"),
        CreditState.bonus,
        CreditState.login,
        note.label("note"),
        case((wallclock, case((Meter.until > NOW, Meter.until), else_=NOW))).label("until"),
    ).select_from(joined)


@cache
def _sums() -> Select[Any]:
    return select(func.count(), func.sum(CHARGE.c.pay), func.sum(CHARGE.c.bonus))


@cache
def _meters() -> Update:
    meter: Any = Meter.__table__
    changed = {"watched_ms": CHARGE.c.watched_ms, "due": CHARGE.c.due, "until": CHARGE.c.until}
    changed |= {"charged": meter.c.charged + CHARGE.c.pay}
    return update(meter).where(meter.c.id == CHARGE.c.meter_id).values(changed)


@cache
def _posting() -> bulk.Posting:
    key = literal(KEY_PREFIX).concat(RECORD).concat(":").concat(CHARGE.c.meter_id)
    nothing = null()
    transfers = select(
        key, CHARGE.c.account_id, CHARGE.c.pay, CHARGE.c.login, nothing, CHARGE.c.price_id, nothing
    ).where(CHARGE.c.pay > 0)
    return bulk.posting(
        transfers=transfers.order_by(CHARGE.c.meter_id),
        debits=_paid(),
        constants={
            "target_id": INCOME,
            "unit": CREDITS,
            "at": NOW,
            "actor": ACTOR,
            "journal": literal(JOURNAL_PREFIX).concat(RECORD),
            "note": CHARGE.c.note,
        },
    )


def _paid() -> Select[Any]:
    paid = func.sum(CHARGE.c.pay).label("amount_minor")
    query = select(CHARGE.c.account_id.label("account_id"), paid).where(CHARGE.c.pay > 0)
    return query.group_by(CHARGE.c.account_id)


@cache
def _gifts() -> Update:
    """Gifts are spent first."""
    state: Any = CreditState.__table__
    paid = _paid().where(CHARGE.c.bonus > 0).subquery("paid").c
    left = not_negative(state.c.bonus - paid.amount_minor)
    return update(state).where(state.c.account_id == paid.account_id).values(bonus=left)


@cache
def _used() -> Update:
    ticket: Any = Ticket.__table__
    used = (
        select(STEP.c.ticket_id, func.sum(STEP.c.delta_ms).label("ms"))
        .where(STEP.c.ticket_id.is_not(None))
        .group_by(STEP.c.ticket_id)
        .subquery("used")
        .c
    )
    return update(ticket).where(ticket.c.id == used.ticket_id).values(used_ms=ticket.c.used_ms + used.ms)
