"""The list of questions to the staff, and one with all that was written."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from billing.errors import NotFound
from billing.paging import Key
from billing.uow import Billing
from ppv_module.chat.listing.parts import Lines, every_line, lines
from ppv_module.chat.models import Person, Tenant
from ppv_module.chat.support.models import Message, Ticket, TicketState

KEYS = [Key(Ticket.id, descending=True)]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which tickets: of one tenant, in one of the states (none: in any), of one person by his login."""

    tenant_id: int | None = None
    states: tuple[TicketState, ...] = ()
    login: str = ""

    @property
    def query(self) -> Select[Any]:
        query = select(Ticket, Person, Tenant).join(Person, Person.id == Ticket.person_id)
        query = query.join(Tenant, Tenant.id == Ticket.tenant_id)
        if self.tenant_id is not None:
            query = query.where(Ticket.tenant_id == self.tenant_id)
        if self.states:
            query = query.where(Ticket.state.in_(self.states))
        if self.login:
            query = query.where(Person.login == self.login)
        return query


@dataclass(frozen=True)
class Line:
    """A ticket, who asked, and in which chat."""

    ticket: Ticket
    person: Person
    tenant: Tenant


def tickets(session: Session, wanted: Wanted, *, cursor: str | None = None) -> Lines[Line]:
    """A page of the list, newest first.

    :raises InvalidInput: the cursor is none of this list
    """
    return lines(session, wanted.query, keys=KEYS, cursor=cursor, dress=_dressed)


def every_ticket(billing: Billing, wanted: Wanted) -> Iterator[Line]:
    """All of them, for an export."""
    return every_line(billing, wanted.query, keys=KEYS, dress=_dressed)


def ticket(session: Session, ticket_id: int) -> Line:
    """:raises NotFound: there is no such ticket"""
    found = session.execute(Wanted().query.where(Ticket.id == ticket_id)).one_or_none()
    if found is None:
        raise NotFound(ticket=ticket_id)
    return Line(*found)


def messages(session: Session, ticket_id: int) -> Sequence[Message]:
    """What was written in it, oldest first."""
    return session.scalars(select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id)).all()


def _dressed(_session: Session, rows: Sequence[Any]) -> list[Line]:
    return [Line(*row) for row in rows]
