"""Staff help a subscriber who cannot get into the cabinet, and shut out who should not be in."""

import re
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from billing.actors import Actor
from billing.cabinet import owning, sessions
from billing.cabinet.accounts import access, edition
from billing.cabinet.models import CabinetAccount
from billing.cabinet.sessions import Caller
from tests.olltv.support import dump, events
from tests.panel.client import text

PAGE = "/subscribers/ivan"
PASSWORD = "known to ivan"


@pytest.fixture
def ivan(make):
    """Has 200 UAH, a password and no second factor."""
    return make.subscriber("ivan", wallet="200 UAH", name="Ivan Franko", password=PASSWORD)


def sign_in(billing, clock):
    with billing.reading() as session:
        known = edition(session, "ivan")
    caller = Caller(address="10.20.0.7", agent="Firefox")
    return sessions.begin_by_password(billing.uow(), login="ivan", known=known, caller=caller, now=clock())


def turn_on_second_factor(billing, clock):
    his, before = {"login": "ivan", "actor": Actor("ivan")}, clock() - timedelta(minutes=5)
    begun = owning.begin_second_factor(billing.uow(), password=PASSWORD, **his, now=before)
    owning.confirm_second_factor(billing.uow(), code=pyotp.TOTP(begun.totp_secret).at(before), **his, now=before)


def now_of(billing, clock):
    with billing.reading() as session:
        return access(session, "ivan", clock())


def is_password(billing, password):
    with billing.uow() as unit:
        return unit.host.check_password("ivan", password)


def test_the_page_says_how_the_subscriber_gets_in(panel, billing, clock, ivan):
    assert "Two-factor sign-in off Open sessions 0" in panel.page(PAGE)
    assert "Reset two-factor sign-in" not in panel.page(PAGE)
    sign_in(billing, clock)
    sign_in(billing, clock)
    turn_on_second_factor(billing, clock)
    assert "Two-factor sign-in on Open sessions 2" in panel.page(PAGE)
    clock.advance(minutes=15)
    assert "Open sessions 0" in panel.page(PAGE)


def test_a_new_password_is_shown_once_and_ends_the_sessions(panel, billing, clock, ivan):
    sign_in(billing, clock)
    assert "opens nothing any more" in panel.page(f"{PAGE}/access/password")
    made = panel.done(f"{PAGE}/access/password")
    assert made == f"{PAGE}/access/password/made"
    shown = panel.get(made)
    password = re.search(r'<code class="secret">([a-z2-9]{12})</code>', shown.get_data(as_text=True))[1]
    assert shown.headers["Cache-Control"] == "no-store"
    assert is_password(billing, password) and not is_password(billing, PASSWORD)
    assert now_of(billing, clock).sessions == []
    assert events(billing)[-1] == "CABINET OF (ivan) GIVE PASSWORD"
    assert password not in str(dump(billing))
    again = panel.get(made)
    assert (again.status_code, again.location) == (303, PAGE)


def test_two_passwords_do_not_get_mixed_up(panel, billing, make, ivan):
    make.subscriber("petro", password="of petro himself")
    panel.done(f"{PAGE}/access/password")
    assert panel.get("/subscribers/petro/access/password/made").status_code == 303
    assert is_password(billing, PASSWORD) is False
    with billing.uow() as unit:
        assert unit.host.check_password("petro", "of petro himself")


def test_a_lost_second_factor_is_reset_with_a_reason(panel, billing, clock, ivan):
    sign_in(billing, clock)
    turn_on_second_factor(billing, clock)
    refused = panel.post(f"{PAGE}/access/second-factor", reason=" ")
    assert (refused.status_code, now_of(billing, clock).has_second_factor) == (422, True)
    assert "lost the telephone" in text(refused)
    assert panel.done(f"{PAGE}/access/second-factor", reason="phone stolen, passport shown") == PAGE
    after = now_of(billing, clock)
    assert (after.has_second_factor, after.codes_left, after.sessions) == (False, 0, [])
    assert events(billing)[-1] == "CABINET OF (ivan) RESET SECOND FACTOR `phone stolen, passport shown`"


def test_resetting_nothing_changes_nothing(panel, billing, clock, ivan):
    sign_in(billing, clock)
    panel.done(f"{PAGE}/access/second-factor", reason="asked by phone")
    assert len(now_of(billing, clock).sessions) == 1
    assert not any("RESET" in line for line in events(billing))


def test_staff_sign_the_subscriber_out(panel, billing, clock, ivan):
    sign_in(billing, clock)
    assert panel.done(f"{PAGE}/access/sign-out") == PAGE
    assert now_of(billing, clock).sessions == []
    assert events(billing)[-1] == "CABINET OF (ivan) SIGN OUT EVERYWHERE"


@pytest.mark.parametrize("path", ["password", "second-factor"])
def test_looking_changes_nothing(panel, billing, ivan, path):
    before = dump(billing)
    panel.page(f"{PAGE}/access/{path}")
    assert dump(billing) == before


@pytest.mark.parametrize("path", ["password", "second-factor", "sign-out"])
def test_nobody_has_no_access(panel, billing, path):
    answer = panel.post(f"/subscribers/nobody/access/{path}", reason="x")
    assert answer.status_code == 404
    with billing.reading() as session:
        assert session.scalars(select(CabinetAccount)).all() == []


def test_who_handles_money_alone_does_not_see_it(person, ivan):
    assert "Access to the cabinet" not in person("MONEY").page(PAGE)
