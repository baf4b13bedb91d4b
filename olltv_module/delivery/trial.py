"""What will happen when somebody is registered at the partner: he is only asked, nothing is changed there or here."""

from dataclasses import dataclass
from enum import StrEnum

from billing.errors import N_
from billing.host.base import Person
from billing.money import Money
from olltv_module.contacts import email_of, phone_of
from olltv_module.delivery.live import asking
from olltv_module.delivery.runner import Delivering
from olltv_module.options import OlltvOptions
from olltv_module.partner import AccountUnknown, ForeignUser, Partner


class Prospect(StrEnum):
    """How the partner will take a registration."""

    FREE = "free"
    KNOWN = "known"
    EMAIL_OF_ANOTHER = "email_of_another"
    EMAIL_FOREIGN = "email_foreign"
    EMAIL_UNBOUND = "email_unbound"


TEXTS = {
    Prospect.FREE: N_(
        "The partner knows neither the login nor the e-mail. With the first order he will be registered there without "
        "further ado, with the e-mail %(email)s and the phone %(phone)s."
    ),
    Prospect.KNOWN: N_(
        "The partner has an account with this login already, and it is ours: the first order will use it as it stands "
        "(its e-mail there: %(known)s). If that is another person, choose another login."
    ),
    Prospect.EMAIL_OF_ANOTHER: N_(
        "The partner knows the e-mail %(email)s under another account of ours: %(known)s. An order would be refused. "
        "Give another e-mail, or leave it empty to have one made up from the login."
    ),
    Prospect.EMAIL_FOREIGN: N_(
        "The user of the e-mail %(email)s belongs to another provider at the partner (code 505). An order would be "
        "refused. Give another e-mail, or ask the subscriber to leave the other provider first."
    ),
    Prospect.EMAIL_UNBOUND: N_(
        "The partner has a user with the e-mail %(email)s who belongs to no provider yet. With the first order the "
        "partner sends a letter to this address; television goes on after the subscriber has confirmed it. To do "
        "without the letter, give another e-mail."
    ),
}
"""What it means and what to do; filled in with `Trial.facts`."""


@dataclass(frozen=True, kw_only=True)
class Trial:
    """The answer. `known` is the other account, or the e-mail under which the account is known."""

    prospect: Prospect
    email: str
    phone: str
    known: str = ""

    @property
    def is_good(self) -> bool:
        return self.prospect in (Prospect.FREE, Prospect.KNOWN)

    @property
    def facts(self) -> dict[str, str]:
        return {"email": self.email, "phone": self.phone, "known": self.known or "—"}


def attempt(delivering: Delivering, *, login: str, email: str, mobile: str) -> Trial:
    """Ask the partner how he would take this registration.

    :raises NoMobile, BadMobile, NoEmail: refused before the partner was asked
    :raises PartnerSilent, PartnerRefused: nothing can be said
    """
    billing = delivering.billing
    nothing = Money(0, billing.unit)
    person = Person(0, login, "", "", email, mobile, frozen=False, down=False, credit=nothing, wallet_id=0)
    phone, email = phone_of(person), email_of(person, billing.option(OlltvOptions).domain)
    with asking():
        prospect, known = _asked(delivering.partner, login, email)
    return Trial(prospect=prospect, email=email, phone=phone, known=known)


def _asked(partner: Partner, login: str, email: str) -> tuple[Prospect, str]:
    if account := partner.account_exists(account=login):
        return Prospect.KNOWN, account.email or ""
    if not partner.email_exists(email=email):
        return Prospect.FREE, ""
    try:
        user = partner.user_info(email=email)
    except ForeignUser:
        return Prospect.EMAIL_FOREIGN, ""
    except AccountUnknown:
        return Prospect.EMAIL_UNBOUND, ""
    if user.account:
        return Prospect.EMAIL_OF_ANOTHER, user.account
    return Prospect.EMAIL_UNBOUND, ""
