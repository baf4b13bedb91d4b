"""What pages and machines ask of shows. Nothing here locks or changes anything."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ppv_module.chat.shows import metering
from ppv_module.chat.shows.metering import Meter, Terms
from ppv_module.chat.shows.models import Show, ShowState
from ppv_module.errors import UnknownShow


def show(session: Session, show_id: str, tenant_id: int) -> Show:
    """:raises UnknownShow: this tenant has no such show"""
    found = session.get(Show, show_id)
    if found is None or found.tenant_id != tenant_id:
        raise UnknownShow(show=show_id)
    return found


def asked_by(session: Session, viewer_id: int) -> Show | None:
    """The show that this viewer has asked for or is in."""
    return session.scalar(select(Show).where(Show.viewer_slot == viewer_id))


def held_by(session: Session, performer_id: int) -> Show | None:
    """The show that this performer has accepted or is in."""
    return session.scalar(select(Show).where(Show.performer_slot == performer_id))


def open_show_of(session: Session, person_id: int) -> Show | None:
    """The unfinished show of this person: as a performer the one she is in, else the one he has asked for."""
    return held_by(session, person_id) or asked_by(session, person_id)


def is_busy(session: Session, performer_id: int) -> bool:
    return held_by(session, performer_id) is not None


def requests_to(session: Session, performer_id: int, now: datetime) -> Sequence[Show]:
    """What she has not answered yet, oldest first."""
    mine = select(Show).where(Show.performer_id == performer_id, Show.state == ShowState.REQUESTED)
    return session.scalars(mine.where(Show.due_at > now).order_by(Show.requested_at, Show.id)).all()


def meter_of(show: Show) -> Meter | None:
    """Where the meter of a show stands; None before it has begun."""
    if show.ready_at is None or show.last_mark_at is None:
        return None
    return Meter(
        ready_at=show.ready_at,
        mark_at=show.last_mark_at,
        billed_ms=show.billed_ms,
        charged=show.credits_charged,
        lost=show.lost,
        resume_deadline=show.resume_deadline,
    )


def seconds_left(show: Show, balance: int) -> int:
    """Seconds that the viewer's credits last, counted from the last tick; before the beginning, for all of the show."""
    if show.is_finished:
        return 0
    terms, meter = Terms.of(show.rate, show.rules), meter_of(show)
    return metering.seconds_left(terms, meter, balance) if meter else metering.affordable(terms, balance)


def is_warning(show: Show, balance: int) -> bool:
    """Whether a live show's credits run short."""
    return show.state is ShowState.LIVE and seconds_left(show, balance) <= show.rules["low_warn_s"]
