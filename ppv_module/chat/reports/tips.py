"""Tips as a list to be narrowed."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.joins import in_order
from billing.paging import Count, Key, Page, all_rows, count_upto, page
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.chat.reports.spans import Span

Reading = Callable[[], AbstractContextManager[Session]]
KEYS = [Key(Earning.at, descending=True), Key(Earning.id, descending=True)]


@dataclass(frozen=True, kw_only=True)
class WantedTips:
    """Which tips."""

    tenant_id: int | None = None
    performer_id: int | None = None
    payer_login: str = ""
    span: Span = field(default_factory=Span)

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a tip has to meet."""
        exact = ((Earning.tenant_id, self.tenant_id), (Earning.performer_id, self.performer_id))
        found: list[ColumnElement[bool]] = [column == value for column, value in exact if value is not None]
        if self.payer_login:
            found.append(Earning.payer_id.in_(select(Person.id).where(Person.login == self.payer_login)))
        return [Earning.action == Action.TIPS, *found, *self.span.holds(Earning.at)]


@dataclass(frozen=True)
class TipLine:
    """A tip with the names of payer and performer."""

    tip: Earning
    tenant: str
    performer: str
    payer: str
    login: str

    @property
    def price(self) -> Mills:
        return Mills(self.tip.price_mills, self.tip.currency)

    @property
    def benefit(self) -> Mills:
        return Mills(self.tip.benefit_mills, self.tip.currency)

    @property
    def may_be_reversed(self) -> bool:
        """Not once it is reversed, nor as long as a payout holds it."""
        return self.tip.reversed_at is None and self.tip.payout_id is None


def tips_page(session: Session, wanted: WantedTips, *, cursor: str | None = None) -> Page[TipLine]:
    """The tips at `cursor`, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted), keys=KEYS, cursor=cursor)
    return Page([TipLine(*row) for row in found.rows], found.next, found.previous)


def all_tips(reading: Reading, wanted: WantedTips) -> Iterator[TipLine]:
    """Every tip that is wanted, in chunks, for an export."""
    return (TipLine(*row) for row in all_rows(reading, [_query(wanted)], keys=KEYS))


def count_tips(session: Session, wanted: WantedTips) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, select(Earning.id).where(*wanted.conditions()))


def one_tip(session: Session, earning_id: int) -> TipLine:
    """:raises NotFound: there is no such tip"""
    row = session.execute(_query(WantedTips()).where(Earning.id == earning_id)).one_or_none()
    if row is None:
        raise NotFound(tip=earning_id)
    return TipLine(*row)


def _query(wanted: WantedTips) -> Select[Any]:
    joined = in_order(
        Earning,
        (Tenant, Tenant.id == Earning.tenant_id),
        (Performer, Performer.person_id == Earning.performer_id),
        (Person, Person.id == Earning.payer_id),
    )
    columns = (Earning, Tenant.name, Performer.display_name, Person.nickname, Person.login)
    return select(*columns).select_from(joined).where(*wanted.conditions())
