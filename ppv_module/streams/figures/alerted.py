"""Alerts about media servers and viewers as staff look at them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from billing.paging import Count, Key, Page, all_rows, count_upto, page
from billing.uow import Billing
from ppv_module.streams.models import Alert, AlertKind

KEYS = [Key(Alert.last_at, descending=True), Key(Alert.id, descending=True)]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which alerts; `is_open` of None is all of them."""

    is_open: bool | None = True
    kind: AlertKind | None = None
    server: str = ""

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What an alert has to meet."""
        if self.is_open is not None:
            yield Alert.slot.is_not(None) if self.is_open else Alert.slot.is_(None)
        if self.kind:
            yield Alert.kind == self.kind
        if self.server:
            yield Alert.server_name == self.server


def alerts(session: Session, wanted: Wanted, *, cursor: str | None = None) -> Page[Alert]:
    """A page of alerts, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    return page(session, select(Alert).where(*wanted.conditions()), keys=KEYS, cursor=cursor)


def every_alert(billing: Billing, wanted: Wanted) -> Iterator[Alert]:
    """All of them, for an export, read in pieces."""
    return all_rows(billing.reading, [select(Alert).where(*wanted.conditions())], keys=KEYS)


def count_alerts(session: Session, wanted: Wanted) -> Count:
    """How many there are."""
    return count_upto(session, select(Alert).where(*wanted.conditions()))
