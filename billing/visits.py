"""Staff who look at a subscriber's cabinet: one-time tickets, of which only hashes are kept."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import String, delete, select
from sqlalchemy.orm import Mapped, mapped_column

from billing.access import digest_of
from billing.actors import Actor
from billing.db import MARIADB, Base, BigId, Instant
from billing.errors import N_, NotAllowed
from billing.uow import UnitOfWork, use_case

TICKET_LIFE = timedelta(seconds=60)
KEPT = timedelta(days=1)


class TicketRejected(NotAllowed):
    """Forged, expired or used before: the caller is not told which."""

    code = "ticket_rejected"
    text = N_("This ticket is not valid any more. Open the cabinet from the panel again.")


class VisitTicket(Base):
    """The permission of one person of the staff to look at one subscriber's cabinet, once, within a minute."""

    __tablename__ = "visit_ticket"
    __table_args__ = (MARIADB,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    login: Mapped[str] = mapped_column(String(64))
    staff: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


@dataclass(frozen=True)
class Visit:
    """`staff` looks at the cabinet of `login`."""

    login: str
    staff: str


@use_case
def allow_visit(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> str:
    """Make a ticket for `actor` and give it: it cannot be read again later.

    :raises UnknownLogin: nobody has this login, so there is no cabinet to look at
    """
    uow.host.find(login)
    ticket = secrets.token_urlsafe(32)
    row = VisitTicket(digest=digest_of(ticket), login=login, staff=actor.name)
    row.created_at, row.expires_at = now, now + TICKET_LIFE
    uow.session.add(row)
    uow.events.write("CABINET OF ({login}) TICKET FOR [{staff}]", login=login, staff=actor.name, actor=actor, at=now)
    return ticket


@use_case
def begin_visit(uow: UnitOfWork, *, ticket: str, address: str, now: datetime) -> Visit:
    """Use up a ticket. `address` is the one of the person who looks.

    :raises TicketRejected: it cannot be used, or not any more
    """
    row = uow.session.scalar(select(VisitTicket).where(VisitTicket.digest == digest_of(ticket)).with_for_update())
    if row is None or row.used_at is not None or row.expires_at <= now:
        raise TicketRejected()
    row.used_at = now
    actor = Actor(row.staff, address)
    uow.events.write("CABINET OF ({login}) OPENED BY [{staff}]", login=row.login, staff=row.staff, actor=actor, at=now)
    return Visit(row.login, row.staff)


@use_case
def forget_old(uow: UnitOfWork, *, now: datetime) -> None:
    """Drop tickets that are over. The event log keeps who looked at whose cabinet."""
    uow.session.execute(delete(VisitTicket).where(VisitTicket.expires_at < now - KEPT))
