"""Buying from the wallet: one journal, one effect however often it is asked for, no PayPal anywhere."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from billing.errors import InvalidInput, KeyReused, NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.ledger.holds import Ledger
from billing.ledger.models import Transfer
from billing.uow import UnitOfWork
from ppv_module.chat.models import Mode
from ppv_module.credits.accounts import claw_back, lock_credits
from ppv_module.credits.buying import BuyerDown, UnknownOrder, buy_with_wallet, order_of, order_with
from ppv_module.credits.freezing import freeze
from ppv_module.credits.means import MeansNotOffered, means_of
from ppv_module.credits.models import CreditState, Order, OrderState
from ppv_module.errors import EmbedMode, PackNotOnSale, WalletFrozen
from tests.olltv.support import events
from tests.ppv.credits.shop import OPTIONS, with_options
from tests.support import STAFF, Crash, assert_books_balance, balance, crash_after, money

PRICE = 10_000


@pytest.fixture
def pack(shop):
    return shop.chat.pack(shop.tenant, 600, PRICE)


@pytest.fixture
def buy(billing, clock, pack):
    """Ivan's click on "buy"."""

    def click(key="click-1", login="ivan", pack=pack, tenant_id=None):
        return buy_with_wallet(
            billing.uow(),
            login=login,
            tenant_id=tenant_id or pack.tenant_id,
            pack_id=pack.id,
            key=key,
            actor=STAFF,
            now=clock(),
        )

    return click


def nothing_happened(billing, shop):
    assert shop.chat.balance("ivan") == 0
    with billing.reading() as session:
        assert session.scalar(select(func.count()).select_from(Order)) == 0
        assert session.scalar(select(func.count()).select_from(Transfer).where(Transfer.key.like("ppv%"))) == 0
    assert_books_balance(billing)


def test_a_pack_is_paid_from_the_wallet_in_one_journal(billing, shop, ivan, buy):
    order = buy()

    assert (order.state, order.provider, order.credits) == (OrderState.PAID, "wallet", 600)
    assert balance(billing, "ivan") == money("150 UAH")
    assert shop.chat.balance("ivan") == 600
    with billing.reading() as session:
        rows = session.scalars(select(Transfer).where(Transfer.journal == f"ppv.order:{order.id}")).all()
    assert {(each.key, str(each.amount)) for each in rows} == {
        (f"ppv.order:{order.id}:money", "100.00 UAH"),
        (f"ppv.order:{order.id}:credits", "600 CRD"),
    }
    assert events(billing)[-1] == (f"PPV CREDITS (ivan) BOUGHT `600` FOR `100.00 UAH` BY WALLET ORDER [{order.id}]")
    assert_books_balance(billing)


def test_a_wallet_purchase_needs_no_paypal(billing, chat, ivan, clock):
    """No seller's address, no public address of ours, and nobody to ask."""
    tenant = chat.tenant()
    pack = chat.pack(tenant)
    assert means_of(pack, tenant, "UAH", with_options(billing, public_url="").option(type(OPTIONS))) == ("wallet",)

    plain = with_options(billing, public_url="", paypal_verify_url="http://127.0.0.1:9/")
    buy_with_wallet(plain.uow(), login="ivan", tenant_id=tenant.id, pack_id=pack.id, key="k", actor=STAFF, now=clock())

    assert chat.balance("ivan") == 600
    assert_books_balance(billing)


def test_a_double_click_buys_once(billing, shop, ivan, buy):
    first, seen = buy(), len(events(billing))
    assert buy().id == first.id
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (600, money("150 UAH"))
    assert events(billing, since=seen) == []

    assert buy(key="click-2").id != first.id
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (1200, money("50 UAH"))
    assert_books_balance(billing)


def test_a_key_belongs_to_one_order_of_one_buyer(billing, shop, make, ivan, buy):
    make.subscriber("olha", wallet="100 UAH")
    buy()
    with pytest.raises(KeyReused):
        buy(pack=shop.chat.pack(shop.tenant, 10, 500))
    for key in ("", "k" * 129):
        with pytest.raises(InvalidInput) as refusal:
            buy(key=key)
        assert refusal.value.facts["field"] == "key"

    buy(login="olha")

    assert shop.chat.balance("olha") == 600
    assert_books_balance(billing)


def test_a_short_wallet_buys_nothing_not_even_on_credit(billing, shop, make, buy):
    make.subscriber("ivan", wallet="99.99 UAH", credit="1000 UAH")
    with pytest.raises(NotEnoughMoney) as refusal:
        buy()
    assert refusal.value.facts["lack"] == money("0.01 UAH")
    nothing_happened(billing, shop)


def test_the_whole_wallet_can_be_spent(billing, shop, make, buy):
    make.subscriber("ivan", wallet="100 UAH")
    buy()
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (600, money("0 UAH"))


def test_what_is_not_for_sale_is_refused(billing, shop, ivan, buy):
    chat, tenant = shop.chat, shop.tenant
    with pytest.raises(PackNotOnSale):
        buy(pack=chat.pack(tenant, active=False))
    with pytest.raises(PackNotOnSale):
        buy(pack=chat.pack(chat.tenant()), tenant_id=tenant.id)
    with pytest.raises(PackNotOnSale):
        buy(pack=chat.pack(chat.tenant(active=False)))
    with pytest.raises(EmbedMode):
        buy(pack=chat.pack(chat.tenant(mode=Mode.EMBED)))
    with pytest.raises(MeansNotOffered):
        buy(pack=chat.pack(tenant, currency="USD"))
    with pytest.raises(UnknownLogin):
        buy(login="nobody")
    nothing_happened(billing, shop)


