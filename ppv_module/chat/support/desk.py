"""The support area: a customer asks, the staff answer, all in one thread.

A ticket belongs to the person who opened it and so to the chat he is in: nobody has to name his chat again. Who is
banned may still write here, since here he is told whom to ask.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotAllowed, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import people
from ppv_module.chat.models import Person
from ppv_module.chat.support.models import Message, Ticket, TicketState
from ppv_module.chat.tenant_checks import words

MOST_SUBJECT, MOST_TEXT = 120, 4000
MOST_OPEN, MOST_AN_HOUR = 5, 20
SAME_FOR = timedelta(minutes=10)
"""The same text from the same author within this time is one message sent twice."""


class UnknownTicket(NotFound):
    """There is none, or it is somebody else's. Facts: `ticket`."""

    code = "unknown_ticket"
    text = N_("There is no such question to the support.")


class WrongMessage(InvalidInput):
    """Facts: `field`, `most`."""

    code = "wrong_message"
    text = N_("Write a text of at most %(most)s characters.")


class TooManyTickets(WrongState):
    """Facts: `most`."""

    code = "too_many_tickets"
    text = N_("You have %(most)s open questions already. Add what you want to say to one of them.")


class TooManyMessages(NotAllowed):
    """Facts: `most`."""

    code, http_status = "too_many_messages", 429
    text = N_("Too many messages within an hour. Please wait for an answer.")


class TicketClosed(WrongState):
    """Facts: `ticket`."""

    code = "ticket_closed"
    text = N_("This question is closed. Open it again to write.")


@use_case
def open_ticket(uow: UnitOfWork, *, person_id: int, subject: str, text: str, actor: Actor, now: datetime) -> Ticket:
    """Ask the support of one's chat. The same question sent twice is one.

    :raises WrongWords, WrongMessage: the subject or the text is empty or too long
    :raises UnknownPerson: there is no such person
    :raises TooManyTickets, TooManyMessages: he has asked enough
    """
    subject, text = words("subject", subject, least=1, most=MOST_SUBJECT), _text(text)
    person = people.locked(uow, person_id)
    if (twin := _same_ticket(uow.session, person, subject, text, now)) is not None:
        return twin
    waiting = select(func.count()).select_from(Ticket)
    mine = Ticket.person_id == person_id, Ticket.state != TicketState.CLOSED
    if (uow.session.scalar(waiting.where(*mine)) or 0) >= MOST_OPEN:
        raise TooManyTickets(most=MOST_OPEN)
    _require_calm(uow.session, person, now)
    row = Ticket(tenant_id=person.tenant_id, person_id=person_id, subject=subject, created_at=now, updated_at=now)
    uow.session.add(row)
    uow.session.flush()
    _say(uow.session, row, text, author=person.nickname, by_staff=False, now=now)
    _note(uow, "PPV SUPPORT ({login}) OPEN TICKET [{ticket}]", row, person, actor=actor, now=now)
    return row


@use_case
def write(
    uow: UnitOfWork, *, ticket_id: int, text: str, person_id: int | None = None, actor: Actor, now: datetime
) -> Message:
    """Add a message. `person_id` is the customer's; None: a person of the staff answers. One sent twice is one.

    :raises WrongMessage: it is empty or too long
    :raises UnknownTicket: there is none, or it is not this customer's
    :raises TicketClosed, TooManyMessages: nothing has changed
    """
    text = _text(text)
    row, person = _locked(uow, ticket_id, person_id)
    last = uow.session.scalar(
        select(Message).where(Message.ticket_id == ticket_id).order_by(Message.id.desc()).limit(1)
    )
    by_staff = person_id is None
    if last is not None and (last.text, last.by_staff) == (text, by_staff) and now - last.at < SAME_FOR:
        return last
    if row.state is TicketState.CLOSED:
        raise TicketClosed(ticket=ticket_id)
    if not by_staff:
        _require_calm(uow.session, person, now)
    row.state = TicketState.ANSWERED if by_staff else TicketState.OPEN
    row.updated_at = now
    author = actor.name if by_staff else person.nickname
    message = _say(uow.session, row, text, author=author, by_staff=by_staff, now=now)
    _note(uow, "PPV SUPPORT ({login}) WRITE IN TICKET [{ticket}]", row, person, actor=actor, now=now)
    return message


