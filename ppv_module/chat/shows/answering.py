"""The performer's answer to a request, and the viewer's second thoughts."""

from datetime import datetime, timedelta

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import BillingError
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Performer
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.asking import (
    performer_for,
    person_of,
    require_allowed,
    require_credits,
    require_there,
    selling_tenant,
)
from ppv_module.chat.shows.closing import PERFORMER, VIEWER
from ppv_module.chat.shows.finishing import drop, tell
from ppv_module.chat.shows.models import OPEN, UNFINISHED, Show, ShowState
from ppv_module.chat.shows.reading import held_by
from ppv_module.chat.shows.sweeping import judge
from ppv_module.credits.models import CreditState
from ppv_module.errors import BadState, NotYours, UnknownShow

SYSTEM = "system"


def accept_show(uow: UnitOfWork, *, show_id: str, by: int | None, room_id: int, actor: Actor, now: datetime) -> Show:
    """Say yes: both meet in the private room `room_id`; whoever else has asked her is told no. No credits move.

    `by` is the performer; None where the tenant's machine speaks for her. A show that is accepted already is answered
    as it is. What does not hold any more closes the request and is raised then.

    :raises UnknownShow, NotYours: nothing has changed
    :raises BadState: it is over, or was asked too long ago
    :raises Banned, WalletFrozen, InsufficientCredits, PerformerBusy, PerformerOffline, UnknownPerformer: it is closed
    """
    outcome = _accept(uow, show_id=show_id, by=by, room_id=room_id, actor=actor, now=now)
    if isinstance(outcome, BillingError):
        raise outcome
    return outcome


@use_case
def _accept(
    uow: UnitOfWork, *, show_id: str, by: int | None, room_id: int, actor: Actor, now: datetime
) -> Show | BillingError:
    """A refusal is an answer here, so that the end of the request is kept."""
    show = _unfinished(uow, show_id, by=by, side=PERFORMER)
    if show.state in OPEN:
        return show
    _require_requested(show, now)
    try:
        _recheck(uow, show, now)
    except BillingError as refusal:
        by_word = str(type(refusal).code)
        drop(uow, show, ShowState.CANCELLED, at=now, by=SYSTEM, why=by_word, actor=actor, now=now)
        return refusal
    show.accept(room_id=room_id, at=now, due_at=now + timedelta(seconds=show.rules["ready_ttl_s"]))
    meters.note(uow.session.connection(), show.id, str(ShowState.ACCEPTED), at=now)
    tell(uow, show, "ACCEPTED", actor=actor, now=now)
    for other in _requests_of(uow, show.performer_id):
        drop(uow, other, ShowState.CANCELLED, at=now, by=SYSTEM, why="other", actor=actor, now=now)
    return show


@use_case
def refuse_show(uow: UnitOfWork, *, show_id: str, by: int | None, actor: Actor, now: datetime) -> Show:
    """Say no. A request that was refused already is answered as it is.

    :raises UnknownShow, NotYours: nothing has changed
    :raises BadState: there is no request to refuse any more
    """
    return _closed(uow, show_id, ShowState.REFUSED, by=by, side=PERFORMER, actor=actor, now=now)


@use_case
def cancel_show(uow: UnitOfWork, *, show_id: str, by: int | None, actor: Actor, now: datetime) -> Show:
    """The viewer takes his request back. One that was taken back already is answered as it is.

    :raises UnknownShow, NotYours: nothing has changed
    :raises BadState: there is no request to take back any more
    """
    return _closed(uow, show_id, ShowState.CANCELLED, by=by, side=VIEWER, actor=actor, now=now)


def _closed(
    uow: UnitOfWork, show_id: str, state: ShowState, *, by: int | None, side: str, actor: Actor, now: datetime
) -> Show:
    show = _unfinished(uow, show_id, by=by, side=side)
    if show.state is state:
        return show
    _require_requested(show, now)
    return drop(uow, show, state, at=now, by=side, actor=actor, now=now)


def _unfinished(uow: UnitOfWork, show_id: str, *, by: int | None, side: str) -> Show:
    """The show, locked together with all other unfinished ones of its performer, in one order for everybody.

    :raises UnknownShow: there is no such show
    :raises NotYours: it is not for this person to say
    """
    if (show := uow.session.get(Show, show_id)) is None:
        raise UnknownShow(show=show_id)
    if by not in (None, show.viewer_id if side == VIEWER else show.performer_id):
        raise NotYours(show=show_id)
    hers = select(Show).where(Show.performer_id == show.performer_id, Show.state.in_(UNFINISHED)).order_by(Show.id)
    uow.session.scalars(hers.with_for_update().execution_options(populate_existing=True)).all()
    return uow.session.get_one(Show, show_id, with_for_update=True, populate_existing=True)


def _require_requested(show: Show, now: datetime) -> None:
    """:raises BadState: it waits for no answer any more"""
    if show.state is not ShowState.REQUESTED:
        raise BadState(state=show.state, wanted=ShowState.REQUESTED)
    if show.due_at is not None and now > show.due_at:
        raise BadState(state=ShowState.EXPIRED, wanted=ShowState.REQUESTED)


def _recheck(uow: UnitOfWork, show: Show, now: datetime) -> None:
    """:raises BillingError: what held at the request does not hold any more"""
    session = uow.session
    viewer, tenant = person_of(session, show.viewer_id), selling_tenant(session, show.tenant_id)
    require_allowed(viewer)
    performer = performer_for(session, viewer, show.performer_id)
    _end_overdue(uow, performer, now)
    require_there(session, performer, tenant, now)
    credits = session.get_one(CreditState, show.login, populate_existing=True)
    require_credits(session, credits, show.rules["min_start_credits"])


def _end_overdue(uow: UnitOfWork, performer: Performer, now: datetime) -> None:
    held = held_by(uow.session, performer.person_id)
    if held is not None and held.due_at is not None and held.due_at <= now:
        judge(uow, show_id=held.id, now=now)


def _requests_of(uow: UnitOfWork, performer_id: int) -> list[Show]:
    hers = select(Show).where(Show.performer_id == performer_id, Show.state == ShowState.REQUESTED).order_by(Show.id)
    return list(uow.session.scalars(hers))
