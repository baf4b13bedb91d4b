"""Subscribers as staff's programs read them."""

from typing import Any

from apiflask import APIBlueprint

from billing.ledger.reading import Statement
from olltv_module import queries
from olltv_module.remote import schemas, shown
from olltv_module.remote.door import door, require_module

bp = APIBlueprint("subscribers", __name__, url_prefix="/subscribers", tag="subscribers")
bp.before_request(require_module)


@bp.get("/<login>")
@bp.output(schemas.Subscriber)
def show(login: str) -> dict[str, Any]:
    """All of one subscriber: wallet, subscriptions, what the partner still has to be told."""
    return shown.subscriber(door(), door().view(login))


@bp.get("/<login>/statement")
@bp.input(schemas.Period, location="query", arg_name="period")
@bp.output(schemas.Statement)
def statement(login: str, period: dict[str, Any]) -> Statement:
    """What moved in the wallet, the newest first."""
    return queries.statement(door().billing, login=login, **period)
