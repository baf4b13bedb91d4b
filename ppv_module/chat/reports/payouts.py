"""Payouts as a list, and one with the rows that it pays."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.joins import in_order
from billing.money import Money
from billing.paging import Count, Key, Page, all_rows, count_upto, page
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Earning, Payout, PayoutState
from ppv_module.chat.models import Performer, Person, Tenant

Reading = Callable[[], AbstractContextManager[Session]]
KEYS = [Key(Payout.id, descending=True)]
ROW_KEYS = [Key(Earning.id)]


@dataclass(frozen=True, kw_only=True)
class WantedPayouts:
    """Which payouts."""

    tenant_id: int | None = None
    performer_id: int | None = None
    state: PayoutState | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a payout has to meet."""
        exact = (
            (Payout.tenant_id, self.tenant_id),
            (Payout.performer_id, self.performer_id),
            (Payout.state, self.state),
        )
        return [column == value for column, value in exact if value is not None]


@dataclass(frozen=True)
class PayoutLine:
    """A payout with the name of who gets it."""

    payout: Payout
    tenant: str
    performer: str
    login: str

    @property
    def amount(self) -> Money:
        return Money(self.payout.amount_minor, self.payout.currency)

    @property
    def carried(self) -> Mills:
        """What rounding leaves for the next payout; negative when it gave more."""
        return Mills(self.payout.carried_mills, self.payout.currency)


def payouts_page(session: Session, wanted: WantedPayouts, *, cursor: str | None = None) -> Page[PayoutLine]:
    """The payouts at `cursor`, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted), keys=KEYS, cursor=cursor)
    return Page([PayoutLine(*row) for row in found.rows], found.next, found.previous)


def all_payouts(reading: Reading, wanted: WantedPayouts) -> Iterator[PayoutLine]:
    """Every payout that is wanted, in chunks, for an export."""
    return (PayoutLine(*row) for row in all_rows(reading, [_query(wanted)], keys=KEYS))


def count_payouts(session: Session, wanted: WantedPayouts) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, select(Payout.id).where(*wanted.conditions()))


def one_payout(session: Session, payout_id: int) -> PayoutLine:
    """:raises NotFound: there is no such payout"""
    row = session.execute(_query(WantedPayouts()).where(Payout.id == payout_id)).one_or_none()
    if row is None:
        raise NotFound(payout=payout_id)
    return PayoutLine(*row)


def rows_page(session: Session, payout_id: int, *, cursor: str | None = None) -> Page[Earning]:
    """What a payout pays, the oldest first. A void one pays nothing any more.

    :raises InvalidInput: the cursor is none of this list
    """
    return page(session, _rows(payout_id), keys=ROW_KEYS, cursor=cursor)


def all_payout_rows(reading: Reading, payout_id: int) -> Iterator[Earning]:
    """Everything that a payout pays, in chunks, for an export."""
    return all_rows(reading, [_rows(payout_id)], keys=ROW_KEYS)


def _rows(payout_id: int) -> Select[Any]:
    return select(Earning).where(Earning.payout_id == payout_id)


def _query(wanted: WantedPayouts) -> Select[Any]:
    joined = in_order(
        Payout,
        (Tenant, Tenant.id == Payout.tenant_id),
        (Performer, Performer.person_id == Payout.performer_id),
        (Person, Person.id == Payout.performer_id),
    )
    columns = (Payout, Tenant.name, Performer.display_name, Person.login)
    return select(*columns).select_from(joined).where(*wanted.conditions())
