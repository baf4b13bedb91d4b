"""Binding codes as the partner has them now."""

from collections.abc import Mapping
from datetime import datetime

from billing.actors import Actor
from billing.errors import Busy
from billing.uow import UnitOfWork, use_case
from olltv_module.delivery.live import asking, registered
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Delivery
from olltv_module.services import subscribers


def refresh_codes(delivering: Delivering, *, login: str, actor: Actor) -> list[str]:
    """Take over the partner's present codes of what is live; gives the names of the tariffs whose code was another.

    Nothing is switched: that a bundle is off there is for the comparison with the partner to tell and mend.

    :raises NotSubscribed: the partner does not know him
    :raises PartnerSilent, PartnerRefused: nothing has changed
    :raises Busy: delivery is at him, and takes the codes itself
    """
    registered(delivering.billing, login)
    with asking():
        user = delivering.partner.user_info(account=login)
    codes = {each.sub_id: each.binding_code for each in user.bundles or () if each.binding_code}
    return _take(delivering.billing.uow(), login=login, codes=codes, actor=actor, now=delivering.clock())


@use_case
def _take(uow: UnitOfWork, *, login: str, codes: Mapping[str, str], actor: Actor, now: datetime) -> list[str]:
    subscriber = subscribers.locked(uow, login)
    if uow.session.get(Delivery, subscriber.id):
        raise Busy(name=login)
    changed = [each for each in subscriber.live if each.code != codes.get(each.tariff.service, each.code)]
    for sub in changed:
        before, sub.code = sub.code, codes[sub.tariff.service]
        uow.events.write(
            "OLLTV SUBSCRIBER ({login}) CODE [{tariff}]",
            login=login,
            tariff=sub.tariff_id,
            actor=actor,
            at=now,
            before={"code": before},
            after={"code": sub.code},
        )
    return [each.tariff.name for each in changed]
