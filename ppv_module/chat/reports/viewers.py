"""Subscribers with credits: a list, and what one of them is in each chat."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from billing.host.base import Host, UnknownLogin
from billing.host.search import begins
from billing.joins import in_order
from billing.ledger.models import Account, Transfer
from billing.paging import Count, Key, Page, all_rows, count_upto, page
from ppv_module.chat.models import Person, Tenant
from ppv_module.credits.accounts import SPENT
from ppv_module.credits.models import CreditState

Reading = Callable[[], AbstractContextManager[Session]]
KEYS = [Key(CreditState.login)]
CHUNK = 500


@dataclass(frozen=True, kw_only=True)
class WantedViewers:
    """Whose credits. `begins`: the first letters of the login."""

    begins: str = ""
    frozen: bool = False
    in_debt: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """What a row has to meet."""
        wanted = (
            (self.begins, begins(CreditState.login, self.begins) if self.begins else None),
            (self.frozen, CreditState.frozen_by != ""),
            (self.in_debt, Account.balance_minor < 0),
        )
        return [condition for asked, condition in wanted if asked and condition is not None]


@dataclass(frozen=True)
class ViewerLine:
    """A subscriber's credits: what there is, how many of it were a gift, and what was spent on shows and tips."""

    state: CreditState
    balance: int
    spent: int

    @property
    def login(self) -> str:
        return self.state.login


@dataclass(frozen=True)
class Place:
    """What a subscriber is in one chat."""

    person: Person
    tenant: str


def viewers_page(session: Session, wanted: WantedViewers, *, cursor: str | None = None) -> Page[ViewerLine]:
    """The subscribers at `cursor`, by login.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted), keys=KEYS, cursor=cursor)
    return Page(_lines(session, found.rows), found.next, found.previous)


def all_viewers(reading: Reading, wanted: WantedViewers) -> Iterator[ViewerLine]:
    """Every subscriber that is wanted, in chunks, for an export."""
    chunk: list[Any] = []
    for row in all_rows(reading, [_query(wanted)], keys=KEYS, size=CHUNK):
        chunk.append(row)
        if len(chunk) == CHUNK:
            yield from _read_lines(reading, chunk)
            chunk = []
    yield from _read_lines(reading, chunk)


def count_viewers(session: Session, wanted: WantedViewers) -> Count:
    """How many they are, up to what a list tells."""
    return count_upto(session, _query(wanted))


def credits_of(session: Session, login: str) -> ViewerLine | None:
    """The credits of one subscriber; None for who never had any."""
    row = session.execute(_query(WantedViewers()).where(CreditState.login == login)).one_or_none()
    return _lines(session, [row])[0] if row else None


def places_of(session: Session, login: str) -> list[Place]:
    """The chats in which a subscriber is known, by their names."""
    query = select(Person, Tenant.name).join(Tenant, Tenant.id == Person.tenant_id).where(Person.login == login)
    return [Place(*row) for row in session.execute(query.order_by(Tenant.name))]


def is_subscriber(host: Host, login: str) -> bool:
    """Whether somebody has this login now. The credits of a subscriber who is gone are still there."""
    try:
        host.find(login)
    except UnknownLogin:
        return False
    return True


def _query(wanted: WantedViewers) -> Select[Any]:
    joined = in_order(CreditState, (Account, Account.id == CreditState.account_id))
    return select(CreditState, Account.balance_minor).select_from(joined).where(*wanted.conditions())


def _read_lines(reading: Reading, rows: Sequence[Any]) -> list[ViewerLine]:
    with reading() as session:
        return _lines(session, rows)


def _lines(session: Session, rows: Sequence[Any]) -> list[ViewerLine]:
    spent = _spent(session, [state.account_id for state, _balance in rows])
    return [ViewerLine(state, balance or 0, spent.get(state.account_id, 0)) for state, balance in rows]


def _spent(session: Session, accounts: Sequence[int]) -> dict[int, int]:
    """What went from each account into shows and tips, less what came back."""
    sink = session.scalar(select(Account.id).where(Account.code == SPENT))
    went = (Transfer.source_id.in_(accounts), Transfer.target_id == sink)
    came = (Transfer.target_id.in_(accounts), Transfer.source_id == sink)
    parts = [
        select(Transfer.source_id.label("account"), Transfer.amount_minor.label("amount")).where(*went),
        select(Transfer.target_id.label("account"), (-Transfer.amount_minor).label("amount")).where(*came),
    ]
    both = parts[0].union_all(parts[1]).subquery()
    rows = session.execute(select(both.c.account, func.sum(both.c.amount)).group_by(both.c.account))
    return {account: int(amount) for account, amount in rows}