def test_who_is_switched_off_buys_nothing(billing, shop, make, buy):
    make.subscriber("ivan", wallet="250 UAH", down=True)
    with pytest.raises(BuyerDown):
        buy()
    with pytest.raises(BuyerDown):
        shop.order("ivan")
    nothing_happened(billing, shop)


def test_a_debt_may_be_paid_by_buying_and_then_the_credits_are_free(billing, shop, ivan, buy, clock):
    uow = billing.uow()
    with uow:
        claw_back(uow, lock_credits(uow, "ivan"), credits=700, key="gone", actor=STAFF, at=clock(), note="refund")
    assert shop.again(state_of(billing)).frozen_by == "debt"

    buy()
    assert (shop.chat.balance("ivan"), shop.again(state_of(billing)).frozen_by) == (-100, "debt")
    buy(key="click-2")

    assert (shop.chat.balance("ivan"), shop.again(state_of(billing)).frozen_by) == (500, "")
    assert_books_balance(billing)


def test_what_the_staff_froze_cannot_be_bought_into(billing, shop, ivan, buy, clock):
    freeze(billing.uow(), login="ivan", reason="stolen card", actor=STAFF, now=clock())
    with pytest.raises(WalletFrozen):
        buy()
    with pytest.raises(WalletFrozen):
        shop.order("ivan")
    nothing_happened(billing, shop)


def state_of(billing):
    with billing.reading() as session:
        return session.get_one(CreditState, "ivan")


@pytest.mark.parametrize("point", ["lock", "transfer", "set_floor"])
def test_a_crash_in_the_middle_leaves_no_trace(billing, shop, ivan, buy, point):
    with pytest.raises(Crash), crash_after(Ledger, point):
        buy()
    nothing_happened(billing, shop)
    buy()
    assert shop.chat.balance("ivan") == 600


def test_a_crash_after_the_commit_is_no_second_purchase(billing, shop, ivan, buy):
    with pytest.raises(Crash), crash_after(UnitOfWork, "commit"):
        buy()
    buy()
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (600, money("150 UAH"))
    assert_books_balance(billing)


def test_a_hundred_identical_purchases_at_once_are_one(billing, shop, ivan, buy):
    start = Barrier(100)

    def click(_number):
        start.wait(30)
        return buy().id

    with ThreadPoolExecutor(100) as pool:
        orders = set(pool.map(click, range(100)))

    assert len(orders) == 1
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (600, money("150 UAH"))
    assert_books_balance(billing)


def test_rivals_with_keys_of_their_own_never_overdraw_the_wallet(billing, shop, ivan, buy):
    def click(number):
        try:
            return buy(key=f"click-{number}").id
        except NotEnoughMoney:
            return None

    with ThreadPoolExecutor(20) as pool:
        orders = [each for each in pool.map(click, range(20)) if each]

    assert len(orders) == 2
    assert (shop.chat.balance("ivan"), balance(billing, "ivan")) == (1200, money("50 UAH"))
    assert_books_balance(billing)


def test_an_order_keeps_its_pack_as_it_was(shop, ivan):
    pack = shop.pack()
    order = shop.order("ivan", pack, key="k")
    assert (order.state, order.credits, str(order.price), order.paid_at) == ("new", 600, "10.00 USD", None)
    assert shop.order("ivan", pack, key="k").id == order.id
    assert shop.order("ivan", pack).invoice != order.invoice
    assert shop.chat.balance("ivan") == 0


def test_an_order_is_only_for_means_that_are_offered(billing, shop, ivan, clock):
    def order(provider, pack):
        return order_with(
            billing.uow(),
            provider=provider,
            login="ivan",
            tenant_id=pack.tenant_id,
            pack_id=pack.id,
            key="k",
            actor=STAFF,
            now=clock(),
        )

    for provider, pack in (
        ("paypal", shop.chat.pack(shop.tenant)),
        ("wallet", shop.chat.pack(shop.tenant)),
        ("cash", shop.pack()),
    ):
        with pytest.raises(MeansNotOffered):
            order(provider, pack)
    with pytest.raises(EmbedMode):
        order("paypal", shop.chat.pack(shop.chat.tenant(mode=Mode.EMBED, paypal_business="x@y.z"), currency="USD"))


def test_an_order_is_shown_to_its_buyer_alone(billing, shop, make, ivan):
    make.subscriber("olha")
    order = shop.order("ivan")
    with billing.reading() as session:
        assert order_of(session, login="ivan", order_id=order.id).id == order.id
        with pytest.raises(UnknownOrder):
            order_of(session, login="olha", order_id=order.id)


@pytest.mark.parametrize(
    ("given", "options", "means"),
    [
        ({"currency": "UAH"}, {}, ("wallet",)),
        ({"currency": "USD"}, {}, ("paypal",)),
        ({"currency": "USD"}, {"public_url": ""}, ()),
        ({"currency": "UAH"}, {"paypal_url": "http://127.0.0.1:8084/"}, ("wallet", "paypal")),
        ({"currency": "JPY", "price_minor": 100_000}, {}, ("paypal",)),
        ({"currency": "JPY", "price_minor": 100_050}, {}, ()),
    ],
)
def test_means_depend_on_the_currency_and_on_what_is_set_up(billing, shop, given, options, means):
    pack = shop.chat.pack(shop.tenant, **given)
    options = with_options(billing, **options).option(type(OPTIONS))
    assert means_of(pack, shop.tenant, "UAH", options) == means
    assert "paypal" not in means_of(pack, shop.chat.tenant(), "UAH", options)
