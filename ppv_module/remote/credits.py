"""The credits of a signed-in subscriber: what he has, buying more, and what came and went."""

from typing import Any

from apiflask import APIBlueprint

from ppv_module.credits import buying, histories, shop
from ppv_module.credits.histories import Cause
from ppv_module.credits.means import WALLET
from ppv_module.credits.models import OrderState
from ppv_module.paypal.client import PayPal
from ppv_module.remote import schemas_credits, shown_chat
from ppv_module.remote.door import actor, door, require_module, subject
from ppv_module.remote.me_chat import fact_key

bp = APIBlueprint("me_credits", __name__, url_prefix="/me/credits", tag="me/credits")
bp.before_request(require_module)

Shown = dict[str, Any]
PAGE_LINES = 200
"""A show has a line for each tick."""


@bp.get("")
@bp.output(schemas_credits.MyCredits)
def show() -> Shown:
    """The balance, the wallet, and what is on sale."""
    found = shop.shop(door().billing, subject())
    packs = [shown_chat.pack(each.pack, each.means) for each in found.offers]
    return {
        "balance": found.balance,
        "frozen": found.frozen,
        "wallet": shown_chat.money(found.wallet),
        "packs": packs,
    }


@bp.post("/orders")
@bp.input(schemas_credits.NewOrder, arg_name="wanted")
@bp.output(schemas_credits.CreditOrder)
def buy(wanted: Shown) -> Shown:
    """Buy a pack: from the wallet at once, else by an order that waits for the payment."""
    means = wanted["means"]
    facts = {
        "login": subject(),
        "tenant_id": shop.seller_of(door().billing, wanted["pack"]),
        "pack_id": wanted["pack"],
        "key": fact_key("me"),
        "actor": actor(),
        "now": door().clock(),
    }
    if means == WALLET:
        made = buying.buy_with_wallet(door().billing.uow(), **facts)
    else:
        made = buying.order_with(door().billing.uow(), provider=means, **facts)
    return _order(made.id, wanted["back"])


@bp.get("/orders/<int:number>")
@bp.input(schemas_credits.Back, location="query", arg_name="asked")
@bp.output(schemas_credits.CreditOrder)
def show_order(number: int, asked: Shown) -> Shown:
    """What has become of an order."""
    return _order(number, asked["back"])


@bp.get("/history")
@bp.input(schemas_credits.OlderLines, location="query", arg_name="page")
@bp.output(schemas_credits.CreditLines)
def history(page: Shown) -> Shown:
    """What came and went, the newest first; the credits of all lines together are the balance."""
    with door().billing.reading() as session:
        found = histories.history(session, login=subject(), limit=PAGE_LINES, **page)
    lines = [
        {
            "id": each.id,
            "at": each.at.astimezone(door().billing.zone),
            "cause": each.cause,
            "text": "" if each.cause is Cause.WATCH else each.text,  # servers and sessions are for the staff
            "credits": each.credits,
            "balance": each.balance,
            "show": each.show,
        }
        for each in found.lines
    ]
    return {"lines": lines, "next": found.next}


def _order(number: int, back: str) -> Shown:
    found = shop.placed(door().billing, login=subject(), order_id=number)
    waits = found.order.state is OrderState.NEW and found.order.provider != WALLET
    link = PayPal(door().options).link(found.order, found.tenant, back=back) if waits else ""
    return shown_chat.order(found.order, found.balance, link)
