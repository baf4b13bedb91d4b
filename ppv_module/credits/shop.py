"""The shop of credits as a subscriber sees it: his credits, his wallet, and what every chat sells."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from billing.ledger.holds import Ledger
from billing.ledger.models import Account
from billing.money import Money
from billing.uow import Billing
from ppv_module.chat.models import Tenant
from ppv_module.credits.accounts import balance_of
from ppv_module.credits.buying import order_of
from ppv_module.credits.means import means_of
from ppv_module.credits.models import CreditState, Order, Pack
from ppv_module.errors import PackNotOnSale
from ppv_module.options import PpvOptions


@dataclass(frozen=True, kw_only=True)
class Offer:
    """A pack that can be bought, and by which means."""

    pack: Pack
    means: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class Shop:
    """`wallet` is what may be spent of it; the credit limit is not for credits."""

    balance: int
    frozen: bool
    wallet: Money
    offers: Sequence[Offer]


@dataclass(frozen=True, kw_only=True)
class Placed:
    """An order of a subscriber, where it was placed, and his credits now."""

    order: Order
    tenant: Tenant
    balance: int


def shop(billing: Billing, login: str) -> Shop:
    """What a subscriber has and can buy, in as many statements whatever is on sale.

    :raises UnknownLogin: nobody has this login
    """
    with billing.reading() as session:
        person = billing.host(session, Ledger(session)).find(login)
        state = session.get(CreditState, login)
        wallet = session.get_one(Account, person.wallet_id)
        on_sale = select(Pack, Tenant).join(Tenant, Tenant.id == Pack.tenant_id).where(Pack.active, Tenant.active)
        rows = session.execute(on_sale.order_by(Tenant.name, Pack.sort, Pack.credits, Pack.id)).all()
        options = billing.option(PpvOptions)
        offers = [Offer(pack=pack, means=means_of(pack, tenant, billing.unit, options)) for pack, tenant in rows]
        return Shop(
            balance=balance_of(session, login),
            frozen=state is not None and state.is_frozen,
            wallet=wallet.available,
            offers=[each for each in offers if each.means],
        )


def seller_of(billing: Billing, pack_id: int) -> int:
    """The tenant that sells this pack.

    :raises PackNotOnSale: there is no such pack
    """
    with billing.reading() as session:
        pack = session.get(Pack, pack_id)
        if pack is None:
            raise PackNotOnSale(pack=pack_id)
        return pack.tenant_id


def placed(billing: Billing, *, login: str, order_id: int) -> Placed:
    """:raises UnknownOrder: he has no such order"""
    with billing.reading() as session:
        order = order_of(session, login=login, order_id=order_id)
        tenant = session.get_one(Tenant, order.tenant_id)
        return Placed(order=order, tenant=tenant, balance=balance_of(session, login))
