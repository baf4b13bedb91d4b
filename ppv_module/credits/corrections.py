"""Credits that the staff give and take by hand: always by so many, always with a reason, never below zero."""

from datetime import datetime

from billing.actors import Actor
from billing.errors import InvalidInput
from billing.ledger.models import Transfer
from billing.uow import UnitOfWork, use_case
from ppv_module.credits.accounts import grant, lock_credits, take
from ppv_module.credits.reasons import checked_reason

LONGEST_KEY = 64
MOST = 10_000_000


@use_case
def correct(
    uow: UnitOfWork,
    *,
    login: str,
    delta: int,
    reason: str,
    key: str,
    actor: Actor,
    now: datetime,
    is_gift: bool = True,
) -> Transfer:
    """Give `delta` credits, or take them when it is negative, once per `key`. What is given counts as a gift unless
    it makes up for something that was bought.

    :raises UnknownLogin, ReasonNeeded, InvalidInput, KeyReused: nothing has changed
    :raises InsufficientCredits: there are fewer than are to be taken; nothing has changed
    """
    reason = checked_reason(reason)
    if not 0 < abs(delta) <= MOST:
        raise InvalidInput(field="delta", value=delta)
    if not 0 < len(key) <= LONGEST_KEY:
        raise InvalidInput(field="key", value=key)
    uow.host.lock(login)
    purse = lock_credits(uow, login)
    ledger_key = f"ppv.correction:{key}"
    before, is_new = purse.balance, uow.ledger.transfer_of(ledger_key) is None
    if delta > 0:
        transfer = grant(uow, purse, credits=delta, key=ledger_key, actor=actor, at=now, note=reason, is_gift=is_gift)
    else:
        transfer = take(uow, purse, credits=-delta, key=ledger_key, actor=actor, at=now, note=reason)
    if is_new:
        uow.events.write(
            "PPV CREDITS ({login}) ON `{delta}` CORRECTION `{reason}`",
            login=login,
            delta=delta,
            reason=reason,
            actor=actor,
            at=now,
            before={"credits": before},
            after={"credits": purse.balance},
        )
    return transfer
