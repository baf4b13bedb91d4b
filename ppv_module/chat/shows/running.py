"""A show while it goes on: it begins, it is ticked, and each tick answers what the pages have to show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.shows import meters
from ppv_module.chat.shows.finishing import carry_out, finish, fresh, tell
from ppv_module.chat.shows.metering import Meter, fate, seconds_left, step, whole_ms
from ppv_module.chat.shows.meters import Locked, Mark
from ppv_module.chat.shows.models import UNFINISHED, EndReason, Show, ShowState, Source
from ppv_module.errors import BadState, NotYours

METER = Actor("chat")
"""In whose name a show is charged: nobody does it by hand."""


class Next(StrEnum):
    """What the pages of a show have to do: go on, tell the viewer that his credits run short, or leave."""

    CONTINUE = "continue"
    WARN = "warn"
    END = "end"


@dataclass(frozen=True, kw_only=True)
class Tick:
    """What a tick answers. Seconds are whole; `balance` and `credits_charged` are credits after it."""

    state: ShowState
    seq: int | None
    ignored: bool
    billed_seconds: int
    credits_charged: int
    balance: int
    seconds_left: int
    action: Next
    reason: EndReason | None


@use_case
def ready(uow: UnitOfWork, *, show_id: str, now: datetime) -> Tick:
    """Both are connected: the meter starts. One that runs already is answered as it stands.

    :raises UnknownShow: there is no such show
    :raises BadState: it is not accepted, or was accepted too long ago
    """
    locked = meters.lock(uow, show_id)
    if locked.state is not ShowState.LIVE:
        locked = _begun(uow, locked, now)
    return _answer(locked)


@use_case
def arrive(uow: UnitOfWork, *, show_id: str, person_id: int, now: datetime) -> Show:
    """This person's page is in the private room. When both pages are, the meter of a show that pages drive starts.

    :raises UnknownShow, NotYours: nothing has changed
    :raises BadState: it is not accepted, or was accepted too long ago
    """
    locked = meters.lock(uow, show_id)
    _require_side(locked, person_id)
    if locked.state is not ShowState.LIVE:
        _arrived(uow, locked, person_id, now)
    return fresh(uow, show_id)


@use_case
def tick(
    uow: UnitOfWork,
    *,
    show_id: str,
    now: datetime,
    seq: int | None = None,
    viewer_present: bool = True,
    performer_present: bool = True,
    payload: str = "",
) -> Tick:
    """Charge a live show up to `now`. A `seq` that is not above the last one is ignored; on a finished show all are.

    :raises UnknownShow: there is no such show
    :raises BadState: it has not begun
    """
    locked = meters.lock(uow, show_id)
    return _ticked(uow, locked, Mark(seq=seq, payload=payload), absent_side(viewer_present, performer_present), now)


@use_case
def touch(uow: UnitOfWork, *, show_id: str, person_id: int, now: datetime) -> Tick:
    """This person's page is alive: a tick in which both count as present who were seen lately.

    Before the show has begun it is an arrival. The meter of a show that a machine drives is left alone: that machine
    sees both sides, while of the other page nothing may be known here.

    :raises UnknownShow, NotYours: nothing has changed
    :raises BadState: it is not accepted yet, or was accepted too long ago
    """
    locked = meters.lock(uow, show_id)
    _require_side(locked, person_id)
    if locked.state is ShowState.ACCEPTED:
        return _answer(_arrived(uow, locked, person_id, now))
    if locked.state is ShowState.LIVE and locked.agreed.source is not Source.SELF:
        return _answer(locked)
    mark = seen(locked, person_id, now)
    return _ticked(uow, locked, mark, missing(locked, mark, now), now)


def seen(locked: Locked, person_id: int | None, now: datetime) -> Mark:
    """That this side of the show is there now."""
    return Mark(
        viewer_seen_at=now if person_id == locked.agreed.viewer_id else None,
        performer_seen_at=now if person_id == locked.agreed.performer_id else None,
    )


def missing(locked: Locked, mark: Mark, now: datetime) -> EndReason | None:
    """Which side's page was not seen within one and a half intervals."""
    since = now - timedelta(seconds=locked.agreed.seen_for_s)
    viewer_at = mark.viewer_seen_at or locked.viewer_seen_at
    performer_at = mark.performer_seen_at or locked.performer_seen_at
    return absent_side(bool(viewer_at and viewer_at >= since), bool(performer_at and performer_at >= since))


