"""The log of calls of the chats' servers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.paging import Key
from billing.uow import Billing
from ppv_module.chat.listing.parts import Lines, every_line, lines
from ppv_module.chat.models import HookCall, Tenant


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which calls: to one tenant, of one action, from `since` until before `until`."""

    tenant_id: int | None = None
    action: str = ""
    since: datetime | None = None
    until: datetime | None = None

    @property
    def query(self) -> Select[Any]:
        query = select(HookCall, Tenant).join(Tenant, Tenant.id == HookCall.tenant_id)
        if self.tenant_id is not None:
            query = query.where(HookCall.tenant_id == self.tenant_id)
        if self.action:
            query = query.where(HookCall.action == self.action)
        if self.since:
            query = query.where(HookCall.at >= self.since)
        if self.until:
            query = query.where(HookCall.at < self.until)
        return query

    @property
    def keys(self) -> list[Key]:
        """Newest first: by what an index knows."""
        newest = Key(HookCall.id, descending=True)
        return [newest] if self.tenant_id is None else [Key(HookCall.at, descending=True), newest]


@dataclass(frozen=True)
class Line:
    """A call, and whose chat made it."""

    call: HookCall
    tenant: Tenant


def calls(session: Session, wanted: Wanted, *, cursor: str | None = None) -> Lines[Line]:
    """A page of the log, newest first.

    :raises InvalidInput: the cursor is none of this list
    """
    return lines(session, wanted.query, keys=wanted.keys, cursor=cursor, dress=_dressed)


def every_call(billing: Billing, wanted: Wanted) -> Iterator[Line]:
    """All of them, for an export."""
    return every_line(billing, wanted.query, keys=wanted.keys, dress=_dressed)


def call(session: Session, call_id: int) -> Line:
    """:raises NotFound: there is no such call"""
    found = session.execute(Wanted().query.where(HookCall.id == call_id)).one_or_none()
    if found is None:
        raise NotFound(call=call_id)
    return Line(*found)


def _dressed(_session: Session, rows: Sequence[Any]) -> list[Line]:
    return [Line(call, tenant) for call, tenant in rows]
