"""What an answer of the partner changes: the fact we know, and through it state and money, in one transaction.

Our wish may have changed while the call was under way. So an outcome first notes the fact, and touches state and
money only if the wish is still there; `plan` then sees what remains to be done.
"""

from dataclasses import dataclass
from datetime import datetime

from billing.actors import WORKER
from billing.errors import BillingError, NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.uow import UnitOfWork
from olltv_module.delivery.errors import NeedsStaff
from olltv_module.delivery.plan import Step
from olltv_module.errors import AddonNeedsMain
from olltv_module.models import MAIN_SLOT, NEXT_SLOT, Fact, Reason, State, Subscriber, Subscription
from olltv_module.services import lifecycle, money


@dataclass(frozen=True)
class Scene:
    """One subscriber, locked, in an open unit of work."""

    uow: UnitOfWork
    subscriber: Subscriber
    now: datetime

    def sub(self, of: Subscription | None) -> Subscription:
        """The subscription as it is now; `of` was read before the call."""
        return next(each for each in self.subscriber.subscriptions if of and each.id == of.id)

    def say(self, template: str, **facts: object) -> None:
        self.uow.events.write(template, login=self.subscriber.login, actor=WORKER, at=self.now, **facts)


def registered(scene: Scene, remote_id: str) -> None:
    scene.subscriber.remote_id = remote_id
    scene.say("OLLTV CREATE SUBSCRIBER ({login}) AS [{remote}]", remote=remote_id)


def unregistered(scene: Scene) -> None:
    """The partner has lost the account: nothing of it can be on there, and it has to be registered again."""
    scene.subscriber.remote_id = None
    for sub in scene.subscriber.subscriptions:
        sub.fact = Fact.OFF
    scene.say("OLLTV SUBSCRIBER ({login}) UNKNOWN TO PARTNER")


def was_read(scene: Scene, step: Step, *, is_on: bool) -> None:
    """The state was asked for because it was unclear. One that has been on keeps its devices until we break off."""
    sub = scene.sub(step.sub)
    off = Fact.KEPT if sub.active_since else Fact.OFF
    sub.fact = Fact.ON if is_on else off


def switched_on(scene: Scene, step: Step, code: str | None) -> None:
    sub = scene.sub(step.sub)
    sub.fact, sub.code = Fact.ON, code
    if sub.state is State.PENDING:
        _confirm(scene, sub)


def changed(scene: Scene, step: Step) -> None:
    """The new main is on in place of the old one, with its devices and code."""
    new, old = scene.sub(step.sub), scene.sub(step.old)
    new.fact, old.fact, new.code = Fact.ON, Fact.OFF, old.code
    if new.state is State.PENDING:
        _confirm(scene, new)


def _confirm(scene: Scene, sub: Subscription) -> None:
    """The order is fulfilled: take its fee and make it active; what cannot be paid any more is suspended."""
    is_new = sub.active_since is None
    if sub.slot == NEXT_SLOT:
        _replace(scene, sub)
    word = "SET" if is_new else "UNSUSPEND"
    scene.say(f"OLLTV SUBSCRIBER ({{login}}) {word} {_kind(sub)} [{{tariff}}]", tariff=sub.tariff_id)
    try:
        money.settle(scene.uow, scene.subscriber, sub, actor=WORKER, now=scene.now)
    except (NotEnoughMoney, UnknownLogin) as refusal:
        sub.activate(scene.now)
        reason = Reason.NO_MONEY if isinstance(refusal, NotEnoughMoney) else Reason.GONE
        lifecycle.suspend_one(scene.uow, scene.subscriber, sub, reason, actor=WORKER, now=scene.now)
    else:
        sub.activate(scene.now)


def _replace(scene: Scene, sub: Subscription) -> None:
    if (old := scene.subscriber.main) is not None:
        money.release(scene.uow, old, scene.now)
        old.end(scene.now)
        scene.say("OLLTV SUBSCRIBER ({login}) UNSET TARIFF [{tariff}]", tariff=old.tariff_id)
        scene.uow.session.flush()  # its slot must be free first
    sub.slot = MAIN_SLOT


def switched_off(scene: Scene, step: Step) -> None:
    """Off; a suspended bundle keeps its devices and code there, one whose contract is broken loses them."""
    sub, told = scene.sub(step.sub), step.sub
    kept = told is not None and told.state is State.SUSPENDED and told.reason is not Reason.GONE
    sub.fact = Fact.KEPT if kept else Fact.OFF
    if not kept:
        sub.code = None


def old_was_off(scene: Scene, step: Step) -> None:
    scene.sub(step.old).fact = Fact.KEPT


def refused(scene: Scene, step: Step, refusal: BillingError) -> None:
    """A definite no: the order ends and its reserve is released.

    :raises NeedsStaff: it is no order but active and paid
    """
    _refuse(scene, scene.sub(step.sub), refusal)


def registration_refused(scene: Scene, refusal: BillingError) -> None:
    for sub in scene.subscriber.live:
        _refuse(scene, sub, refusal)


def cancelled(scene: Scene, step: Step) -> None:
    sub = scene.sub(step.sub)
    _refuse(scene, sub, AddonNeedsMain(login=scene.subscriber.login, tariff=sub.tariff_id))


def _refuse(scene: Scene, sub: Subscription, why: BillingError) -> None:
    if sub.state is State.ACTIVE:
        raise NeedsStaff(**why.facts)
    if sub.state is State.PENDING:
        money.release(scene.uow, sub, scene.now)
        sub.refuse(why, scene.now)
        scene.say("OLLTV SUBSCRIBER ({login}) TARIFF [{tariff}] NOT_ALLOWED", tariff=sub.tariff_id)


def unclear(scene: Scene, step: Step) -> None:
    """No clear answer: read the state before the next try."""
    for sub in (step.sub, step.old):
        if sub is not None:
            scene.sub(sub).fact = Fact.UNKNOWN


def all_unclear(scene: Scene) -> None:
    """The partner's order of things is not what we took it for."""
    for sub in scene.subscriber.subscriptions:
        if sub.is_live or sub.fact is not Fact.OFF:
            sub.fact = Fact.UNKNOWN


def _kind(sub: Subscription) -> str:
    return "TARIFF" if sub.main else "ADDTARIFF"
