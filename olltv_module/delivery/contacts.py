"""The e-mail and phone under which the partner knows a subscriber. Ours change only after his yes."""

import re
from datetime import datetime

from billing import leases
from billing.actors import Actor
from billing.errors import N_, InvalidInput
from billing.uow import UnitOfWork, use_case
from billing.versions import ChangedMeanwhile, check_seen
from olltv_module.contacts import MAX_EMAIL
from olltv_module.delivery.live import asking, registered, telling
from olltv_module.delivery.runner import Delivering
from olltv_module.models import Subscriber
from olltv_module.partner import Profile
from olltv_module.phones import normal_phone
from olltv_module.services import subscribers

EMAIL = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\".]+(\.[^@\s,;<>\".]+)+")


class BadEmail(InvalidInput):
    """Facts: `field`, `value`."""

    code = "bad_email"
    text = N_("“%(value)s” is no e-mail address, or it is longer than 64 characters.")


def change_email(delivering: Delivering, *, login: str, email: str, actor: Actor, seen: int | None = None) -> None:
    """Have the partner know the subscriber under another e-mail. Safe to repeat: he is asked first.

    :raises NotSubscribed, BadEmail, ChangedMeanwhile, Busy: refused before the partner was asked
    :raises PartnerSilent: nothing has changed; PartnerRefused: a definite no
    :raises NoClearAnswer: unclear; send it again
    """
    email = email.strip()
    if len(email) > MAX_EMAIL or not EMAIL.fullmatch(email):
        raise BadEmail(field="email", value=email)
    subscriber_id = registered(delivering.billing, login).id
    with leases.held(delivering.billing, name=f"olltv.contacts:{subscriber_id}", clock=delivering.clock):
        subscriber = _as_seen(delivering, login, seen)
        with asking():
            known = delivering.partner.user_info(account=login)
        if (known.email or "").lower() != email.lower():
            with telling():
                delivering.partner.change_email(email=known.email or subscriber.email, new_email=email)
        _store(delivering.billing.uow(), login=login, email=email, actor=actor, now=delivering.clock())


def change_phone(delivering: Delivering, *, login: str, phone: str, actor: Actor, seen: int | None = None) -> None:
    """Have the partner know the subscriber under another mobile number. Safe to repeat.

    :raises NotSubscribed, BadMobile, ChangedMeanwhile, Busy: refused before the partner was asked
    :raises PartnerRefused: a definite no; NoClearAnswer: unclear, send it again
    """
    phone = normal_phone(phone)
    subscriber_id = registered(delivering.billing, login).id
    with leases.held(delivering.billing, name=f"olltv.contacts:{subscriber_id}", clock=delivering.clock):
        _as_seen(delivering, login, seen)
        with telling():
            delivering.partner.change_user_info(profile=Profile(phone=phone), account=login)
        _store(delivering.billing.uow(), login=login, phone=phone, actor=actor, now=delivering.clock())


def _as_seen(delivering: Delivering, login: str, seen: int | None) -> Subscriber:
    """:raises ChangedMeanwhile: somebody else has saved other contacts since"""
    subscriber = registered(delivering.billing, login)
    if seen is not None and subscriber.version != seen:
        raise ChangedMeanwhile(seen=seen, version=subscriber.version)
    return subscriber


@use_case
def _store(
    uow: UnitOfWork,
    *,
    login: str,
    actor: Actor,
    now: datetime,
    email: str | None = None,
    phone: str | None = None,
) -> None:
    subscriber = subscribers.locked(uow, login)
    given = {"email": email, "phone": phone}
    after = {name: text for name, text in given.items() if text is not None and text != getattr(subscriber, name)}
    if not after:
        return
    before = {name: getattr(subscriber, name) for name in after}
    check_seen(subscriber, None)
    for name, text in after.items():
        setattr(subscriber, name, text)
    uow.events.write(
        "OLLTV SUBSCRIBER ({login}) CHANGE {what}",
        login=login,
        what=" ".join(after).upper(),
        actor=actor,
        at=now,
        before=before,
        after=after,
    )
