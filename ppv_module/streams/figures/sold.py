"""Tickets as staff look at them: what is on sale and how often it was sold, and every ticket that somebody has."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import Session

from billing.ledger.models import Transfer
from billing.paging import SIZE, Count, Key, Page, all_rows, count_upto, page
from billing.uow import Billing
from ppv_module.streams.rights.having import is_valid
from ppv_module.streams.rights.holding import TicketState, state_of, ticket_of
from ppv_module.streams.rights.models import Offer, Pattern, Ticket
from ppv_module.streams.rights.offers import offer_of, offers_of
from ppv_module.streams.rights.tickets import GRANT, refund_key

KEYS = [Key(Ticket.bought_at, descending=True), Key(Ticket.id, descending=True)]


@dataclass(frozen=True)
class OfferLine:
    """An offer, how many tickets of it were sold, and how many staff gave for nothing; also those taken back."""

    offer: Offer
    pattern: Pattern
    sold: int
    given: int


@dataclass(frozen=True)
class TicketLine:
    """A ticket and what can be done with it."""

    ticket: Ticket
    state: TicketState


@dataclass(frozen=True)
class TicketStory:
    """A ticket, the streams that it is for, and whether its price went back."""

    line: TicketLine
    pattern: Pattern
    is_refunded: bool


@dataclass(frozen=True, kw_only=True)
class WantedTickets:
    """Which tickets. `login` is exact."""

    login: str = ""
    state: TicketState | None = None
    offer_id: int | None = None

    def conditions(self, now: datetime) -> Iterator[ColumnElement[bool]]:
        """What a ticket has to meet."""
        if self.login:
            yield Ticket.login == self.login
        if self.state:
            yield _is(self.state, now)
        if self.offer_id is not None:
            yield Ticket.offer_id == self.offer_id


def offer_lines(session: Session, *, active: bool | None = None) -> list[OfferLine]:
    """Offers in the order in which they are shown to subscribers."""
    sold = _sold(session)
    rows = offers_of(session, active=active)
    return [OfferLine(each, pattern, *sold.get(each.id, (0, 0))) for each, pattern in rows]


def offer_line(session: Session, offer_id: int) -> OfferLine:
    """One of them.

    :raises UnknownOffer: there is none with this number
    """
    offer = offer_of(session, offer_id)
    pattern = session.get_one(Pattern, offer.pattern_id)
    return OfferLine(offer, pattern, *_sold(session).get(offer_id, (0, 0)))


def offer_names(session: Session) -> list[tuple[int, str]]:
    """Every offer by number and name, for filters."""
    return [(offer.id, offer.name) for offer, _ in offers_of(session)]


def tickets_page(
    session: Session, wanted: WantedTickets, *, now: datetime, cursor: str | None = None, size: int = SIZE
) -> Page[TicketLine]:
    """A page of tickets, the latest first.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted, now), keys=KEYS, cursor=cursor, size=size)
    return Page([TicketLine(each, state_of(each, now)) for each in found.rows], found.next, found.previous)


def count_tickets(session: Session, wanted: WantedTickets, *, now: datetime) -> Count:
    """How many there are, up to what a list tells."""
    return count_upto(session, _query(wanted, now))


def every_ticket(billing: Billing, wanted: WantedTickets, *, now: datetime) -> Iterator[TicketLine]:
    """All of them, for an export, read in pieces."""
    rows = all_rows(billing.reading, [_query(wanted, now)], keys=KEYS)
    return (TicketLine(each, state_of(each, now)) for each in rows)


def ticket_story(session: Session, ticket_id: int, *, now: datetime) -> TicketStory:
    """One ticket.

    :raises UnknownTicket: there is none with this number
    """
    ticket = ticket_of(session, ticket_id)
    back = session.scalar(select(Transfer.id).where(Transfer.key == refund_key(ticket)))
    pattern = session.get_one(Pattern, ticket.pattern_id)
    return TicketStory(TicketLine(ticket, state_of(ticket, now)), pattern, back is not None)


def _query(wanted: WantedTickets, now: datetime) -> Select[tuple[Ticket]]:
    return select(Ticket).where(*wanted.conditions(now))


def _is(state: TicketState, now: datetime) -> ColumnElement[bool]:
    """The same as `state_of`, as a condition."""
    kept = Ticket.revoked_at.is_(None)
    begun = and_(kept, Ticket.valid_from <= now, Ticket.valid_to > now)
    conditions: dict[TicketState, ColumnElement[bool]] = {
        TicketState.REVOKED: Ticket.revoked_at.is_not(None),
        TicketState.OVER: and_(kept, Ticket.valid_to <= now),
        TicketState.COMING: and_(kept, Ticket.valid_from > now, Ticket.valid_to > now),
        TicketState.VALID: is_valid(Ticket, now),
        TicketState.USED_UP: and_(begun, Ticket.limit_ms.is_not(None), Ticket.used_ms >= Ticket.limit_ms),
    }
    return conditions[state]


def _sold(session: Session) -> dict[int, tuple[int, int]]:
    """How many tickets were sold and given, by offer."""
    is_gift = case((Ticket.means == GRANT, 1), else_=0)
    query = select(Ticket.offer_id, func.count(), func.sum(is_gift)).where(Ticket.offer_id.is_not(None))
    rows = session.execute(query.group_by(Ticket.offer_id)).tuples()
    return {offer: (number - int(gifts), int(gifts)) for offer, number, gifts in rows if offer is not None}
