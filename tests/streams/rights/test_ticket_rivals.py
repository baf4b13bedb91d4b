"""Tickets when the process dies, and when many buy or take back at once: all or nothing, once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import func, select

from billing.events import EventLog
from billing.ledger.holds import Ledger
from billing.money import Money
from billing.uow import UnitOfWork
from ppv_module.streams.rights import tickets
from ppv_module.streams.rights.models import Ticket
from ppv_module.streams.rights.tickets import (
    CREDIT,
    WALLET,
    buy_ticket,
    revoke_ticket,
)
from tests.support import NOV_10, STAFF, Crash, assert_books_balance, balance, crash_after, money

BY = {"actor": STAFF, "now": NOV_10}


@pytest.fixture
def ivan(make, streams):
    person = make.subscriber("ivan", wallet="150 UAH")
    streams.give("ivan", 600)
    return person


def count(billing) -> int:
    with billing.reading() as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def wallet_and_credits(billing, streams) -> tuple[Money, int]:
    return balance(billing, "ivan"), streams.balance("ivan")


@pytest.mark.parametrize("means", [WALLET, CREDIT])
@pytest.mark.parametrize(
    ("target", "name"),
    [(tickets, "_ticket"), (Ledger, "transfer"), (EventLog, "write"), (UnitOfWork, "commit")],
    ids=str,
)
def test_a_crash_sells_all_or_nothing(billing, uow, streams, ivan, means, target, name):
    offer = streams.offer()
    with pytest.raises(Crash), crash_after(target, name):
        buy_ticket(uow(), login="ivan", offer_id=offer.id, means=means, key="k", **BY)
    assert count(billing) == (name == "commit")
    assert_books_balance(billing)
    buy_ticket(uow(), login="ivan", offer_id=offer.id, means=means, key="k", **BY)
    left = ("50 UAH", 600) if means == WALLET else ("150 UAH", 100)
    assert wallet_and_credits(billing, streams) == (money(left[0]), left[1])
    assert_books_balance(billing)


@pytest.mark.parametrize("target", [(Ledger, "reverse"), (EventLog, "write")], ids=str)
def test_a_crash_takes_all_or_nothing_back(billing, uow, streams, ivan, target):
    ticket = buy_ticket(uow(), login="ivan", offer_id=streams.offer().id, key="k", **BY)
    with pytest.raises(Crash), crash_after(*target):
        revoke_ticket(uow(), ticket_id=ticket.id, reason="r", refund=True, **BY)
    assert (streams.again(ticket).revoked_at, balance(billing, "ivan")) == (None, money("50 UAH"))
    assert_books_balance(billing)


@pytest.mark.parametrize("means", [WALLET, CREDIT])
def test_two_clicks_at_once_are_one_ticket_and_two_wishes_are_two(billing, make, streams, ivan, means):
    make.top_up("ivan", "150 UAH")
    streams.give("ivan", 600)
    offer = streams.offer()

    def bought(key: str) -> int:
        return buy_ticket(billing.uow(), login="ivan", offer_id=offer.id, means=means, key=key, **BY).id

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(bought, ["a", "b"] * 3))) == 2
    left = ("100 UAH", 1200) if means == WALLET else ("300 UAH", 200)
    assert wallet_and_credits(billing, streams) == (money(left[0]), left[1])
    assert_books_balance(billing)


def test_buying_and_taking_back_at_once(billing, streams, ivan):
    offer = streams.offer(price_credits=100)
    bought = [
        buy_ticket(billing.uow(), login="ivan", offer_id=offer.id, means=CREDIT, key=f"k{number}", **BY).id
        for number in range(3)
    ]

    def done(number: int) -> None:
        if number % 2:
            revoke_ticket(billing.uow(), ticket_id=bought[number // 2], reason="r", refund=True, **BY)
        else:
            buy_ticket(billing.uow(), login="ivan", offer_id=offer.id, means=CREDIT, key=f"n{number}", **BY)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(done, range(6)))
    assert (count(billing), streams.balance("ivan")) == (6, 300)
    assert_books_balance(billing)
