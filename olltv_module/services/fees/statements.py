"""The set-based statements of one chunk of the monthly run.

A chunk is a range of subscriber ids. `classify` writes one line for everybody in it who owes something for the
period; that is all a preview does. The rest follows the lines: fees, balances, paid months, suspensions, the queue.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    and_,
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

from billing.events import Event
from billing.joins import in_order
from billing.ledger import bulk
from billing.ledger.models import Account
from olltv_module.models import Delivery, Reason, State, Subscriber, Subscription
from olltv_module.services.fees.models import FeeLine, FeePrice, FeeRun, Outcome
from olltv_module.services.money import KEY_PREFIX


@dataclass(frozen=True)
class Chunk:
    """Subscribers with ids in (after, upto] of one run."""

    session: Session
    run: FeeRun
    person: Any
    after: int
    upto: int
    now: datetime

    @property
    def subscriptions(self) -> ColumnElement[bool]:
        return and_(Subscription.subscriber_id > self.after, Subscription.subscriber_id <= self.upto)

    @property
    def lines(self) -> ColumnElement[bool]:
        in_range = and_(FeeLine.subscriber_id > self.after, FeeLine.subscriber_id <= self.upto)
        return and_(FeeLine.run_id == self.run.id, in_range)

    @property
    def due(self) -> ColumnElement[bool]:
        return and_(Subscription.state == State.ACTIVE, Subscription.paid_through < self.run.period)

    @property
    def paying(self) -> ColumnElement[bool]:
        """Due subscriptions that are paid for, joined to their subscriber's line."""
        pays = or_(FeeLine.outcome == Outcome.CHARGED, and_(FeeLine.outcome == Outcome.KEPT_MAIN, Subscription.main))
        return and_(self.lines, self.subscriptions, FeeLine.subscriber_id == Subscription.subscriber_id, self.due, pays)

    @property
    def going_off(self) -> ColumnElement[bool]:
        """After the paid ones are marked: what is still due, and what cannot stay on without its main."""
        unpaid = or_(self.due, and_(FeeLine.main_due, FeeLine.outcome != Outcome.KEPT_MAIN))
        of_line = FeeLine.subscriber_id == Subscription.subscriber_id
        loses = and_(FeeLine.outcome != Outcome.CHARGED, Subscription.state == State.ACTIVE, unpaid)
        return and_(self.lines, self.subscriptions, of_line, loses)


def chunk_end(session: Session, after: int, size: int) -> int | None:
    """The id of the last of the next `size` subscribers, or None when there are no more."""
    ids = select(Subscriber.id).where(Subscriber.id > after).order_by(Subscriber.id).limit(size).subquery()
    end: int | None = session.scalar(select(func.max(ids.c.id)))
    return end


def classify(chunk: Chunk, *, use_credit: bool, keep_main: bool, lock: bool) -> None:
    """Write the lines of the chunk. `lock` keeps everybody in it as he is until the transaction ends."""
    bill = _bills(chunk, use_credit=use_credit, keep_main=keep_main, lock=lock).subquery("bill").c
    known = and_(bill.person_id.is_not(None), ~bill.frozen)
    fits = and_(known, bill.spendable >= bill.due)
    short = and_(known, bill.spendable < bill.due)
    keeps = and_(short, bill.main_due == 1, bill.spendable >= bill.main_fee) if keep_main else false()
    outcome = case(
        (bill.person_id.is_(None), Outcome.GONE),
        (bill.frozen, Outcome.FROZEN),
        (fits, Outcome.CHARGED),
        (keeps, Outcome.KEPT_MAIN),
        else_=Outcome.NO_MONEY,
    )
    query = select(
        literal(chunk.run.id),
        bill.subscriber_id,
        bill.wallet_id,
        outcome,
        bill.main_due,
        case((fits, bill.fees), (and_(keeps, bill.main_fee > 0), 1), else_=0),
        bill.due,
        case((fits, bill.due), (keeps, bill.main_fee), else_=0),
        case((short, bill.due - bill.spendable), else_=0),
    )
    columns = [column.name for column in FeeLine.__table__.columns]
    chunk.session.execute(insert(FeeLine).from_select(columns, query, include_defaults=False))


def _bills(chunk: Chunk, *, use_credit: bool, keep_main: bool, lock: bool) -> Select[Any]:
    """What each subscriber owes and can spend. The lock stands here: MariaDB hands none down into a subquery."""
    person, fee = chunk.person.c, FeePrice.fee_minor
    main_fee = case((Subscription.main, fee)) if keep_main else literal(0)
    credit = person.credit_minor if use_credit else literal(0)
    joined = in_order(
        Subscription,
        (FeePrice, and_(FeePrice.run_id == chunk.run.id, FeePrice.tariff_id == Subscription.tariff_id)),
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
        .outerjoin(chunk.person, person.id == Subscriber.host_id)
        .outerjoin(Account, Account.id == person.wallet_id)
        .where(chunk.subscriptions, chunk.due)
        .group_by(Subscription.subscriber_id)
    )
    return query.with_for_update() if lock else query


def tally(chunk: Chunk) -> dict[Outcome, tuple[int, int, int, int]]:
    """Per outcome of the chunk: subscribers, fees, minor units charged and lacking."""
    query = select(
        FeeLine.outcome,
        func.count(),
        func.sum(FeeLine.fees),
        func.sum(FeeLine.charged_minor),
        func.sum(FeeLine.lack_minor),
    )
    rows = chunk.session.execute(query.where(chunk.lines).group_by(FeeLine.outcome))
    return {outcome: tuple(int(number) for number in numbers) for outcome, *numbers in rows}  # type: ignore[misc]


