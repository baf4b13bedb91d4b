"""Ending a show by somebody's wish."""

from datetime import datetime

from sqlalchemy import and_, or_, select

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Person
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.finishing import drop, finish, fresh
from ppv_module.chat.shows.metering import step, whole_ms
from ppv_module.chat.shows.meters import Locked, move
from ppv_module.chat.shows.models import UNFINISHED, EndReason, Show, ShowState, Source
from ppv_module.chat.shows.running import missing, seen
from ppv_module.errors import NotYours

VIEWER, PERFORMER = "viewer", "performer"
LOSSES = (EndReason.VIEWER_LOST, EndReason.PERFORMER_LOST, EndReason.TICK_TIMEOUT)
"""After these nothing is added: the last tick was the last sign of life."""

OWN_ENDS = {VIEWER: EndReason.VIEWER_END, PERFORMER: EndReason.PERFORMER_END}


@use_case
def end_show(
    uow: UnitOfWork,
    *,
    show_id: str,
    reason: EndReason,
    by: int | str | None,
    actor: Actor,
    now: datetime,
    is_tick: bool = True,
) -> Show:
    """End a show: a live one is charged up to now unless it was lost, one that has not begun costs nothing.

    Where the end is not to count as a tick (`is_tick`), it is charged to the last one only. `by` is the person who ends
    it, whose own end is the reason then; or a word for who else does, as a machine of the tenant. A show that is over
    is answered as it is.

    :raises UnknownShow: there is no such show
    :raises NotYours: the person takes no part in it
    """
    locked = meters.lock(uow, show_id)
    who = side_of(locked, by) if isinstance(by, int) else by or ""
    reason = OWN_ENDS.get(who, reason) if isinstance(by, int) else reason
    if locked.state not in UNFINISHED:
        return fresh(uow, show_id)
    if locked.state is ShowState.LIVE:
        person_id = by if isinstance(by, int) else None
        is_tick = is_tick and reason not in LOSSES
        return _ended(uow, locked, reason, is_tick=is_tick, person_id=person_id, who=who, actor=actor, now=now)
    state = ShowState.ABORTED if locked.state is ShowState.ACCEPTED else _unanswered(who)
    return drop(uow, fresh(uow, show_id), state, at=now, by=who, actor=actor, now=now)


def side_of(locked: Locked, person_id: int) -> str:
    """:raises NotYours: the person takes no part in the show"""
    sides = {locked.agreed.viewer_id: VIEWER, locked.agreed.performer_id: PERFORMER}
    if person_id not in sides:
        raise NotYours(show=locked.id)
    return sides[person_id]


def _unanswered(who: str) -> ShowState:
    return ShowState.REFUSED if who == PERFORMER else ShowState.CANCELLED


def _ended(
    uow: UnitOfWork,
    locked: Locked,
    reason: EndReason,
    *,
    is_tick: bool,
    person_id: int | None,
    who: str,
    actor: Actor,
    now: datetime,
) -> Show:
    """An end that is a last tick may find that the show was over before for another reason."""
    ended_at = whole_ms(now)
    if is_tick:
        mark = seen(locked, person_id, now)
        absent = missing(locked, mark, now) if locked.agreed.source == Source.SELF else None
        last = step(locked.agreed.terms, locked.meter, at=now, balance=locked.balance, absent=absent)
        move(locked, last, mark, actor=actor, now=now)
        reason, ended_at = last.end or reason, last.ended_at or ended_at
    return finish(uow, locked.id, reason=reason, ended_at=ended_at, by=who, actor=actor, now=now)


@use_case
def end_shows_of(
    uow: UnitOfWork, *, person_id: int, reason: EndReason, by: int | str | None, actor: Actor, now: datetime
) -> int:
    """End every show and request of somebody who has to go, viewer or performer; gives how many there were.

    Live ones are charged to their last tick: what came after it nobody has confirmed.
    """
    hers = and_(Show.performer_id == person_id, Show.state.in_(UNFINISHED))
    found = select(Show.id).where(or_(Show.viewer_slot == person_id, hers)).order_by(Show.id)
    ids = uow.session.scalars(found).all()
    for show_id in ids:
        end_show(uow, show_id=show_id, reason=reason, by=by, actor=actor, now=now, is_tick=False)
    return len(ids)


@use_case
def end_shows_of_login(uow: UnitOfWork, *, login: str, reason: EndReason, by: str, actor: Actor, now: datetime) -> int:
    """End every show and request that these credits would pay for, in whatever chat; gives how many there were.

    To be called before the credits are locked, since a show is locked before its credits.
    """
    people = select(Person.id).where(Person.login == login)
    found = select(Show.id).where(Show.viewer_slot.in_(people)).order_by(Show.id)
    ids = uow.session.scalars(found).all()
    for show_id in ids:
        end_show(uow, show_id=show_id, reason=reason, by=by, actor=actor, now=now)
    return len(ids)
