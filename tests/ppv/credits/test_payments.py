"""What PayPal tells of payments: each grants once, and only what is exactly as it was ordered."""

import pytest
from sqlalchemy import select

from billing.ledger.models import Transfer
from billing.ledger.reading import system_balance
from ppv_module.chat.models import Tenant
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.models import OrderState
from tests.olltv.support import events
from tests.ppv.credits.shop import Shop, with_options
from tests.support import STAFF, assert_books_balance, money


def money_in(billing, code):
    with billing.reading() as session:
        return system_balance(session, code)


def nothing_granted(billing, shop):
    assert shop.chat.balance("ivan") == 0
    assert [each.credited_at for each in shop.payments()] == [None] * len(shop.payments())
    assert_books_balance(billing)


def test_a_completed_payment_grants_the_credits_of_its_order(billing, shop, ivan, clock):
    order = shop.order("ivan")
    clock.advance(minutes=3)

    done = shop.told(shop.fields(order))

    assert done.action == f"granted 600 for order {order.id}"
    assert shop.chat.balance("ivan") == 600
    order = shop.again(order)
    assert (order.state, order.paid_at) == (OrderState.PAID, clock())
    [payment] = shop.payments()
    assert (payment.login, payment.order_id, payment.tenant_id) == ("ivan", order.id, shop.tenant.id)
    assert (payment.status, payment.credits, payment.credited_at, payment.flag) == ("Completed", 600, clock(), "")
    assert (payment.gross_minor, payment.fee_minor, payment.currency) == (1000, 64, "USD")
    assert payment.is_sandbox and payment.payer_email == "payer@mail.example"
    assert money_in(billing, "income:ppv:USD") == money("10.00 USD")
    assert money_in(billing, "outside:paypal:USD") == money("-10.00 USD")
    assert_books_balance(billing)


def test_money_in_the_operators_currency_is_in_his_own_account(billing, clock, chat, make):
    billing = with_options(billing, paypal_url="http://127.0.0.1:8084/")
    make.subscriber("ivan")
    shop = Shop(billing, clock, chat, chat.tenant(paypal_business="seller@isp.example"))
    order = shop.order("ivan", shop.pack(currency="UAH", price_minor=10_000))

    shop.told(shop.fields(order))

    assert money_in(billing, "income:ppv") == money("100.00 UAH")
    assert_books_balance(billing)


def test_nothing_of_the_payer_is_in_the_event_log_or_the_ledger(billing, shop, ivan):
    order = shop.order("ivan")
    paid = shop.fields(order, first_name="Secretname", payer_id="PAYERID77")
    shop.told(paid)
    shop.told(shop.follows(paid, "Refunded", "-10.00"))
    with billing.reading() as session:
        ledger = [f"{each.note} {each.actor}" for each in session.scalars(select(Transfer))]
    said = "\n".join([*events(billing), *ledger])
    for secret in ("Secretname", "PAYERID77", "payer@mail.example"):
        assert secret not in said


@pytest.mark.parametrize("word", ["Pending", "Created", "Processed"])
def test_what_is_under_way_is_only_written_down_and_completes_once(billing, shop, ivan, word):
    order = shop.order("ivan")
    fields = shop.fields(order)
    shop.told({**fields, "payment_status": word, "pending_reason": "echeck"})
    nothing_granted(billing, shop)
    assert [(each.status, each.pending_reason) for each in shop.payments()] == [(word, "echeck")]
    assert shop.again(order).state is OrderState.NEW

    shop.told(fields)
    shop.told(fields)
    shop.told({**fields, "payment_status": word})

    assert shop.chat.balance("ivan") == 600
    assert [(each.status, each.pending_reason) for each in shop.payments()] == [("Completed", "")]
    assert_books_balance(billing)


@pytest.mark.parametrize("word", ["Failed", "Denied", "Expired", "Voided"])
def test_a_payment_that_fails_fails_its_order_until_it_is_paid_after_all(billing, shop, ivan, word):
    order = shop.order("ivan")
    fields = shop.fields(order)
    shop.told({**fields, "payment_status": word})
    shop.told({**fields, "payment_status": "Pending"})
    nothing_granted(billing, shop)
    assert shop.again(order).state is OrderState.FAILED
    assert [each.status for each in shop.payments()] == [word]

    shop.told(shop.fields(order))

    assert (shop.again(order).state, shop.chat.balance("ivan")) == (OrderState.PAID, 600)
    shop.told({**fields, "payment_status": word})
    assert shop.again(order).state is OrderState.PAID
    assert_books_balance(billing)


