"""What people of a role may do in a chat: kick, ban, and see what others type before they send it.

The chat itself enforces kicking and live typing: its console has to be set to the same (video chat guide, "Live
typing"). Here it is decided, written down who decided it, and said to those whose typing is seen. Banning is ours too.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotAllowed
from billing.uow import UnitOfWork, use_case
from ppv_module.chat import tenants
from ppv_module.chat.models import Role, RolePolicy

BLIND = (Role.USER, Role.GUEST)
"""Roles that never see what others type: everybody can have them."""


class NoLiveTyping(InvalidInput):
    """Facts: `field`, `role`."""

    code = "no_live_typing"
    text = N_("Viewers and guests cannot be let see what others type before they send it.")


class MayNotBan(NotAllowed):
    """Facts: `role`."""

    code = "may_not_ban"
    text = N_("People of the role %(role)s may not ban in this chat.")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """What people of a role may do. `live_typing`: they see what others type before it is sent."""

    may_kick: bool = False
    may_ban: bool = False
    live_typing: bool = False


USUAL: Mapping[Role, Policy] = {
    Role.ADMIN: Policy(may_kick=True, may_ban=True),
    Role.MODERATOR: Policy(may_kick=True, may_ban=True),
}


@use_case
def set_policy(uow: UnitOfWork, *, tenant_id: int, role: Role, policy: Policy, actor: Actor, now: datetime) -> Policy:
    """Decide what people of `role` may do in this chat. Saving what is there already is harmless.

    :raises UnknownTenant: there is no such chat
    :raises NoLiveTyping: people of this role must not see what others type
    """
    if policy.live_typing and role in BLIND:
        raise NoLiveTyping(field="live_typing", role=role)
    tenants.lock(uow, tenant_id)
    before = policies(uow.session, tenant_id)[role]
    if policy == before:
        return policy
    row = uow.session.get(RolePolicy, (tenant_id, role)) or RolePolicy(tenant_id=tenant_id, role=role)
    row.may_kick, row.may_ban, row.live_typing = policy.may_kick, policy.may_ban, policy.live_typing
    uow.session.add(row)
    uow.session.flush()
    template = "PPV TENANT [{tenant}] SET POLICY [{role}]"
    was, became = asdict(before), asdict(policy)
    uow.events.write(template, tenant=tenant_id, role=role, actor=actor, at=now, before=was, after=became)
    return policy


def policies(session: Session, tenant_id: int) -> Mapping[Role, Policy]:
    """Of every role, in the order of `Role`."""
    rows = session.scalars(select(RolePolicy).where(RolePolicy.tenant_id == tenant_id))
    kept = {row.role: Policy(may_kick=row.may_kick, may_ban=row.may_ban, live_typing=row.live_typing) for row in rows}
    return {role: kept.get(role, USUAL.get(role, Policy())) for role in Role}


def live_typing_used(session: Session, tenant_id: int) -> bool:
    """Whether somebody in this chat sees texts before they are sent: its people have to be told."""
    mine = select(RolePolicy.role).where(RolePolicy.tenant_id == tenant_id, RolePolicy.live_typing)
    return session.scalar(mine.limit(1)) is not None


def require_may_ban(session: Session, tenant_id: int, role: Role) -> None:
    """:raises MayNotBan: people of this role may not"""
    if not policies(session, tenant_id)[role].may_ban:
        raise MayNotBan(role=role)
