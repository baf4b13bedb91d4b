"""Packs of all chats with how often each was bought."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ppv_module.chat.models import Tenant
from ppv_module.credits.models import Order, Pack
from ppv_module.errors import PackNotOnSale


@dataclass(frozen=True)
class PackLine:
    """A pack, whose it is, and how many orders of it were paid."""

    pack: Pack
    tenant: str
    sold: int


def packs(session: Session, *, tenant_id: int | None = None, active: bool | None = None) -> list[PackLine]:
    """The packs as buyers see them in order, chat by chat."""
    query = _packs()
    if tenant_id is not None:
        query = query.where(Pack.tenant_id == tenant_id)
    if active is not None:
        query = query.where(Pack.active.is_(active))
    order = (Tenant.name, Pack.sort, Pack.credits, Pack.id)
    return [PackLine(*row) for row in session.execute(query.order_by(*order))]


def one_pack(session: Session, pack_id: int) -> PackLine:
    """:raises PackNotOnSale: there is no such pack"""
    row = session.execute(_packs().where(Pack.id == pack_id)).one_or_none()
    if row is None:
        raise PackNotOnSale(pack=pack_id)
    return PackLine(*row)


def _packs() -> Select[Any]:
    paid = select(Order.pack_id, func.count().label("sold")).where(Order.paid_at.is_not(None))
    sold = paid.group_by(Order.pack_id).subquery()
    query = select(Pack, Tenant.name, func.coalesce(sold.c.sold, 0)).join(Tenant, Tenant.id == Pack.tenant_id)
    return query.outerjoin(sold, sold.c.pack_id == Pack.id)