@pytest.mark.parametrize(
    ("changed", "flag"),
    [
        ({"receiver_email": "thief@mail.example", "receiver_id": "THIEF"}, "wrong_receiver"),
        ({"receiver_email": "", "receiver_id": ""}, "wrong_receiver"),
        ({"mc_currency": "EUR"}, "wrong_currency"),
        ({"mc_gross": "9.99"}, "wrong_sum"),
        ({"mc_gross": "10.01"}, "wrong_sum"),
        ({"mc_gross": "1000.00"}, "wrong_sum"),
        ({"mc_gross": "-10.00"}, "wrong_sum"),
        ({"item_number": "77"}, "wrong_item"),
        ({"item_number": ""}, "wrong_item"),
        ({"quantity": "2"}, "wrong_item"),
        ({"custom": "77"}, "wrong_order"),
        ({"txn_type": "send_money"}, "not_a_sale"),
        ({"txn_type": "cart"}, "not_a_sale"),
    ],
)
def test_what_is_not_as_ordered_grants_nothing_and_disputes_the_order(billing, shop, ivan, changed, flag):
    order = shop.order("ivan")
    fields = shop.fields(order, **changed)
    for _ in range(2):
        assert shop.told(fields).action == f"not granted: {flag}"

    nothing_granted(billing, shop)
    [payment] = shop.payments()
    assert (payment.flag, payment.order_id, payment.credits) == (flag, order.id, 0)
    assert shop.again(order).state is OrderState.DISPUTED
    alerts = [each for each in events(billing) if "NOT GRANTED" in each]
    assert alerts == [f"PPV PAYMENT [{payment.id}] OF (ivan) NOT GRANTED `{flag}`"]


def test_a_disputed_order_can_still_be_paid_properly(billing, shop, ivan):
    order = shop.order("ivan")
    shop.told(shop.fields(order, mc_gross="1.00"))
    shop.told(shop.fields(order))
    assert (shop.again(order).state, shop.chat.balance("ivan")) == (OrderState.PAID, 600)
    assert [each.flag for each in shop.payments()] == ["wrong_sum", ""]
    assert_books_balance(billing)


@pytest.mark.parametrize(
    "changed",
    [
        {"receiver_email": "Seller@ISP.example", "receiver_id": "OTHER"},
        {"receiver_email": "other@isp.example"},
        {"mc_gross": "10"},
        {"mc_gross": "10.0"},
        {"txn_type": "express_checkout"},
        {"mc_fee": ""},
        {"test_ipn": ""},
    ],
)
def test_what_means_the_same_is_granted(billing, shop, ivan, changed):
    order = shop.order("ivan")
    shop.told(shop.fields(order, **changed))
    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)


def test_a_test_payment_counts_in_the_sandbox_only(billing, shop, ivan, clock, chat):
    live = Shop(with_options(billing, paypal_sandbox=False), clock, chat, shop.tenant)
    order = live.order("ivan")
    live.told(live.fields(order))
    nothing_granted(billing, shop)
    assert [each.flag for each in shop.payments()] == ["test_payment"]

    live.told(live.fields(live.order("ivan"), txn_id="REAL1", test_ipn=""))
    assert shop.chat.balance("ivan") == 600


def test_a_payment_of_no_order_is_kept_and_flagged(billing, shop, ivan):
    order = shop.order("ivan")
    for invoice in ("nothing-like-it", "", order.invoice + "x"):
        shop.told(shop.fields(order, invoice=invoice))
    nothing_granted(billing, shop)
    assert [(each.flag, each.order_id) for each in shop.payments()] == [("unknown_order", None)] * 3
    assert shop.again(order).state is OrderState.NEW  # its number alone is no way to dispute somebody's order


