"""A page of a long list, made alike on every page that has one."""

from collections.abc import Sequence
from typing import TypeVar

from billing.paging import Page
from weblib.exports import Source, urls
from weblib.tables import Column, Counted, Listing, Wish

R = TypeVar("R")


def page_of(
    columns: Sequence[Column[R]], source: Source, asked: Wish, found: Page[R], counted: Counted | None
) -> Listing[R]:
    """What the template shows: the rows that were found, how many there are in all, and where to export them."""
    return Listing(
        columns_known=columns,
        items=found.rows,
        wish=asked,
        next=found.next,
        previous=found.previous,
        counted=counted,
        exports=urls(source.name),
    )
