"""Streams in a browser, from the ticket to the last credit and on again, over real media servers of the sandbox."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from billing.ledger.holds import Ledger
from billing.ledger.models import Account, Transfer
from ppv_module.streams.rights.models import Meter, Ticket
from tests.browser.cinema import CAMERA, CREDITS, MATCH, PER_MINUTE, TICKET, TICKET_MINOR, Viewing
from tests.browser.conftest import DESKTOP, PHONE
from tests.support import assert_books_balance

LOGINS = {"uk": "demo00001", "en": "demo00002"}


@pytest.fixture
def viewing(cinema, sit_down):
    """Somebody who is signed in; nobody else watches."""
    cinema.close()

    def come(language, viewport, login=""):
        found = Viewing(cinema, sit_down(language, viewport=viewport), login or LOGINS[language])
        found.sign_in()
        return found

    return come


@pytest.mark.parametrize(("language", "viewport"), [("uk", PHONE), ("en", DESKTOP)], ids=["phone-uk", "desktop-en"])
def test_from_the_ticket_to_the_last_credit_and_on_again(cinema, viewing, language, viewport):
    login = LOGINS[language]
    cinema.have(login, CREDITS, f"evening-{language}")
    viewer = viewing(language, viewport)
    viewer.come()
    wallet = wallet_of(cinema, login)

    viewer.buy_ticket()
    assert wallet - wallet_of(cinema, login) == TICKET_MINOR
    viewer.play(MATCH)
    assert cinema.report() == [] and cinema.credits(login) == CREDITS  # the ticket pays
    viewer.plays()

    viewer.come()
    viewer.play(CAMERA)
    assert cinema.report() == []
    left = cinema.credits(login)
    assert 0 < left < CREDITS
    viewer.plays(seconds=9)
    denied = cinema.report()  # it is this message that takes the last credit
    assert len(denied) == 1 and cinema.credits(login) == 0
    viewer.is_stopped()

    stopped = viewer.visitor.page.url
    viewer.come()
    viewer.visitor.sees("Your credits are used up.")
    expect(viewer.card(CAMERA).get_by_role("button")).to_have_count(0)
    viewer.card(CAMERA).get_by_role("link").click()
    viewer.buy_credits()
    assert cinema.report() == []  # the link that was stopped is good again as well
    viewer.visitor.page.goto(stopped)
    viewer.plays()
    viewer.come()
    viewer.play(CAMERA)
    assert cinema.report() == []
    the_books_agree(cinema, login)


def test_a_second_device_above_the_limit_is_refused_until_the_first_stops(cinema, viewing):
    login = "demo00003"
    cinema.have(login, 5000, "two-devices")
    first, second = viewing("uk", PHONE, login), viewing("en", DESKTOP, login)
    first.come()
    first.play(CAMERA)
    assert cinema.report() == []
    second.come()
    second.visitor.sees("Being watched now")
    second.play(CAMERA)
    assert len(cinema.report()) == 1
    second.is_stopped()
    first.plays(seconds=6)  # whoever came first goes on

    second.come()
    second.visitor.sees("You watch on more devices at once than you may.")
    expect(second.visitor.page.locator("#watching + ul > li")).to_have_count(1)
    first.come()
    cinema.close()
    second.come()
    second.play(CAMERA)
    assert cinema.report() == []
    second.plays()


def test_a_channel_without_a_right_has_no_way_to_the_player(cinema, viewing):
    viewer = viewing("en", PHONE, "demo00004")
    viewer.come()
    expect(viewer.card(MATCH).get_by_role("button")).to_have_count(0)
    expect(viewer.card(MATCH)).to_contain_text("With a ticket")
    assert viewer.visitor.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def wallet_of(cinema, login):
    billing = cinema.runtime.billing
    with billing.reading() as session:
        wallet = billing.host(session, Ledger(session)).find(login).wallet_id
        return session.get_one(Account, wallet).available.minor


def the_books_agree(cinema, login):
    """What the meter says was charged, is in the ledger, and is what the time costs."""
    with cinema.runtime.billing.reading() as session:
        account = ticket_of(session, login).account_id
        meter = session.scalars(select(Meter).where(Meter.account_id == account)).one()
        moved = session.scalars(select(Transfer).where(Transfer.source_id == meter.account_id)).all()
    spent = sum(each.amount_minor for each in moved if each.key.startswith("ppv.watch:"))
    assert spent == meter.charged <= meter.due == meter.watched_ms * PER_MINUTE // 60_000
    assert_books_balance(cinema.runtime.billing)


def ticket_of(session, login):
    found = session.scalars(select(Ticket).where(Ticket.login == login)).one()
    assert (found.title, found.price_minor) == (TICKET, TICKET_MINOR)
    return found
