"""What performers have earned in a period, per currency, counted by the database."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, select
from sqlalchemy.orm import Session

from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action, Earning, Payout, PayoutState
from ppv_module.chat.models import Performer, Tenant
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.shows.models import Show


@dataclass(frozen=True, kw_only=True)
class Sums:
    """What rows of one currency come to. Reversed tips count for nobody; a draft of a payout has not paid yet."""

    currency: str
    shows: int = 0
    billed_s: int = 0
    show_credits: int = 0
    tips: int = 0
    tip_credits: int = 0
    price_mills: int = 0
    benefit_mills: int = 0
    adjusted_mills: int = 0
    paid_mills: int = 0

    @property
    def price(self) -> Mills:
        return Mills(self.price_mills, self.currency)

    @property
    def benefit(self) -> Mills:
        """The performer's part, adjustments included."""
        return Mills(self.benefit_mills, self.currency)

    @property
    def adjusted(self) -> Mills:
        """What the staff has added to the benefit, or taken from it."""
        return Mills(self.adjusted_mills, self.currency)

    @property
    def house(self) -> Mills:
        """What is left of the price."""
        return self.price - self.benefit

    @property
    def paid(self) -> Mills:
        return Mills(self.paid_mills, self.currency)

    @property
    def unpaid(self) -> Mills:
        return self.benefit - self.paid


@dataclass(frozen=True, kw_only=True)
class EarningLine(Sums):
    """The sums of one performer."""

    tenant_id: int
    tenant: str
    performer_id: int
    performer: str


@dataclass(frozen=True)
class EarningReport:
    """Lines by tenant and name, and a total for each currency."""

    lines: Sequence[EarningLine]
    totals: Sequence[Sums]


@dataclass(frozen=True, kw_only=True)
class WantedEarnings:
    """Whose, and when: a show belongs to the time when it ended, a tip to when it was sent."""

    span: Span
    tenant_id: int | None = None
    performer_id: int | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to meet."""
        exact = ((Earning.tenant_id, self.tenant_id), (Earning.performer_id, self.performer_id))
        found = [column == value for column, value in exact if value is not None]
        return [Earning.reversed_at.is_(None), *found, *self.span.holds(Earning.at)]


def earnings(session: Session, wanted: WantedEarnings) -> EarningReport:
    """The report, by one statement."""
    place = (Tenant.id, Tenant.name, Performer.person_id, Performer.display_name, Earning.currency)
    query = _summed(*place).join(Tenant, Tenant.id == Earning.tenant_id)
    query = query.join(Performer, Performer.person_id == Earning.performer_id).where(*wanted.conditions())
    rows = session.execute(query.group_by(*place).order_by(Tenant.name, Performer.display_name, *place))
    lines = [_line(*row) for row in rows]
    return EarningReport(lines, totals(lines))


def totals(lines: Iterable[Sums]) -> list[Sums]:
    """What `lines` come to, for each currency."""
    names = [each.name for each in fields(Sums) if each.name != "currency"]
    found: dict[str, dict[str, int]] = {}
    for line in lines:
        so_far = found.setdefault(line.currency, dict.fromkeys(names, 0))
        for name in names:
            so_far[name] += getattr(line, name)
    return [Sums(currency=currency, **sums) for currency, sums in sorted(found.items())]


def _summed(*place: Any) -> Select[Any]:
    """The sums of `ppv_tips`, with what shows and payouts know of its rows."""
    is_show, is_tip = Earning.action == Action.LIVESHOW, Earning.action == Action.TIPS
    sums = (
        _sum(is_show, 1),
        _sum(is_show, Show.billed_ms - Show.billed_ms % 1000),  # each show's own whole seconds
        _sum(is_show, Earning.credits),
        _sum(is_tip, 1),
        _sum(is_tip, Earning.credits),
        func.sum(Earning.price_mills),
        func.sum(Earning.benefit_mills),
        _sum(Earning.action == Action.ADJUSTMENT, Earning.benefit_mills),
        _sum(Payout.state == PayoutState.PAID, Earning.benefit_mills),
    )
    query = select(*place, *sums).select_from(Earning)
    return query.outerjoin(Show, Show.id == Earning.closes_show).outerjoin(Payout, Payout.id == Earning.payout_id)


def _sum(condition: ColumnElement[bool], value: Any) -> Any:
    return func.coalesce(func.sum(case((condition, value), else_=0)), 0)


def _line(tenant_id: int, tenant: str, performer_id: int, performer: str, currency: str, *sums: Any) -> EarningLine:
    shows, billed_ms, show_credits, tips, tip_credits, price, benefit, adjusted, paid = (int(each) for each in sums)
    return EarningLine(
        tenant_id=tenant_id,
        tenant=tenant,
        performer_id=performer_id,
        performer=performer,
        currency=currency,
        shows=shows,
        billed_s=billed_ms // 1000,
        show_credits=show_credits,
        tips=tips,
        tip_credits=tip_credits,
        price_mills=price,
        benefit_mills=benefit,
        adjusted_mills=adjusted,
        paid_mills=paid,
    )
