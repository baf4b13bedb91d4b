"""What tickets somebody has, and what can be done with them."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from billing.errors import N_, NotFound
from ppv_module.streams.rights.having import is_valid
from ppv_module.streams.rights.models import Ticket

MINUTE_MS = 60_000


class TicketState(StrEnum):
    """What can be done with a ticket."""

    COMING = "coming"
    VALID = "valid"
    USED_UP = "used_up"
    OVER = "over"
    REVOKED = "revoked"


class UnknownTicket(NotFound):
    """Facts: `ticket`."""

    code = "unknown_ticket"
    text = N_("There is no such ticket.")


def state_of(ticket: Ticket, now: datetime) -> TicketState:
    """What can be done with a ticket at `now`."""
    if ticket.revoked_at is not None:
        return TicketState.REVOKED
    if now >= ticket.valid_to:
        return TicketState.OVER
    if now < ticket.valid_from:
        return TicketState.COMING
    used_up = ticket.limit_ms is not None and ticket.used_ms >= ticket.limit_ms
    return TicketState.USED_UP if used_up else TicketState.VALID


def minutes_left(ticket: Ticket) -> int | None:
    """Begun minutes that may still be watched; None where they are not limited."""
    if ticket.limit_ms is None:
        return None
    return -(-max(ticket.limit_ms - ticket.used_ms, 0) // MINUTE_MS)


def tickets_of(session: Session, login: str, *, now: datetime | None = None, limit: int = 50) -> Sequence[Ticket]:
    """The newest tickets of a subscriber; with `now` those only that are valid then, or will be."""
    query = select(Ticket).where(Ticket.login == login)
    if now is not None:
        query = query.where(or_(is_valid(Ticket, now), (Ticket.valid_from > now) & Ticket.revoked_at.is_(None)))
    return session.scalars(query.order_by(Ticket.bought_at.desc(), Ticket.id.desc()).limit(limit)).all()


def ticket_of(session: Session, ticket_id: int) -> Ticket:
    """:raises UnknownTicket: there is none with this number"""
    if (ticket := session.get(Ticket, ticket_id)) is None:
        raise UnknownTicket(ticket=ticket_id)
    return ticket
