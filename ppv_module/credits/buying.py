"""Buying credits: from the subscriber's own wallet at once, or by an order that a payment provider will tell us of."""

import secrets
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, KeyReused, NotAllowed, NotFound
from billing.host.base import Person
from billing.ledger.models import Account, Refs
from billing.money import Money
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Mode, Tenant
from ppv_module.credits.accounts import STAFF, Purse, grant, lock_credits, open_credits
from ppv_module.credits.means import WALLET, MeansNotOffered, means_of
from ppv_module.credits.models import CreditState, Order, OrderState, Pack
from ppv_module.errors import EmbedMode, PackNotOnSale, WalletFrozen
from ppv_module.options import PpvOptions

INCOME = "income:ppv"
LONGEST_KEY = 128


class BuyerDown(NotAllowed):
    """Staff have switched the subscriber's account off. Facts: `login`."""

    code = "down"
    text = N_("The account is switched off. Please contact your provider.")


class UnknownOrder(NotFound):
    """Facts: `order`."""

    code = "unknown_order"
    text = N_("There is no such order.")


@use_case
def buy_with_wallet(
    uow: UnitOfWork, *, login: str, tenant_id: int, pack_id: int, key: str, actor: Actor, now: datetime
) -> Order:
    """Pay a pack from the subscriber's wallet and grant its credits, in one journal, once per `key` of his.

    The credit limit of the wallet is for the provider's own services: it does not pay for credits. Credits that are
    frozen because of a debt may be bought, which is how the debt ends.

    :raises UnknownLogin, BuyerDown, PackNotOnSale, EmbedMode, MeansNotOffered, WalletFrozen: he may or can not
    :raises NotEnoughMoney: the wallet is short
    :raises KeyReused: the key stands for another order
    """
    person = uow.host.lock(login)
    if known := _known(uow, login, key):
        return _same(known, WALLET, tenant_id, pack_id)
    pack = _for_sale(uow, person, tenant_id, pack_id, WALLET)
    order = _ordered(uow, pack, login=login, provider=WALLET, key=key, now=now)
    purse = lock_credits(uow, login)
    _require_not_barred(purse.state)
    _take_money(uow, order, uow.ledger.lock(person.wallet_id), actor=actor, now=now)
    _grant(uow, order, purse, actor=actor, now=now)
    return order


@use_case
def order_with(
    uow: UnitOfWork, *, provider: str, login: str, tenant_id: int, pack_id: int, key: str, actor: Actor, now: datetime
) -> Order:
    """Order a pack that `provider` will take the money for: nothing moves before he says so. Once per `key`.

    :raises UnknownLogin, BuyerDown, PackNotOnSale, EmbedMode, MeansNotOffered, WalletFrozen: he may or can not
    :raises KeyReused: the key stands for another order
    """
    person = uow.host.lock(login)
    if known := _known(uow, login, key):
        return _same(known, provider, tenant_id, pack_id)
    if provider == WALLET:
        raise MeansNotOffered(field="means", value=provider)
    pack = _for_sale(uow, person, tenant_id, pack_id, provider)
    _require_not_barred(open_credits(uow, login))
    order = _ordered(uow, pack, login=login, provider=provider, key=key, now=now)
    uow.events.write(
        "PPV CREDITS ({login}) ORDER [{order}] PACK [{pack}] BY {provider} FOR `{price}`",
        login=login,
        order=order.id,
        pack=pack.id,
        provider=provider.upper(),
        price=order.price,
        actor=actor,
        at=now,
    )
    return order


def order_of(session: Session, *, login: str, order_id: int) -> Order:
    """:raises UnknownOrder: he has no such order"""
    order = session.get(Order, order_id)
    if order is None or order.login != login:
        raise UnknownOrder(order=order_id)
    return order


def income(uow: UnitOfWork, currency: str) -> Account:
    """Where the price of credits goes: an account of its own for each currency that is not the operator's."""
    own = currency == uow.billing.unit
    return uow.ledger.system(INCOME if own else f"{INCOME}:{currency}", currency)


