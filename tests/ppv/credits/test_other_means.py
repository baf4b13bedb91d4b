"""Another means of payment beside PayPal: a provider and a row, and nothing else has to know of it."""

import json
from typing import ClassVar

import pytest

from billing.money import Money
from ppv_module.credits import means
from ppv_module.credits.buying import order_with
from ppv_module.credits.means import Means, PaymentStatus, Told, means_of
from ppv_module.credits.models import OrderState
from ppv_module.credits.notices import store_notice
from ppv_module.paypal.worker import work_off_notices
from tests.ppv.credits.shop import OPTIONS
from tests.support import STAFF, assert_books_balance


class Kiosk:
    """A provider who writes JSON and is always believed."""

    name: ClassVar[str] = "kiosk"

    def link(self, order, tenant, *, back, cancelled=""):
        return f"https://kiosk.example/{order.invoice}"

    def verify(self, raw, content_type):
        return True

    def read(self, raw):
        said = json.loads(raw)
        return Told(
            provider=self.name,
            txn_id=said["id"],
            parent_txn_id=said.get("of", ""),
            status=PaymentStatus(said["status"]),
            gross=Money(said["minor"], "UAH"),
            fee=Money(0, "UAH"),
            invoice=said["invoice"],
            custom=said["order"],
            item_number=said["item"],
            quantity="1",
            receiver=said["shop"],
        )


@pytest.fixture
def kiosk(monkeypatch):
    ours = Means("kiosk", lambda *_: True, lambda told, tenant: told.receiver == tenant.name)
    monkeypatch.setattr(means, "MEANS", (*means.MEANS, ours))


def test_another_means_sells_the_same_packs(billing, shop, ivan, clock, kiosk):
    pack = shop.chat.pack(shop.tenant)
    assert means_of(pack, shop.tenant, "UAH", OPTIONS) == ("wallet", "kiosk")
    order = order_with(
        billing.uow(),
        provider="kiosk",
        login="ivan",
        tenant_id=pack.tenant_id,
        pack_id=pack.id,
        key="k",
        actor=STAFF,
        now=clock(),
    )
    paid = {"id": "TXN1", "status": "Completed", "minor": 10_000, "invoice": order.invoice, "order": str(order.id)}
    paid |= {"item": str(pack.id), "shop": shop.tenant.name}
    back = {**paid, "id": "TXN2", "of": "TXN1", "status": "Refunded", "minor": -2_500}
    for said in (paid, paid, back, back):
        store_notice(
            billing.uow(),
            provider="kiosk",
            raw=json.dumps(said).encode(),
            content_type="application/json",
            remote_ip="10.0.0.9",
            now=clock(),
        )

    assert work_off_notices(billing, clock, Kiosk()) == 4

    assert (shop.chat.balance("ivan"), shop.again(order).state) == (450, OrderState.PAID)
    assert [each.provider for each in shop.payments()] == ["kiosk", "kiosk"]
    assert_books_balance(billing)


def test_the_same_id_at_two_providers_is_two_payments(billing, shop, ivan, clock, kiosk):
    shop.told(shop.fields(shop.order("ivan"), txn_id="SAME1"))
    said = {"id": "SAME1", "status": "Completed", "minor": 1, "invoice": "x", "order": "1", "item": "1", "shop": "x"}
    store_notice(
        billing.uow(),
        provider="kiosk",
        raw=json.dumps(said).encode(),
        content_type="",
        remote_ip="",
        now=clock(),
    )
    work_off_notices(billing, clock, Kiosk())
    assert [(each.provider, each.flag) for each in shop.payments()] == [("paypal", ""), ("kiosk", "unknown_order")]
    assert shop.chat.balance("ivan") == 600
    assert_books_balance(billing)
