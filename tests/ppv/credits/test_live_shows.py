"""Credits that are taken back or frozen while they pay for a live show: it is charged to its end, and ends."""

from threading import Thread

import pytest
from sqlalchemy import select

from ppv_module.chat.shows.answering import accept_show
from ppv_module.chat.shows.asking import request_show
from ppv_module.chat.shows.models import EndReason, Show, ShowState, Source
from ppv_module.chat.shows.running import ready
from ppv_module.credits import freezing
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.freezing import freeze
from ppv_module.credits.models import CreditState
from ppv_module.errors import WalletFrozen
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def paid(shop, ivan):
    """The notice of a payment whose 600 credits are granted."""
    fields = shop.fields(shop.order("ivan"))
    shop.told(fields)
    return fields


def state(billing):
    with billing.reading() as session:
        found = session.get_one(CreditState, "ivan")
        return found.frozen_by, found.frozen_reason


@pytest.fixture
def begin(billing, shop, clock):
    """Call it to let Ivan into a private show at 60 credits a minute."""
    performer = shop.chat.performer(shop.tenant, rate=60)
    viewer = shop.chat.person(shop.tenant, "ivan")
    ids = {"viewer_id": viewer.id, "performer_id": performer.person_id}

    def call():
        now, by = clock(), {"actor": STAFF}
        asked = request_show(billing.uow(), **ids, source=Source.API, now=now, **by)
        accept_show(billing.uow(), show_id=asked.id, by=performer.person_id, room_id=1_010_003, now=now, **by)
        ready(billing.uow(), show_id=asked.id, now=now)
        return asked

    return call


@pytest.fixture
def live(paid, begin):
    """Ivan is in a private show since this moment."""
    return begin()


def shows(billing):
    with billing.reading() as session:
        return [(each.state, each.end_reason) for each in session.scalars(select(Show))]


def test_a_debt_closes_the_live_show_which_is_charged_to_its_end(billing, shop, paid, live, clock):
    clock.advance(seconds=20)
    shop.told(shop.follows(paid, "Reversed", "-10.00"))
    assert shows(billing) == [(ShowState.ENDED, EndReason.ADMIN_END)]
    assert (shop.chat.balance("ivan"), state(billing)[0]) == (-20, "debt")
    assert_books_balance(billing)


def test_a_small_refund_lets_the_show_go_on(billing, shop, paid, live):
    shop.told(shop.follows(paid, "Refunded", "-1.00"))
    assert shows(billing) == [(ShowState.LIVE, None)]
    assert (shop.chat.balance("ivan"), state(billing)[0]) == (540, "")
    assert_books_balance(billing)


def test_freezing_by_the_staff_ends_the_live_show(billing, shop, live, clock):
    clock.advance(seconds=20)
    freeze(billing.uow(), login="ivan", reason="stolen card", actor=STAFF, now=clock())
    assert shows(billing) == [(ShowState.ENDED, EndReason.ADMIN_END)]
    assert (shop.chat.balance("ivan"), state(billing)) == (580, ("staff", "stolen card"))
    assert_books_balance(billing)


def test_a_show_that_begins_while_credits_are_being_frozen_ends_too(billing, paid, begin, clock, monkeypatch):
    """Where transactions run at once, freezing cannot see the show; where they do not, the show is refused."""
    real, began, refused = freezing.lock_credits, [], []

    def play():
        try:
            began.append(begin())
        except WalletFrozen as refusal:
            refused.append(refusal)

    rival = Thread(target=play)

    def slow(uow, login):
        if not rival.ident:
            rival.start()
            rival.join(30 if billing.engine.dialect.name == "mysql" else 0.2)
        return real(uow, login)

    monkeypatch.setattr(freezing, "lock_credits", slow)
    freeze(billing.uow(), login="ivan", reason="stolen card", actor=STAFF, now=clock())
    rival.join()
    assert len(began) + len(refused) == 1
    assert shows(billing) == [(ShowState.ENDED, EndReason.ADMIN_END)] * len(began)
    assert_books_balance(billing)


def test_credits_bought_during_a_show_let_it_go_on(billing, shop, live, clock):
    pack = shop.chat.pack(shop.tenant)
    clock.advance(seconds=20)
    buy_with_wallet(
        billing.uow(), login="ivan", tenant_id=pack.tenant_id, pack_id=pack.id, key="k", actor=STAFF, now=clock()
    )
    assert shows(billing) == [(ShowState.LIVE, None)]
    assert shop.chat.balance("ivan") == 1200
    assert_books_balance(billing)
