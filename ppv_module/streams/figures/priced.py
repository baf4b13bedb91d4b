"""Tariffs of content as staff look at them: what a minute costs now, and for which reported streams each counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ppv_module.streams.figures.places import place_title
from ppv_module.streams.models import Place
from ppv_module.streams.rights.contents import prices_of
from ppv_module.streams.rights.models import Cover, Pattern, Price, Tariff
from ppv_module.streams.rights.patterns import checked_pattern, fits
from ppv_module.streams.rights.tariffs import tariff_of, tariffs_of

SHOWN = 50
"""So many streams are shown on a page about something else."""


@dataclass(frozen=True)
class TariffLine:
    """A tariff, its price of now, and for how many of the reported streams it counts."""

    tariff: Tariff
    pattern: Pattern
    price: Price | None
    streams: int


@dataclass(frozen=True)
class Stream:
    """A stream that was reported, and the name of the tariff that counts for it; empty: it is closed."""

    place: Place
    title: str
    tariff: str


@dataclass(frozen=True)
class Streams:
    """The first of some streams, and how many there are in all."""

    first: Sequence[Stream] = ()
    number: int = 0


def tariff_lines(session: Session, *, now: datetime, active: bool | None = None) -> list[TariffLine]:
    """Tariffs in the order in which they count."""
    rows = tariffs_of(session, active=active)
    prices = prices_of(session, {tariff.id for tariff, _ in rows}, now)
    counted = select(Place.tariff_id, func.count()).where(Place.tariff_id.is_not(None)).group_by(Place.tariff_id)
    numbers = {row[0]: row[1] for row in session.execute(counted)}
    return [TariffLine(each, pattern, prices.get(each.id), numbers.get(each.id, 0)) for each, pattern in rows]


def tariff_line(session: Session, tariff_id: int, *, now: datetime) -> TariffLine:
    """One of them.

    :raises UnknownTariff: there is none with this number
    """
    tariff = tariff_of(session, tariff_id)
    number = session.scalar(select(func.count()).select_from(Place).where(Place.tariff_id == tariff_id))
    pattern = session.get_one(Pattern, tariff.pattern_id)
    return TariffLine(tariff, pattern, prices_of(session, [tariff_id], now).get(tariff_id), number or 0)


def closed_streams(session: Session) -> Streams:
    """Reported streams that no tariff fits, the latest first: nobody may watch them."""
    closed = Place.tariff_id.is_(None)
    rows = session.scalars(select(Place).where(closed).order_by(Place.id.desc()).limit(SHOWN))
    number = session.scalar(select(func.count()).select_from(Place).where(closed))
    return Streams([_stream(each, None) for each in rows], number or 0)


def covered_streams(session: Session, pattern_id: int) -> Streams:
    """Reported streams that a kept pattern fits, the latest first."""
    covered = select(Place, Tariff.name).join(Cover, Cover.place_id == Place.id).where(Cover.pattern_id == pattern_id)
    latest = covered.outerjoin(Tariff, Tariff.id == Place.tariff_id).order_by(Place.id.desc()).limit(SHOWN)
    number = session.scalar(select(func.count()).select_from(Cover).where(Cover.pattern_id == pattern_id))
    first = [_stream(place, tariff) for place, tariff in session.execute(latest).tuples()]
    return Streams(first, number or 0)


def fitting_streams(session: Session, *, vhost: str, application: str, stream: str) -> Streams:
    """Reported streams that such a pattern would fit, the latest first.

    :raises InvalidInput: a part cannot be used; `field` names it
    """
    pattern = Pattern(**checked_pattern(vhost=vhost, application=application, stream=stream))
    query = select(Place, Tariff.name).outerjoin(Tariff, Tariff.id == Place.tariff_id).order_by(Place.id.desc())
    found = [row for row in session.execute(query).tuples() if _fits(pattern, row[0])]
    return Streams([_stream(place, tariff) for place, tariff in found[:SHOWN]], len(found))


def _fits(pattern: Pattern, place: Place) -> bool:
    return fits(pattern, vhost=place.vhost, application=place.application, stream=place.stream)


def _stream(place: Place, tariff: str | None) -> Stream:
    return Stream(place, place_title(place), tariff or "")
