"""Purchases of credits: orders, payments, the notices that told of them, and what each pack has brought."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.joins import in_order
from billing.money import Money
from billing.paging import Count, Key, Page, all_rows, count_upto, page
from ppv_module.chat.models import Tenant
from ppv_module.chat.reports.spans import Span
from ppv_module.credits.means import PaymentStatus
from ppv_module.credits.models import Notice, Order, OrderState, Pack, Payment, Verdict

Reading = Callable[[], AbstractContextManager[Session]]
ORDER_KEYS = [Key(Order.id, descending=True)]
PAYMENT_KEYS = [Key(Payment.id, descending=True)]
NOTICE_KEYS = [Key(Notice.id, descending=True)]


@dataclass(frozen=True, kw_only=True)
class WantedOrders:
    """Which orders, by the time at which they were made."""

    tenant_id: int | None = None
    login: str = ""
    provider: str = ""
    state: OrderState | None = None
    span: Span = field(default_factory=Span)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What an order has to meet."""
        exact = (
            (Order.tenant_id, self.tenant_id),
            (Order.login, self.login or None),
            (Order.provider, self.provider or None),
            (Order.state, self.state),
        )
        found = [column == value for column, value in exact if value is not None]
        return [*found, *self.span.holds(Order.created_at)]


@dataclass(frozen=True, kw_only=True)
class WantedPayments:
    """Which payments, by the time of their notice. `flagged`: those that granted nothing, for a reason."""

    tenant_id: int | None = None
    login: str = ""
    flagged: bool = False
    span: Span = field(default_factory=Span)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a payment has to meet."""
        exact = ((Payment.tenant_id, self.tenant_id), (Payment.login, self.login or None))
        found = [column == value for column, value in exact if value is not None]
        return [*found, *([Payment.flag != ""] if self.flagged else []), *self.span.holds(Payment.at)]


@dataclass(frozen=True)
class OrderLine:
    """An order, and whose chat it was made in."""

    order: Order
    tenant: str


@dataclass(frozen=True)
class PaymentLine:
    """A payment, and whose chat it is for, if that is known."""

    payment: Payment
    tenant: str | None

    @property
    def gross(self) -> Money:
        return Money(self.payment.gross_minor, self.payment.currency)

    @property
    def fee(self) -> Money:
        return Money(self.payment.fee_minor, self.payment.currency)

    @property
    def net(self) -> Money:
        return self.gross - self.fee


@dataclass(frozen=True, kw_only=True)
class Turnover:
    """What came in for credits in one currency, what the providers kept, and what was paid back."""

    currency: str
    orders: int
    credits: int
    gross_minor: int
    fee_minor: int
    refunded_minor: int

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.currency)

    @property
    def fee(self) -> Money:
        return Money(self.fee_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def net(self) -> Money:
        return self.gross - self.fee - self.refunded


@dataclass(frozen=True, kw_only=True)
class PackTurnover(Turnover):
    """The turnover of one pack."""

    pack: Pack
    tenant: str


@dataclass(frozen=True)
class PackReport:
    """Lines by tenant and pack, and a total for each currency."""

    lines: Sequence[PackTurnover]
    totals: Sequence[Turnover]


def orders_page(session: Session, wanted: WantedOrders, *, cursor: str | None = None) -> Page[OrderLine]:
    """The orders at `cursor`, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _orders(wanted), keys=ORDER_KEYS, cursor=cursor)
    return Page([OrderLine(*row) for row in found.rows], found.next, found.previous)


def all_orders(reading: Reading, wanted: WantedOrders) -> Iterator[OrderLine]:
    """Every order that is wanted, in chunks, for an export."""
    return (OrderLine(*row) for row in all_rows(reading, [_orders(wanted)], keys=ORDER_KEYS))


def count_orders(session: Session, wanted: WantedOrders) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, select(Order.id).where(*wanted.conditions()))


def payments_page(session: Session, wanted: WantedPayments, *, cursor: str | None = None) -> Page[PaymentLine]:
    """The payments at `cursor`, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _payments(wanted), keys=PAYMENT_KEYS, cursor=cursor)
    return Page([PaymentLine(*row) for row in found.rows], found.next, found.previous)


def all_payments(reading: Reading, wanted: WantedPayments) -> Iterator[PaymentLine]:
    """Every payment that is wanted, in chunks, for an export."""
    return (PaymentLine(*row) for row in all_rows(reading, [_payments(wanted)], keys=PAYMENT_KEYS))


def count_payments(session: Session, wanted: WantedPayments) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, select(Payment.id).where(*wanted.conditions()))


def notices_page(session: Session, verdict: Verdict | None = None, *, cursor: str | None = None) -> Page[Notice]:
    """The notices at `cursor`, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    return page(session, _notices(verdict), keys=NOTICE_KEYS, cursor=cursor)


