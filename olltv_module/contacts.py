"""The phone and e-mail under which the partner knows a subscriber."""

import re

from billing.host.base import Person
from olltv_module.errors import BadMobile, NoEmail, NoMobile

MAX_EMAIL = 64


def phone_of(person: Person) -> str:
    """The subscriber's mobile number in the partner's form `0XXXXXXXXX`.

    The partner silently drops a number of another form, and the subscriber then cannot sign in: so it is refused.

    :raises NoMobile, BadMobile: there is none, or it cannot be read as one Ukrainian number
    """
    if not person.mobile.strip():
        raise NoMobile(login=person.login, field="mobile", value="")
    bare = re.sub(r"[\s().\-\u00a0\u2010-\u2015]", "", person.mobile)
    match = re.fullmatch(r"(?:(?:\+|00)?380|80|0)?([3-9]\d{8})", bare, re.ASCII)
    if not match:
        raise BadMobile(field="mobile", value=person.mobile)
    return "0" + match[1]


def email_of(person: Person, domain: str) -> str:
    """The profile's e-mail, else a made-up `login@domain`.

    :raises NoEmail: neither is there, or it is too long to keep
    """
    email = person.email.strip() or (f"{person.login}@{domain}" if domain else "")
    if not email or len(email) > MAX_EMAIL:
        raise NoEmail(login=person.login, field="email", value=email)
    return email
