"""Three browsers in one room: a private show from the wall to the last credit."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from billing.ledger.models import Account, Transfer
from ppv_module.chat.earnings.benefit import share
from ppv_module.chat.models import Performer
from ppv_module.chat.shows.models import EndReason
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.theatre import CREDITS, RATE, STAR, TIP, VIEWER, Evening, facts
from tests.support import assert_books_balance


@pytest.mark.parametrize(("language", "viewport"), [("uk", PHONE), ("en", DESKTOP)], ids=["phone-uk", "desktop-en"])
def test_a_show_from_the_wall_to_the_last_credit(theatre, attend, language, viewport):
    theatre.have(VIEWER, CREDITS, f"evening-{language}")
    performer, viewer, stranger = (attend(language, viewport=viewport) for _ in range(3))
    evening = Evening(theatre, performer, viewer, stranger, lambda *_: None)
    evening.sign_in()
    evening.come_in()
    assert theatre.credits(VIEWER) == CREDITS  # watching costs nothing

    evening.ask()
    evening.accept()

    stranger.at(r"/chat/\d+\?why=private$")
    evening.wall_shows(stranger, "busy")
    seen = evening.credits_fall()
    assert seen == sorted(set(seen), reverse=True)
    evening.tip()
    show = evening.credits_end()

    viewer.sees("Your credits are used up.")
    expect(viewer.link("Buy credits")).to_be_visible()
    evening.wall_shows(stranger, "online")
    assert (show.end_reason, show.credits_charged, theatre.credits(VIEWER)) == (
        EndReason.CREDITS_EXHAUSTED,
        CREDITS - TIP,
        0,
    )
    assert show.billed_ms // 1000 == (CREDITS - TIP) * 60 // RATE
    assert_the_books_agree(theatre, show)


def assert_the_books_agree(theatre, show):
    """Ledger, show, what she earned: to the credit."""
    with theatre.runtime.billing.reading() as session:
        percent = session.get_one(Performer, theatre.person(STAR).id).percent_bp
        account = session.scalars(select(Account).where(Account.code == f"credits:{VIEWER}")).one()
        moved = select(func.sum(Transfer.amount_minor)).where(Transfer.source_id == account.id)
        metered = session.scalar(moved.where(Transfer.key.startswith(f"ppv.show:{show.id}:")))
    assert metered == show.credits_charged
    worth = {number: share(number, show.value_minor, show.value_credits, percent)[1] for number in (TIP, metered)}
    assert facts(theatre.earnings_of(show)) == [("tips", TIP, worth[TIP]), ("liveshow", metered, worth[metered])]
    assert_books_balance(theatre.runtime.billing)
