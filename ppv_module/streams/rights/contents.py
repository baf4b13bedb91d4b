"""How the streams of places are paid for at an instant."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.streams.models import Place
from ppv_module.streams.rights.models import Kind, Price, Tariff
from ppv_module.streams.rights.placing import portions


@dataclass(frozen=True)
class Content:
    """What counts for a place. Without a tariff, or without a price where minutes are paid, it is closed.

    `packages` are television tariffs of which one is wanted, none meaning any main; `max_streams` of None is the
    common limit.
    """

    place_id: int
    tariff_id: int | None = None
    kind: Kind | None = None
    price: Price | None = None
    packages: tuple[int, ...] = ()
    max_streams: int | None = None


def contents_of(session: Session, place_ids: Iterable[int], now: datetime) -> dict[int, Content]:
    """What counts for each of these places at `now`, in one statement for a thousand of them, and one for prices."""
    tariffs = dict[int, Tariff | None]()
    query = select(Place.id, Tariff).outerjoin(Tariff, Tariff.id == Place.tariff_id)
    for some in portions(sorted(set(place_ids))):
        tariffs.update((row[0], row[1]) for row in session.execute(query.where(Place.id.in_(some))))
    prices = prices_of(session, {each.id for each in tariffs.values() if each}, now)
    return {place: content_of(place, tariff, prices) for place, tariff in tariffs.items()}


def prices_of(session: Session, tariff_ids: Iterable[int], now: datetime) -> dict[int, Price]:
    """The price that counts at `now`, by tariff."""
    known = sorted(tariff_ids)
    query = select(Price).where(Price.tariff_id.in_(known), Price.valid_from <= now).order_by(Price.valid_from)
    return {each.tariff_id: each for each in session.scalars(query)} if known else {}


def content_of(place_id: int, tariff: Tariff | None, prices: Mapping[int, Price]) -> Content:
    """What counts for a place with this tariff."""
    if tariff is None:
        return Content(place_id)
    price = prices.get(tariff.id) if tariff.kind is Kind.MINUTE else None
    return Content(place_id, tariff.id, tariff.kind, price, tuple(tariff.packages), tariff.max_streams)
