"""The money report: what was charged and paid back, what of it is the partner's, beside what he himself reports.

Rounding: the partner's share is counted for each tariff and month from the month's whole net sum, half a kopiyka up.
A day's share is what the sum of the month up to that day adds to it, so that the days of a month add up to the month.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.ledger.turnover import Step, Turnover, turnover
from billing.money import Money
from billing.periods import Month
from billing.uow import Billing
from olltv_module.models import Tariff
from olltv_module.reports.models import PartnerReport, PartnerSum
from olltv_module.services.money import INCOME


@dataclass(frozen=True)
class Line:
    """Sums of a month, day or tariff. `to_partner` is what the tariffs' percents make of `net`; `own` is the rest.

    `unknown` is that part of `net` whose tariffs have no percent: nobody knows whose it is, so it is in neither.
    """

    charges: int
    charged: Money
    refunds: int
    refunded: Money
    to_partner: Money
    unknown: Money
    month: Month | None = None
    day: date | None = None
    tariff: Tariff | None = None

    @property
    def net(self) -> Money:
        return self.charged - self.refunded

    @property
    def own(self) -> Money:
        return self.net - self.to_partner - self.unknown


@dataclass(frozen=True)
class Report:
    """Lines and their total."""

    lines: Sequence[Line]
    total: Line


@dataclass(frozen=True)
class Compared:
    """One tariff of ours, or service id of the partner that no tariff has, in one month: ours beside theirs."""

    service: str
    tariff: Tariff | None
    charges: int
    net: Money
    to_partner: Money | None
    purchases: int
    retail: Money
    provider: Money

    @property
    def difference(self) -> Money | None:
        """By how much the partner counts more for himself than we do; None where no percent is known."""
        return None if self.to_partner is None else self.provider - self.to_partner


@dataclass(frozen=True)
class Comparison:
    """A month's comparison; `fetched_at` is empty as long as the partner's report was not fetched."""

    lines: Sequence[Compared]
    fetched_at: datetime | None
    purchases: int
    total: Compared


def by_month(billing: Billing, session: Session, *, since: Month, until: Month) -> Report:
    """A line for each month of [since, until) in which money moved."""
    return _report(billing, _parts(billing, session, since, until), lambda each: {"month": each.month})


def by_tariff(billing: Billing, session: Session, *, since: Month, until: Month) -> Report:
    """A line for each tariff that money of these months came for."""
    tariffs = _tariffs(session)
    parts = sorted(_parts(billing, session, since, until), key=lambda each: each.turned.tariff_id)
    return _report(billing, parts, lambda each: {"tariff": tariffs.get(each.turned.tariff_id)})


def by_day(billing: Billing, session: Session, *, month: Month) -> Report:
    """A line for each day of `month` on which money moved."""
    parts = _parts(billing, session, month, month.next(), Step.DAY)
    return _report(billing, parts, lambda each: {"day": each.turned.start})


def compared(billing: Billing, session: Session, *, month: Month) -> Comparison:
    """What we took and owe the partner by tariff, beside what he reports."""
    fetched = session.get(PartnerReport, str(month))
    theirs = {each.service: each for each in session.scalars(select(PartnerSum).where(PartnerSum.month == str(month)))}
    ours = {part.turned.tariff_id: part for part in _parts(billing, session, month, month.next())}
    tariffs = _tariffs(session)
    shown = [each for each in tariffs.values() if each.id in ours or each.service in theirs]
    lines = [_compared(billing, each, ours.get(each.id), theirs.get(each.service)) for each in shown]
    foreign = theirs.keys() - {each.service for each in shown}
    lines += [_compared(billing, None, None, theirs[service]) for service in sorted(foreign)]
    return Comparison(
        lines=lines,
        fetched_at=fetched.fetched_at if fetched else None,
        purchases=fetched.purchases if fetched else 0,
        total=_compared_total(billing, lines),
    )


def share(net: Money, percent: int) -> Money:
    """`percent` of `net`, half a minor unit up."""
    return Money((net.minor * percent + 50) // 100, net.unit)


@dataclass(frozen=True)
class _Part:
    """What moved for one tariff in one month or day, and the partner's share of it where a percent is known."""

    turned: Turnover
    to_partner: Money | None

    @property
    def month(self) -> Month:
        return Month(self.turned.start.year, self.turned.start.month)


