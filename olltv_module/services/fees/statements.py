"""The set-based statements of one chunk of the monthly run.

A chunk is a range of subscriber ids. `classify` writes one line for everybody in it who owes something for the
period; that is all a preview does. The rest follows the lines: fees, balances, paid months, suspensions, the queue.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Insert,
    Select,
    String,
    Update,
    and_,
    bindparam,
    case,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.orm import Session

from billing.db import Base, Instant
from billing.events import Event
from billing.joins import in_order
from billing.ledger import bulk
from billing.ledger.models import Account
from olltv_module.models import Delivery, Reason, State, Subscriber, Subscription
from olltv_module.services.fees.models import JOURNAL_PREFIX, FeeLine, FeePrice, FeeRun, Outcome
from olltv_module.services.money import KEY_PREFIX

RUN, AFTER, UPTO, INCOME = (bindparam(name, type_=BigInteger()) for name in ("run", "after", "upto", "income"))
PERIOD, ACTOR, ADDRESS, UNIT = (bindparam(name, type_=String()) for name in ("period", "actor", "address", "unit"))
NOW = bindparam("now", type_=Instant())
"""What differs from chunk to chunk and from run to run: the statements are built once, and these are filled in."""

SUBSCRIPTIONS = and_(Subscription.subscriber_id > AFTER, Subscription.subscriber_id <= UPTO)
LINES = and_(FeeLine.run_id == RUN, FeeLine.subscriber_id > AFTER, FeeLine.subscriber_id <= UPTO)
OF_LINE = FeeLine.subscriber_id == Subscription.subscriber_id
DUE = and_(Subscription.state == State.ACTIVE, Subscription.paid_through < PERIOD)
PRICE = and_(FeePrice.run_id == RUN, FeePrice.tariff_id == Subscription.tariff_id)
PAYS = or_(FeeLine.outcome == Outcome.CHARGED, and_(FeeLine.outcome == Outcome.KEPT_MAIN, Subscription.main))
PAYING = and_(LINES, SUBSCRIPTIONS, OF_LINE, DUE, PAYS)
"""Due subscriptions that are paid for, joined to their subscriber's line."""

UNPAID = or_(DUE, and_(FeeLine.main_due, FeeLine.outcome != Outcome.KEPT_MAIN))
LOSES = and_(FeeLine.outcome != Outcome.CHARGED, Subscription.state == State.ACTIVE, UNPAID)
GOING_OFF = and_(LINES, SUBSCRIPTIONS, OF_LINE, LOSES)
"""After the paid ones are marked: what is still due, and what cannot stay on without its main."""


@dataclass(frozen=True)
class Chunk:
    """Subscribers with ids in (after, upto] of one run."""

    session: Session
    run: FeeRun
    person: FromClause
    after: int
    upto: int
    now: datetime

    @property
    def values(self) -> dict[str, object]:
        """For the bind parameters of the statements."""
        of_run = {"run": self.run.id, "period": self.run.period, "actor": self.run.actor, "address": self.run.address}
        return of_run | {"after": self.after, "upto": self.upto, "now": self.now}

    def execute(self, statement: Insert | Select[Any] | Update) -> Any:
        return self.session.execute(statement, self.values)


def chunk_end(session: Session, after: int, size: int) -> int | None:
    """The id of the last of the next `size` subscribers, or None when there are no more."""
    return session.scalar(_following(), {"after": after, "size": size})


@cache
def _following() -> Select[tuple[int]]:
    size = bindparam("size", type_=BigInteger())
    ids = select(Subscriber.id).where(Subscriber.id > AFTER).order_by(Subscriber.id).limit(size)
    return select(func.max(ids.subquery().c.id))


def classify(chunk: Chunk, *, use_credit: bool, keep_main: bool, lock: bool) -> None:
    """Write the lines of the chunk. `lock` keeps everybody in it as he is until the transaction ends."""
    chunk.execute(_lines(chunk.person, use_credit=use_credit, keep_main=keep_main, lock=lock))


