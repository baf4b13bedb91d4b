"""People of the staff, as tests of the core make them."""

from argon2 import PasswordHasher
from sqlalchemy import select

from billing.events import Event
from billing.staff import RIGHTS, Staff
from billing.staffing import add_staff
from tests.support import NOV_10, STAFF

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""Real hashes that cost little."""

SIGNED = {"actor": STAFF, "now": NOV_10}


def add(uow, login="taras", rights=("OLLTV",), password="long enough", **more):
    return add_staff(uow(), login=login, password=password, rights=list(rights), **more, **SIGNED)


def administrator(uow, login="olena"):
    """Somebody with all rights; `STAFF` of the tests bears this login."""
    return add(uow, login, RIGHTS)


def everybody(billing):
    with billing.reading() as session:
        return list(session.scalars(select(Staff).order_by(Staff.id)))


def now_of(billing, person):
    with billing.reading() as session:
        return session.get_one(Staff, person.id)


def lines(billing):
    with billing.reading() as session:
        return [each.text for each in session.scalars(select(Event).order_by(Event.id))]
