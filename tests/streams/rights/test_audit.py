"""The audit finds what does not agree between minutes, tickets and the ledger."""

import pytest
from sqlalchemy import delete, update

from billing.ledger.models import Refs, Transfer
from billing.money import CREDITS, Money
from ppv_module.credits.accounts import SPENT
from ppv_module.streams.models import Outcome, SyncRecord
from ppv_module.streams.rights.models import Counting, Meter, Rounding, Ticket
from ppv_module.streams.rights.tickets import CREDIT, buy_ticket, revoke_ticket
from tests.support import NOV_10, STAFF, findings


@pytest.fixture
def meter(billing, uow, streams) -> Meter:
    """Somebody has watched 90 seconds at 60 a minute; 90 credits were due and paid by two messages."""
    streams.viewer("ivan", credits=1000)
    tariff = streams.tariff()
    price = streams.price(tariff, valid_from=NOV_10)
    made = {"price_id": price.id, "watched_ms": 90_001, "due": 90, "charged": 90}
    meter = streams._add(Meter(account_id=streams.account("ivan"), **made))
    work = uow()
    with work:
        for number, credits in ((1, 30), (22, 60)):
            record = SyncRecord(id=number, body_hash="h", received_at=NOV_10, remote_ip="10.0.0.1", size=1)
            record.outcome = Outcome.APPLIED
            work.session.add(record)
            work.ledger.transfer(
                source=work.ledger.account("credits:ivan"),
                target=work.ledger.system(SPENT, CREDITS),
                amount=Money(credits, CREDITS),
                key=f"ppv.watch:{number}:{meter.id}",
                journal=f"ppv.sync:{number}",
                refs=Refs(actor="streams", login="ivan", tariff_id=price.id),
                at=NOV_10,
            )
    return meter


def codes(billing) -> set[str]:
    return {each.code for each in findings(billing)}


def changed(uow, *statements) -> None:
    work = uow()
    with work:
        for statement in statements:
            work.session.execute(statement)


def test_what_agrees_is_quiet(billing, meter):
    assert findings(billing) == []


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"charged": 89}, {"meter_differs"}),
        ({"due": 91}, {"due_differs"}),
        ({"watched_ms": 91_000}, {"due_differs"}),
        ({"watched_ms": 90_999}, set()),
        ({"watched_ms": 89_999}, {"due_differs"}),
        ({"price_id": 1}, {"minutes_without_meter"}),
    ],
)
def test_a_meter_that_differs(billing, uow, meter, values, found):
    changed(uow, update(Meter).values(**values))
    assert codes(billing) == found


def test_begun_minutes_may_cost_more_than_their_time_but_not_less(billing, uow, streams, meter):
    begun = {"rounding": Rounding.STARTED_MINUTE, "counting": Counting.WALLCLOCK}
    price = streams.price(streams.tariff(sort=1), **begun, valid_from=NOV_10)
    changed(uow, update(Meter).values(price_id=price.id), update(Transfer).values(tariff_id=price.id))
    changed(uow, update(Meter).values(watched_ms=61_000))
    assert codes(billing) == set()
    changed(uow, update(Meter).values(watched_ms=120_000))
    assert codes(billing) == {"due_differs"}


def test_minutes_without_a_meter_and_of_a_message_that_was_not_applied(billing, uow, meter):
    changed(uow, update(SyncRecord).where(SyncRecord.id == 22).values(outcome=Outcome.FAILED))
    assert codes(billing) == {"charged_unapplied"}
    changed(uow, delete(SyncRecord), delete(Meter))
    assert codes(billing) == {"minutes_without_meter"}


@pytest.fixture
def ticket(uow, make, streams) -> Ticket:
    make.subscriber("olha", wallet="500 UAH")
    streams.give("olha", 1000)
    offer, by = streams.offer(), {"actor": STAFF, "now": NOV_10}
    buy_ticket(uow(), login="olha", offer_id=offer.id, means=CREDIT, key="c", **by)
    ticket = buy_ticket(uow(), login="olha", offer_id=offer.id, key="w", **by)
    return revoke_ticket(uow(), ticket_id=ticket.id, reason="r", refund=True, **by)


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ({"title": "T"}, set()),
        ({"price_minor": 9_999}, {"ticket_differs"}),
        ({"unit": "EUR"}, {"ticket_differs"}),
        ({"revoked_at": None}, {"refund_differs"}),
    ],
)
def test_a_ticket_that_differs(billing, uow, ticket, values, found):
    changed(uow, update(Ticket).where(Ticket.id == ticket.id).values(**values))
    assert codes(billing) == found


def test_a_ticket_without_its_payment_and_a_payment_without_its_ticket(billing, uow, ticket):
    changed(uow, update(Transfer).where(Transfer.key == "ppv.ticket:1:money").values(key="other"))
    assert codes(billing) == {"ticket_differs"}
    changed(uow, update(Transfer).where(Transfer.key == "other").values(key="ppv.ticket:1:money"))
    changed(uow, delete(Ticket).where(Ticket.id == 1))
    assert codes(billing) == {"payment_without_ticket"}
