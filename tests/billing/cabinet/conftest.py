"""A subscriber with a password, and short words for getting into his cabinet."""

from datetime import timedelta
from ipaddress import ip_network

import pyotp
import pytest
from sqlalchemy import select

from billing.actors import Actor
from billing.cabinet import owning, sessions
from billing.cabinet.accounts import access, edition
from billing.cabinet.models import CabinetAccount, CabinetSession
from billing.cabinet.sessions import Caller
from billing.host import native
from tests.billing.staff import CHEAP

PASSWORD = "known to ann"
LINE = "10.20.0.7"
HOME = Caller(address=LINE, agent="Firefox")
AWAY = Caller(address="192.0.2.7", agent="Chrome")
NETWORKS = (ip_network("10.20.0.0/16"), ip_network("2001:db8::/32"))


@pytest.fixture(autouse=True)
def _quick_passwords(monkeypatch):
    monkeypatch.setattr(native, "PASSWORDS", CHEAP)
    native._nobodys_hash.cache_clear()
    yield
    native._nobodys_hash.cache_clear()


class Access:
    """What people do about the access of one subscriber."""

    def __init__(self, billing, clock, login):
        self.billing, self.clock, self.login = billing, clock, login

    @property
    def signed(self):
        return {"login": self.login, "actor": Actor(self.login, AWAY.address), "now": self.clock()}

    def sign_in(self, caller=AWAY):
        """As if the password had been right."""
        with self.billing.reading() as session:
            known = edition(session, self.login)
        begun = sessions.begin_by_password(
            self.billing.uow(), login=self.login, known=known, caller=caller, now=self.clock()
        )
        assert begun
        return begun

    def by_address(self, caller=HOME, networks=NETWORKS):
        return sessions.begin_by_address(self.billing.uow(), networks=networks, caller=caller, now=self.clock())

    def pass_code(self, begun, code, login=""):
        return sessions.pass_code(
            self.billing.uow(),
            login=login or self.login,
            session_id=begun.id,
            code=code,
            caller=AWAY,
            now=self.clock(),
        )

    def turn_on(self):
        """Turn the second factor on with a code of five minutes ago; gives the recovery codes."""
        before = self.signed | {"now": self.clock() - timedelta(minutes=5)}
        begun = owning.begin_second_factor(self.billing.uow(), password=PASSWORD, **before)
        code = pyotp.TOTP(begun.totp_secret).at(before["now"])
        return owning.confirm_second_factor(self.billing.uow(), code=code, **before)

    def app_code(self):
        """What the subscriber's app shows now."""
        return pyotp.TOTP(self.account.totp_secret).at(self.clock())

    @property
    def account(self):
        with self.billing.reading() as session:
            return session.get(CabinetAccount, self.login)

    @property
    def now(self):
        with self.billing.reading() as session:
            return access(session, self.login, self.clock())

    @property
    def open_ids(self):
        return [each.id for each in self.now.sessions]

    @property
    def rows(self):
        with self.billing.reading() as session:
            mine = select(CabinetSession).where(CabinetSession.login == self.login)
            return list(session.scalars(mine.order_by(CabinetSession.id)))

    def knows(self, password):
        with self.billing.uow() as unit:
            return unit.host.check_password(self.login, password)


@pytest.fixture
def ann(billing, clock, make):
    make.subscriber("ann", password=PASSWORD, ip=LINE)
    return Access(billing, clock, "ann")


@pytest.fixture
def ben(billing, clock, make):
    make.subscriber("ben", password=PASSWORD, ip="10.20.0.8")
    return Access(billing, clock, "ben")
