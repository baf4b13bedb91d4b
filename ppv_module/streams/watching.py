"""What is watched by an account at this moment, on which devices, and what stands in the way of more."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from ppv_module.credits.models import CreditState
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.links.models import Channel, Viewer
from ppv_module.streams.models import Place, Right, Server, Viewing
from ppv_module.streams.rights.models import Meter, Personal

INTERVALS = 2.5
"""Without a message for so many intervals nobody knows whether somebody still watches."""

LASTING = (Reason.RESTREAM, Reason.OPERATOR_BLOCK)
REMEMBERED = timedelta(minutes=10)
"""So long somebody is told that one of his devices was one too many: it is that link alone which is denied."""

SHOWN = (Right.FREE, Right.PACKAGE, Right.TICKET, Right.MINUTE)


@dataclass(frozen=True)
class Watching:
    """A link that is used now. `title` is the channel's, else the name of the stream."""

    title: str
    since: datetime
    device: str
    right: Right


@dataclass(frozen=True)
class Barrier:
    """What stops an account from watching, until when; None: until somebody ends it."""

    reason: Reason
    until: datetime | None


def account_of(session: Session, login: str) -> int | None:
    """The account of somebody's credits; None for who never had any."""
    return session.scalar(select(CreditState.account_id).where(CreditState.login == login))


def watching(session: Session, account_id: int, *, interval_s: int, now: datetime) -> list[Watching]:
    """What is watched by this account, the newest first, each link once, without those that are cut off.

    `interval_s` is the common interval.
    """
    cut_off = select(Denial.id).where(Denial.name == Viewing.name, Denial.slot.is_not(None), _lasts(now)).exists()
    query = titled(select(Viewing.since, Viewing.right, Viewing.seen_at, Server.interval_s, Viewing.name))
    query = query.join(Server, Server.id == Viewing.server_id)
    query = query.where(Viewing.account_id == account_id, Viewing.live == 1, Viewing.right.in_(SHOWN), ~cut_off)
    found = dict[str, Watching]()
    for row in session.execute(query.order_by(Viewing.since.desc(), Viewing.id.desc())):
        since, right, seen_at, own_s, name, title, application, stream, device = row
        if seen_at > now - timedelta(seconds=INTERVALS * (own_s or interval_s)):
            found.setdefault(name, Watching(title or f"{application}/{stream}", since, device or "", right))
    return list(found.values())


def barriers(session: Session, account_id: int, now: datetime) -> list[Barrier]:
    """Decisions that are in force against this account or a link of its, one of a reason."""
    lasting = Denial.reason.in_(LASTING)
    lately = (Denial.reason == Reason.TOO_MANY_STREAMS) & (Denial.since > now - REMEMBERED)
    query = select(Denial.reason, Denial.until).where(Denial.account_id == account_id, Denial.slot.is_not(None))
    query = query.where(or_(lasting, lately), _lasts(now))
    rows = [(reason, until) for reason, until in session.execute(query)]
    personal = session.get(Personal, account_id)
    if personal and personal.cooldown_until and personal.cooldown_until > now:
        rows.append((Reason.TOO_MANY_STREAMS, personal.cooldown_until))
    return _longest(rows)


def arrears(session: Session, account_id: int) -> int:
    """Credits for what was watched that could not be paid."""
    owed = select(func.sum(Meter.due - Meter.charged)).where(Meter.account_id == account_id)
    return int(session.scalar(owed) or 0)


def titled(query: Select[Any]) -> Select[Any]:
    """`query` about viewings with four columns more: title of the channel, application, stream, device."""
    query = query.add_columns(Channel.title, Place.application, Place.stream, Viewer.device).select_from(Viewing)
    query = query.outerjoin(Viewer, Viewer.name == Viewing.name).outerjoin(Channel, Channel.id == Viewer.channel_id)
    return query.outerjoin(Place, Place.id == Viewing.place_id)


def _lasts(now: datetime) -> ColumnElement[bool]:
    return or_(Denial.until.is_(None), Denial.until > now)


def _longest(rows: Iterable[tuple[Reason, datetime | None]]) -> list[Barrier]:
    """One barrier of each reason, the one that lasts longest."""
    found = dict[Reason, datetime | None]()
    for reason, until in rows:
        known = found.setdefault(reason, until)
        found[reason] = None if known is None or until is None else max(known, until)
    return [Barrier(reason, until) for reason, until in sorted(found.items())]
