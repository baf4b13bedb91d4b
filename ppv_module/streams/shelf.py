"""What there is to watch and which tickets are on sale, as everybody may know it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.streams.access import channel_fits
from ppv_module.streams.links.models import Channel
from ppv_module.streams.rights.contents import prices_of
from ppv_module.streams.rights.models import Kind, Offer, Pattern, Tariff
from ppv_module.streams.rights.offers import offers_on_sale


@dataclass(frozen=True)
class OnShelf:
    """A channel. `kind` is how it is paid for, None where it is closed; `offers` are the tickets that are good for it.

    `per_minute` is in credits, None where nothing is paid by the minute; `max_streams` of None is the common limit.
    """

    channel: Channel
    kind: Kind | None
    per_minute: int | None
    offers: tuple[int, ...]
    max_streams: int | None = None


@dataclass(frozen=True)
class Shelf:
    channels: list[OnShelf]
    offers: Sequence[Offer]


def shelf(session: Session, now: datetime) -> Shelf:
    """Active channels and offers in the order in which they are shown, by as many statements however many there are."""
    channels = session.scalars(select(Channel).where(Channel.active).order_by(Channel.sort, Channel.title, Channel.id))
    query = select(Tariff, Pattern).join(Pattern, Pattern.id == Tariff.pattern_id).where(Tariff.active)
    tariffs = [(row[0], row[1]) for row in session.execute(query.order_by(Tariff.sort, Tariff.id))]
    prices = prices_of(session, {tariff.id for tariff, _ in tariffs if tariff.kind is Kind.MINUTE}, now)
    offers = offers_on_sale(session, now)
    wanted = select(Pattern).where(Pattern.id.in_({each.pattern_id for each in offers}))
    patterns = {each.id: each for each in session.scalars(wanted)} if offers else {}
    found = list[OnShelf]()
    for channel in channels:
        tariff = next((each for each, pattern in tariffs if channel_fits(pattern, channel)), None)
        price = prices.get(tariff.id) if tariff else None
        is_closed = tariff is None or (tariff.kind is Kind.MINUTE and price is None)
        kind = None if tariff is None or is_closed else tariff.kind
        good = tuple(each.id for each in offers if channel_fits(patterns[each.pattern_id], channel))
        limit = tariff.max_streams if tariff else None
        found.append(OnShelf(channel, kind, price.per_minute if price else None, good, limit))
    return Shelf(found, offers)
