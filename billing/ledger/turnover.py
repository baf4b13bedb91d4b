"""What came into system accounts and went out of them, by day: kept added up, so that no report reads the ledger.

A worker adds transfers up to a watermark, an id, into `ledger_day`. What lies beyond the watermark is added live on
reading, by a range of the primary key. A transfer may be committed later than one with a higher id, so the watermark
follows only ids that were seen a while ago.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, String, and_, case, delete, extract, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Mapped, Session, mapped_column

from billing.db import MARIADB, Base, Instant, insert_missing
from billing.errors import Busy
from billing.joins import in_order
from billing.ledger.models import Account, Transfer
from billing.money import Money
from billing.uow import UnitOfWork, use_case

CHUNK = 50_000
"""So many transfer ids are added up in one transaction."""

SETTLED_AFTER = timedelta(seconds=60)
"""No transaction lasts so long: what has a lower id than one seen so long ago is committed by now, or never will be."""

SPAN_DAYS = 366
"""So many days at most are told apart in one statement."""

READ_TRIES = 10


class LedgerDay(Base):
    """What moved on one day of the operator's calendar in a system account; tariff 0 is money that is of no tariff."""

    __tablename__ = "ledger_day"
    __table_args__ = (MARIADB | {"sqlite_with_rowid": False},)

    account_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    tariff_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    came_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    went_minor: Mapped[int] = mapped_column(BigInteger, default=0)
    came_count: Mapped[int] = mapped_column(default=0)
    went_count: Mapped[int] = mapped_column(default=0)


class LedgerRollup(Base):
    """How far `ledger_day` goes: every transfer up to `through_id` is in it, by days of `zone`.

    `candidate_id` was the newest transfer at `candidate_at`: the next watermark as soon as that is long enough ago.
    """

    __tablename__ = "ledger_rollup"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zone: Mapped[str] = mapped_column(String(64))
    through_id: Mapped[int] = mapped_column(BigInteger, default=0)
    candidate_id: Mapped[int] = mapped_column(BigInteger, default=0)
    candidate_at: Mapped[datetime | None] = mapped_column(Instant)


class Step(StrEnum):
    """What one row of a turnover stands for."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True)
class Turnover:
    """What moved in one account for one tariff (0: none) in the day or month that begins on `start`."""

    start: date
    tariff_id: int
    came: Money
    went: Money
    came_count: int
    went_count: int

    @property
    def net(self) -> Money:
        return self.came - self.went


@dataclass(frozen=True)
class _Sum:
    """Minor units and numbers of transfers of one day."""

    account_id: int
    day: date
    tariff_id: int
    came_minor: int
    went_minor: int
    came_count: int
    went_count: int

    @property
    def amounts(self) -> tuple[int, int, int, int]:
        return self.came_minor, self.went_minor, self.came_count, self.went_count


@use_case
def roll_up(uow: UnitOfWork, *, now: datetime) -> bool:
    """Add the next transfers that are settled to their days; whether there are more of them to be added at once.

    Sums and watermark change in one transaction under the lock of the watermark, so that each transfer is added once,
    whoever else is at it and wherever this dies. When the operator's time zone has changed, all days are made anew.
    """
    state = _locked(uow)
    if state.zone != str(uow.billing.zone):
        _start_anew(uow, state)
    if state.candidate_at is None or state.candidate_at > now:  # a clock that was ahead must not stop this for long
        _look_ahead(uow, state, now)
        return False
    if now - state.candidate_at < SETTLED_AFTER:
        return False
    upto = min(state.through_id + CHUNK, state.candidate_id)
    if upto > state.through_id:
        for each in _moved(uow.session, _between(state.through_id, upto), uow.billing.zone):
            _add(uow.session, each)
        state.through_id = upto
    if upto < state.candidate_id:
        return True
    _look_ahead(uow, state, now)
    return False


@use_case
def rebuild(uow: UnitOfWork) -> None:
    """Forget all days, so that `roll_up` makes them anew from the transfers. Reports stay right meanwhile, but slow."""
    _start_anew(uow, _locked(uow))


def turnover(
    session: Session, *, account: str, zone: tzinfo, since: date, until: date, step: Step = Step.DAY
) -> list[Turnover]:
    """What moved in the system account `account` on the days [since, until), by day or month and by tariff.

    In the order of time, then of tariffs; where nothing moved there is no row. An account that does not exist yet has
    none.

    :raises Busy: the days are being added up so fast that no moment of rest was found; try again
    """
    found = session.execute(select(Account.id, Account.unit).where(Account.code == account)).one_or_none()
    if found is None:
        return []
    within = and_(Transfer.at >= day_starts(since, zone), Transfer.at < day_starts(until, zone))
    for _ in range(READ_TRIES):  # days and tail are two statements: between them the watermark must not have moved
        before = _through(session)
        tail = and_(Transfer.id > before, within)
        sums = [*_kept(session, found.id, since, until, step), *_moved(session, tail, zone, found.id)]
        if _through(session) == before:
            return _merged(sums, found.unit, step)
    raise Busy(name="ledger_rollup")


def day_starts(day: date, zone: tzinfo) -> datetime:
    """The first instant of a day at the operator's place, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _locked(uow: UnitOfWork) -> LedgerRollup:
    insert_missing(uow.session, LedgerRollup, id=1, zone=str(uow.billing.zone), through_id=0, candidate_id=0)
    return uow.session.get_one(LedgerRollup, 1, with_for_update=True, populate_existing=True)


