"""Reading what comparisons found, and what became of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing import leases
from billing.errors import NotFound
from billing.paging import Count, Key, Page, count_upto, page
from olltv_module.reconcile.differences import Kind
from olltv_module.reconcile.models import LEASE, Check, Found, Standing


def open_differences(session: Session) -> int:
    """How many differences wait for a person."""
    return session.scalar(select(func.count()).where(Found.state == Standing.OPEN)) or 0


def open_by_kind(session: Session) -> dict[Kind, int]:
    """The same by kind; kinds without any are left out."""
    counted = select(Found.kind, func.count()).where(Found.state == Standing.OPEN).group_by(Found.kind)
    return dict(session.execute(counted).tuples().all())


def newest(session: Session) -> Check | None:
    """The comparison that was begun last."""
    return session.scalar(select(Check).order_by(Check.id.desc()).limit(1))


def is_running(session: Session, now: datetime) -> bool:
    """Whether a living process is comparing at this moment."""
    return leases.is_held(session, name=LEASE, now=now)


def find(session: Session, difference_id: int) -> Found:
    """:raises NotFound: no such difference"""
    if (found := session.get(Found, difference_id)) is None:
        raise NotFound(difference=difference_id)
    return found


def open_of(session: Session, check_id: int) -> Sequence[Found]:
    """The open differences that a check met, in the order of their finding."""
    query = select(Found).where(Found.check_id == check_id, Found.state == Standing.OPEN)
    return session.scalars(query.order_by(Found.id)).all()


def open_ids(session: Session, kind: Kind) -> Sequence[int]:
    """The open differences of a kind, the oldest first."""
    query = select(Found.id).where(Found.state == Standing.OPEN, Found.kind == kind)
    return session.scalars(query.order_by(Found.id)).all()


def open_logins(session: Session, kind: Kind, *, limit: int) -> Sequence[str]:
    """The logins of the first open differences of a kind."""
    query = select(Found.login).where(Found.state == Standing.OPEN, Found.kind == kind)
    return session.scalars(query.order_by(Found.id).limit(limit)).all()


def count_open(session: Session, kind: Kind) -> int:
    """How many differences of a kind wait for a person."""
    return session.scalar(select(func.count()).where(Found.state == Standing.OPEN, Found.kind == kind)) or 0


def open_page(session: Session, kind: Kind | None, *, cursor: str | None = None) -> Page[Found]:
    """Open differences of a kind, the oldest first."""
    query = select(Found).where(Found.state == Standing.OPEN, Found.kind == kind)
    return page(session, query, keys=[Key(Found.id)], cursor=cursor)


def past_page(session: Session, state: Standing, *, cursor: str | None = None) -> Page[Found]:
    """Differences of which `state` became, the newest first."""
    query = select(Found).where(Found.state == state)
    return page(session, query, keys=[Key(Found.id, descending=True)], cursor=cursor)


def count_past(session: Session, state: Standing) -> Count:
    """How many these are; counting stops at a thousand."""
    return count_upto(session, select(Found.id).where(Found.state == state))


def checks_page(session: Session, *, cursor: str | None = None) -> Page[Check]:
    """The comparisons, the newest first."""
    return page(session, select(Check), keys=[Key(Check.id, descending=True)], cursor=cursor)
