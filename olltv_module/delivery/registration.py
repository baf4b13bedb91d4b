"""Making a subscriber known to the partner, with all the ways in which he may be known there already."""

from olltv_module.delivery.errors import AwaitsConfirmation, EmailOfAnother
from olltv_module.models import Subscriber
from olltv_module.partner import AccountUnknown, EmailTaken, Partner, PartnerUser, Profile


def register(partner: Partner, subscriber: Subscriber) -> str:
    """The partner's id of the subscriber, registered now or known already. Safe to repeat: it asks first.

    :raises EmailOfAnother, ForeignUser, PartnerRefused: a definite no
    :raises AwaitsConfirmation: he has to confirm by mail; ask again later
    :raises PartnerUnreachable: unclear; ask again later
    """
    if known := partner.account_exists(account=subscriber.login):
        return known.id or subscriber.login
    try:
        profile = Profile(phone=subscriber.phone)
        return partner.add_user(account=subscriber.login, email=subscriber.email, profile=profile)
    except EmailTaken:
        return _adopt(partner, subscriber)


def _adopt(partner: Partner, subscriber: Subscriber) -> str:
    """The e-mail is taken: by ourselves, by another account of ours, by another operator, or by nobody's user."""
    user = _user_of(partner, subscriber.email)
    if user and user.account == subscriber.login:
        return user.id or subscriber.login
    if user and user.account:
        raise EmailOfAnother(call="addUser", status=115, message="e-mail exists", account=user.account)
    partner.change_account(email=subscriber.email, account=subscriber.login)
    if known := partner.account_exists(account=subscriber.login):
        return known.id or subscriber.login
    raise AwaitsConfirmation(call="changeAccount", reason="the user has to confirm by mail")


def _user_of(partner: Partner, email: str) -> PartnerUser | None:
    try:
        return partner.user_info(email=email)
    except AccountUnknown:
        return None
