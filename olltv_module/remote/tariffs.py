"""What is on sale."""

from typing import Any

from apiflask import APIBlueprint

from olltv_module import queries
from olltv_module.remote import schemas
from olltv_module.remote.door import door, require_module
from olltv_module.services import pairs

bp = APIBlueprint("tariffs", __name__, tag="tariffs")
bp.before_request(require_module)


@bp.get("/tariffs")
@bp.output(schemas.Tariffs)
def listed() -> dict[str, Any]:
    """Tariffs on sale with the fees in force now."""
    billing, now = door().billing, door().clock()
    with billing.reading() as session:
        found, goes_with = queries.tariffs(session), pairs.goes_with(session)
        names = ("id", "name", "service", "main", "description")
        return {
            "tariffs": [
                {name: getattr(each, name) for name in names}
                | {"fee": each.fee(now, billing.unit), "goes_with": goes_with.get(each.id, [])}
                for each in found
            ]
        }
