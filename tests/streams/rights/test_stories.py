"""From a link to the deny list and back: what was bought is watched, what is over is denied, what is paid is let in."""

from datetime import timedelta

import pytest

from ppv_module.streams.denials.denying import deny_list
from ppv_module.streams.links.issuing import NothingToPayWith, issue
from ppv_module.streams.models import Right
from ppv_module.streams.rights.holding import TicketState, state_of
from ppv_module.streams.rights.models import Kind
from ppv_module.streams.rights.offers import Terms, save_offer
from ppv_module.streams.rights.prices import set_price
from ppv_module.streams.rights.tickets import CREDIT, buy_ticket, revoke_ticket
from tests.streams.make import player
from tests.streams.syncs.stage import Stage
from tests.support import NOV_10, STAFF, assert_books_balance

HOUR = timedelta(hours=1)


@pytest.fixture
def stage(streams) -> Stage:
    return Stage(streams)


def denied(billing, now) -> list[str]:
    with billing.reading() as session:
        return deny_list(session, billing, now)


@pytest.fixture
def name(billing, uow, clock, streams) -> str:
    """Ivan has a link to a match that is sold by tickets, and has bought one for two hours with credits."""
    streams.tariff(Kind.TICKET, "live/match")
    streams.rule()
    streams.account("ivan", credits=1000)
    terms = Terms(application="live", stream="match", hours=2, credits=300)
    offer = save_offer(uow(), name="Match", terms=terms, actor=STAFF, now=clock())
    buy_ticket(uow(), login="ivan", offer_id=offer.id, means=CREDIT, key="a", actor=STAFF, now=clock())
    channel = streams.channel("live/match")
    return issue(uow(), login="ivan", channel_id=channel.id, actor=STAFF, now=clock()).name


def test_a_ticket_ends_at_its_end_and_another_one_lets_in_again(billing, uow, clock, streams, stage, name):
    watched = player(name, "live/match")
    stage.told(watched)
    assert (stage.viewing().right, denied(billing, clock())) == (Right.TICKET, [])
    clock.now = NOV_10 + 2 * HOUR - timedelta(seconds=31)
    stage.told(watched)
    assert denied(billing, clock()) == []
    stage.told(watched, after_s=1)
    assert clock() == NOV_10 + 2 * HOUR
    assert denied(billing, clock()) == [name]
    buy_ticket(uow(), login="ivan", offer_id=1, means=CREDIT, key="b", actor=STAFF, now=clock())
    assert denied(billing, clock()) == []
    assert (streams.balance("ivan"), stage.meters()) == (400, [])
    assert_books_balance(billing)


def test_a_ticket_that_is_taken_back_denies_at_the_next_message(billing, uow, clock, streams, stage, name):
    stage.told(player(name, "live/match"))
    revoke_ticket(uow(), ticket_id=1, reason="abuse", refund=True, actor=STAFF, now=clock())
    stage.told(player(name, "live/match"))
    assert denied(billing, clock()) == [name]
    assert streams.balance("ivan") == 1000
    assert_books_balance(billing)


def test_minutes_of_a_ticket_are_used_up(billing, uow, clock, streams, stage):
    streams.tariff(Kind.TICKET, "live/match")
    viewer = streams.viewer("ivan")
    ticket = streams.ticket("ivan", "live/*", limit_ms=45_000)
    for _ in range(2):
        stage.told(player(viewer.name, "live/match"))
    assert denied(billing, clock()) == []
    assert state_of(streams.again(ticket), clock()) is TicketState.USED_UP
    stage.told(player(viewer.name, "live/match"))
    assert denied(billing, clock()) == [viewer.name]


def test_minutes_are_charged_by_the_price_of_their_time(billing, uow, clock, streams, stage):
    tariff = streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    viewer = streams.viewer("ivan", credits=1000)
    set_price(
        uow(), tariff_id=tariff.id, per_minute=120, valid_from=NOV_10 + timedelta(seconds=60), actor=STAFF, now=NOV_10
    )
    for _ in range(3):
        stage.told(player(viewer.name, delta=30_000))
    assert stage.debits("ivan") == [30, 60, 60]
    assert [(each.watched_ms, each.charged) for each in stage.meters()] == [(30_000, 30), (60_000, 120)]
    assert_books_balance(billing)


def test_without_credits_there_is_neither_picture_nor_link_until_there_are_some(billing, uow, clock, streams, stage):
    streams.tariff(Kind.MINUTE, "live/*", per_minute=60)
    streams.rule()
    channel, by = streams.channel("live/sport1"), {"actor": STAFF}
    streams.account("ivan", credits=20)
    name = issue(uow(), login="ivan", channel_id=channel.id, now=clock(), **by).name
    stage.told(player(name))
    assert (denied(billing, clock()), streams.balance("ivan")) == ([name], 0)
    with pytest.raises(NothingToPayWith):
        issue(uow(), login="ivan", channel_id=channel.id, now=clock(), **by)
    streams.give("ivan", 50)
    assert denied(billing, clock()) == []
    issue(uow(), login="ivan", channel_id=channel.id, now=clock(), **by)
    assert_books_balance(billing)