def grant_order(uow: UnitOfWork, order: Order, source: Account, *, actor: Actor, now: datetime) -> None:
    """The money for a locked order is in `source`: book it and grant the credits, once however often asked.

    :raises UnknownLogin: the buyer is gone and never had credits
    """
    purse = lock_credits(uow, order.login)
    _take_money(uow, order, source, actor=actor, now=now)
    _grant(uow, order, purse, actor=actor, now=now)


def _known(uow: UnitOfWork, login: str, key: str) -> Order | None:
    """The order of an earlier click.

    :raises InvalidInput: the key is empty or too long
    """
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(field="key", value=key)
    return uow.session.scalar(select(Order).where(Order.login == login, Order.key == key))


def _same(known: Order, provider: str, tenant_id: int, pack_id: int) -> Order:
    if (known.provider, known.tenant_id, known.pack_id) != (provider, tenant_id, pack_id):
        raise KeyReused(key=known.key)
    return known


def _for_sale(uow: UnitOfWork, person: Person, tenant_id: int, pack_id: int, means: str) -> Pack:
    """The pack, which does not change before the transaction ends."""
    if person.down:
        raise BuyerDown(login=person.login)
    tenant = uow.session.get(Tenant, tenant_id)
    if tenant is None or not tenant.active:
        raise PackNotOnSale(pack=pack_id)
    if tenant.mode is Mode.EMBED:
        raise EmbedMode(tenant=tenant.name)
    pack = uow.session.get(Pack, pack_id, with_for_update={"read": True}, populate_existing=True)
    if pack is None or pack.tenant_id != tenant_id or not pack.active:
        raise PackNotOnSale(pack=pack_id)
    if means not in means_of(pack, tenant, uow.billing.unit, uow.option(PpvOptions)):
        raise MeansNotOffered(field="means", value=means)
    return pack


def _require_not_barred(state: CreditState) -> None:
    """Who is in debt may pay it; what staff have frozen nobody sells anything into."""
    if state.frozen_by == STAFF:
        raise WalletFrozen(login=state.login)


def _ordered(uow: UnitOfWork, pack: Pack, *, login: str, provider: str, key: str, now: datetime) -> Order:
    order = Order(
        tenant_id=pack.tenant_id,
        login=login,
        pack_id=pack.id,
        credits=pack.credits,
        price_minor=pack.price_minor,
        currency=pack.currency,
        item_name=pack.description,
        provider=provider,
        key=key,
        invoice=secrets.token_urlsafe(24),
        created_at=now,
    )
    order.state = OrderState.NEW
    uow.session.add(order)
    uow.session.flush()
    return order


def _take_money(uow: UnitOfWork, order: Order, source: Account, *, actor: Actor, now: datetime) -> None:
    """:raises NotEnoughMoney: a wallet is short"""
    journal = journal_of(order)
    refs = Refs(actor=actor.name, login=order.login, note=order.item_name or None)
    uow.ledger.transfer(
        source=source,
        target=income(uow, order.currency),
        amount=order.price,
        key=f"{journal}:money",
        refs=refs,
        at=now,
        keep=Money(0, order.currency),
        journal=journal,
    )


def _grant(uow: UnitOfWork, order: Order, purse: Purse, *, actor: Actor, now: datetime) -> None:
    journal, before = journal_of(order), purse.balance
    grant(
        uow,
        purse,
        credits=order.credits,
        key=f"{journal}:credits",
        actor=actor,
        at=now,
        note=order.item_name,
        journal=journal,
    )
    order.state, order.paid_at = OrderState.PAID, now
    uow.events.write(
        "PPV CREDITS ({login}) BOUGHT `{credits}` FOR `{price}` BY {provider} ORDER [{order}]",
        login=order.login,
        credits=order.credits,
        price=order.price,
        provider=order.provider.upper(),
        order=order.id,
        actor=actor,
        at=now,
        before={"credits": before},
        after={"credits": purse.balance},
    )


def journal_of(order: Order) -> str:
    return f"ppv.order:{order.id}"
