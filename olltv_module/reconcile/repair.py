"""Mending a difference. Only our knowledge of the fact is corrected; delivery then makes the call that is due.

A report may be hours old when somebody presses the button. So nothing is believed that it says: the partner is asked
anew, here or by delivery, and what has settled itself meanwhile stays as it is. Money is never touched.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select

from billing.actors import Actor
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.outcomes import Scene, unregistered
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Delivery, Fact, State, Subscription, Tariff
from olltv_module.partner import AccountUnknown, ForeignUser
from olltv_module.reconcile.differences import Difference, Kind
from olltv_module.services import subscribers

Mend = Callable[[Scene], None]


def repair(delivering: Delivering, difference: Difference, *, actor: Actor) -> bool:
    """Mend a difference, or have delivery do it; False when there is nothing to be done about it from here.

    That is so for unknown accounts, foreign bundles and prices, which only a person can judge; for a difference that
    is no more; and for a subscriber whom delivery is dealing with already.

    :raises UnknownLogin, NotSubscribed: we do not know the subscriber
    :raises PartnerUnreachable: the partner cannot be asked; nothing has changed
    """
    mend = prepared(delivering, difference)
    if mend is None:
        return False
    return apply(delivering.billing.uow(), difference=difference, mend=mend, actor=actor, now=delivering.clock())


def prepared(delivering: Delivering, difference: Difference) -> Mend | None:
    """How a difference is mended, after the partner was asked where that is needed; None: not from here.

    :raises PartnerUnreachable: the partner cannot be asked
    """
    prepare = REPAIRS.get(difference.kind)
    return prepare(delivering, difference) if prepare else None


@use_case
def apply(uow: UnitOfWork, *, difference: Difference, mend: Mend, actor: Actor, now: datetime) -> bool:
    """Correct what we know of the fact; False when delivery is dealing with the subscriber already.

    :raises UnknownLogin, NotSubscribed: we do not know the subscriber
    """
    subscriber = subscribers.locked(uow, difference.login)
    if uow.session.get(Delivery, subscriber.id):
        return False
    mend(Scene(uow, subscriber, now))
    template = "OLLTV SUBSCRIBER ({login}) REPAIR {kind} [{service}]"
    kind = difference.kind.upper()
    uow.events.write(template, login=subscriber.login, kind=kind, service=difference.service, actor=actor, at=now)
    subscribers.mark_due(uow, subscriber, now)
    return True


def _read_anew(_delivering: Delivering, difference: Difference) -> Mend:
    """Have delivery read the bundle's state, and switch it as we wish."""

    def mend(scene: Scene) -> None:
        _subscription(scene, difference.service).fact = Fact.UNKNOWN

    return mend


def _subscription(scene: Scene, service: str) -> Subscription:
    """The live subscription to a bundle, else the newest one; for a bundle that he never had here, one that is over."""
    of_service = [each for each in scene.subscriber.subscriptions if each.tariff.service == service]
    if of_service:
        return max(of_service, key=lambda each: (each.is_live, each.id))
    tariff = scene.uow.session.scalars(select(Tariff).where(Tariff.service == service)).one()
    stray = Subscription(tariff=tariff, tariff_id=tariff.id, main=tariff.main, state=State.ENDED)
    stray.ordered_at = stray.ended_at = scene.now
    scene.subscriber.subscriptions.append(stray)
    return stray


def _take_code(delivering: Delivering, difference: Difference) -> Mend | None:
    """Take over the code that the partner has now."""
    try:
        user = delivering.partner.user_info(account=difference.login)
    except (AccountUnknown, ForeignUser):
        return None
    codes = {bundle.sub_id: bundle.binding_code for bundle in user.bundles or ()}
    if not (code := codes.get(difference.service)):
        return None

    def mend(scene: Scene) -> None:
        for sub in scene.subscriber.live:
            if sub.tariff.service == difference.service:
                sub.code = code

    return mend


def _register_anew(delivering: Delivering, difference: Difference) -> Mend | None:
    """Forget what the partner has forgotten: delivery registers him again if anything is to be on."""
    return None if delivering.partner.account_exists(account=difference.login) else unregistered


REPAIRS: dict[Kind, Callable[[Delivering, Difference], Mend | None]] = {
    Kind.ON_THERE_OFF_HERE: _read_anew,
    Kind.OFF_THERE_ON_HERE: _read_anew,
    Kind.WRONG_CODE: _take_code,
    Kind.LOST_ACCOUNT: _register_anew,
}
"""Kinds that can be mended."""
