"""Who has a right to watch, as SQL: to be put into statements about many viewers at once.

Columns of accounts, places and logins are those of the statement around; temporary tables will do.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, and_, false, or_, select
from sqlalchemy.orm import Session, aliased

from ppv_module.streams.rights.models import Cover, Kind, Tariff, Ticket
from ppv_module.streams.rights.packages import Packages


def is_valid(ticket: type[Ticket], now: datetime) -> ColumnElement[bool]:
    """Whether a ticket lets its owner watch at `now`: begun, not over, not used up, not taken back."""
    return and_(
        ticket.valid_from <= now,
        ticket.valid_to > now,
        ticket.revoked_at.is_(None),
        or_(ticket.limit_ms.is_(None), ticket.used_ms < ticket.limit_ms),
    )


def ticket_for(account_id: Any, place_id: Any, now: datetime) -> ScalarSelect[int]:
    """The ticket by which this account may watch this place at `now`, the one that ends first; NULL for none."""
    ticket, cover = aliased(Ticket), aliased(Cover)
    query = select(ticket.id).join(cover, cover.pattern_id == ticket.pattern_id)
    query = query.where(ticket.account_id == account_id, cover.place_id == place_id, is_valid(ticket, now))
    return query.order_by(ticket.valid_to, ticket.id).limit(1).scalar_subquery()


def had_ticket(account_id: Any, place_id: Any, now: datetime) -> ColumnElement[bool]:
    """Whether this account has or had a ticket for this place that has begun, however it has ended."""
    ticket, cover = aliased(Ticket), aliased(Cover)
    query = select(ticket.id).join(cover, cover.pattern_id == ticket.pattern_id)
    query = query.where(ticket.account_id == account_id, cover.place_id == place_id, ticket.valid_from <= now)
    return query.exists()


def holds_package(login: Any, packages: Packages, tariffs: Sequence[int]) -> ColumnElement[bool]:
    """Whether this login has one of these television tariffs; any main where none is named."""
    return login.in_(packages.holders(tariffs))  # type: ignore[no-any-return]


def package_wants(session: Session) -> dict[int, list[int]]:
    """The television tariffs that each active tariff of the kind `package` wants, by its number."""
    query = select(Tariff.id, Tariff.packages).where(Tariff.active, Tariff.kind == Kind.PACKAGE)
    return {row.id: list(row.packages) for row in session.execute(query)}


def package_covers(
    login: Any, tariff_id: Any, packages: Packages, wants: Mapping[int, Sequence[int]]
) -> ColumnElement[bool]:
    """Whether this login has what the content's tariff wants; `wants` as `package_wants` gives it."""
    each = [and_(tariff_id == number, holds_package(login, packages, wanted)) for number, wanted in wants.items()]
    return or_(false(), *each)
