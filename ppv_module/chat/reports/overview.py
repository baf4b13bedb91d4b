"""How pay-per-view stands: what goes on now, what is owed in credits, what was sold and spent, what needs a look."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from billing.ledger.models import Account
from billing.money import Money
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.models import Mode, Performer, Person, Tenant
from ppv_module.chat.reports.reconciling import STUCK_AFTER
from ppv_module.chat.reports.shows import LONGEST
from ppv_module.chat.reports.spans import day_starts, days_back
from ppv_module.chat.shows.models import OPEN, Show, ShowEvent, ShowState
from ppv_module.credits.models import CreditState, Notice, Order, OrderState, Payment, Verdict

DAYS = 31
"""Days of the chart: a whole month is always among them."""

TOP = 10
LIVE_SHOWN = 50
DROPPED_SHOWN = 10
MANY_DROPPED = 3
LOOKED_AT = 5000
MUCH_UNBILLED_S = 60
REFUSED = (ShowState.REFUSED, ShowState.EXPIRED, ShowState.CANCELLED, ShowState.ABORTED)


@dataclass(frozen=True)
class LiveShow:
    """A show that is accepted or live, with the names of those who take part."""

    show: Show
    tenant: str
    performer: str
    viewer: str


@dataclass(frozen=True)
class Liability:
    """Credits that subscribers hold, and what they owe where more was taken back than they had."""

    credits: int
    owed: int
    frozen: int

    def worth(self, tenant: Tenant) -> Money:
        """What the credits are worth at the value that `tenant` gives a credit, half a minor unit up."""
        minor = (2 * self.credits * tenant.value_minor + tenant.value_credits) // (2 * tenant.value_credits)
        return Money(minor, tenant.currency)


@dataclass(frozen=True)
class DaySpent:
    """What was spent on a day at the operator's place."""

    day: date
    show_credits: int
    tip_credits: int


@dataclass(frozen=True)
class Spent:
    """What was spent in one currency today and since the beginning of the month."""

    today: Mills
    month: Mills


@dataclass(frozen=True)
class Sold:
    """What packs have brought in one currency today and since the beginning of the month."""

    today: Money
    month: Money


@dataclass(frozen=True)
class TopViewer:
    login: str
    nickname: str
    credits: int


@dataclass(frozen=True)
class Anomaly:
    """A show in which ticks were dropped, or more time passed than was billed."""

    show: Show
    performer: str
    viewer: str
    dropped: int
    unbilled_s: int


@dataclass(frozen=True)
class Refusals:
    """Requests to a performer that came to nothing, by how they ended."""

    performer: str
    performer_id: int
    by_state: dict[ShowState, int]

    @property
    def number(self) -> int:
        return sum(self.by_state.values())


@dataclass(frozen=True)
class Troubles:
    """What somebody has to look at."""

    silent: Sequence[Tenant]
    notices: int
    disputed: int
    flagged: int

    @property
    def none(self) -> bool:
        return not (self.silent or self.notices or self.disputed or self.flagged)


@dataclass(frozen=True)
class Overview:
    """Everything of the page."""

    live: Sequence[LiveShow]
    asking: int
    liability: Liability
    tenants: Sequence[Tenant]
    days: Sequence[DaySpent]
    spent: Sequence[Spent]
    sold: Sequence[Sold]
    top: Sequence[TopViewer]
    anomalies: Sequence[Anomaly]
    refusals: Sequence[Refusals]
    troubles: Troubles


def overview(session: Session, *, now: datetime, zone: tzinfo) -> Overview:
    """The page as of `now`, by a constant number of statements."""
    days = days_back(now, DAYS, zone)
    since, today = day_starts(days[0], zone), days[-1]
    tenants = session.scalars(select(Tenant).where(Tenant.active).order_by(Tenant.name)).all()
    rows = _spent_by_day(session, days, zone)
    return Overview(
        live=_live(session),
        asking=session.scalar(select(func.count()).where(Show.state == ShowState.REQUESTED)) or 0,
        liability=_liability(session),
        tenants=[each for each in tenants if each.mode is Mode.EXTERNAL],
        days=_days(rows, days),
        spent=_spent(rows, today),
        sold=_sold(session, today, zone),
        top=_top(session, since),
        anomalies=_anomalies(session, now - timedelta(days=1)),
        refusals=_refusals(session, since),
        troubles=_troubles(session, tenants, now),
    )


def _live(session: Session) -> list[LiveShow]:
    query = _with_names(Show, Tenant.name, Performer.display_name, Person.nickname).where(Show.state.in_(OPEN))
    return [LiveShow(*row) for row in session.execute(query.order_by(Show.requested_at).limit(LIVE_SHOWN))]


def _liability(session: Session) -> Liability:
    balance = Account.balance_minor
    held = func.sum(case((balance > 0, balance), else_=0))
    owed = func.sum(case((balance < 0, -balance), else_=0))
    frozen = func.sum(case((CreditState.frozen_by != "", 1), else_=0))
    query = select(held, owed, frozen).join(CreditState, CreditState.account_id == Account.id)
    return Liability(*(int(each or 0) for each in session.execute(query).one()))


DayRow = tuple[date, str, Action, int, int]
"""Day, currency, action, credits, price in mills."""


