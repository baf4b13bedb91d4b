"""Editing the profile, and looking into the cabinet."""

import re

import pytest
from sqlalchemy import select

from billing.host.native import NativeSubscriber
from billing.ledger.models import Account
from billing.visits import VisitTicket
from tests.olltv.support import dump, events
from tests.panel.client import text
from tests.panel.subscriber.conftest import CABINET
from tests.support import Make, money

PAGE = "/subscribers/ivan"
PROFILE = {
    "name": "Ivan Y. Franko",
    "address": "Lviv",
    "email": "i@isp.test",
    "mobile": "0671234567",
    "credit": "30",
    "frozen": "y",
    "ip": " 2001:DB8:0::7 ",
}


def row(billing) -> NativeSubscriber:
    with billing.reading() as session:
        return session.scalars(select(NativeSubscriber).where(NativeSubscriber.login == "ivan")).one()


def test_the_profile_is_saved(panel, billing, ivan):
    panel.done(f"{PAGE}/edit", **PROFILE, seen=panel.hidden(f"{PAGE}/edit", "seen"))
    saved = row(billing)
    assert (saved.name, saved.address, saved.email, saved.mobile) == (
        "Ivan Y. Franko",
        "Lviv",
        "i@isp.test",
        "0671234567",
    )
    assert (saved.frozen, saved.down, saved.credit_minor, saved.ip) == (True, False, 3000, "2001:db8::7")
    with billing.reading() as session:
        assert session.get_one(Account, saved.wallet_id).floor_minor == -3000
    assert events(billing)[-1] == "USER CHANGE (ivan)"
    page = panel.page(PAGE)
    assert "Ivan Y. Franko" in page and "2001:db8::7" in page


def test_the_second_of_two_editors_is_told(panel, person, billing, ivan):
    seen = panel.hidden(f"{PAGE}/edit", "seen")
    person("OLLTV").done(f"{PAGE}/edit", **PROFILE, seen=seen)
    answer = panel.post(f"{PAGE}/edit", **(PROFILE | {"name": "Other"}), seen=seen)
    assert (answer.status_code, "Somebody else has changed this" in text(answer)) == (422, True)
    assert row(billing).name == "Ivan Y. Franko"


@pytest.mark.parametrize(
    "wrong",
    [{"credit": "x"}, {"credit": ""}, {"name": "x" * 256}, {"name": "a\x00b"}, {"seen": "x"}, {"ip": "10.20.0"}],
)
def test_what_cannot_be_saved_is_told(panel, billing, ivan, wrong):
    before = dump(billing)
    form = PROFILE | {"seen": panel.hidden(f"{PAGE}/edit", "seen")} | wrong
    assert panel.post(f"{PAGE}/edit", **form).status_code == 422
    assert dump(billing) == before


class TestVisits:
    def test_the_ticket_goes_to_the_cabinet_in_a_form_and_in_no_address(self, panel, billing, ivan):
        assert "can change nothing there" in panel.page(f"{PAGE}/visit")
        answer = panel.post(f"{PAGE}/visit")
        raw = answer.get_data(as_text=True)
        assert answer.status_code == 200
        assert f'<form method="post" action="{CABINET}/visit" target="_blank"' in raw
        ticket = re.search(r'name="ticket" value="([\w-]{43})"', raw)[1]
        assert raw.count(ticket) == 1
        assert f"form-action 'self' {CABINET};" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        with billing.reading() as session:
            [kept] = session.scalars(select(VisitTicket))
        assert (kept.login, kept.staff, kept.used_at) == ("ivan", "olena", None)
        assert events(billing)[-1] == "CABINET OF (ivan) TICKET FOR [olena]"

    def test_other_pages_send_forms_to_nobody_else(self, panel, ivan):
        for path in (PAGE, f"{PAGE}/visit"):
            assert "form-action 'self';" in panel.get(path).headers["Content-Security-Policy"]

    def test_looking_makes_no_ticket(self, panel, billing, ivan):
        before = dump(billing)
        panel.page(f"{PAGE}/visit")
        assert dump(billing) == before

    class TestWithoutCabinet:
        @pytest.fixture
        def ini(self):
            return {"CABINET_URL": ""}

        def test_there_is_nothing_to_look_into(self, panel, billing, ivan):
            assert "Look into the cabinet" not in panel.page(PAGE)
            assert "The address of the cabinet is not known." in panel.page(f"{PAGE}/visit")
            assert panel.post(f"{PAGE}/visit").status_code == 503
            with billing.reading() as session:
                assert session.scalars(select(VisitTicket)).all() == []


def test_money_of_others_is_not_touched_by_an_edit(panel, billing, make: Make, ivan):
    make.subscriber("petro", wallet="10 UAH")
    panel.done(f"{PAGE}/edit", **PROFILE, seen=panel.hidden(f"{PAGE}/edit", "seen"))
    with billing.reading() as session:
        balances = session.scalars(select(Account.balance_minor).where(Account.code.startswith("wallet:"))).all()
    assert sorted(balances) == [money("10 UAH").minor, money("200 UAH").minor]
