"""What becomes of a difference that was found: repaired, dismissed with a reason, or gone by itself."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum

from billing.actors import Actor
from billing.errors import N_, BillingError, InvalidInput, NotFound, PartnerUnreachable, WrongState
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.runner import Delivering
from olltv_module.reconcile import repair
from olltv_module.reconcile.differences import Difference, Kind
from olltv_module.reconcile.lists import differences_of
from olltv_module.reconcile.models import Found, SettledAlready, Standing
from olltv_module.reconcile.reading import find, open_ids

LONGEST_NOTE = 200


class End(StrEnum):
    """How an attempt to repair ended. Waits: delivery is dealing with the subscriber, so nothing was done."""

    REPAIRED = "repaired"
    GONE = "gone_by_itself"
    WAITS = "waits_for_delivery"
    FAILED = "failed"


class NotRepairable(WrongState):
    """Only a person can judge a difference of this kind, if there is such a kind. Facts: `kind`."""

    code = "not_repairable"
    text = N_("A difference of this kind cannot be repaired from here: a person has to decide.")


def repairable(word: str) -> Kind:
    """The kind that is called so, if it can be repaired from here.

    :raises NotRepairable: only a person can judge it
    """
    kind = next((each for each in repair.REPAIRS if each == word), None)
    if kind is None:
        raise NotRepairable(kind=word)
    return kind


def repair_found(delivering: Delivering, *, difference_id: int, actor: Actor) -> End:
    """Mend one difference, after both sides were looked at again: it may have settled itself meanwhile.

    :raises SettledAlready, NotRepairable, NotFound: nothing has changed
    :raises UnknownLogin, NotSubscribed: we do not know the subscriber
    :raises PartnerUnreachable: the partner cannot be asked; nothing has changed
    """
    with delivering.billing.reading() as session:
        found = _open(find(session, difference_id))
    repairable(found.kind)
    present = differences_of(delivering, found.login)
    if present is None:
        return End.WAITS
    same = next((each for each in present if (each.kind, each.service) == (found.kind, found.service)), None)
    mend = repair.prepared(delivering, same) if same else None
    uow, now = delivering.billing.uow(), delivering.clock()
    if same is None or mend is None:
        _gone(uow, difference_id=difference_id, actor=actor, now=now)
        return End.GONE
    done = _repaired(uow, difference_id=difference_id, difference=same, mend=mend, actor=actor, now=now)
    return End.REPAIRED if done else End.WAITS


def repair_all(
    delivering: Delivering, *, kind: Kind, actor: Actor, progress: Callable[[int, int], None]
) -> dict[End, int]:
    """Mend every open difference of a kind, one transaction each; gives how many ended in which way.

    Safe to run again: what is settled is passed over. What `progress` raises ends it between two of them.

    :raises NotRepairable: only a person can judge this kind
    :raises PartnerUnreachable: the partner does not answer any more; what was repaired stays so
    """
    kind = repairable(kind)
    with delivering.billing.reading() as session:
        numbers = open_ids(session, kind)
    ends = Counter[End]()
    for done, number in enumerate(numbers):
        progress(done, len(numbers))
        if end := _attempt(delivering, number, actor):
            ends[end] += 1
    return dict(ends)


def _attempt(delivering: Delivering, difference_id: int, actor: Actor) -> End | None:
    """None for one that somebody else has settled meanwhile."""
    try:
        return repair_found(delivering, difference_id=difference_id, actor=actor)
    except SettledAlready:
        return None
    except PartnerUnreachable:
        raise
    except BillingError:
        return End.FAILED


@use_case
def dismiss(uow: UnitOfWork, *, difference_id: int, reason: str, actor: Actor, now: datetime) -> None:
    """Live with a difference as it is: it is not shown as open again unless it changes. Repeating is harmless.

    :raises InvalidInput: the reason is empty or too long
    :raises SettledAlready, NotFound: nothing has changed
    """
    if not reason.strip() or len(reason) > LONGEST_NOTE:
        raise InvalidInput(field="reason", value=reason)
    found = _locked(uow, difference_id)
    if found.state is Standing.DISMISSED:
        return
    found.settle(Standing.DISMISSED, actor=actor, at=now, note=reason.strip())
    _say(uow, found, "DISMISS", actor=actor, now=now, after={"reason": reason.strip()})


@use_case
def reopen(uow: UnitOfWork, *, difference_id: int, actor: Actor, now: datetime) -> None:
    """Take back that a difference was dismissed. Repeating is harmless.

    :raises SettledAlready, NotFound: it was repaired or is gone; nothing has changed
    """
    found = _locked(uow, difference_id)
    if found.state is Standing.OPEN:
        return
    found.reopen()
    _say(uow, found, "REOPEN", actor=actor, now=now)


@use_case
def _repaired(
    uow: UnitOfWork, *, difference_id: int, difference: Difference, mend: repair.Mend, actor: Actor, now: datetime
) -> bool:
    found = _open(_locked(uow, difference_id))
    if not repair.apply(uow, difference=difference, mend=mend, actor=actor, now=now):
        return False
    found.settle(Standing.REPAIRED, actor=actor, at=now)
    return True


@use_case
def _gone(uow: UnitOfWork, *, difference_id: int, actor: Actor, now: datetime) -> None:
    _locked(uow, difference_id).settle(Standing.GONE, actor=actor, at=now)


def _locked(uow: UnitOfWork, difference_id: int) -> Found:
    found = uow.session.get(Found, difference_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound(difference=difference_id)
    return found


def _open(found: Found) -> Found:
    if found.state is not Standing.OPEN:
        raise SettledAlready(state=found.state)
    return found


def _say(
    uow: UnitOfWork, found: Found, what: str, *, actor: Actor, now: datetime, after: dict[str, object] | None = None
) -> None:
    facts = {"kind": found.kind, "login": found.login, "service": found.service}
    uow.events.write(
        f"OLLTV DIFFERENCE [{{difference}}] {what}",
        difference=found.id,
        login=found.login[:64] or None,
        actor=actor,
        at=now,
        after=facts | (after or {}),
    )
