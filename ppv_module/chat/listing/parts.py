"""What the lists have in common: a page with the number of its rows, and all rows for an export."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from billing.paging import CHUNK, Count, Key, Page, count_upto, page
from billing.uow import Billing

L = TypeVar("L")


@dataclass(frozen=True, kw_only=True)
class Lines(Page[L]):
    """A page of a list, and how many rows there are in all."""

    count: Count


Dressing = Callable[[Session, Sequence[Any]], Sequence[L]]
"""Makes lines of the rows of one page, with what else they show."""


def lines(
    session: Session, query: Select[Any], *, keys: Sequence[Key], cursor: str | None, dress: Dressing[L]
) -> Lines[L]:
    """The page of `query` at `cursor`.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, query, keys=keys, cursor=cursor)
    return Lines(dress(session, found.rows), found.next, found.previous, count=count_upto(session, query))


def every_line(billing: Billing, query: Select[Any], *, keys: Sequence[Key], dress: Dressing[L]) -> Iterator[L]:
    """All of `query`, read in pieces."""
    cursor: str | None = None
    while True:
        with billing.reading() as session:
            found = page(session, query, keys=keys, cursor=cursor, size=CHUNK)
            dressed = dress(session, found.rows)
            session.expunge_all()
        yield from dressed
        cursor = found.next
        if cursor is None:
            return
