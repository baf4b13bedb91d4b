"""What figures are of, as statements and as people name it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.orm import Session

from ppv_module.streams.figures.models import Scope
from ppv_module.streams.models import Place, Server, Viewing

USUAL_HOST, USUAL_INSTANCE = "_defaultVHost_", "_definst_"

HEADS = select(
    Place.id.label("place_id"),
    func.min(Place.id).over(partition_by=(Place.vhost, Place.application)).label("head"),
).subquery("heads")
"""The place that stands for the application of each place."""


def ref_of(scope: Scope) -> ColumnElement[int]:
    """What the figures of a viewing belong to. Of applications the statement has to be `joined`."""
    columns: dict[Scope, Any] = {
        Scope.ALL: literal_column("0"),
        Scope.SERVER: Viewing.server_id,
        Scope.APPLICATION: HEADS.c.head,
        Scope.STREAM: Viewing.place_id,
    }
    found: ColumnElement[int] = columns[scope].label("ref")
    return found


def joined(query: Select[Any], scope: Scope) -> Select[Any]:
    """`query` over viewings, with what `ref_of` wants."""
    if scope is not Scope.APPLICATION:
        return query
    return query.join(HEADS, HEADS.c.place_id == Viewing.place_id)


def titles(session: Session, scope: Scope, refs: Iterable[int]) -> dict[int, str]:
    """What those are called; servers and streams that are gone have no title."""
    wanted = list(refs)
    if scope is Scope.ALL or not wanted:
        return {}
    if scope is Scope.SERVER:
        return {each.id: server_title(each) for each in _rows(session, Server, wanted)}
    title = application_title if scope is Scope.APPLICATION else place_title
    return {each.id: title(each) for each in _rows(session, Place, wanted)}


def heads(session: Session) -> dict[int, int]:
    """The place that stands for the application, by place."""
    return dict(session.execute(select(HEADS.c.place_id, HEADS.c.head)).tuples().all())


def server_names(session: Session) -> list[tuple[int, str]]:
    """Every media server by number and title, for filters."""
    return [(each.id, server_title(each)) for each in session.scalars(select(Server).order_by(Server.name))]


def server_title(server: Server) -> str:
    """As staff call it, else as it calls itself."""
    return server.title or server.name


def application_title(place: Place) -> str:
    """`live`, or with its virtual host where that is not the usual one."""
    return place.application if place.vhost == USUAL_HOST else f"{place.vhost}: {place.application}"


def place_title(place: Place) -> str:
    """`live/sport1`, with virtual host and instance where these are not the usual ones."""
    instance = "" if place.instance == USUAL_INSTANCE else f"/{place.instance}"
    return f"{application_title(place)}{instance}/{place.stream}"


def _rows(session: Session, model: Any, numbers: list[int]) -> Iterable[Any]:
    step = 500
    for begin in range(0, len(numbers), step):
        yield from session.scalars(select(model).where(model.id.in_(numbers[begin : begin + step])))
