"""Freezing credits: by the staff, and by taking back more than there is. What is frozen is not spent, by nobody."""

from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import N_, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.models import Person
from ppv_module.chat.shows.closing import end_shows_of_login
from ppv_module.chat.shows.models import EndReason, Show
from ppv_module.credits.accounts import DEBT, STAFF, claw_back, lock_credits
from ppv_module.credits.models import CreditState
from ppv_module.credits.reasons import checked_reason

BILLING = "billing"


class InDebt(WrongState):
    """More was taken back than there was. Facts: `lack` (Money in credits)."""

    code = "in_debt"
    text = N_("The credits are frozen because of a debt. They are free again when %(lack)s more are bought or given.")


def freeze(uow: UnitOfWork, *, login: str, reason: str, actor: Actor, now: datetime) -> CreditState:
    """Let nothing be spent from the credits of `login` until somebody unfreezes them; his shows end.

    Repeating it keeps the newest reason.

    :raises UnknownLogin, ReasonNeeded: nothing has changed
    """
    state = _freeze(uow, login=login, reason=reason, actor=actor, now=now)
    _end_shows(uow, login=login, actor=actor, now=now)  # one that was accepted meanwhile was not to be seen before
    return state


@use_case
def _freeze(uow: UnitOfWork, *, login: str, reason: str, actor: Actor, now: datetime) -> CreditState:
    reason = checked_reason(reason)
    _end_shows(uow, login=login, actor=actor, now=now)
    state = lock_credits(uow, login).state
    if (state.frozen_by, state.frozen_reason) != (STAFF, reason):
        before = _facts(state)
        state.frozen_by, state.frozen_reason = STAFF, reason
        template = "PPV CREDITS ({login}) FROZEN `{reason}`"
        uow.events.write(template, login=login, reason=reason, actor=actor, at=now, before=before, after=_facts(state))
    return state


@use_case
def unfreeze(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> CreditState:
    """Let credits be spent again that the staff froze. Where there is a debt they stay frozen by it.

    Repeating it is harmless.

    :raises UnknownLogin: nobody has this login
    :raises InDebt: they are frozen by a debt alone
    """
    purse = lock_credits(uow, login)
    state = purse.state
    if state.frozen_by == DEBT:
        raise InDebt(lack=-purse.account.balance)
    if state.frozen_by:
        before = _facts(state)
        state.frozen_by = DEBT if purse.balance < 0 else ""
        state.frozen_reason = ""
        template = "PPV CREDITS ({login}) UNFROZEN"
        uow.events.write(template, login=login, actor=actor, at=now, before=before, after=_facts(state))
    return state


def take_back(uow: UnitOfWork, *, login: str, credits: int, key: str, note: str, actor: Actor, now: datetime) -> None:
    """Take `credits` whose money went back, once per `key`. What was spent becomes a debt, which freezes.

    Shows end where nothing is left for them: what they cost until then is charged before.

    :raises UnknownLogin: nobody has this login, and nobody with it ever had credits
    """
    _lock_shows(uow, login)
    purse = lock_credits(uow, login)
    if purse.balance <= credits:
        _end_shows(uow, login=login, actor=actor, now=now)
        purse = lock_credits(uow, login)  # as the ends of the shows have left them
    claw_back(uow, purse, credits=credits, key=key, actor=actor, at=now, note=note)


def _end_shows(uow: UnitOfWork, *, login: str, actor: Actor, now: datetime) -> None:
    end_shows_of_login(uow, login=login, reason=EndReason.ADMIN_END, by=BILLING, actor=actor, now=now)


def _lock_shows(uow: UnitOfWork, login: str) -> None:
    """Shows are locked before credits, wherever both are."""
    people = uow.session.scalars(select(Person.id).where(Person.login == login)).all()
    uow.session.execute(select(Show.id).where(Show.viewer_slot.in_(people)).order_by(Show.id).with_for_update())


def _facts(state: CreditState) -> dict[str, object]:
    return {"frozen_by": state.frozen_by, "reason": state.frozen_reason}