def _parts(billing: Billing, session: Session, since: Month, until: Month, step: Step = Step.MONTH) -> list[_Part]:
    first, last = (date(month.year, month.month, 1) for month in (since, until))
    turned = turnover(session, account=INCOME, zone=billing.zone, since=first, until=last, step=step)
    percents = {each.id: each.partner_percent for each in _tariffs(session).values()}
    return list(_shared(billing, turned, percents))


def _shared(billing: Billing, turned: Iterable[Turnover], percents: Mapping[int, int | None]) -> Iterator[_Part]:
    """Each turnover with its share. Of days of one month only: each adds its part to the share of the month."""
    so_far = dict[tuple[int, int, int], Money]()
    for each in turned:
        percent = percents.get(each.tariff_id)
        if percent is None:
            yield _Part(each, None)
            continue
        place = (each.start.year, each.start.month, each.tariff_id)
        before = so_far.get(place, Money(0, billing.unit))
        so_far[place] = before + each.net
        yield _Part(each, share(so_far[place], percent) - share(before, percent))


def _report(billing: Billing, parts: Sequence[_Part], place: Callable[[_Part], Mapping[str, object]]) -> Report:
    lines = [_line(billing, list(group), dict(where)) for where, group in groupby(parts, key=place)]
    return Report(lines, _line(billing, parts, {}))


def _line(billing: Billing, parts: Sequence[_Part], where: Mapping[str, object]) -> Line:
    nothing = Money(0, billing.unit)
    return Line(
        charges=sum(each.turned.came_count for each in parts),
        charged=sum((each.turned.came for each in parts), nothing),
        refunds=sum(each.turned.went_count for each in parts),
        refunded=sum((each.turned.went for each in parts), nothing),
        to_partner=sum((each.to_partner for each in parts if each.to_partner), nothing),
        unknown=sum((each.turned.net for each in parts if each.to_partner is None), nothing),
        **where,  # type: ignore[arg-type]
    )


def _compared(billing: Billing, tariff: Tariff | None, ours: _Part | None, theirs: PartnerSum | None) -> Compared:
    nothing = Money(0, billing.unit)
    known = tariff is not None and tariff.partner_percent is not None
    return Compared(
        service=tariff.service if tariff else theirs.service if theirs else "",
        tariff=tariff,
        charges=ours.turned.came_count if ours else 0,
        net=ours.turned.net if ours else nothing,
        to_partner=(ours.to_partner if ours else nothing) if known else None,
        purchases=theirs.purchases if theirs else 0,
        retail=Money(theirs.retail_minor if theirs else 0, billing.unit),
        provider=Money(theirs.provider_minor if theirs else 0, billing.unit),
    )


def _compared_total(billing: Billing, lines: Sequence[Compared]) -> Compared:
    """The sums; our share is the sum of what is known of it."""
    nothing = Money(0, billing.unit)
    return Compared(
        service="",
        tariff=None,
        charges=sum(each.charges for each in lines),
        net=sum((each.net for each in lines), nothing),
        to_partner=sum((each.to_partner for each in lines if each.to_partner), nothing),
        purchases=sum(each.purchases for each in lines),
        retail=sum((each.retail for each in lines), nothing),
        provider=sum((each.provider for each in lines), nothing),
    )


def _tariffs(session: Session) -> dict[int, Tariff]:
    return {each.id: each for each in session.scalars(select(Tariff).order_by(Tariff.id))}
