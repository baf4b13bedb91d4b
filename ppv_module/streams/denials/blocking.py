"""What staff decide about the deny list: to block an identifier, and to end a denial."""

import re
from datetime import datetime

from sqlalchemy import select, update

from billing.actors import Actor
from billing.errors import N_, InvalidInput, NotFound, WrongState
from billing.uow import UnitOfWork, use_case
from ppv_module.credits.reasons import checked_reason
from ppv_module.streams.denials.models import Denial, Reason
from ppv_module.streams.denials.slots import BY_ITSELF, UNTOUCHED, end, put_into_slots, slot_of
from ppv_module.streams.links.models import Viewer
from ppv_module.streams.rights.models import Personal

NAME = re.compile(r"[A-Za-z0-9._:@-]{1,64}")

ENDED_BY_STAFF = (Reason.OPERATOR_BLOCK, Reason.RESTREAM, Reason.TOO_MANY_STREAMS)


class UnknownDenial(NotFound):
    """Facts: `denial`."""

    code = "unknown_denial"
    text = N_("There is no such denial.")


class EndsWithItsCause(WrongState):
    """Credits, rights and unknown names are not for staff to overrule. Facts: `name`."""

    code = "ends_with_its_cause"
    text = N_("This denial ends by itself as soon as its cause is over. Give credits or a ticket instead.")


@use_case
def block(uow: UnitOfWork, *, name: str, note: str, until: datetime | None, actor: Actor, now: datetime) -> Denial:
    """Deny `name`, whether it was issued or not, until an instant or (None) until somebody unblocks it.

    `note` says why, for the staff. One that is blocked already stays so, with the new note and end.

    :raises InvalidInput: no media server could have such a name, or `until` is over
    :raises ReasonNeeded: the note is empty or too long
    """
    if not NAME.fullmatch(name):
        raise InvalidInput(field="name", value=name)
    if until is not None and until <= now:
        raise InvalidInput(field="until", value=until.isoformat())
    told = {"note": checked_reason(note), "until": until, "by": actor.name}
    slot, viewer = slot_of(Reason.OPERATOR_BLOCK, name), uow.session.scalar(select(Viewer).filter_by(name=name))
    over = select(Denial.id).where(Denial.slot == slot, Denial.until <= now)
    end(uow.session, uow.session.scalars(over).all(), by=BY_ITSELF, now=now)
    row = {"slot": slot, "name": name, "reason": Reason.OPERATOR_BLOCK, "since": now, **told}
    put_into_slots(uow.session, [{**row, "account_id": viewer and viewer.account_id}])
    uow.session.execute(update(Denial).where(Denial.slot == slot).values(told), execution_options=UNTOUCHED)
    login = viewer.login if viewer else None
    template = "PPV STREAM [{name}] BLOCK `{note}`"
    uow.events.write(template, name=name, note=told["note"], login=login, actor=actor, at=now)
    return uow.session.scalars(select(Denial).where(Denial.slot == slot)).one()


@use_case
def unblock(uow: UnitOfWork, *, denial_id: int, actor: Actor, now: datetime) -> Denial:
    """End a denial that staff or a rule has decided on. With that of a whole account all of it is let in again.

    Repeating it is harmless.

    :raises UnknownDenial: there is no such denial
    :raises EndsWithItsCause: it is about credits, a right or an unknown name
    """
    denial = uow.session.get(Denial, denial_id, with_for_update=True)
    if denial is None:
        raise UnknownDenial(denial=denial_id)
    if denial.reason not in ENDED_BY_STAFF:
        raise EndsWithItsCause(name=denial.name)
    if denial.slot is None:
        return denial
    end(uow.session, _with_its_like(uow, denial), by=actor.name, now=now)
    viewer = uow.session.scalar(select(Viewer).filter_by(name=denial.name))
    facts = {"name": denial.name, "reason": denial.reason.value, "login": viewer.login if viewer else None}
    uow.events.write("PPV STREAM [{name}] UNBLOCK {reason}", actor=actor, at=now, **facts)  # type: ignore[arg-type]
    uow.session.refresh(denial)
    return denial


def _with_its_like(uow: UnitOfWork, denial: Denial) -> list[int]:
    """The denial, and where its whole account is denied for a while all of those, which ends here."""
    if denial.reason is not Reason.TOO_MANY_STREAMS or denial.until is None:
        return [denial.id]
    personal = uow.session.get(Personal, denial.account_id, with_for_update=True)
    if personal:
        personal.cooldown_until = None
    like = select(Denial.id).where(Denial.account_id == denial.account_id, Denial.reason == denial.reason)
    return list(uow.session.scalars(like.where(Denial.slot.is_not(None))))