@cache
def _lines(person: FromClause, *, use_credit: bool, keep_main: bool, lock: bool) -> Insert:
    bill = _bills(person, use_credit=use_credit, keep_main=keep_main, lock=lock).subquery("bill").c
    known = and_(bill.person_id.is_not(None), ~bill.frozen)
    fits = and_(known, bill.spendable >= bill.due)
    short = and_(known, bill.spendable < bill.due)
    keeps = and_(short, bill.main_due == 1, bill.spendable >= bill.main_fee) if keep_main else false()
    cannot = (bill.person_id.is_(None), Outcome.GONE), (bill.frozen, Outcome.FROZEN)
    can = (fits, Outcome.CHARGED), (keeps, Outcome.KEPT_MAIN)
    outcome = case(*cannot, *can, else_=Outcome.NO_MONEY)
    query = select(
        RUN,
        bill.subscriber_id,
        bill.wallet_id,
        outcome,
        bill.main_due,
        case((fits, bill.fees), (and_(keeps, bill.main_fee > 0), 1), else_=0),
        bill.due,
        case((fits, bill.due), (keeps, bill.main_fee), else_=0),
        case((short, bill.due - bill.spendable), else_=0),
    )
    return _insert(FeeLine, [column.name for column in FeeLine.__table__.columns], query)


def _bills(people: FromClause, *, use_credit: bool, keep_main: bool, lock: bool) -> Select[Any]:
    """What each subscriber owes and can spend. The lock stands here: MariaDB hands none down into a subquery."""
    person, fee = people.c, FeePrice.fee_minor
    main_fee = case((Subscription.main, fee)) if keep_main else literal(0)
    credit = _credit(person) if use_credit else literal(0)
    joined = in_order(
        Subscription,
        (FeePrice, PRICE),
        (Subscriber, Subscriber.id == Subscription.subscriber_id),
    )
    query = (
        select(
            Subscription.subscriber_id,
            person.id.label("person_id"),
            person.wallet_id,
            person.frozen,
            (Account.balance_minor - Account.held_minor + credit).label("spendable"),
            func.max(case((Subscription.main, 1), else_=0)).label("main_due"),
            func.sum(fee).label("due"),
            func.max(main_fee).label("main_fee"),
            func.count(func.nullif(fee, 0)).label("fees"),
        )
        .select_from(joined)
        .outerjoin(people, person.id == Subscriber.host_id)
        .outerjoin(Account, Account.id == person.wallet_id)
        .where(SUBSCRIPTIONS, DUE)
        .group_by(Subscription.subscriber_id)
    )
    return query.with_for_update() if lock else query


def _credit(person: Any) -> ColumnElement[int]:
    """The credit limit, as far as the floor of the locked wallet allows it: the host's row may be a moment older."""
    return case((person.credit_minor < -Account.floor_minor, person.credit_minor), else_=-Account.floor_minor)


def tally(chunk: Chunk) -> dict[Outcome, tuple[int, int, int, int]]:
    """Per outcome of the chunk: subscribers, fees, minor units charged and lacking."""
    rows = chunk.execute(_sums())
    return {outcome: tuple(int(number) for number in numbers) for outcome, *numbers in rows}  # type: ignore[misc]


@cache
def _sums() -> Select[Any]:
    sums = [func.sum(column) for column in (FeeLine.fees, FeeLine.charged_minor, FeeLine.lack_minor)]
    return select(FeeLine.outcome, func.count(), *sums).where(LINES).group_by(FeeLine.outcome)


def post_fees(chunk: Chunk, *, income: Account) -> int:
    """Move the fees from the wallets; gives their number."""
    return _posting().run(chunk.session, chunk.values | {"income": income.id, "unit": income.unit})


@cache
def _posting() -> bulk.Posting:
    transfers = _paid(
        literal(KEY_PREFIX).concat(Subscription.id).concat(":").concat(PERIOD),
        FeeLine.wallet_id,
        FeePrice.fee_minor,
        Subscriber.login,
        Subscription.id,
        Subscription.tariff_id,
        PERIOD,
    )
    debits = select(FeeLine.wallet_id.label("account_id"), FeeLine.charged_minor.label("amount_minor"))
    return bulk.posting(
        transfers=transfers.where(FeePrice.fee_minor > 0),
        debits=debits.where(LINES, FeeLine.charged_minor > 0),
        constants={
            "target_id": INCOME,
            "unit": UNIT,
            "at": NOW,
            "actor": ACTOR,
            "journal": literal(JOURNAL_PREFIX).concat(RUN),
        },
    )


def log_fees(chunk: Chunk) -> None:
    """The two lines that the event log keeps of each fee, in their order."""
    chunk.execute(_fee_events())


