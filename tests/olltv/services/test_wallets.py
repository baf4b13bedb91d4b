"""The cash desk, and fees that are given back."""

import pytest
from sqlalchemy import select

from billing.errors import InvalidInput, KeyReused, NotFound
from billing.host.base import UnknownLogin
from billing.ledger.models import Transfer
from billing.money import InvalidAmount
from olltv_module.models import Reason
from olltv_module.services import lifecycle
from olltv_module.services.fees.run import FeeDay, charge
from olltv_module.services.wallets import ReasonNeeded, refund, top_up
from tests.billing.books import at_once
from tests.olltv.support import dump, events, states, subs
from tests.support import DEC_1, GUEST, STAFF, assert_books_balance, balance, money


@pytest.fixture
def ivan(viewers, make):
    """Watches for 50 UAH a month; 50 are left."""
    return viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")


@pytest.fixture
def pay(uow, clock):
    def call(person, amount, key="k1"):
        return top_up(uow(), login=person.login, amount=money(amount), key=key, actor=STAFF, now=clock())

    return call


@pytest.fixture
def give_back(uow, clock):
    def call(person, transfer_id, reason="no signal for weeks"):
        values = {"login": person.login, "transfer_id": transfer_id, "reason": reason}
        return refund(uow(), **values, actor=STAFF, now=clock())

    return call


def fee_of(billing, person):
    with billing.reading() as session:
        query = select(Transfer.id).where(Transfer.login == person.login, Transfer.key.startswith("olltv.fee:"))
        return session.scalars(query.order_by(Transfer.id.desc()).limit(1)).one()


def test_cash_comes_into_the_wallet_once(billing, pay, ivan):
    assert pay(ivan, "20 UAH") == money("70 UAH")
    seen = len(events(billing))
    assert pay(ivan, "20 UAH") == money("70 UAH")
    assert events(billing, since=seen) == []
    assert events(billing)[-1] == f"BALANCEADD ({ivan.login}) ON 20"
    assert_books_balance(billing)


def test_clicks_at_once_pay_once(billing, pay, ivan):
    at_once(4, lambda _: pay(ivan, "20 UAH"))
    assert balance(billing, ivan.login) == money("70 UAH")
    assert events(billing).count(f"BALANCEADD ({ivan.login}) ON 20") == 1


def test_what_is_no_payment_is_refused(billing, pay, ivan, make):
    before = dump(billing)
    for wrong in ("0 UAH", "-5 UAH"):
        with pytest.raises(InvalidAmount):
            pay(ivan, wrong)
    for key in ("", "x" * 65):
        with pytest.raises(InvalidInput):
            pay(ivan, "5 UAH", key=key)
    assert dump(billing) == before
    pay(ivan, "5 UAH")
    with pytest.raises(KeyReused):
        pay(ivan, "6 UAH")


def test_a_fee_is_given_back_and_the_month_stays_paid(billing, uow, give_back, ivan, clock):
    fee = fee_of(billing, ivan)
    given = give_back(ivan, fee)

    assert (given.reverses_id, given.note, given.period) == (fee, "no signal for weeks", "2026-11")
    assert balance(billing, ivan.login) == money("100 UAH")
    assert events(billing)[-1] == f"BALANCEADD ({ivan.login}) ON 50 REFUND [{fee}] `no signal for weeks`"
    assert (states(billing, ivan), subs(billing, ivan)[0].paid_through) == (["active"], "2026-11")
    assert_books_balance(billing)
    list(charge(FeeDay(billing, clock), actor=GUEST))
    assert balance(billing, ivan.login) == money("100 UAH")  # nobody charges that month again
    clock.now = DEC_1
    list(charge(FeeDay(billing, clock), actor=GUEST))
    assert balance(billing, ivan.login) == money("50 UAH")


def test_resuming_in_a_refunded_month_costs_nothing(billing, uow, give_back, ivan, clock):
    give_back(ivan, fee_of(billing, ivan))
    lifecycle.suspend(uow(), login=ivan.login, reason=Reason.STAFF, actor=STAFF, now=clock())
    lifecycle.resume(uow(), login=ivan.login, actor=STAFF, now=clock())
    assert balance(billing, ivan.login) == money("100 UAH")
    assert_books_balance(billing)


def test_it_is_given_back_once(billing, give_back, ivan):
    fee = fee_of(billing, ivan)
    first = give_back(ivan, fee)
    assert give_back(ivan, fee, reason="again").id == first.id
    at_once(3, lambda _: give_back(ivan, fee))
    assert balance(billing, ivan.login) == money("100 UAH")
    assert sum("REFUND" in each for each in events(billing)) == 1


def test_only_fees_of_this_subscriber_can_be_given_back(billing, give_back, pay, ivan, viewers, make):
    other = viewers.watching(make.tariff("50 UAH"), wallet="100 UAH")
    pay(ivan, "20 UAH")
    with billing.reading() as session:
        topup = session.scalars(select(Transfer.id).where(Transfer.key == "topup:desk:k1")).one()
    before = dump(billing)
    for wrong in (fee_of(billing, other), topup, 10**6):
        with pytest.raises(NotFound):
            give_back(ivan, wrong)
    with pytest.raises(ReasonNeeded):
        give_back(ivan, fee_of(billing, ivan), reason=" ")
    assert dump(billing) == before


def test_who_is_gone_has_no_wallet(uow, billing, give_back, ivan, clock):
    fee = fee_of(billing, ivan)
    with (unit := uow()):
        unit.host.remove(ivan.login, at=clock())
    with pytest.raises(UnknownLogin):
        give_back(ivan, fee)


def test_a_refund_is_no_fee_that_could_be_given_back(give_back, billing, ivan):
    given = give_back(ivan, fee_of(billing, ivan))
    with pytest.raises(NotFound):
        give_back(ivan, given.id)
