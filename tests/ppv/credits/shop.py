"""What stories about buying share: a tenant with PayPal, his packs, a buyer, and PayPal's notices."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import select

from billing.actors import WORKER
from billing.uow import Billing
from ppv_module.chat.models import Tenant
from ppv_module.credits.buying import order_with
from ppv_module.credits.models import Notice, Order, Pack, Payment
from ppv_module.credits.notices import Outcome, store_notice
from ppv_module.credits.payments import settle
from ppv_module.options import PpvOptions
from ppv_module.paypal.fields import read_notice
from tests.ppv.make import MakeChat
from tests.support import STAFF, FakeClock

NUMBERS = count(1)
SELLER = "seller@isp.example"
OPTIONS = PpvOptions(enabled=True, paypal_sandbox=True, public_url="https://billing.example")


def with_options(billing: Billing, **given: Any) -> Billing:
    """The same billing with other options of the module."""
    return replace(billing, options={**billing.options, PpvOptions: replace(OPTIONS, **given)})


@dataclass
class Shop:
    """A tenant who sells packs for dollars by PayPal; 600 credits for 10.00 USD unless told otherwise."""

    billing: Billing
    clock: FakeClock
    chat: MakeChat
    tenant: Tenant
    numbers: Any = NUMBERS

    def pack(self, credits: int = 600, price_minor: int = 1000, currency: str = "USD") -> Pack:
        return self.chat.pack(self.tenant, credits, price_minor, currency=currency)

    def order(self, login: str, pack: Pack | None = None, key: str = "") -> Order:
        return order_with(
            self.billing.uow(),
            provider="paypal",
            login=login,
            tenant_id=self.tenant.id,
            pack_id=(pack or self.pack()).id,
            key=key or f"click-{next(self.numbers)}",
            actor=STAFF,
            now=self.clock(),
        )

    def fields(self, order: Order, **changed: str) -> dict[str, str]:
        """What PayPal tells of a proper payment of `order`."""
        return {
            "txn_type": "web_accept",
            "payment_status": "Completed",
            "txn_id": f"TXN{next(self.numbers):014d}",
            "receiver_email": SELLER,
            "receiver_id": "SELLERID",
            "payer_email": "payer@mail.example",
            "mc_gross": order.price.plain(),
            "mc_fee": "0.64",
            "mc_currency": order.currency,
            "item_number": str(order.pack_id),
            "quantity": "1",
            "invoice": order.invoice,
            "custom": str(order.id),
            "charset": "windows-1252",
            "test_ipn": "1",
            **changed,
        }

    def keep(self, fields: Mapping[str, str]) -> int:
        """PayPal's notice comes in."""
        return store_notice(
            self.billing.uow(),
            provider="paypal",
            raw=urlencode(fields).encode(),
            content_type="application/x-www-form-urlencoded",
            remote_ip="173.0.81.1",
            now=self.clock(),
        )

    def settle(self, notice_id: int) -> Outcome:
        """PayPal has said that a notice is his."""
        raw = self.notice(notice_id).raw
        return settle(self.billing.uow(), notice_id=notice_id, told=read_notice(raw), actor=WORKER, now=self.clock())

    def told(self, fields: Mapping[str, str]) -> Outcome:
        """A verified notice takes effect."""
        return self.settle(self.keep(fields))

    def follows(self, paid: Mapping[str, str], status: str, gross: str, **changed: str) -> dict[str, str]:
        """What PayPal tells afterwards of the payment that `paid` told of."""
        return {
            **paid,
            "txn_type": "",
            "payment_status": status,
            "txn_id": f"TXN{next(self.numbers):014d}",
            "parent_txn_id": paid["txn_id"],
            "mc_gross": gross,
            **changed,
        }

    def notice(self, notice_id: int) -> Notice:
        with self.billing.reading() as session:
            return session.get_one(Notice, notice_id)

    def payments(self) -> list[Payment]:
        with self.billing.reading() as session:
            return list(session.scalars(select(Payment).order_by(Payment.id)))

    def again(self, row: Any) -> Any:
        return self.chat.again(row)