def post_fees(chunk: Chunk, *, income: Account) -> int:
    """Move the fees from the wallets; gives their number."""
    run = chunk.run
    key = literal(KEY_PREFIX).concat(Subscription.id).concat(f":{run.period}")
    transfers = _paid(
        chunk,
        key,
        FeeLine.wallet_id,
        FeePrice.fee_minor,
        Subscriber.login,
        Subscription.id,
        Subscription.tariff_id,
        literal(run.period),
    ).where(FeePrice.fee_minor > 0)
    debits = select(FeeLine.wallet_id.label("account_id"), FeeLine.charged_minor.label("amount_minor"))
    low, high = (select(end(FeeLine.wallet_id)).where(chunk.lines).scalar_subquery() for end in (func.min, func.max))
    constants: dict[str, object] = {
        "target_id": income.id,
        "unit": income.unit,
        "at": chunk.now,
        "actor": run.actor,
        "journal": f"olltv.fee_run:{run.id}",
    }
    return bulk.post(
        chunk.session,
        transfers=transfers,
        debits=debits.where(chunk.lines, FeeLine.charged_minor > 0),
        accounts=Account.id.between(low, high),
        constants=constants,
    )


def log_fees(chunk: Chunk) -> None:
    """The two lines that the event log keeps of each fee, in their order."""
    line = union_all(select(literal(0).label("number")), select(literal(1))).subquery("line")
    balance = literal("BALANCEADD (").concat(Subscriber.login).concat(") ON -").concat(FeePrice.fee_text)
    charge = literal("OLLTV CHARGE TARIFF [").concat(Subscription.tariff_id).concat("] FEE `")
    charge = charge.concat(FeePrice.fee_text).concat("` FOR (").concat(Subscriber.login)
    charge = charge.concat(") AS [").concat(Subscriber.id).concat("]")
    text = case((line.c.number == 0, balance), else_=charge)
    query = _paid(chunk, Subscriber.login, text, also=((line, true()),)).where(FeePrice.fee_minor > 0)
    _log(chunk, query.order_by(Subscription.id, line.c.number))


def mark_paid(chunk: Chunk) -> None:
    statement = update(Subscription).where(chunk.paying).values(paid_through=chunk.run.period)
    chunk.session.execute(statement.execution_options(synchronize_session=False))


def suspend(chunk: Chunk) -> None:
    """Switch off what is not paid, after `mark_paid`; say so, and have delivery tell the partner."""
    kind = case((Subscription.main, "TARIFF"), else_="ADDTARIFF")
    text = literal("OLLTV SUBSCRIBER (").concat(Subscriber.login).concat(") SUSPEND ").concat(kind)
    text = text.concat(" [").concat(Subscription.tariff_id).concat("]")
    query = select(Subscriber.login, text).where(chunk.going_off, Subscriber.id == Subscription.subscriber_id)
    _log(chunk, query.order_by(Subscription.id))
    _queue(chunk)
    reason = case(
        (FeeLine.outcome == Outcome.FROZEN, Reason.FROZEN),
        (FeeLine.outcome == Outcome.GONE, Reason.GONE),
        else_=Reason.NO_MONEY,
    )
    statement = update(Subscription).where(chunk.going_off).values(state=State.SUSPENDED, reason=reason)
    chunk.session.execute(statement.execution_options(synchronize_session=False))


def _queue(chunk: Chunk) -> None:
    """Mark the subscribers of the chunk who lose something as due for delivery, at once."""
    losing = select(FeeLine.subscriber_id).where(chunk.lines, FeeLine.outcome != Outcome.CHARGED)
    again = update(Delivery).where(Delivery.subscriber_id.in_(losing))
    values = again.values(due_at=chunk.now, tries=0, parked_at=None, trouble=None)
    chunk.session.execute(values.execution_options(synchronize_session=False))
    known = select(Delivery.subscriber_id).where(Delivery.subscriber_id == FeeLine.subscriber_id).exists()
    fresh = losing.where(~known).add_columns(literal(chunk.now, Delivery.__table__.c.due_at.type))
    columns = ["subscriber_id", "due_at"]
    chunk.session.execute(insert(Delivery).from_select(columns, fresh, include_defaults=False))


def _paid(chunk: Chunk, *columns: Any, also: tuple[tuple[FromClause, ColumnElement[bool]], ...] = ()) -> Select[Any]:
    """`columns` of the subscriptions that are paid for, with subscriber, line and price."""
    joined = in_order(
        FeeLine,
        (Subscriber, Subscriber.id == FeeLine.subscriber_id),
        (Subscription, Subscription.subscriber_id == FeeLine.subscriber_id),
        (FeePrice, and_(FeePrice.run_id == chunk.run.id, FeePrice.tariff_id == Subscription.tariff_id)),
        *also,
    )
    return select(*columns).select_from(joined).where(chunk.paying)


def _log(chunk: Chunk, query: Select[Any]) -> None:
    """Insert event lines; `query` yields login and text."""
    at = literal(chunk.now, Event.__table__.c.at.type)
    query = query.add_columns(at, literal(chunk.run.actor), literal(chunk.run.address))
    columns = ["login", "text", "at", "actor", "address"]
    chunk.session.execute(insert(Event).from_select(columns, query, include_defaults=False))
