"""Rows of the support area."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from billing.db import MARIADB, Base, BigId, Instant, words


class TicketState(StrEnum):
    """`open` waits for the staff, `answered` for the customer."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


class Ticket(Base):
    """A question of a viewer or performer, with all its messages. The tenant is that of the chat he asked from."""

    __tablename__ = "ppv_ticket"
    __table_args__ = (Index(None, "tenant_id", "state"), Index(None, "person_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    tenant_id: Mapped[int] = mapped_column(ForeignKey("ppv_tenant.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("ppv_person.id"))
    subject: Mapped[str] = mapped_column(String(120))
    state: Mapped[TicketState] = mapped_column(words(TicketState), default=TicketState.OPEN)
    created_at: Mapped[datetime] = mapped_column(Instant)
    updated_at: Mapped[datetime] = mapped_column(Instant)


class Message(Base):
    """What was written in a ticket, by the customer or by a person of the staff."""

    __tablename__ = "ppv_ticket_message"
    __table_args__ = (Index(None, "ticket_id"), MARIADB)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ppv_ticket.id"))
    at: Mapped[datetime] = mapped_column(Instant)
    author: Mapped[str] = mapped_column(String(80))
    by_staff: Mapped[bool]
    text: Mapped[str] = mapped_column(Text)
