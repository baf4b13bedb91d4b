"""Packs of credits: what a tenant sells. An order keeps its pack as it was, so a pack may change at any time."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import InvalidInput
from billing.money import MAX_MINOR, Money
from billing.uow import UnitOfWork, use_case
from billing.versions import check_seen
from ppv_module.chat.models import Tenant
from ppv_module.credits.models import Pack
from ppv_module.errors import PackNotOnSale, UnknownTenant

MOST_CREDITS = 10_000_000
LONGEST_TEXT = 200
MOST_SORT = 1_000_000


@use_case
def save_pack(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    credits: int,
    price: Money,
    description: str = "",
    sort: int = 0,
    pack_id: int | None = None,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Pack:
    """Put a pack on sale, or change the one with `pack_id`; `seen` is the edition that a person was shown.

    Saving what is there already is harmless.

    :raises UnknownTenant, PackNotOnSale: there is no such tenant, or he has no such pack
    :raises InvalidInput: credits, price, currency, description or sort cannot be used; `field` names it
    :raises ChangedMeanwhile: somebody was faster
    """
    description = description.strip()
    _check(credits, price, description, sort)
    pack = _new(uow, tenant_id) if pack_id is None else _locked(uow, pack_id, tenant_id)
    before = {} if pack_id is None else _facts(pack)
    pack.credits, pack.price_minor, pack.currency = credits, price.minor, price.unit
    pack.description, pack.sort = description, sort
    after = _facts(pack)
    if before == after:
        return pack
    if pack_id is not None:
        check_seen(pack, seen)
    uow.session.add(pack)
    uow.session.flush()
    uow.events.write("PPV SAVE PACK [{pack}]", pack=pack.id, actor=actor, at=now, before=before, after=after)
    return pack


@use_case
def set_pack_active(
    uow: UnitOfWork,
    *,
    tenant_id: int,
    pack_id: int,
    active: bool,
    actor: Actor,
    now: datetime,
    seen: int | None = None,
) -> Pack:
    """Put a pack on sale or take it off; who has bought it keeps it. Repeating it is harmless.

    :raises PackNotOnSale: this tenant has no such pack
    :raises ChangedMeanwhile: somebody was faster
    """
    pack = _locked(uow, pack_id, tenant_id)
    if pack.active is not active:
        check_seen(pack, seen)
        pack.active = active
        word = "ON SALE" if active else "OFF SALE"
        uow.events.write("PPV SAVE PACK [{pack}] {word}", pack=pack.id, word=word, actor=actor, at=now)
    return pack


def packs_of(session: Session, tenant_id: int, active: bool | None = None) -> Sequence[Pack]:
    """The packs of a tenant in the order in which they are shown; those on sale only, or the others only."""
    query = select(Pack).where(Pack.tenant_id == tenant_id).order_by(Pack.sort, Pack.credits, Pack.id)
    return session.scalars(query if active is None else query.where(Pack.active.is_(active))).all()


def pack_of(session: Session, tenant_id: int, pack_id: int) -> Pack:
    """:raises PackNotOnSale: this tenant has no such pack"""
    pack = session.get(Pack, pack_id)
    if pack is None or pack.tenant_id != tenant_id:
        raise PackNotOnSale(pack=pack_id)
    return pack


def _new(uow: UnitOfWork, tenant_id: int) -> Pack:
    if uow.session.get(Tenant, tenant_id) is None:
        raise UnknownTenant(tenant=tenant_id)
    return Pack(tenant_id=tenant_id)


def _locked(uow: UnitOfWork, pack_id: int, tenant_id: int) -> Pack:
    pack = uow.session.get(Pack, pack_id, with_for_update=True, populate_existing=True)
    if pack is None or pack.tenant_id != tenant_id:
        raise PackNotOnSale(pack=pack_id)
    return pack


def _check(credits: int, price: Money, description: str, sort: int) -> None:
    if not 0 < credits <= MOST_CREDITS:
        raise InvalidInput(field="credits", value=credits)
    if not 0 < price.minor <= MAX_MINOR:
        raise InvalidInput(field="price", value=price)
    if not (len(price.unit) == 3 and price.unit.isascii() and price.unit.isalpha() and price.unit.isupper()):
        raise InvalidInput(field="currency", value=price.unit)
    if len(description) > LONGEST_TEXT:
        raise InvalidInput(field="description", value=description)
    if abs(sort) > MOST_SORT:
        raise InvalidInput(field="sort", value=sort)


def _facts(pack: Pack) -> dict[str, object]:
    return {
        "credits": pack.credits,
        "price": str(pack.price),
        "description": pack.description,
        "sort": pack.sort,
    }