def all_notices(reading: Reading, verdict: Verdict | None = None) -> Iterator[Notice]:
    """Every notice, in chunks, for an export."""
    return all_rows(reading, [_notices(verdict)], keys=NOTICE_KEYS, size=100)


def count_notices(session: Session, verdict: Verdict | None = None) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, _notices(verdict))


def one_notice(session: Session, notice_id: int) -> Notice:
    """:raises NotFound: there is no such notice"""
    notice = session.get(Notice, notice_id)
    if notice is None:
        raise NotFound(notice=notice_id)
    return notice


def payments_of_notice(session: Session, notice_id: int) -> Sequence[Payment]:
    """What a notice has told of."""
    return session.scalars(select(Payment).where(Payment.notice_id == notice_id).order_by(Payment.id)).all()


def by_pack(session: Session, *, span: Span, tenant_id: int | None = None) -> PackReport:
    """What packs have brought in `span`: orders by the time of their payment, fees and refunds by their own."""
    sold = {(pack_id, currency): sums for pack_id, currency, *sums in session.execute(_sold(span))}
    moved = {(pack_id, currency): sums for pack_id, currency, *sums in session.execute(_moved(span))}
    query = (
        select(Pack, Tenant.name).join(Tenant, Tenant.id == Pack.tenant_id).order_by(Tenant.name, Pack.sort, Pack.id)
    )
    packs = session.execute(query if tenant_id is None else query.where(Pack.tenant_id == tenant_id)).all()
    lines = [
        _pack_line(pack, tenant, currency, sold.get((pack.id, currency)), moved.get((pack.id, currency)))
        for pack, tenant in packs
        for currency in sorted({key[1] for key in (*sold, *moved) if key[0] == pack.id})
    ]
    return PackReport(lines, _totals(lines))


def _orders(wanted: WantedOrders) -> Select[Any]:
    joined = in_order(Order, (Tenant, Tenant.id == Order.tenant_id))
    return select(Order, Tenant.name).select_from(joined).where(*wanted.conditions())


def _payments(wanted: WantedPayments) -> Select[Any]:
    query = select(Payment, Tenant.name).outerjoin(Tenant, Tenant.id == Payment.tenant_id)
    return query.where(*wanted.conditions())


def _notices(verdict: Verdict | None) -> Select[Any]:
    return select(Notice).where(*([Notice.verdict == verdict] if verdict else []))


def _sold(span: Span) -> Select[Any]:
    sums = (func.count(), func.sum(Order.credits), func.sum(Order.price_minor))
    paid = (Order.paid_at.is_not(None), *span.holds(Order.paid_at))
    return select(Order.pack_id, Order.currency, *sums).where(*paid).group_by(Order.pack_id, Order.currency)


def _moved(span: Span) -> Select[Any]:
    """Fees of what was granted, and what went back; what came in has the orders' own prices."""
    went_back = or_(Payment.gross_minor < 0, Payment.status == PaymentStatus.CANCELED_REVERSAL.value)
    counts = and_(Payment.flag == "", or_(Payment.credited_at.is_not(None), went_back))
    sums = (func.sum(Payment.fee_minor), func.sum(case((went_back, -Payment.gross_minor), else_=0)))
    query = select(Order.pack_id, Payment.currency, *sums).join(Order, Order.id == Payment.order_id)
    return query.where(and_(counts, *span.holds(Payment.at))).group_by(Order.pack_id, Payment.currency)


def _pack_line(
    pack: Pack, tenant: str, currency: str, sold: Sequence[Any] | None, moved: Sequence[Any] | None
) -> PackTurnover:
    orders, credits, gross = (int(each) for each in sold or (0, 0, 0))
    fee, refunded = (int(each) for each in moved or (0, 0))
    return PackTurnover(
        pack=pack,
        tenant=tenant,
        currency=currency,
        orders=orders,
        credits=credits,
        gross_minor=gross,
        fee_minor=fee,
        refunded_minor=refunded,
    )


def _totals(lines: Iterable[PackTurnover]) -> list[Turnover]:
    lines = list(lines)
    return [
        Turnover(
            currency=currency,
            orders=sum(each.orders for each in lines if each.currency == currency),
            credits=sum(each.credits for each in lines if each.currency == currency),
            gross_minor=sum(each.gross_minor for each in lines if each.currency == currency),
            fee_minor=sum(each.fee_minor for each in lines if each.currency == currency),
            refunded_minor=sum(each.refunded_minor for each in lines if each.currency == currency),
        )
        for currency in sorted({each.currency for each in lines})
    ]
