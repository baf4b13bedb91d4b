"""Tickets: bought for money or credits, given, taken back; the books agree after each."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput, KeyReused, NotEnoughMoney
from billing.events import Event
from billing.host.base import UnknownLogin
from billing.ledger.models import Transfer
from billing.money import CREDITS, Money
from ppv_module.credits import corrections, freezing
from ppv_module.credits.accounts import claw_back, lock_credits
from ppv_module.credits.buying import BuyerDown
from ppv_module.credits.models import CreditState
from ppv_module.credits.reasons import ReasonNeeded
from ppv_module.errors import InsufficientCredits, WalletFrozen
from ppv_module.streams.rights.holding import TicketState, UnknownTicket, minutes_left, state_of, ticket_of, tickets_of
from ppv_module.streams.rights.models import Ticket
from ppv_module.streams.rights.offers import UnknownOffer
from ppv_module.streams.rights.tickets import (
    CREDIT,
    GRANT,
    WALLET,
    NotSoldThisWay,
    OfferNotOnSale,
    PriceChanged,
    buy_ticket,
    grant_ticket,
    revoke_ticket,
)
from tests.support import NOV_10, STAFF, assert_books_balance, balance, money

BY = {"actor": STAFF, "now": NOV_10}
HOUR = timedelta(hours=1)


@pytest.fixture
def ivan(make, streams):
    person = make.subscriber("ivan", wallet="150 UAH")
    streams.give("ivan", 600)
    return person


def count(billing) -> int:
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def bonus(billing) -> int:
    with billing.reading() as session:
        return session.get_one(CreditState, "ivan").bonus


def wallet_and_credits(billing, streams) -> tuple[Money, int]:
    return balance(billing, "ivan"), streams.balance("ivan")


@pytest.mark.parametrize(("means", "left"), [(WALLET, ("50 UAH", 600)), (CREDIT, ("150 UAH", 100))])
def test_a_ticket_is_paid_once_however_often_it_is_clicked(billing, uow, streams, ivan, means, left):
    offer = streams.offer("live/sport*", minutes=90)
    bought = [
        buy_ticket(
            uow(), login="ivan", offer_id=offer.id, means=means, key="click", actor=STAFF, now=NOV_10 + at * HOUR
        )
        for at in range(3)
    ]
    assert len({each.id for each in bought}) == 1
    assert wallet_and_credits(billing, streams) == (money(left[0]), left[1])
    ticket = bought[0]
    assert (ticket.valid_from, ticket.valid_to) == (NOV_10, NOV_10 + 24 * HOUR)
    assert (ticket.limit_ms, ticket.means, ticket.title) == (90 * 60_000, means, offer.name)
    with billing.reading() as session:
        moved = session.scalars(select(Transfer).where(Transfer.journal == f"ppv.ticket:{ticket.id}")).one()
        assert (moved.key, moved.note) == (f"ppv.ticket:{ticket.id}:money", offer.name)
        line = session.scalars(select(Event).where(Event.kind == "PPV STREAM BUY TICKET OFFER FOR")).one()
        assert line.login == "ivan"
    assert_books_balance(billing)


def test_a_gift_is_spent_first_and_comes_back_as_a_gift(billing, uow, streams, ivan):
    corrections.correct(uow(), login="ivan", delta=400, reason="sorry", key="1", **BY)
    offer = streams.offer()
    ticket = buy_ticket(uow(), login="ivan", offer_id=offer.id, means=CREDIT, key="a", **BY)
    assert (ticket.gift, bonus(billing), streams.balance("ivan")) == (400, 0, 500)
    revoke_ticket(uow(), ticket_id=ticket.id, reason="no picture", refund=True, **BY)
    assert (bonus(billing), streams.balance("ivan")) == (400, 1000)
    assert_books_balance(billing)


def refused(billing, uow, refusal, **given) -> None:
    before = count(billing)
    with pytest.raises(refusal):
        buy_ticket(uow(), **{"login": "ivan", "key": "k", **BY, **given})
    assert count(billing) == before
    assert_books_balance(billing)


def test_who_cannot_pay_gets_nothing(billing, uow, make, streams, ivan):
    dear = streams.offer(price_minor=15_001, price_credits=601)
    refused(billing, uow, NotEnoughMoney, offer_id=dear.id)
    refused(billing, uow, InsufficientCredits, offer_id=dear.id, means=CREDIT)
    assert wallet_and_credits(billing, streams) == (money("150 UAH"), 600)
    make.subscriber("olha", wallet="1 UAH", credit="500 UAH")
    refused(billing, uow, NotEnoughMoney, offer_id=dear.id, login="olha")


def test_who_is_switched_off_or_frozen_buys_nothing(billing, uow, streams, ivan):
    offer = streams.offer()
    freezing.freeze(uow(), login="ivan", reason="stolen", **BY)
    refused(billing, uow, WalletFrozen, offer_id=offer.id, means=CREDIT)
    work = uow()
    with work:
        work.host.set_flags("ivan", down=True)
    refused(billing, uow, BuyerDown, offer_id=offer.id)
    refused(billing, uow, UnknownLogin, offer_id=offer.id, login="nobody")


def test_a_debt_of_credits_does_not_forbid_the_wallet(billing, uow, streams, ivan):
    work = uow()
    with work:
        claw_back(work, lock_credits(work, "ivan"), credits=700, key="c", actor=STAFF, at=NOV_10, note="refund")
    assert buy_ticket(uow(), login="ivan", offer_id=streams.offer().id, key="k", **BY).means == WALLET
    refused(billing, uow, WalletFrozen, offer_id=1, means=CREDIT, key="other")


def test_what_is_not_sold_is_not_sold(billing, uow, streams, ivan):
    refused(billing, uow, OfferNotOnSale, offer_id=77)
    refused(billing, uow, OfferNotOnSale, offer_id=streams.offer(active=False).id)
    over = streams.offer(hours=None, ends_at=NOV_10)
    refused(billing, uow, OfferNotOnSale, offer_id=over.id)
    refused(billing, uow, NotSoldThisWay, offer_id=streams.offer(price_minor=None).id)
    refused(billing, uow, NotSoldThisWay, offer_id=streams.offer(price_credits=None).id, means=CREDIT)
    refused(billing, uow, NotSoldThisWay, offer_id=streams.offer().id, means=GRANT)
    refused(billing, uow, InvalidInput, offer_id=streams.offer().id, key="")
    refused(billing, uow, InvalidInput, offer_id=streams.offer().id, key="k" * 129)


def test_it_costs_what_was_shown(billing, uow, streams, ivan):
    offer = streams.offer()
    refused(billing, uow, PriceChanged, offer_id=offer.id, seen=money("99 UAH"))
    refused(billing, uow, PriceChanged, offer_id=offer.id, seen=money("100 UAH"), means=CREDIT)
    assert (
        buy_ticket(uow(), login="ivan", offer_id=offer.id, key="k", seen=money("100 UAH"), **BY).price_minor == 10_000
    )


def test_a_key_stands_for_one_ticket(billing, uow, streams, ivan):
    offer, other = streams.offer(), streams.offer()
    buy_ticket(uow(), login="ivan", offer_id=offer.id, key="k", **BY)
    refused(billing, uow, KeyReused, offer_id=other.id)
    refused(billing, uow, KeyReused, offer_id=offer.id, means=CREDIT)
    with pytest.raises(KeyReused):
        grant_ticket(uow(), login="ivan", offer_id=offer.id, reason="r", key="k", **BY)


def test_staff_give_tickets_also_of_what_is_not_on_sale(billing, uow, streams, ivan):
    offer = streams.offer(active=False)
    first = grant_ticket(uow(), login="ivan", offer_id=offer.id, reason="bad picture", key="g", **BY)
    again = grant_ticket(uow(), login="ivan", offer_id=offer.id, reason="bad picture", key="g", **BY)
    assert (again.id, first.means, first.price_minor) == (first.id, GRANT, 0)
    short = grant_ticket(uow(), login="ivan", offer_id=offer.id, reason="r", key="h", hours=2, **BY)
    assert short.valid_to == NOV_10 + 2 * HOUR
    assert wallet_and_credits(billing, streams) == (money("150 UAH"), 600)
    assert_books_balance(billing)


def test_what_staff_cannot_give(billing, uow, streams, ivan):
    over = streams.offer(hours=None, ends_at=NOV_10)
    given = {"login": "ivan", "offer_id": over.id, "reason": "r", "key": "g", **BY}
    for wrong, refusal in [
        ({"reason": " "}, ReasonNeeded),
        ({}, OfferNotOnSale),
        ({"hours": 0}, InvalidInput),
        ({"offer_id": 77}, UnknownOffer),
        ({"login": "nobody"}, UnknownLogin),
        ({"key": ""}, InvalidInput),
    ]:
        with pytest.raises(refusal):
            grant_ticket(uow(), **{**given, **wrong})
    assert count(billing) == 0


@pytest.mark.parametrize("means", [WALLET, CREDIT])
def test_a_ticket_is_taken_back_and_paid_back_once(billing, uow, streams, ivan, means):
    ticket = buy_ticket(uow(), login="ivan", offer_id=streams.offer().id, means=means, key="k", **BY)
    paid = wallet_and_credits(billing, streams)
    late = {"actor": STAFF, "now": NOV_10 + HOUR}
    revoked = revoke_ticket(uow(), ticket_id=ticket.id, reason="abuse", **BY)
    assert (revoked.revoked_at, wallet_and_credits(billing, streams)) == (NOV_10, paid)
    for _ in range(2):
        back = revoke_ticket(uow(), ticket_id=ticket.id, reason="mistake", refund=True, **late)
        assert back.revoked_at == NOV_10
        assert wallet_and_credits(billing, streams) == (money("150 UAH"), 600)
    assert_books_balance(billing)


def test_a_given_ticket_has_nothing_to_pay_back(billing, uow, streams, ivan):
    ticket = grant_ticket(uow(), login="ivan", offer_id=streams.offer().id, reason="r", key="g", **BY)
    for _ in range(2):
        assert revoke_ticket(uow(), ticket_id=ticket.id, reason="r", refund=True, **BY).revoked_at == NOV_10
    assert wallet_and_credits(billing, streams) == (money("150 UAH"), 600)
    with pytest.raises(UnknownTicket):
        revoke_ticket(uow(), ticket_id=77, reason="r", **BY)
    with pytest.raises(ReasonNeeded):
        revoke_ticket(uow(), ticket_id=ticket.id, reason="", **BY)


@pytest.mark.parametrize(
    ("given", "at", "state"),
    [
        ({}, -1, TicketState.COMING),
        ({}, 0, TicketState.VALID),
        ({}, 24, TicketState.OVER),
        ({"limit_ms": 60_000, "used_ms": 60_000}, 1, TicketState.USED_UP),
        ({"limit_ms": 60_000, "used_ms": 60_000}, 24, TicketState.OVER),
        ({"revoked_at": NOV_10}, 1, TicketState.REVOKED),
    ],
)
def test_what_can_be_done_with_a_ticket(billing, streams, given, at, state):
    ticket = streams.ticket("ivan", **given)
    now = NOV_10 + at * HOUR
    with billing.reading() as session:
        assert state_of(ticket_of(session, ticket.id), now) == state
        assert len(tickets_of(session, "ivan")) == 1
        assert len(tickets_of(session, "ivan", now=now)) == (state in (TicketState.VALID, TicketState.COMING))
        with pytest.raises(UnknownTicket):
            ticket_of(session, 77)


@pytest.mark.parametrize(("limit", "used", "left"), [(None, 5, None), (60_001, 0, 2), (60_000, 1, 1), (5, 9, 0)])
def test_minutes_that_are_left(limit, used, left):
    assert minutes_left(Ticket(limit_ms=limit, used_ms=used)) == left


def test_the_unit_of_a_ticket_is_what_was_paid(uow, streams, ivan):
    offer = streams.offer()
    tickets_ = [
        buy_ticket(uow(), login="ivan", offer_id=offer.id, means=each, key=each, **BY) for each in (WALLET, CREDIT)
    ]
    assert [each.unit for each in tickets_] == ["UAH", CREDITS]
