"""The snapshot of all subscribers that the dashboard shows: taken by the worker, read as one small row."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, FromClause, and_, case, func, select
from sqlalchemy.orm import Session, aliased

from billing.db import insert_missing
from billing.joins import in_order
from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.ledger.turnover import Step, turnover
from billing.money import Money
from billing.periods import Month
from billing.uow import Billing, UnitOfWork, use_case
from olltv_module.models import MAIN_SLOT, NEXT_SLOT, Delivery, Reason, State, Subscriber, Subscription, Tariff, TvState
from olltv_module.options import OlltvOptions
from olltv_module.reports.models import Figures
from olltv_module.services.money import INCOME

KEY = "subscribers"
"""Another name whenever the fields of `Snapshot` change: after an upgrade no page meets a snapshot of the old shape."""

WISHED_ON = (State.PENDING, State.ACTIVE)


@dataclass(frozen=True)
class TariffCount:
    """How many have a tariff, by state."""

    tariff_id: int
    active: int
    pending: int
    suspended: int


@dataclass(frozen=True)
class Snapshot:
    """All subscribers at one moment; amounts are minor units.

    Whoever is active, pending or suspended has a main tariff in that state; `none` had television once or never came
    to it. `lack_minor` is what those who are suspended for lack of money lack together to be resumed now. `owed_minor`
    is what is still to be paid for this month: by those who watch or wait, and by those who lack money. Next month is
    expected to bring `next_minor`: the fees of all that is on or being switched on, at that month's prices.
    """

    month: str
    active: int
    pending: int
    suspended: Mapping[str, int]
    none: int
    parked: int
    lack_minor: int
    collected_minor: int
    owed_minor: int
    next_minor: int
    tariffs: Sequence[TariffCount]

    @property
    def in_debt(self) -> int:
        return self.suspended.get(Reason.NO_MONEY, 0)

    @property
    def all_suspended(self) -> int:
        return sum(self.suspended.values())

    @property
    def expected_minor(self) -> int:
        """What this month brings when everybody pays who owes."""
        return self.collected_minor + self.owed_minor

    def to_json(self) -> dict[str, object]:
        return vars(self) | {"tariffs": [vars(each) for each in self.tariffs]}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        return cls(**{**value, "tariffs": [TariffCount(**each) for each in value["tariffs"]]})


@dataclass(frozen=True)
class _Group:
    """Live subscriptions to one tariff that are in one state; so many of them owe for this month, and for the next."""

    tariff_id: int
    slot: str
    state: State
    reason: Reason | None
    number: int
    owing: int
    owing_next: int


@use_case
def store(uow: UnitOfWork, *, key: str, value: dict[str, object], now: datetime) -> None:
    """Put a snapshot in the place of the one before."""
    insert_missing(uow.session, Figures, key=key, value=value, taken_at=now)
    row = uow.session.get_one(Figures, key, with_for_update=True, populate_existing=True)
    row.value, row.taken_at = value, now


def newest(session: Session) -> tuple[Snapshot, datetime] | None:
    """The latest snapshot and when it was taken; None before the worker's first one."""
    row = session.get(Figures, KEY)
    return None if row is None else (Snapshot.from_json(row.value), row.taken_at)


def take(billing: Billing, *, now: datetime) -> Snapshot:
    """Count everybody. Reads the whole table of subscriptions: for the worker, not for a page."""
    month = billing.month(now)
    with billing.reading() as session:
        groups = _groups(session, month)
        replaced = _replaced(session, month)
        fees, next_fees = _fees(billing, session, now), _fees(billing, session, month.next().starts(billing.zone))
        mains = [each for each in groups if each.slot == MAIN_SLOT]
        owed = sum(each.owing * fees[each.tariff_id] for each in groups if _may_pay(each))
        coming = [each for each in groups if each.state in WISHED_ON]
        return Snapshot(
            month=str(month),
            active=_number(mains, State.ACTIVE),
            pending=_number(mains, State.PENDING),
            suspended=_by_reason(mains),
            none=(session.scalar(select(func.count()).select_from(Subscriber)) or 0)
            - sum(each.number for each in mains),
            parked=session.scalar(select(func.count()).where(Delivery.parked_at.is_not(None))) or 0,
            lack_minor=_lack(billing, session, month, fees),
            collected_minor=_collected(billing, session, month).minor,
            owed_minor=owed - sum(owing * fees[tariff] for tariff, owing, _ in replaced),
            next_minor=sum(each.owing_next * next_fees[each.tariff_id] for each in coming)
            - sum(owing_next * next_fees[tariff] for tariff, _, owing_next in replaced),
            tariffs=_by_tariff(groups),
        )