@use_case
def close(uow: UnitOfWork, *, ticket_id: int, person_id: int | None = None, actor: Actor, now: datetime) -> Ticket:
    """The question is settled. Repeating it is harmless.

    :raises UnknownTicket: there is none, or it is not this customer's
    """
    row, person = _locked(uow, ticket_id, person_id)
    if row.state is not TicketState.CLOSED:
        row.state, row.updated_at = TicketState.CLOSED, now
        _note(uow, "PPV SUPPORT ({login}) CLOSE TICKET [{ticket}]", row, person, actor=actor, now=now)
    return row


@use_case
def reopen(uow: UnitOfWork, *, ticket_id: int, person_id: int | None = None, actor: Actor, now: datetime) -> Ticket:
    """The question is not settled after all; it waits for the staff. Repeating it is harmless.

    :raises UnknownTicket: there is none, or it is not this customer's
    """
    row, person = _locked(uow, ticket_id, person_id)
    if row.state is TicketState.CLOSED:
        row.state, row.updated_at = TicketState.OPEN, now
        _note(uow, "PPV SUPPORT ({login}) REOPEN TICKET [{ticket}]", row, person, actor=actor, now=now)
    return row


def ticket(session: Session, ticket_id: int, *, person_id: int | None = None) -> Ticket:
    """The ticket; for a customer only one of his own.

    :raises UnknownTicket: there is none, or it is not this person's
    """
    row = session.get(Ticket, ticket_id)
    if row is None or (person_id is not None and row.person_id != person_id):
        raise UnknownTicket(ticket=ticket_id)
    return row


def tickets_of(session: Session, person_id: int) -> Sequence[Ticket]:
    """A customer's tickets, the latest touched first."""
    mine = select(Ticket).where(Ticket.person_id == person_id)
    return session.scalars(mine.order_by(Ticket.updated_at.desc(), Ticket.id.desc())).all()


def messages(session: Session, ticket_id: int) -> Sequence[Message]:
    """All that was written, in order."""
    return session.scalars(_of(ticket_id).order_by(Message.id)).all()


def _of(ticket_id: int) -> Select[tuple[Message]]:
    return select(Message).where(Message.ticket_id == ticket_id)


def _text(text: str) -> str:
    """Lines as they were written, without blanks around them.

    :raises WrongMessage: there are none, or too many
    """
    kept = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not kept or len(kept) > MOST_TEXT or not kept.replace("\n", "").replace("\t", "").isprintable():
        raise WrongMessage(field="text", most=MOST_TEXT)
    return kept


def _locked(uow: UnitOfWork, ticket_id: int, person_id: int | None) -> tuple[Ticket, Person]:
    row = uow.session.get(Ticket, ticket_id, with_for_update=True, populate_existing=True)
    if row is None or (person_id is not None and row.person_id != person_id):
        raise UnknownTicket(ticket=ticket_id)
    return row, people.get(uow.session, row.person_id)


def _same_ticket(session: Session, person: Person, subject: str, text: str, now: datetime) -> Ticket | None:
    mine = Ticket.person_id == person.id, Ticket.subject == subject, Ticket.created_at > now - SAME_FOR
    first = select(Ticket).join(Message, Message.ticket_id == Ticket.id).where(*mine, Message.text == text)
    return session.scalars(first.order_by(Ticket.id.desc()).limit(1)).first()


def _require_calm(session: Session, person: Person, now: datetime) -> None:
    """:raises TooManyMessages: he has written so many in this hour"""
    of_his = select(func.count()).select_from(Message).join(Ticket, Ticket.id == Message.ticket_id)
    lately = Message.at > now - timedelta(hours=1), Message.by_staff.is_(False), Ticket.person_id == person.id
    if (session.scalar(of_his.where(*lately)) or 0) >= MOST_AN_HOUR:
        raise TooManyMessages(most=MOST_AN_HOUR)


def _say(session: Session, row: Ticket, text: str, *, author: str, by_staff: bool, now: datetime) -> Message:
    message = Message(ticket_id=row.id, at=now, author=author, by_staff=by_staff, text=text)
    session.add(message)
    session.flush()
    return message


def _note(uow: UnitOfWork, template: str, row: Ticket, person: Person, *, actor: Actor, now: datetime) -> None:
    uow.events.write(template, login=person.event_login, ticket=row.id, actor=actor, at=now)
