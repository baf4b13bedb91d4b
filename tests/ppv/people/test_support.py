"""The support area: threads of a customer and the staff."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from billing.events import EventLog
from ppv_module.chat.people import ban
from ppv_module.chat.support import desk
from ppv_module.chat.support.desk import (
    MOST_AN_HOUR,
    MOST_OPEN,
    TicketClosed,
    TooManyMessages,
    TooManyTickets,
    UnknownTicket,
    WrongMessage,
)
from ppv_module.chat.support.models import Message, Ticket, TicketState
from ppv_module.chat.tenant_checks import WrongWords
from ppv_module.errors import UnknownPerson
from tests.ppv.people.support import at_once, lines
from tests.support import STAFF, Crash, crash_after


@pytest.fixture
def ann(chat):
    return chat.viewer(chat.tenant(), "ann")


@pytest.fixture
def ask(uow, clock, ann):
    def ask(subject="No sound", text="I hear nothing.", person=ann):
        uow_ = uow()
        return desk.open_ticket(uow_, person_id=person.id, subject=subject, text=text, actor=STAFF, now=clock())

    return ask


@pytest.fixture
def act(uow, clock):
    return lambda work, ticket, **given: work(uow(), ticket_id=ticket.id, actor=STAFF, now=clock(), **given)


def thread(billing, ticket):
    with billing.reading() as session:
        return [(each.author, each.by_staff, each.text) for each in desk.messages(session, ticket.id)]


def count(billing, kind):
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(kind))


def test_a_question_is_answered_closed_and_opened_again(billing, chat, clock, ann, ask, act):
    ticket = ask()
    assert (chat.again(ticket).tenant_id, chat.again(ticket).state) == (ann.tenant_id, TicketState.OPEN)

    clock.advance(minutes=5)
    act(desk.write, ticket, text="Which browser is it?")
    assert chat.again(ticket).state is TicketState.ANSWERED
    act(desk.write, ticket, text="Chrome", person_id=ann.id)
    assert chat.again(ticket).state is TicketState.OPEN
    for _ in range(2):
        act(desk.close, ticket)
    assert chat.again(ticket).state is TicketState.CLOSED
    for _ in range(2):
        act(desk.reopen, ticket, person_id=ann.id)
    assert chat.again(ticket).state is TicketState.OPEN and chat.again(ticket).updated_at == clock()

    assert thread(billing, ticket) == [
        ("Ann", False, "I hear nothing."),
        ("olena", True, "Which browser is it?"),
        ("Ann", False, "Chrome"),
    ]
    assert [text.split(") ")[1].split(" [")[0] for text, _, _ in lines(billing)] == [
        "OPEN TICKET",
        "WRITE IN TICKET",
        "WRITE IN TICKET",
        "CLOSE TICKET",
        "REOPEN TICKET",
    ]


def test_a_closed_question_takes_no_more_messages(ann, ask, act):
    ticket = ask()
    act(desk.close, ticket, person_id=ann.id)

    for who in ({"person_id": ann.id}, {}):
        with pytest.raises(TicketClosed):
            act(desk.write, ticket, text="One more thing", **who)


def test_what_is_sent_twice_is_there_once(billing, clock, ann, ask, act):
    first, second = ask(), ask()
    for _ in range(2):
        act(desk.write, first, text="Anybody?", person_id=ann.id)

    assert first.id == second.id and count(billing, Ticket) == 1
    assert len(thread(billing, first)) == 2

    clock.advance(minutes=11)
    assert ask().id != first.id
    act(desk.write, first, text="Anybody?", person_id=ann.id)
    assert len(thread(billing, first)) == 3


def test_one_question_sent_by_many_clicks_at_once_is_one(billing, ask):
    found = at_once(lambda _: ask().id, times=4)

    assert len(set(found)) == 1 and count(billing, Ticket) == 1 and count(billing, Message) == 1


def test_tickets_are_their_owners_alone(billing, chat, ann, ask, act):
    ticket = ask()
    other, foreign = chat.viewer(chat.tenant(), "bob"), chat.viewer(chat.tenant(), "ann")

    for stranger in (other, foreign):
        for work, given in ((desk.write, {"text": "Hi"}), (desk.close, {}), (desk.reopen, {})):
            with pytest.raises(UnknownTicket):
                act(work, ticket, person_id=stranger.id, **given)
        with billing.reading() as session:
            assert desk.tickets_of(session, stranger.id) == []
            with pytest.raises(UnknownTicket):
                desk.ticket(session, ticket.id, person_id=stranger.id)
    with billing.reading() as session:
        assert desk.ticket(session, ticket.id, person_id=ann.id).id == ticket.id
        assert desk.ticket(session, ticket.id).id == ticket.id
        with pytest.raises(UnknownTicket):
            desk.ticket(session, 404)


def test_the_latest_touched_comes_first(billing, clock, ann, ask, act):
    older, newer = ask(), None
    clock.advance(minutes=1)
    newer = ask(subject="No picture")
    clock.advance(minutes=1)
    act(desk.write, older, text="Still nothing.", person_id=ann.id)

    with billing.reading() as session:
        assert [each.id for each in desk.tickets_of(session, ann.id)] == [older.id, newer.id]


@pytest.mark.parametrize(
    ("subject", "text", "refusal"),
    [
        ("", "x", WrongWords),
        ("x" * 121, "x", WrongWords),
        ("x", "", WrongMessage),
        ("x", " \n ", WrongMessage),
        ("x", "y" * 4001, WrongMessage),
        ("x", "a\x00b", WrongMessage),
    ],
)
def test_texts_have_their_limits(billing, ask, subject, text, refusal):
    with pytest.raises(refusal):
        ask(subject, text)

    assert count(billing, Ticket) == 0


def test_markup_and_lines_are_kept_as_they_were_written(billing, ask):
    ticket = ask(text="  <b>first</b>\r\nsecond\n\n")

    assert thread(billing, ticket) == [("Ann", False, "<b>first</b>\nsecond")]


def test_nobody_floods_the_staff(clock, ann, ask, act):
    tickets = [ask(subject=f"Question {number}") for number in range(MOST_OPEN)]
    with pytest.raises(TooManyTickets):
        ask(subject="One more")
    for number in range(MOST_AN_HOUR - MOST_OPEN):
        act(desk.write, tickets[0], text=f"Message {number}", person_id=ann.id)
    with pytest.raises(TooManyMessages):
        act(desk.write, tickets[1], text="One more", person_id=ann.id)
    act(desk.write, tickets[1], text="We are looking.")

    clock.now += timedelta(hours=1)
    act(desk.write, tickets[1], text="One more", person_id=ann.id)
    act(desk.close, tickets[0])
    assert ask(subject="One more").id


def test_who_is_banned_can_still_ask_why(chat, uow, clock, ann, ask):
    ban(uow(), person_id=ann.id, reason="rude", actor=STAFF, now=clock())

    assert ask().id
    with pytest.raises(UnknownPerson):
        desk.open_ticket(uow(), person_id=404, subject="x", text="x", actor=STAFF, now=clock())


def test_a_crash_leaves_no_half_question(billing, ask):
    with pytest.raises(Crash), crash_after(EventLog, "write"):
        ask()

    assert count(billing, Ticket) == count(billing, Message) == 0