def absent_side(viewer_present: bool, performer_present: bool) -> EndReason | None:
    if viewer_present and performer_present:
        return None
    return EndReason.PERFORMER_LOST if viewer_present else EndReason.VIEWER_LOST


def _ticked(uow: UnitOfWork, locked: Locked, mark: Mark, absent: EndReason | None, now: datetime) -> Tick:
    if locked.state not in UNFINISHED:
        return _answer(locked)
    if locked.state is not ShowState.LIVE:
        raise BadState(state=locked.state, wanted=ShowState.LIVE)
    last_seq = locked.last_seq
    if mark.seq is not None and last_seq is not None and mark.seq <= last_seq:
        meters.note(locked.connection, locked.id, "tick", at=now, seq=mark.seq, ignored=True, payload=mark.payload)
        return _answer(locked, ignored=True)
    done = step(locked.agreed.terms, locked.meter, at=now, balance=locked.balance, absent=absent)
    carry_out(uow, locked, done, mark, by="", actor=METER, now=now)
    left = seconds_left(locked.agreed.terms, done.meter, locked.balance - done.credits_added)
    return Tick(
        state=ShowState.ENDED if done.end else ShowState.LIVE,
        seq=last_seq if mark.seq is None else mark.seq,
        ignored=False,
        billed_seconds=done.meter.seconds,
        credits_charged=done.meter.charged,
        balance=locked.balance - done.credits_added,
        seconds_left=0 if done.end else left,
        action=_next(ShowState.ENDED if done.end else ShowState.LIVE, left, locked.agreed.terms.low_warn_s),
        reason=done.end,
    )


def _answer(locked: Locked, *, ignored: bool = False) -> Tick:
    """What is known without a tick."""
    left = seconds_left(locked.agreed.terms, locked.meter, locked.balance) if locked.state is ShowState.LIVE else 0
    return Tick(
        state=locked.state,
        seq=locked.last_seq,
        ignored=ignored,
        billed_seconds=locked.billed_ms // 1000,
        credits_charged=locked.credits_charged,
        balance=locked.balance,
        seconds_left=left,
        action=_next(locked.state, left, locked.agreed.terms.low_warn_s),
        reason=locked.end_reason,
    )


def _next(state: ShowState, left_s: int, low_warn_s: int) -> Next:
    if state not in UNFINISHED:
        return Next.END
    return Next.WARN if state is ShowState.LIVE and left_s <= low_warn_s else Next.CONTINUE


def _require_side(locked: Locked, person_id: int) -> None:
    if person_id not in (locked.agreed.viewer_id, locked.agreed.performer_id):
        raise NotYours(show=locked.id)


def _arrived(uow: UnitOfWork, locked: Locked, person_id: int, now: datetime) -> Locked:
    _require_startable(locked, now)
    if locked.agreed.source is not Source.SELF:
        return locked
    show = fresh(uow, locked.id)
    if person_id == show.viewer_id:
        show.viewer_seen_at = now
    else:
        show.performer_seen_at = now
    if show.viewer_seen_at and show.performer_seen_at:
        return _begun(uow, locked, now)
    return meters.lock(uow, show.id)


def _begun(uow: UnitOfWork, locked: Locked, now: datetime) -> Locked:
    _require_startable(locked, now)
    show, at = fresh(uow, locked.id), whole_ms(now)
    due_at, reason = fate(locked.agreed.terms, Meter(ready_at=at, mark_at=at), locked.balance)
    show.begin(at=at, due_at=due_at)
    meters.note(uow.session.connection(), show.id, "ready", at=now)
    tell(uow, show, "LIVE", actor=METER, now=now)
    if due_at <= at:  # the credits were spent since the request
        finish(uow, show.id, reason=reason, ended_at=at, by="", actor=METER, now=now)
    return meters.lock(uow, show.id)


def _require_startable(locked: Locked, now: datetime) -> None:
    """:raises BadState: nobody has accepted it, it is over, or nobody came in time"""
    if locked.state is not ShowState.ACCEPTED:
        raise BadState(state=locked.state, wanted=ShowState.ACCEPTED)
    if locked.due_at is not None and now > locked.due_at:
        raise BadState(state=ShowState.ABORTED, wanted=ShowState.ACCEPTED)