def _start_anew(uow: UnitOfWork, state: LedgerRollup) -> None:
    uow.session.execute(delete(LedgerDay).execution_options(synchronize_session=False))
    state.zone, state.through_id = str(uow.billing.zone), 0


def _look_ahead(uow: UnitOfWork, state: LedgerRollup, now: datetime) -> None:
    newest = uow.session.scalar(select(func.max(Transfer.id))) or 0
    if newest > state.through_id:
        state.candidate_id, state.candidate_at = newest, now


def _add(session: Session, each: _Sum) -> None:
    key = (each.account_id, each.day, each.tariff_id)
    row = session.get(LedgerDay, key)
    if row is None:
        row = LedgerDay(account_id=each.account_id, day=each.day, tariff_id=each.tariff_id)
        row.came_minor = row.went_minor = row.came_count = row.went_count = 0
        session.add(row)
    row.came_minor += each.came_minor
    row.went_minor += each.went_minor
    row.came_count += each.came_count
    row.went_count += each.went_count


def _through(session: Session) -> int:
    return session.scalar(select(LedgerRollup.through_id)) or 0


def _between(after: int, upto: int) -> ColumnElement[bool]:
    return and_(Transfer.id > after, Transfer.id <= upto)


def _moved(
    session: Session, wanted: ColumnElement[bool], zone: tzinfo, account_id: int | None = None
) -> Iterator[_Sum]:
    """The sums of the transfers that are `wanted`, of one account or of all system accounts."""
    first, last = session.execute(select(func.min(Transfer.at), func.max(Transfer.at)).where(wanted)).one()
    if first is None:
        return
    day, end = first.astimezone(zone).date(), last.astimezone(zone).date()
    while day <= end:
        days = [day + timedelta(days=number) for number in range(min(SPAN_DAYS, (end - day).days + 1))]
        yield from _of_days(session, wanted, days, zone, account_id)
        day = days[-1] + timedelta(days=1)


def _of_days(
    session: Session, wanted: ColumnElement[bool], days: list[date], zone: tzinfo, account_id: int | None
) -> Iterator[_Sum]:
    bounds = [day_starts(each, zone) for each in [*days, days[-1] + timedelta(days=1)]]
    within = and_(wanted, Transfer.at >= bounds[0], Transfer.at < bounds[-1])
    number = case(*[(Transfer.at < bound, index) for index, bound in enumerate(bounds[1:])]).label("number")
    for side in (Transfer.target_id, Transfer.source_id):
        came = side is Transfer.target_id
        for row in session.execute(_sums(side, number, within, account_id)):
            minor, count = int(row.minor), int(row.times)
            moved = (minor, 0, count, 0) if came else (0, minor, 0, count)
            yield _Sum(row.account_id, days[row.number], row.tariff_id, *moved)


def _sums(
    side: InstrumentedAttribute[int], number: ColumnElement[int], within: ColumnElement[bool], account_id: int | None
) -> Select[Any]:
    tariff = func.coalesce(Transfer.tariff_id, 0).label("tariff_id")
    sums = func.sum(Transfer.amount_minor).label("minor"), func.count().label("times")
    query = select(side.label("account_id"), number, tariff, *sums).where(within)
    if account_id is not None:
        query = query.where(side == account_id)
    else:
        query = query.select_from(in_order(Transfer, (Account, Account.id == side)))
        query = query.where(Account.balance_minor.is_(None))
    return query.group_by("account_id", "number", "tariff_id")


def _kept(session: Session, account_id: int, since: date, until: date, step: Step) -> Iterator[_Sum]:
    """The days that are added up already, or their months."""
    sums = [
        func.sum(column)
        for column in (LedgerDay.came_minor, LedgerDay.went_minor, LedgerDay.came_count, LedgerDay.went_count)
    ]
    start = func.min(LedgerDay.day)
    months = [extract("year", LedgerDay.day), extract("month", LedgerDay.day)]
    query = select(literal(account_id), start, LedgerDay.tariff_id, *sums)
    query = query.where(LedgerDay.account_id == account_id, LedgerDay.day >= since, LedgerDay.day < until)
    query = query.group_by(*([LedgerDay.day] if step is Step.DAY else months), LedgerDay.tariff_id)
    for account, day, tariff_id, *amounts in session.execute(query):
        yield _Sum(account, day, tariff_id, *(int(each) for each in amounts))


def _merged(sums: list[_Sum], unit: str, step: Step) -> list[Turnover]:
    def place(each: _Sum) -> tuple[date, int]:
        return each.day.replace(day=1) if step is Step.MONTH else each.day, each.tariff_id

    merged = list[Turnover]()
    for (start, tariff_id), group in groupby(sorted(sums, key=place), key=place):
        came, went, came_count, went_count = (
            sum(column) for column in zip(*(each.amounts for each in group), strict=True)
        )
        merged.append(Turnover(start, tariff_id, Money(came, unit), Money(went, unit), came_count, went_count))
    return merged
