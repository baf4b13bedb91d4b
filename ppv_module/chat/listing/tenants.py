"""The list of tenants. There are a few."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ppv_module.chat.models import HookCall, Performer, Tenant


@dataclass(frozen=True)
class Line:
    """A tenant and how many active performers it has."""

    tenant: Tenant
    performers: int


def tenants(session: Session) -> list[Line]:
    """All of them, those in use first, by name."""
    numbers = _performers(session)
    found = session.scalars(select(Tenant).order_by(Tenant.active.desc(), Tenant.name, Tenant.id)).all()
    return [Line(each, numbers.get(each.id, 0)) for each in found]


def tenant_names(session: Session) -> Sequence[tuple[int, str]]:
    """Number and name of each, by name."""
    found = session.execute(select(Tenant.id, Tenant.name).order_by(Tenant.name, Tenant.id)).all()
    return [(number, name) for number, name in found]


def active_performers(session: Session, tenant_id: int) -> int:
    """How many performers of this tenant are active."""
    return _performers(session).get(tenant_id, 0)


def last_call(session: Session, tenant_id: int) -> HookCall | None:
    """What the chat's server asked of us last."""
    newest = select(HookCall).where(HookCall.tenant_id == tenant_id)
    return session.scalars(newest.order_by(HookCall.at.desc(), HookCall.id.desc()).limit(1)).first()


def _performers(session: Session) -> Mapping[int, int]:
    counted = select(Performer.tenant_id, func.count()).where(Performer.active).group_by(Performer.tenant_id)
    return dict(session.execute(counted).tuples().all())