def _may_pay(group: _Group) -> bool:
    return group.state in WISHED_ON or group.reason is Reason.NO_MONEY


def _number(groups: Iterable[_Group], *states: State) -> int:
    return sum(each.number for each in groups if each.state in states)


def _by_reason(mains: list[_Group]) -> dict[str, int]:
    suspended = [each for each in mains if each.state is State.SUSPENDED]
    reasons = {each.reason or Reason.STAFF for each in suspended}
    return {str(reason): sum(each.number for each in suspended if each.reason == reason) for reason in sorted(reasons)}


def _by_tariff(groups: list[_Group]) -> list[TariffCount]:
    tariffs = sorted({each.tariff_id for each in groups})
    of_tariff = {tariff: [each for each in groups if each.tariff_id == tariff] for tariff in tariffs}
    states = (State.ACTIVE, State.PENDING, State.SUSPENDED)
    return [TariffCount(tariff, *(_number(of_tariff[tariff], state) for state in states)) for tariff in tariffs]


def _groups(session: Session, month: Month) -> list[_Group]:
    slot = case((Subscription.slot.in_((MAIN_SLOT, NEXT_SLOT)), Subscription.slot), else_="addon").label("kind")
    columns = (Subscription.tariff_id, slot, Subscription.state, Subscription.reason)
    owing = [func.count(case((Subscription.paid_through < str(each), 1))) for each in (month, month.next())]
    query = select(*columns, func.count(), *owing).where(Subscription.slot.is_not(None))
    rows = session.execute(query.group_by(Subscription.tariff_id, "kind", Subscription.state, Subscription.reason))
    return [_Group(*row) for row in rows]


def _replaced(session: Session, month: Month) -> list[tuple[int, int, int]]:
    """Mains that are on but being changed: their tariff, how many owe for this month, and for the next.

    Delivery has still to deal with each of them, so its short queue leads to them.
    """
    successor, main = aliased(Subscription), aliased(Subscription)
    follows = and_(successor.subscriber_id == Delivery.subscriber_id, successor.slot == NEXT_SLOT)
    precedes = and_(main.subscriber_id == Delivery.subscriber_id, main.slot == MAIN_SLOT, main.state.in_(WISHED_ON))
    owing = [func.count(case((main.paid_through < str(each), 1))) for each in (month, month.next())]
    query = select(main.tariff_id, *owing).select_from(Delivery).join(successor, follows).join(main, precedes)
    return [(tariff, owe, owe_next) for tariff, owe, owe_next in session.execute(query.group_by(main.tariff_id))]


def _fees(billing: Billing, session: Session, at: datetime) -> dict[int, int]:
    return {each.id: each.fee(at, billing.unit).minor for each in session.scalars(select(Tariff))}


def _lack(billing: Billing, session: Session, month: Month, fees: Mapping[int, int]) -> int:
    """What those who are suspended for lack of money would have to pay in, to be resumed with all they had."""
    if not fees:
        return 0
    fee = case(dict(fees), value=Subscription.tariff_id, else_=0)
    person = billing.host(session, Ledger(session)).billable
    asleep = and_(Subscription.subscriber_id == Subscriber.id, Subscription.slot.is_not(None))
    joined = in_order(
        Subscriber,
        (Subscription, and_(asleep, Subscription.state == State.SUSPENDED)),
        (person, person.c.id == Subscriber.host_id),
        (Account, Account.id == person.c.wallet_id),
    )
    price = func.sum(case((Subscription.paid_through < str(month), fee), else_=0)).label("price")
    spendable = func.max(_spendable(billing, person)).label("spendable")
    debts = select(price, spendable).select_from(joined).where(Subscriber.tv == TvState.NO_MONEY)
    debt = debts.group_by(Subscriber.id).subquery().c
    lack = debt.price - debt.spendable
    return int(session.scalar(select(func.sum(case((lack > 0, lack), else_=0)))) or 0)


def _spendable(billing: Billing, person: FromClause) -> ColumnElement[Any]:
    available = Account.balance_minor - Account.held_minor
    if not billing.option(OlltvOptions).use_credit:
        return available
    deepest = case((person.c.credit_minor < -Account.floor_minor, person.c.credit_minor), else_=-Account.floor_minor)
    return available + deepest


def _collected(billing: Billing, session: Session, month: Month) -> Money:
    """What came in this month less what was paid back."""
    since, until = first_day(month), first_day(month.next())
    turned = turnover(session, account=INCOME, zone=billing.zone, since=since, until=until, step=Step.MONTH)
    return sum((each.net for each in turned), Money(0, billing.unit))


def first_day(month: Month) -> date:
    return date(month.year, month.month, 1)
