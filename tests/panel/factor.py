"""Second factors of the staff, as tests set them up."""

from dataclasses import replace
from datetime import timedelta

import pyotp
from sqlalchemy import select

from billing import second_factor
from billing.actors import Actor
from billing.staff import Staff
from panel.app import create_app
from suite.runtime import Runtime


def staff_of(runtime, login):
    with runtime.billing.reading() as session:
        return session.scalars(select(Staff).where(Staff.login == login)).one()


def give_second_factor(runtime, login):
    """Turn it on with a code of five minutes ago; gives the recovery codes."""
    signed = {"staff_id": staff_of(runtime, login).id, "actor": Actor(login)}
    before = runtime.clock() - timedelta(minutes=5)
    begun = second_factor.begin(runtime.billing.uow(), **signed, now=before)
    code = pyotp.TOTP(begun.totp_secret).at(before)
    return second_factor.confirm(runtime.billing.uow(), **signed, code=code, now=before)


def code_of(runtime, login):
    """What the person's app shows now."""
    return pyotp.TOTP(staff_of(runtime, login).totp_secret).at(runtime.clock())


def app_with(runtime, **options):
    """The panel with other options of the suite."""
    settings = replace(runtime.settings, suite=replace(runtime.settings.suite, **options))
    return create_app(Runtime(settings, runtime.clock))
