"""The list of people of the chat: viewers, performers and staff."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.host.search import begins
from billing.paging import Key
from billing.uow import Billing
from ppv_module.chat.listing.parts import Lines, every_line, lines
from ppv_module.chat.models import Person, Role, Tenant
from ppv_module.chat.nicknames import name_key

KEYS = [Key(Person.login), Key(Person.id)]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which people: of one tenant, of one role, banned or not, whose login begins so, who are called so.

    Names that look the same are the same.
    """

    tenant_id: int | None = None
    role: Role | None = None
    banned: bool | None = None
    login: str = ""
    nickname: str = ""

    @property
    def query(self) -> Select[Any]:
        query = select(Person, Tenant).join(Tenant, Tenant.id == Person.tenant_id)
        if self.tenant_id is not None:
            query = query.where(Person.tenant_id == self.tenant_id)
        if self.role is not None:
            query = query.where(Person.role == self.role)
        if self.banned is not None:
            query = query.where(Person.banned_at.is_not(None) if self.banned else Person.banned_at.is_(None))
        if self.login:
            query = query.where(begins(Person.login, self.login))
        if self.nickname:
            everywhere = Person.tenant_id.in_(select(Tenant.id))  # so that the index of names can be used
            query = query.where(everywhere, Person.nickname_key == name_key(self.nickname))
        return query


@dataclass(frozen=True)
class Line:
    """Somebody in the chat of a tenant."""

    person: Person
    tenant: Tenant


def people(session: Session, wanted: Wanted, *, cursor: str | None = None) -> Lines[Line]:
    """A page of the list, by login.

    :raises InvalidInput: the cursor is none of this list
    """
    return lines(session, wanted.query, keys=KEYS, cursor=cursor, dress=_dressed)


def every_person(billing: Billing, wanted: Wanted) -> Iterator[Line]:
    """All of them, for an export."""
    return every_line(billing, wanted.query, keys=KEYS, dress=_dressed)


def _dressed(_session: Session, rows: Sequence[Any]) -> list[Line]:
    return [Line(person, tenant) for person, tenant in rows]
