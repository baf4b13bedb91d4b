"""What an answer of the partner changes: the fact we know, and through it state and money, in one transaction.

Our wish may have changed while the call was under way. So an outcome first notes the fact, and touches state and
money only if the wish is still there; `plan` then sees what remains to be done.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.actors import WORKER
from billing.errors import BillingError, NotEnoughMoney
from billing.host.base import UnknownLogin
from billing.uow import UnitOfWork
from olltv_module.delivery.errors import NeedsStaff
from olltv_module.delivery.plan import Step, wants_main
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

    def say(self, template: str, **facts: Any) -> None:
        self.uow.events.write(template, login=self.subscriber.login, actor=WORKER, at=self.now, **facts)


def registered(scene: Scene, remote_id: str) -> None:
    scene.subscriber.remote_id = remote_id
    scene.say("OLLTV CREATE SUBSCRIBER ({login}) AS [{remote}]", remote=remote_id)


def unregistered(scene: Scene) -> None:
    """The partner has lost the account: nothing of it can be on there, and it has to be registered again."""
    scene.subscriber.remote_id = None
    for sub in scene.subscriber.subscriptions:
        sub.fact, sub.code = Fact.OFF, None
    scene.say("OLLTV SUBSCRIBER ({login}) UNKNOWN TO PARTNER")


def was_read(scene: Scene, codes: Mapping[str, str | None]) -> None:
    """The bundles that are on, with their codes, asked for because something was unclear.

    One that is off may have devices and a code there, and is broken off with its contract to be sure.
    """
    for unclear in [each for each in scene.subscriber.subscriptions if each.fact is Fact.UNKNOWN]:
        sub = _holder(scene, unclear)
        service = sub.tariff.service
        _know(scene, sub, Fact.ON if service in codes else Fact.KEPT)
        sub.code = codes.get(service) or sub.code


def _holder(scene: Scene, asked: Subscription) -> Subscription:
    """Whose the bundle there is: of the live one that has been on, else of an old one that is to be broken off yet."""
    same = _same_bundle(scene, asked)
    live = [each for each in same if each.is_live and each.active_since]
    old = [each for each in same if not each.is_live and each.fact is not Fact.OFF]
    return [*live, *old, asked][0]


def _know(scene: Scene, sub: Subscription, fact: Fact) -> None:
    """The partner has one bundle a tariff: what we know of it stands on one of our subscriptions to that tariff."""
    for each in _same_bundle(scene, sub):
        each.fact = Fact.OFF
    sub.fact = fact


def _same_bundle(scene: Scene, sub: Subscription) -> list[Subscription]:
    return [each for each in scene.subscriber.subscriptions if each.tariff_id == sub.tariff_id]


def switched_on(scene: Scene, step: Step, code: str | None) -> None:
    sub = scene.sub(step.sub)
    _know(scene, sub, Fact.ON)
    sub.code = code
    if sub.state is State.PENDING and (sub.main or wants_main(scene.subscriber)):
        _confirm(scene, sub)


def changed(scene: Scene, step: Step) -> None:
    """The new main is on in place of the old one, with its devices and code.

    Where the old one had no code, the new one's is not known yet: it is asked for before the order is fulfilled.
    """
    new, old = scene.sub(step.sub), scene.sub(step.old)
    _know(scene, new, Fact.ON)
    old.fact, new.code = Fact.OFF, old.code or new.code
    if new.state is State.PENDING and new.code:
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
        _suspend(scene, sub, Reason.NO_MONEY if isinstance(refusal, NotEnoughMoney) else Reason.GONE)
    else:
        sub.activate(scene.now)


def _suspend(scene: Scene, sub: Subscription, reason: Reason) -> None:
    """A main takes its add-ons along: they cannot be on without it."""
    going = [*scene.subscriber.addons, sub] if sub.main else [sub]
    for each in going:
        if each.wished_on:
            lifecycle.suspend_one(scene.uow, scene.subscriber, each, reason, actor=WORKER, now=scene.now)


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
    """A definite no: the order ends and its reserve is released; what was to be resumed is suspended as before.

    :raises NeedsStaff: it is no order but active and paid; nothing has changed
    """
    _refuse(scene, scene.sub(step.sub), refusal)


def registration_refused(scene: Scene, refusal: BillingError) -> None:
    """:raises NeedsStaff: something is active and paid; nothing has changed"""
    for sub in sorted(scene.subscriber.live, key=lambda each: each.state is not State.ACTIVE):
        _refuse(scene, sub, refusal)


def cancelled(scene: Scene, step: Step) -> None:
    sub = scene.sub(step.sub)
    _refuse(scene, sub, AddonNeedsMain(login=scene.subscriber.login, tariff=sub.tariff_id))


def _refuse(scene: Scene, sub: Subscription, why: BillingError) -> None:
    if sub.state is State.ACTIVE:
        raise NeedsStaff(**why.facts)
    if sub.state is not State.PENDING:
        return
    scene.say("OLLTV SUBSCRIBER ({login}) TARIFF [{tariff}] NOT_ALLOWED", tariff=sub.tariff_id)
    if sub.active_since:  # its devices and code must not be lost to a no that may be a passing one
        _suspend(scene, sub, sub.reason or Reason.STAFF)
        sub.refusal = why.remembered()
    else:
        money.release(scene.uow, sub, scene.now)
        sub.refuse(why, scene.now)


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
