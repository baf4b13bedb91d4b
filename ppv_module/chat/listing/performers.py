"""The list of performers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from billing.paging import Key
from billing.uow import Billing
from ppv_module.chat.listing.parts import Lines, every_line, lines
from ppv_module.chat.models import Performer, Person, Status, Tenant
from ppv_module.chat.presence import status_of
from ppv_module.chat.shows.models import Show
from ppv_module.errors import UnknownPerformer


class By(StrEnum):
    """What the list is sorted by. `order` is that of the wall."""

    ORDER = "order"
    NAME = "name"
    LOGIN = "login"
    RATE = "rate"
    PERCENT = "percent"
    NUMBER = "number"


COLUMNS: dict[By, InstrumentedAttribute[Any]] = {
    By.ORDER: Performer.sort,
    By.NAME: Performer.display_name,
    By.LOGIN: Person.login,
    By.RATE: Performer.rate,
    By.PERCENT: Performer.percent_bp,
    By.NUMBER: Person.number,
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which performers: of one tenant, active or not, with these words in the name or beginning of the login."""

    tenant_id: int | None = None
    active: bool | None = None
    words: str = ""

    @property
    def query(self) -> Select[Any]:
        query = select(Performer, Person, Tenant).join(Person, Person.id == Performer.person_id)
        query = query.join(Tenant, Tenant.id == Performer.tenant_id)
        if self.tenant_id is not None:
            query = query.where(Performer.tenant_id == self.tenant_id)
        if self.active is not None:
            query = query.where(Performer.active == self.active)
        if self.words:
            named = Performer.display_name.icontains(self.words, autoescape=True)
            query = query.where(named | Person.login.startswith(self.words, autoescape=True))
        return query


@dataclass(frozen=True)
class Line:
    """A performer as staff see her: an inactive one has no status."""

    performer: Performer
    person: Person
    tenant: Tenant
    status: Status | None


def performers(
    session: Session,
    wanted: Wanted,
    *,
    now: datetime,
    by: By = By.ORDER,
    descending: bool = False,
    cursor: str | None = None,
) -> Lines[Line]:
    """A page of the list.

    :raises InvalidInput: the cursor is none of this list
    """
    return lines(session, wanted.query, keys=_keys(by, descending), cursor=cursor, dress=partial(_dressed, now=now))


def every_performer(
    billing: Billing, wanted: Wanted, *, now: datetime, by: By = By.ORDER, descending: bool = False
) -> Iterator[Line]:
    """All of them, for an export."""
    return every_line(billing, wanted.query, keys=_keys(by, descending), dress=partial(_dressed, now=now))


def performer(session: Session, performer_id: int, *, now: datetime) -> Line:
    """:raises UnknownPerformer: there is none"""
    rows = session.execute(Wanted().query.where(Performer.person_id == performer_id)).all()
    if not rows:
        raise UnknownPerformer(performer=performer_id)
    return _dressed(session, rows, now=now)[0]


def _keys(by: By, descending: bool) -> list[Key]:
    return [Key(COLUMNS[by], descending), Key(Performer.person_id, descending)]


def _dressed(session: Session, rows: Sequence[Any], *, now: datetime) -> list[Line]:
    ids = [performer.person_id for performer, _person, _tenant in rows]
    busy = set(session.scalars(select(Show.performer_slot).where(Show.performer_slot.in_(ids)))) if ids else set()
    return [_line(*row, busy=row[0].person_id in busy, now=now) for row in rows]


def _line(performer: Performer, person: Person, tenant: Tenant, *, busy: bool, now: datetime) -> Line:
    status = status_of(performer, tenant=tenant, busy=busy, now=now) if performer.active else None
    return Line(performer, person, tenant, status)
