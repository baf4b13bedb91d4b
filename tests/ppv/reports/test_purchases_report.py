"""Orders, payments, notices, and what packs have brought."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing.errors import NotFound
from billing.money import Money
from ppv_module.chat.reports import purchases
from ppv_module.chat.reports.packs import packs
from ppv_module.chat.reports.purchases import WantedOrders, WantedPayments, by_pack
from ppv_module.chat.reports.spans import Span
from ppv_module.credits.models import OrderState, Verdict

NOV_10 = datetime(2026, 11, 10, 12, tzinfo=UTC)


@pytest.fixture
def sold(chat, made, here, there):
    """A pack from the wallet, one with PayPal, and one that was half paid back."""
    small = chat.pack(here.tenant, credits=100, price_minor=2_000)
    large = chat.pack(there.tenant, credits=600, price_minor=1_000, currency="EUR")
    made.order(small, "ivan", provider="wallet", paid_at=NOV_10)
    first = made.order(large, "hans", paid_at=NOV_10)
    made.payment(first, at=NOV_10, gross=1_000, fee_minor=64)
    second = made.order(large, "hans", paid_at=NOV_10, state=OrderState.REFUNDED)
    made.payment(second, at=NOV_10, gross=1_000, fee_minor=64)
    made.payment(second, at=NOV_10 + timedelta(days=1), gross=-500, fee_minor=-20)
    made.order(large, "hans")
    return small, large


def report(billing, first=date(2026, 11, 1), last=date(2026, 11, 30), **wanted):
    with billing.reading() as session:
        return by_pack(session, span=Span.of_days(first, last, billing.zone), **wanted)


def test_packs_have_gross_fee_refunds_and_net(billing, sold):
    found = {each.tenant: each for each in report(billing).lines}
    kyiv, wien = found["Kyiv"], found["Wien"]
    assert (kyiv.orders, kyiv.credits, kyiv.gross, kyiv.fee) == (1, 100, Money(2_000, "UAH"), Money(0, "UAH"))
    assert (wien.orders, wien.credits, wien.gross) == (2, 1200, Money(2_000, "EUR"))
    assert (wien.fee, wien.refunded, wien.net) == (Money(108, "EUR"), Money(500, "EUR"), Money(1_392, "EUR"))


def test_each_currency_has_its_total(billing, sold):
    assert [each.net for each in report(billing).totals] == [Money(1_392, "EUR"), Money(2_000, "UAH")]


def test_a_refund_counts_when_it_came(billing, sold):
    [line] = report(billing, first=date(2026, 11, 11)).lines
    assert (line.orders, line.refunded, line.net) == (0, Money(500, "EUR"), Money(-480, "EUR"))


def test_a_cancelled_reversal_takes_the_refund_back(billing, made, sold, there):
    _small, large = sold
    order = made.order(large, "hans", paid_at=NOV_10)
    made.payment(order, at=NOV_10, gross=1_000)
    made.payment(order, at=NOV_10, gross=-1_000, status="Reversed", restored_at=NOV_10)
    made.payment(order, at=NOV_10, gross=1_000, status="Canceled_Reversal", granted=False)
    [line] = report(billing, tenant_id=there.tenant.id).lines
    assert (line.orders, line.refunded) == (3, Money(500, "EUR"))


def test_what_was_not_granted_does_not_count(billing, made, sold, there):
    _small, large = sold
    order = made.order(large, "hans", state=OrderState.DISPUTED)
    made.payment(order, at=NOV_10, gross=1, granted=False, flag="wrong_sum", fee_minor=1)
    [line] = report(billing, tenant_id=there.tenant.id).lines
    assert (line.orders, line.fee) == (2, Money(108, "EUR"))


def test_orders_and_payments_are_narrowed(billing, sold, here, there):
    with billing.reading() as session:

        def orders(**wanted):
            asked = WantedOrders(**wanted)
            rows = [line.order.login for line in purchases.orders_page(session, asked).rows]
            assert purchases.count_orders(session, asked).number == len(rows)
            assert [line.order.login for line in purchases.all_orders(billing.reading, asked)] == rows
            return rows

        assert orders() == ["hans", "hans", "hans", "ivan"]
        assert orders(login="ivan") == orders(tenant_id=here.tenant.id) == orders(provider="wallet") == ["ivan"]
        assert orders(state=OrderState.REFUNDED) == ["hans"]
        day = date(2026, 11, 9)
        assert orders(span=Span.of_days(day, day, billing.zone)) == []
        payments = purchases.payments_page(session, WantedPayments(tenant_id=there.tenant.id)).rows
        assert [each.gross.minor for each in payments] == [-500, 1_000, 1_000]
        assert payments[1].net == Money(936, "EUR")
        assert purchases.payments_page(session, WantedPayments(flagged=True)).rows == []
        assert purchases.count_payments(session, WantedPayments(login="hans")).number == 3


def test_a_payment_without_an_order_is_listed_too(billing, made):
    made.payment(None, at=NOV_10, gross=5, granted=False, flag="unknown_order")
    with billing.reading() as session:
        [line] = purchases.payments_page(session, WantedPayments(flagged=True)).rows
    assert (line.tenant, line.payment.flag) == (None, "unknown_order")


def test_notices_are_listed_by_verdict(billing, made):
    made.notice(at=NOV_10, verdict=Verdict.VERIFIED)
    wrong = made.notice(at=NOV_10, verdict=Verdict.INVALID, raw=b"\xff=1")
    with billing.reading() as session:
        assert len(purchases.notices_page(session).rows) == 2
        assert [each.id for each in purchases.notices_page(session, Verdict.INVALID).rows] == [wrong.id]
        assert purchases.one_notice(session, wrong.id).raw == b"\xff=1"
        with pytest.raises(NotFound):
            purchases.one_notice(session, 999)


def test_packs_tell_how_often_they_were_bought(billing, sold, here):
    with billing.reading() as session:
        assert [(each.tenant, each.sold) for each in packs(session)] == [("Kyiv", 1), ("Wien", 2)]
        assert [each.tenant for each in packs(session, tenant_id=here.tenant.id)] == ["Kyiv"]
        assert packs(session, active=False) == []