def test_a_wallet_order_is_none_that_paypal_can_pay(billing, shop, ivan, clock):
    pack = shop.chat.pack(shop.tenant)
    order = buy_with_wallet(
        billing.uow(), login="ivan", tenant_id=pack.tenant_id, pack_id=pack.id, key="k", actor=STAFF, now=clock()
    )
    shop.told(shop.fields(order))
    assert [each.flag for each in shop.payments()] == ["unknown_order"]
    assert shop.chat.balance("ivan") == 600


def test_a_second_payment_of_a_paid_order_is_flagged_and_not_granted(billing, shop, ivan):
    order = shop.order("ivan")
    shop.told(shop.fields(order))
    second = shop.fields(order)
    shop.told(second)
    assert shop.chat.balance("ivan") == 600
    assert [each.flag for each in shop.payments()] == ["", "second_payment"]
    assert shop.again(order).state is OrderState.PAID

    shop.told(shop.follows(second, "Refunded", "-10.00"))

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (600, OrderState.PAID)
    assert_books_balance(billing)


def test_a_transaction_pays_one_order_only(billing, shop, ivan):
    first, second = shop.order("ivan"), shop.order("ivan")
    shop.told(shop.fields(first, txn_id="USED1"))
    notice = shop.keep(shop.fields(second, txn_id="USED1"))
    shop.settle(notice)

    assert shop.chat.balance("ivan") == 600
    assert (shop.again(second).state, shop.again(first).state) == (OrderState.DISPUTED, OrderState.PAID)
    assert shop.notice(notice).flag == "reused_txn"
    assert len(shop.payments()) == 1
    assert_books_balance(billing)


def test_the_id_of_a_refund_pays_nothing(billing, shop, ivan):
    paid, other = shop.fields(shop.order("ivan")), shop.order("ivan")
    shop.told(paid)
    refund = shop.follows(paid, "Refunded", "-1.00")
    shop.told(refund)
    assert shop.told(shop.fields(other, txn_id=refund["txn_id"])).flag == "reused_txn"
    assert shop.chat.balance("ivan") == 540
    assert_books_balance(billing)


def test_equal_numbers_at_two_tenants_are_two_orders(billing, shop, ivan, clock, chat):
    other = Shop(billing, clock, chat, chat.tenant(paypal_business="other@isp.example"))
    mine, theirs = shop.order("ivan"), other.order("ivan")
    shop.told(shop.fields(theirs, receiver_email="other@isp.example", receiver_id=""))
    assert (shop.again(mine).state, shop.again(theirs).state) == (OrderState.NEW, OrderState.PAID)
    shop.told(shop.fields(mine, receiver_email="other@isp.example", receiver_id=""))
    assert [each.flag for each in shop.payments()] == ["", "wrong_receiver"]


def test_a_mended_setting_lets_the_same_notice_be_granted(billing, shop, ivan):
    order = shop.order("ivan")
    fields = shop.fields(order, receiver_email="new@isp.example", receiver_id="NEW")
    shop.told(fields)
    rename_seller(billing, shop, "new@isp.example")

    shop.told(fields)

    assert shop.chat.balance("ivan") == 600
    assert [(each.flag, each.credits) for each in shop.payments()] == [("", 600)]
    assert_books_balance(billing)


def test_what_is_about_no_payment_does_nothing(billing, shop, ivan):
    notice = shop.keep({"txn_type": "new_case", "case_id": "PP-1"})
    assert shop.settle(notice).action == "about no payment"
    assert shop.notice(notice).due_at is None
    nothing_granted(billing, shop)


def test_what_was_refunded_meanwhile_is_not_granted_afterwards(billing, shop, ivan):
    order = shop.order("ivan")
    fields = shop.fields(order, receiver_email="new@isp.example", receiver_id="NEW")
    shop.told(fields)
    shop.told(shop.follows(fields, "Refunded", "-10.00"))
    rename_seller(billing, shop, "new@isp.example")

    shop.told(fields)

    nothing_granted(billing, shop)
    assert [each.flag for each in shop.payments()] == ["refunded", ""]


def rename_seller(billing, shop, address):
    uow = billing.uow()
    with uow:
        uow.session.get_one(Tenant, shop.tenant.id).paypal_business = address
