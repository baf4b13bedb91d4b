"""The phone and e-mail under which the partner knows a subscriber."""

from billing.host.base import Person
from olltv_module.errors import NoEmail, NoMobile
from olltv_module.phones import normal_phone

MAX_EMAIL = 64


def phone_of(person: Person) -> str:
    """The subscriber's mobile number in the partner's form `0XXXXXXXXX`.

    :raises NoMobile, BadMobile: there is none, or it cannot be read as one Ukrainian number
    """
    if not person.mobile.strip():
        raise NoMobile(login=person.login, field="mobile", value="")
    return normal_phone(person.mobile, field="mobile")


def email_of(person: Person, domain: str) -> str:
    """The profile's e-mail, else a made-up `login@domain`.

    :raises NoEmail: neither is there, or it is too long to keep
    """
    email = person.email.strip() or (f"{person.login}@{domain}" if domain else "")
    if not email or len(email) > MAX_EMAIL:
        raise NoEmail(login=person.login, field="email", value=email)
    return email
