"""Adjustments: what the staff adds to a performer's earnings, or takes from them, with a reason."""

from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.errors import InvalidInput, KeyReused
from billing.uow import UnitOfWork, use_case
from ppv_module.chat.earnings.models import Action, Earning
from ppv_module.chat.models import Performer, Person, Tenant
from ppv_module.errors import UnknownPerformer

LONGEST_REASON = 200
MOST_MILLS = 10**12


@use_case
def adjust(
    uow: UnitOfWork, *, performer_id: int, benefit_mills: int, reason: str, key: str, actor: Actor, now: datetime
) -> Earning:
    """Add `benefit_mills` (thousandths of the tenant's currency, negative to take) to what she has earned.

    It is paid with the payout of its period. The same `key` is the same adjustment.

    :raises UnknownPerformer, InvalidInput: nothing has changed
    :raises KeyReused: the key stands for another adjustment
    """
    reason = " ".join(reason.split())  # one line of the event log
    if not benefit_mills or abs(benefit_mills) > MOST_MILLS:
        raise InvalidInput(field="benefit", value=benefit_mills)
    if not reason or len(reason) > LONGEST_REASON:
        raise InvalidInput(field="reason", value=reason)
    performer = uow.session.get(Performer, performer_id, with_for_update=True, populate_existing=True)
    if performer is None:
        raise UnknownPerformer(performer=performer_id)
    fact = f"adjustment:{performer_id}:{key}"
    if done := uow.session.scalar(select(Earning).where(Earning.key == fact)):
        return _same(done, benefit_mills, reason)
    earning = Earning(
        at=now,
        action=Action.ADJUSTMENT,
        tenant_id=performer.tenant_id,
        performer_id=performer_id,
        credits=0,
        price_mills=0,
        benefit_mills=benefit_mills,
        percent_bp=0,
        currency=uow.session.get_one(Tenant, performer.tenant_id).currency,
        key=fact,
        note=reason,
    )
    uow.session.add(earning)
    uow.session.flush()
    uow.events.write(
        "PPV ADJUSTMENT [{earning}] FOR ({login}) MILLS `{mills}` REASON `{reason}`",
        actor=actor,
        at=now,
        login=uow.session.get_one(Person, performer_id).login,
        earning=earning.id,
        mills=benefit_mills,
        reason=reason,
    )
    return earning


def _same(done: Earning, benefit_mills: int, reason: str) -> Earning:
    """:raises KeyReused: `done` is another adjustment"""
    if (done.benefit_mills, done.note) != (benefit_mills, reason):
        raise KeyReused(key=done.key)
    return done
