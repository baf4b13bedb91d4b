"""What the panel reads from the database."""

import pytest
from sqlalchemy import select, text

from billing.host.native import PASSWORDS
from billing.staff import Staff
from olltv_module.services.fees.run import FeeDay, charge
from suite.migrate import newest_revision
from tests.olltv.support import Viewers
from tests.running.panel import sign_in
from tests.support import DEC_1, GUEST, Make


def test_the_right_password_opens_the_overview(client):
    answer = sign_in(client)
    assert (answer.status_code, answer.location) == (303, "/")
    page = client.get("/").get_data(as_text=True)
    assert "olena" in page
    assert "No monthly run has been made yet." in page


def test_the_first_page_shows_the_latest_run(client, runtime, clock):
    make = Make(runtime.billing, clock)
    viewers = Viewers(runtime.billing, clock, make)
    tariff = make.tariff("1234.50 UAH")
    viewers.watching(tariff, wallet="5000 UAH")
    viewers.watching(tariff, wallet="1300 UAH")
    clock.now = DEC_1
    list(charge(FeeDay(runtime.billing, clock), actor=GUEST))

    sign_in(client)
    page = client.get("/").get_data(as_text=True)

    assert "December 2026" in page
    assert "1,234.50\u202fUAH" in page


@pytest.mark.parametrize("field", ["disabled_at", "password_hash"])
def test_who_was_disabled_or_has_a_new_password_is_out_at_once(client, runtime, clock, field):
    sign_in(client)
    values = {"disabled_at": clock(), "password_hash": PASSWORDS.hash("another one")}
    uow = runtime.billing.uow()
    with uow:
        setattr(uow.session.scalars(select(Staff)).one(), field, values[field])
    assert client.get("/").status_code == 303


def test_an_older_schema_is_told_with_its_remedy(client, runtime):
    sign_in(client)
    uow = runtime.billing.uow()
    with uow:
        uow.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        uow.session.execute(text("ALTER TABLE staff RENAME TO staff_of_old"))
    try:
        answer = client.get("/")
    finally:
        with uow:
            uow.session.execute(text("ALTER TABLE staff_of_old RENAME TO staff"))
            uow.session.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": newest_revision()})
    assert answer.status_code == 503
    assert "run: olltv db upgrade" in answer.get_data(as_text=True)