def _spent_by_day(session: Session, days: Sequence[date], zone: tzinfo) -> list[DayRow]:
    """The days are told apart by their first instants, since their length is the zone's matter."""
    starts = [day_starts(day, zone) for day in days]
    number = case(*((Earning.at < start, at) for at, start in enumerate(starts[1:])), else_=len(days) - 1)
    counts = (Earning.at >= starts[0], Earning.reversed_at.is_(None), Earning.action != Action.ADJUSTMENT)
    place = (number.label("day"), Earning.currency, Earning.action)
    rows = select(*place, Earning.credits, Earning.price_mills).where(*counts).subquery()
    group = (rows.c.day, rows.c.currency, rows.c.action)
    query = select(*group, func.sum(rows.c.credits), func.sum(rows.c.price_mills)).group_by(*group)
    return [
        (days[int(day)], currency, action, int(credits), int(mills))
        for day, currency, action, credits, mills in session.execute(query)
    ]


def _days(rows: Iterable[DayRow], days: Sequence[date]) -> list[DaySpent]:
    sums = dict[tuple[date, Action], int]()
    for day, _currency, action, credits, _mills in rows:
        sums[day, action] = sums.get((day, action), 0) + credits
    return [DaySpent(day, sums.get((day, Action.LIVESHOW), 0), sums.get((day, Action.TIPS), 0)) for day in days]


def _spent(rows: Sequence[DayRow], today: date) -> list[Spent]:
    def total(currency: str, since: date) -> Mills:
        return Mills(sum(row[4] for row in rows if row[1] == currency and row[0] >= since), currency)

    currencies = sorted({row[1] for row in rows})
    return [Spent(total(each, today), total(each, today.replace(day=1))) for each in currencies]


def _sold(session: Session, today: date, zone: tzinfo) -> list[Sold]:
    of_today = case((Order.paid_at >= day_starts(today, zone), Order.price_minor), else_=0)
    query = select(Order.currency, func.sum(of_today), func.sum(Order.price_minor)).group_by(Order.currency)
    query = query.where(Order.paid_at >= day_starts(today.replace(day=1), zone)).order_by(Order.currency)
    return [Sold(Money(int(day), unit), Money(int(month), unit)) for unit, day, month in session.execute(query)]


def _top(session: Session, since: datetime) -> list[TopViewer]:
    spent = func.sum(Earning.credits)
    query = select(Person.login, func.max(Person.nickname), spent).join(Earning, Earning.payer_id == Person.id)
    query = query.where(Earning.at >= since, Earning.reversed_at.is_(None)).group_by(Person.login)
    query = query.order_by(spent.desc(), Person.login).limit(TOP)
    return [TopViewer(login, nickname, int(credits)) for login, nickname, credits in session.execute(query)]


def _anomalies(session: Session, since: datetime) -> list[Anomaly]:
    """Shows that ended since then and lost ticks, the worst first."""
    dropped = select(func.count()).where(ShowEvent.show_id == Show.id, ShowEvent.ignored).scalar_subquery()
    query = _with_names(Show, Performer.display_name, Person.nickname, dropped)
    ended = (Show.ended_at >= since, Show.requested_at >= since - LONGEST, Show.ready_at.is_not(None))
    rows = session.execute(query.where(*ended).order_by(Show.requested_at.desc()).limit(LOOKED_AT))
    found = [Anomaly(show, performer, viewer, lost, _unbilled_s(show)) for show, performer, viewer, lost in rows]
    odd = [each for each in found if each.dropped >= MANY_DROPPED or each.unbilled_s >= MUCH_UNBILLED_S]
    return sorted(odd, key=lambda each: (-each.dropped, -each.unbilled_s))[:DROPPED_SHOWN]


def _unbilled_s(show: Show) -> int:
    """Seconds between the beginning and the last mark of a show that nobody paid for."""
    if show.ready_at is None or show.last_mark_at is None:
        return 0
    return max(0, int((show.last_mark_at - show.ready_at).total_seconds()) - show.billed_ms // 1000)


def _refusals(session: Session, since: datetime) -> list[Refusals]:
    place = (Performer.display_name, Performer.person_id, Show.state)
    query = select(*place, func.count()).join(Performer, Performer.person_id == Show.performer_id)
    query = query.where(Show.state.in_(REFUSED), Show.requested_at >= since).group_by(*place)
    found = dict[tuple[str, int], dict[ShowState, int]]()
    for name, number, state, count in session.execute(query):
        found.setdefault((name, number), {})[state] = count
    lines = [Refusals(name, number, states) for (name, number), states in found.items()]
    return sorted(lines, key=lambda each: (-each.number, each.performer))[:TOP]


def _troubles(session: Session, tenants: Iterable[Tenant], now: datetime) -> Troubles:
    stuck = (Notice.verdict == Verdict.QUEUED) & (Notice.received_at < now - STUCK_AFTER)
    counts = (
        select(func.count()).select_from(Notice).where(stuck | (Notice.verdict == Verdict.ERROR)),
        select(func.count()).select_from(Order).where(Order.state == OrderState.DISPUTED),
        select(func.count()).select_from(Payment).where(Payment.flag != "", Payment.credited_at.is_(None)),
    )
    numbers = session.execute(select(*(each.scalar_subquery() for each in counts))).one()
    return Troubles([each for each in tenants if each.poll_failed_since], *numbers)


def _with_names(*columns: Any) -> Any:
    query = select(*columns).join(Tenant, Tenant.id == Show.tenant_id)
    query = query.join(Performer, Performer.person_id == Show.performer_id)
    return query.join(Person, Person.id == Show.viewer_id)
