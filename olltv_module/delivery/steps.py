"""One step: the partner call that `plan` asks for, and what each kind of answer to it means."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from billing.errors import InvalidInput, PartnerRefused, PartnerUnreachable
from olltv_module.delivery import outcomes
from olltv_module.delivery.outcomes import Scene
from olltv_module.delivery.plan import Do, Step
from olltv_module.delivery.registration import register
from olltv_module.models import Fact, Reason, State, Subscriber, Subscription
from olltv_module.partner import (
    AccountUnknown,
    BundleUnknown,
    DisableType,
    EnableType,
    ForeignUser,
    OldBundleOff,
    OrderViolated,
    Partner,
)

Outcome = Callable[[Scene], None]

SUSPENDED_TYPES = {
    Reason.NO_MONEY: DisableType.NEGATIVE_BALANCE,
    Reason.FROZEN: DisableType.VACATION,
    Reason.VACATION: DisableType.VACATION,
    Reason.STAFF: DisableType.MALFUNCTION,
    Reason.GONE: DisableType.BREAK_CONTRACT,
}
"""How the partner is told why a suspended bundle goes off; all but the last keep its devices and code."""


class Stuck(Exception):
    """The call brought no progress. `outcome` is what was learned all the same, `cause` goes to the queue."""

    def __init__(self, outcome: Outcome, cause: PartnerRefused | PartnerUnreachable) -> None:
        super().__init__(str(cause))
        self.outcome, self.cause = outcome, cause


def take(partner: Partner, subscriber: Subscriber, step: Step) -> Outcome:
    """Make the call of `step` and give what it changes.

    :raises Stuck: no progress: unclear, or the partner's state contradicts what we know
    """
    try:
        return CALLS[step.do](partner, subscriber, step)
    except PartnerUnreachable as silence:
        raise Stuck(partial(outcomes.unclear, step=step), silence) from silence
    except AccountUnknown as lost:
        raise Stuck(outcomes.unregistered, lost) from lost
    except OrderViolated as contradiction:
        raise Stuck(outcomes.all_unclear, contradiction) from contradiction
    except PartnerRefused as odd:
        raise Stuck(partial(outcomes.unclear, step=step), odd) from odd


def _register(partner: Partner, subscriber: Subscriber, _step: Step) -> Outcome:
    try:
        remote_id = register(partner, subscriber)
    except (PartnerRefused, InvalidInput) as no:
        return partial(outcomes.registration_refused, refusal=no)
    return partial(outcomes.registered, remote_id=remote_id)


def _read(partner: Partner, subscriber: Subscriber, _step: Step) -> Outcome:
    """The user's bundles with their codes: a code may have changed by the call whose answer was lost."""
    try:
        bundles = partner.user_info(account=subscriber.login).bundles or ()
    except ForeignUser:
        bundles = ()
    return partial(outcomes.was_read, codes={each.sub_id: each.binding_code for each in bundles})


def _switch_on(partner: Partner, subscriber: Subscriber, step: Step) -> Outcome:
    again = step.sub is not None and step.sub.active_since and step.sub.fact is not Fact.OFF
    kind = EnableType.RENEW if again else EnableType.NO_DEVICE
    try:
        code = partner.enable_bundle(account=subscriber.login, bundle=_service(step.sub), kind=kind)
    except (AccountUnknown, OrderViolated):
        raise
    except PartnerRefused as no:
        return partial(outcomes.refused, step=step, refusal=no)
    return partial(outcomes.switched_on, step=step, code=code)


def _switch_off(partner: Partner, subscriber: Subscriber, step: Step) -> Outcome:
    assert step.sub is not None
    kind = DisableType.BREAK_CONTRACT
    if step.sub.state is State.SUSPENDED and step.sub.reason:
        kind = SUSPENDED_TYPES[step.sub.reason]
    with suppress(BundleUnknown, ForeignUser):  # what the partner does not know for us cannot be on for us
        partner.disable_bundle(account=subscriber.login, bundle=_service(step.sub), kind=kind)
    return partial(outcomes.switched_off, step=step)


def _change(partner: Partner, subscriber: Subscriber, step: Step) -> Outcome:
    try:
        partner.change_bundle(account=subscriber.login, old=_service(step.old), new=_service(step.sub))
    except OldBundleOff as contradiction:
        raise Stuck(partial(outcomes.old_was_off, step=step), contradiction) from contradiction
    except (AccountUnknown, OrderViolated):
        raise
    except PartnerRefused as no:
        if step.sub and step.sub.state is not State.PENDING:
            raise  # the way back from a change is no order that could be refused
        return partial(outcomes.refused, step=step, refusal=no)
    return partial(outcomes.changed, step=step)


def _cancel(_partner: Partner, _subscriber: Subscriber, step: Step) -> Outcome:
    return partial(outcomes.cancelled, step=step)


def _service(sub: Subscription | None) -> str:
    assert sub is not None
    return sub.tariff.service


CALLS: dict[Do, Callable[[Partner, Subscriber, Step], Outcome]] = {
    Do.READ: _read,
    Do.REGISTER: _register,
    Do.SWITCH_ON: _switch_on,
    Do.SWITCH_OFF: _switch_off,
    Do.CHANGE: _change,
    Do.CANCEL: _cancel,
}
