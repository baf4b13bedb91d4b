"""Names of performers, for filters."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.chat.models import Performer, Tenant


@dataclass(frozen=True)
class Named:
    """A performer, active or not, with the chat that she belongs to."""

    person_id: int
    name: str
    tenant_id: int
    tenant: str


def performer_names(session: Session) -> list[Named]:
    """All performers by chat and name."""
    query = select(Performer.person_id, Performer.display_name, Tenant.id, Tenant.name)
    query = query.join(Tenant, Tenant.id == Performer.tenant_id)
    order = (Tenant.name, Performer.display_name, Performer.person_id)
    return [Named(*row) for row in session.execute(query.order_by(*order))]
