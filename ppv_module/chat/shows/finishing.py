"""How a show is over: its row lets both go, the performer has earned her part, and a line says so."""

from datetime import datetime

from billing.actors import Actor
from billing.uow import UnitOfWork
from ppv_module.chat.earnings.benefit import share
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.shows.metering import Step
from ppv_module.chat.shows.meters import Locked, Mark, move, note
from ppv_module.chat.shows.models import EndReason, Show, ShowState


def fresh(uow: UnitOfWork, show_id: str) -> Show:
    """The row of a show that is locked, as this transaction has left it."""
    return uow.session.get_one(Show, show_id, populate_existing=True)


def carry_out(uow: UnitOfWork, locked: Locked, step: Step, mark: Mark, *, by: str, actor: Actor, now: datetime) -> None:
    """Write a tick, and the end of the show where it ends it."""
    move(locked, step, mark, actor=actor, now=now)
    if step.end and step.ended_at:
        finish(uow, locked.id, reason=step.end, ended_at=step.ended_at, by=by, actor=actor, now=now)


def finish(
    uow: UnitOfWork, show_id: str, *, reason: EndReason, ended_at: datetime, by: str, actor: Actor, now: datetime
) -> Show:
    """Close a live show, once: what it cost becomes one row of what the performer earns."""
    show = fresh(uow, show_id)
    show.leave(ShowState.ENDED, at=ended_at, by=by, reason=reason)
    if show.credits_charged:
        uow.session.add(_earning(show, ended_at))
    note(uow.session.connection(), show_id, "end", at=now, payload=f"{reason} {by}".strip())
    uow.events.write(
        "PPV SHOW ({login}) END [{show}] {reason} `{credits}`",
        login=show.login,
        show=show_id,
        reason=str(reason),
        credits=show.credits_charged,
        actor=actor,
        at=now,
    )
    return show


def _earning(show: Show, at: datetime) -> Earning:
    """Her part by what was agreed at the request; what was a gift pays only where gifts pay."""
    paying = show.credits_charged - (0 if show.rules["bonus_pays"] else show.bonus_charged)
    price, benefit = share(paying, show.value_minor, show.value_credits, show.percent_bp)
    return Earning(
        at=at,
        action=Action.LIVESHOW,
        tenant_id=show.tenant_id,
        payer_id=show.viewer_id,
        performer_id=show.performer_id,
        credits=show.credits_charged,
        bonus=show.bonus_charged,
        price_mills=price,
        benefit_mills=benefit,
        percent_bp=show.percent_bp,
        currency=show.currency,
        show_id=show.id,
        closes_show=show.id,
        key=f"show:{show.id}",
    )


def drop(
    uow: UnitOfWork,
    show: Show,
    state: ShowState,
    *,
    at: datetime,
    by: str,
    actor: Actor,
    now: datetime,
    why: str = "",
) -> Show:
    """Close a show that has not begun: no credits have moved and none will. `why` is kept in the show's log."""
    reason = EndReason.ABORTED if state is ShowState.ABORTED else None
    show.leave(state, at=at, by=by, reason=reason)
    note(uow.session.connection(), show.id, str(state), at=now, payload=f"{by} {why}".strip())
    tell(uow, show, str(state).upper(), actor=actor, now=now)
    return show


def tell(uow: UnitOfWork, show: Show, what: str, *, actor: Actor, now: datetime) -> None:
    """A line of the event log about a step of a show."""
    template = f"PPV SHOW ({{login}}) {what} [{{show}}] PERFORMER [{{performer}}]"
    uow.events.write(template, login=show.login, show=show.id, performer=show.performer_id, actor=actor, at=now)
