"""A signed-in subscriber and streams: what he may watch and watches, links of his own, tickets, what he has watched.

Two blueprints: a link is for one alone and is never kept.
"""

from typing import Any

from apiflask import APIBlueprint

from billing.money import CREDITS, Money
from ppv_module.remote import schemas_watch, shown_watch
from ppv_module.remote.door import actor, door, require_module, subject
from ppv_module.remote.me_chat import fact_key
from ppv_module.streams.links import issuing
from ppv_module.streams.mine import mine
from ppv_module.streams.options import StreamOptions
from ppv_module.streams.rights import tickets
from ppv_module.streams.watched import watched

bp = APIBlueprint("me_watch", __name__, url_prefix="/me/watch", tag="me/watch")
linking = APIBlueprint("me_watch_links", __name__, url_prefix="/me/watch", tag="me/watch")
bp.before_request(require_module)
linking.before_request(require_module)

Shown = dict[str, Any]


@bp.get("")
@bp.output(schemas_watch.MyStreams)
def show() -> Shown:
    """What the subscriber may watch and by what right, why not, his tickets, what is being watched."""
    billing, now = door().billing, door().clock()
    with billing.reading() as session:
        return shown_watch.mine(mine(session, billing, login=subject(), now=now), now)


@bp.post("/tickets")
@bp.input(schemas_watch.TicketAsked, arg_name="wanted")
@bp.output(schemas_watch.StreamTicket)
def buy(wanted: Shown) -> Shown:
    """Buy a ticket, from the wallet or with credits."""
    billing, now, price = door().billing, door().clock(), wanted.get("price")
    unit = CREDITS if wanted["means"] == tickets.CREDIT else billing.unit
    bought = tickets.buy_ticket(
        billing.uow(),
        login=subject(),
        offer_id=wanted["offer"],
        means=wanted["means"],
        key=fact_key("me"),
        seen=None if price is None else Money(price, unit),
        actor=actor(),
        now=now,
    )
    return shown_watch.ticket(bought, now)


@bp.get("/history")
@bp.input(schemas_watch.OlderViewings, location="query", arg_name="page")
@bp.output(schemas_watch.WatchedPage)
def history(page: Shown) -> Shown:
    """What was watched, the newest first, and what each of those days has cost."""
    with door().billing.reading() as session:
        return shown_watch.past(watched(session, login=subject(), zone=door().billing.zone, **page))


@linking.post("/channels/<int:number>/link")
@linking.input(schemas_watch.LinkAsked, arg_name="asked")
@linking.output(schemas_watch.StreamLink)
def issue(number: int, asked: Shown) -> Shown:
    """A link of his own to a channel that he may watch."""
    billing = door().billing
    issued = issuing.issue(
        billing.uow(),
        login=subject(),
        channel_id=number,
        ip=str(asked["address"] or ""),
        device=asked["device"],
        actor=actor(),
        now=door().clock(),
    )
    return {
        "url": issued.url,
        "player": billing.option(StreamOptions).player_url,
        "expires_at": shown_watch.local(issued.expires_at),
    }
