"""By what somebody watches, where that is not the stream's alone: packages of television first, then tickets.

Each is one statement, and none where no stream of the message wants it.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Update, exists, select, update
from sqlalchemy.orm import Session, aliased

from ppv_module.streams.links.models import Viewer
from ppv_module.streams.models import Right
from ppv_module.streams.rights.contents import Content
from ppv_module.streams.rights.having import had_ticket, holds_package, is_valid, ticket_for
from ppv_module.streams.rights.models import Cover, Kind, Ticket
from ppv_module.streams.rights.packages import Packages
from ppv_module.streams.rights.placing import portions
from ppv_module.streams.syncs.work import PLACE, STEP

CLOSED, METERED = str(Right.NONE), str(Right.MINUTE)


def right_of(content: Content) -> Right:
    """By what anybody may watch this who has neither ticket nor package."""
    if content.kind is Kind.FREE:
        return Right.FREE
    return Right.MINUTE if content.kind is Kind.MINUTE and content.price else Right.NONE


def entitle(session: Session, contents: Collection[Content], packages: Packages, now: datetime) -> None:
    """Say in `step` who watches by package or ticket, and whose ticket is over."""
    for wanted, tariffs in _wanted(contents).items():
        session.execute(_by_package(packages, wanted, tariffs))
    if ticketed := _ticketed(session, [each.place_id for each in contents if right_of(each) is not Right.FREE], now):
        _by_ticket(session, ticketed, now)
    if any(right_of(each) is Right.NONE for each in contents):
        had = had_ticket(STEP.c.account_id, STEP.c.place_id, now)
        session.execute(_set(entitled=str(Right.EXPIRED)).where(STEP.c.entitled == CLOSED, had))


def _set(**values: Any) -> Update:
    return update(STEP).values(**values)


def _wanted(contents: Collection[Content]) -> Mapping[tuple[int, ...], set[int]]:
    """Tariffs by the packages that they want."""
    found = dict[tuple[int, ...], set[int]]()
    for each in contents:
        if each.kind is Kind.PACKAGE and each.tariff_id:
            found.setdefault(each.packages, set()).add(each.tariff_id)
    return found


def _by_package(packages: Packages, wanted: Sequence[int], tariffs: Collection[int]) -> Update:
    places = select(PLACE.c.place_id).where(PLACE.c.tariff_id.in_(sorted(tariffs)))
    holder = exists().where(Viewer.name == STEP.c.name, holds_package(Viewer.login, packages, wanted))
    statement = _set(entitled=str(Right.PACKAGE)).where(STEP.c.entitled == CLOSED)
    return statement.where(STEP.c.place_id.in_(places), holder)


def _ticketed(session: Session, place_ids: Sequence[int], now: datetime) -> list[int]:
    """Those of the places for which anybody has a ticket now."""
    ticket = aliased(Ticket)
    valid = exists().where(ticket.pattern_id == Cover.pattern_id, is_valid(ticket, now))
    query = select(Cover.place_id).where(valid).distinct()
    return [
        place
        for some in portions(sorted(place_ids))
        for place in session.scalars(query.where(Cover.place_id.in_(some)))
    ]


def _by_ticket(session: Session, place_ids: Sequence[int], now: datetime) -> None:
    ticket = ticket_for(STEP.c.account_id, STEP.c.place_id, now)
    open_to_it = STEP.c.entitled.in_((CLOSED, METERED))
    for some in portions(place_ids):
        session.execute(_set(ticket_id=ticket).where(open_to_it, STEP.c.place_id.in_(some)))
    has = STEP.c.ticket_id.is_not(None)
    session.execute(_set(entitled=str(Right.TICKET), price_id=None).where(has))
    session.execute(_set(view_of=-STEP.c.ticket_id).where(has, STEP.c.viewed_at.is_not(None)))
