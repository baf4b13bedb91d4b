"""Streams that media servers have reported, as staff look at them: by name, and by whether a tariff fits them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, String, func, or_, select
from sqlalchemy.orm import Session

from billing.paging import SIZE, Count, Key, Page, all_rows, count_upto, page
from billing.uow import Billing
from ppv_module.streams.models import Place
from ppv_module.streams.rights.declaring import UnknownPlace
from ppv_module.streams.rights.models import Tariff

SORTED_BY = 200
"""So many letters of a stream's name count for its place in the list; more are too long for a cursor."""

SORTS: Mapping[str, tuple[Any, ...]] = {
    "stream": (Place.application, func.substr(Place.stream, 1, SORTED_BY, type_=String)),
    "vhost": (Place.vhost,),
    "since": (),
}
"""What the list can be ordered by, each followed by the number, which grows with the time."""


@dataclass(frozen=True)
class PlaceLine:
    """A stream and the name of the tariff that it fits; empty: it is closed."""

    place: Place
    tariff: str


@dataclass(frozen=True, kw_only=True)
class WantedPlaces:
    """Which streams. `words` stand anywhere in the names; `closed`: only those that no tariff fits."""

    words: str = ""
    closed: bool = False

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What a stream has to meet."""
        if self.words:
            names = (Place.application + "/" + Place.stream, Place.vhost, Place.instance)
            yield or_(*(name.icontains(self.words, autoescape=True) for name in names))
        if self.closed:
            yield Place.tariff_id.is_(None)


def places_page(
    session: Session,
    wanted: WantedPlaces,
    *,
    sort: str = "since",
    descending: bool = True,
    cursor: str | None = None,
    size: int = SIZE,
) -> Page[PlaceLine]:
    """A page of streams, those that were reported last first unless another order is asked for.

    :raises InvalidInput: the cursor is none of this list
    """
    found = page(session, _query(wanted), keys=_keys(sort, descending), cursor=cursor, size=size)
    return Page([_line(row) for row in found.rows], found.next, found.previous)


def count_places(session: Session, wanted: WantedPlaces) -> Count:
    """How many there are, up to what a list tells."""
    return count_upto(session, select(Place.id).where(*wanted.conditions()))


def every_place(
    billing: Billing, wanted: WantedPlaces, *, sort: str = "since", descending: bool = True
) -> Iterator[PlaceLine]:
    """All of them, for an export, read in pieces."""
    rows = all_rows(billing.reading, [_query(wanted)], keys=_keys(sort, descending))
    return (_line(row) for row in rows)


def place_line(session: Session, place_id: int) -> PlaceLine:
    """One of them.

    :raises UnknownPlace: there is none with this number
    """
    row = session.execute(_query(WantedPlaces()).where(Place.id == place_id)).one_or_none()
    if row is None:
        raise UnknownPlace(place=place_id)
    return _line(row)


def _query(wanted: WantedPlaces) -> Select[tuple[Place, str]]:
    query = select(Place, Tariff.name).outerjoin(Tariff, Tariff.id == Place.tariff_id)
    return query.where(*wanted.conditions())


def _keys(sort: str, descending: bool) -> list[Key]:
    return [Key(column, descending) for column in (*SORTS[sort], Place.id)]


def _line(row: Sequence[Any]) -> PlaceLine:
    place, tariff = row
    return PlaceLine(place, tariff or "")
