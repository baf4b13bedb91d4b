"""Finding, locking and enrolling subscribers; marking that the partner has to hear of them."""

from datetime import datetime

from sqlalchemy import select

from billing.errors import BillingError
from billing.host.base import Person, UnknownLogin
from billing.uow import UnitOfWork
from olltv_module.contacts import email_of, phone_of
from olltv_module.errors import NotSubscribed, SubscriberDown, SubscriberFrozen
from olltv_module.models import Delivery, Subscriber
from olltv_module.options import OlltvOptions


def locked(uow: UnitOfWork, login: str) -> Subscriber:
    """The enrolled subscriber, locked with all of his subscriptions. Works for one who is gone from the host, too.

    :raises UnknownLogin: neither the host nor we know this login
    :raises NotSubscribed: he has never had to do with TV
    """
    known = _lock_host(uow, login)
    if (subscriber := _locked_row(uow, login)) is not None:
        return subscriber
    if not known:
        raise UnknownLogin(login=login)
    raise NotSubscribed(login=login)


def enrolled(uow: UnitOfWork, login: str, now: datetime) -> tuple[Person, Subscriber]:
    """The subscriber who is to order something, locked; enrolled with his contacts if he is new.

    :raises UnknownLogin, SubscriberFrozen, SubscriberDown, NoMobile, BadMobile, NoEmail: he may or can not
    """
    person, options = uow.host.lock(login), uow.option(OlltvOptions)
    subscriber = _locked_row(uow, login)
    require_able(person, subscriber.remote_id if subscriber else None, options)
    if subscriber is None:
        subscriber = Subscriber(host_id=person.id, login=login, created_at=now)
        uow.session.add(subscriber)
    if subscriber.remote_id is None:
        subscriber.phone, subscriber.email = phone_of(person), email_of(person, options.domain)
    uow.session.flush()
    return person, subscriber


def require_able(person: Person, remote_id: str | None, options: OlltvOptions) -> None:
    """Make sure that this person may and can order something. Once the partner knows him, his contacts there count.

    :raises SubscriberFrozen, SubscriberDown, NoMobile, BadMobile, NoEmail: he may or can not
    """
    if person.frozen:
        raise SubscriberFrozen(login=person.login)
    if person.down:
        raise SubscriberDown(login=person.login)
    if remote_id is None:
        phone_of(person)
        email_of(person, options.domain)


def obstacle(person: Person, remote_id: str | None, options: OlltvOptions) -> BillingError | None:
    """What keeps this person from ordering anything now: the refusal that an order would meet."""
    try:
        require_able(person, remote_id, options)
    except BillingError as refusal:
        return refusal
    return None


def mark_due(uow: UnitOfWork, subscriber: Subscriber, now: datetime) -> None:
    """Our wish for this subscriber has changed: delivery has to look at him at once, parked or not."""
    subscriber.note_tv(now)
    uow.session.flush()
    row = uow.session.get(Delivery, subscriber.id, with_for_update=True, populate_existing=True)
    if row is None:
        uow.session.add(Delivery(subscriber_id=subscriber.id, due_at=now))
    else:
        row.due_at, row.tries, row.parked_at, row.trouble = now, 0, None, None


def _lock_host(uow: UnitOfWork, login: str) -> bool:
    try:
        uow.host.lock(login)
    except UnknownLogin:
        return False
    return True


def _locked_row(uow: UnitOfWork, login: str) -> Subscriber | None:
    uow.session.flush()
    query = select(Subscriber).where(Subscriber.login == login).with_for_update(of=Subscriber)
    return uow.session.scalar(query.execution_options(populate_existing=True))
