"""What is sold of streams, and how links to them are signed, for pages of the panel."""

from dataclasses import dataclass
from datetime import timedelta

from ppv_module.streams.links.models import Channel, Rule
from ppv_module.streams.rights.models import Offer, Price, Tariff, Ticket
from ppv_module.streams.rights.tickets import buy_ticket
from tests.ppv.make import MakeChat
from tests.streams.make import MakeStreams
from tests.support import STAFF

KEY = "k-Mandarin-77"


@dataclass(frozen=True)
class Offered:
    """One of everything. `price` has not begun; `ticket` was bought from the wallet."""

    tariff: Tariff
    price: Price
    offer: Offer
    ticket: Ticket
    channel: Channel
    rule: Rule


def offer_samples(chat: MakeChat) -> dict[str, object]:
    """What addresses of the pages about tariffs, tickets and links can name."""
    made = offered(MakeStreams(chat.make), login="sofia")
    return {
        "stream_tariff_id": made.tariff.id,
        "price_id": made.price.id,
        "offer_id": made.offer.id,
        "stream_ticket_id": made.ticket.id,
        "channel_id": made.channel.id,
        "rule_id": made.rule.id,
    }


def offered(streams: MakeStreams, *, login: str = "ivan") -> Offered:
    """A tariff with a price to come, an offer with a ticket that `login` bought, a channel and its rule."""
    make, now = streams.make, streams.make.clock()
    tariff = streams.tariff(pattern="cinema/*", name="Cinema", per_minute=50)
    price = streams.price(tariff, per_minute=70, valid_from=now + timedelta(days=1))
    offer = streams.offer("cinema/*", name="A day of cinema", minutes=90)
    make.subscriber(login, wallet="500.00 UAH")
    ticket = buy_ticket(
        make.billing.uow(), login=login, offer_id=offer.id, key=f"offered-{login}", actor=STAFF, now=now
    )
    channel = streams.channel("cinema/one", title="Cinema one")
    rule = streams.rule("cinema/*", name="Cinema rule", key=KEY)
    return Offered(tariff, price, offer, ticket, channel, rule)