@cache
def _fee_events() -> Insert:
    line = union_all(select(literal(0).label("number")), select(literal(1))).subquery("line")
    balance = literal("BALANCEADD (").concat(Subscriber.login).concat(") ON -").concat(FeePrice.fee_text)
    charge = literal("OLLTV CHARGE TARIFF [").concat(Subscription.tariff_id).concat("] FEE `")
    charge = charge.concat(FeePrice.fee_text).concat("` FOR (").concat(Subscriber.login)
    charge = charge.concat(") AS [").concat(Subscriber.id).concat("]")
    text = case((line.c.number == 0, balance), else_=charge)
    query = _paid(Subscriber.login, text, also=((line, true()),)).where(FeePrice.fee_minor > 0)
    return _events(query.order_by(Subscription.id, line.c.number))


def mark_paid(chunk: Chunk) -> None:
    chunk.execute(_payment())


@cache
def _payment() -> Update:
    return _update(Subscription).where(PAYING).values(paid_through=PERIOD)


def suspend(chunk: Chunk) -> None:
    """Switch off what is not paid, after `mark_paid`; say so, and have delivery tell the partner."""
    for statement in (_suspension_events(), _queue_again(), _queue_anew(), _suspension(), _television_off()):
        chunk.execute(statement)


@cache
def _suspension_events() -> Insert:
    kind = case((Subscription.main, "TARIFF"), else_="ADDTARIFF")
    text = literal("OLLTV SUBSCRIBER (").concat(Subscriber.login).concat(") SUSPEND ").concat(kind)
    text = text.concat(" [").concat(Subscription.tariff_id).concat("]")
    query = select(Subscriber.login, text).where(GOING_OFF, Subscriber.id == Subscription.subscriber_id)
    return _events(query.order_by(Subscription.id))


@cache
def _queue_again() -> Update:
    """Who waits in the queue already is due at once. Without the range MariaDB asks for each who waits at all."""
    waiting = and_(Delivery.subscriber_id > AFTER, Delivery.subscriber_id <= UPTO)
    again = _update(Delivery).where(waiting, Delivery.subscriber_id.in_(_losing()))
    return again.values(due_at=NOW, tries=0, parked_at=None, trouble=None)


@cache
def _queue_anew() -> Insert:
    known = select(Delivery.subscriber_id).where(Delivery.subscriber_id == FeeLine.subscriber_id).exists()
    return _insert(Delivery, ["subscriber_id", "due_at"], _losing().where(~known).add_columns(NOW))


def _losing() -> Select[Any]:
    """Whoever is not charged in full loses something."""
    return select(FeeLine.subscriber_id).where(LINES, FeeLine.outcome != Outcome.CHARGED)


@cache
def _suspension() -> Update:
    reason = case((FeeLine.outcome == Outcome.KEPT_MAIN, Reason.NO_MONEY), else_=FeeLine.outcome)
    return _update(Subscription).where(GOING_OFF).values(state=State.SUSPENDED, reason=reason)


@cache
def _television_off() -> Update:
    """Who loses his main has no television, as his own row repeats; an outcome is the word for why."""
    loses_main = and_(FeeLine.main_due, FeeLine.outcome.in_((Outcome.NO_MONEY, Outcome.FROZEN, Outcome.GONE)))
    his = and_(Subscriber.id > AFTER, Subscriber.id <= UPTO, Subscriber.id == FeeLine.subscriber_id)
    return _update(Subscriber).where(LINES, his, loses_main).values(tv=FeeLine.outcome, tv_since=NOW)


def _paid(*columns: Any, also: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()) -> Select[Any]:
    """`columns` of the subscriptions that are paid for, with subscriber, line and price."""
    joined = in_order(
        FeeLine,
        (Subscriber, Subscriber.id == FeeLine.subscriber_id),
        (Subscription, OF_LINE),
        (FeePrice, PRICE),
        *also,
    )
    return select(*columns).select_from(joined).where(PAYING)


def _events(query: Select[Any]) -> Insert:
    """Insert event lines; `query` yields login and text."""
    return _insert(Event, ["login", "text", "at", "actor", "address"], query.add_columns(NOW, ACTOR, ADDRESS))


def _insert(model: type[Base], columns: list[str], query: Select[Any]) -> Insert:
    return insert(model.__table__).from_select(columns, query, include_defaults=False)  # type: ignore[arg-type]


def _update(model: type[Base]) -> Update:
    return update(model.__table__)  # type: ignore[arg-type]
