"""Shows, tips, purchases and payouts through the services: every report says the same as the ledger."""

from datetime import date

import pytest

from billing.ledger.reading import system_balance
from billing.money import Money
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.payouts import draft_payout, pay_payout
from ppv_module.chat.earnings.tips import reverse_tip, send_tip
from ppv_module.chat.reports.earnings import WantedEarnings, earnings
from ppv_module.chat.reports.overview import overview
from ppv_module.chat.reports.purchases import by_pack
from ppv_module.chat.reports.reconciling import Kind, findings
from ppv_module.chat.reports.shows import WantedShows, shows_page
from ppv_module.chat.reports.spans import Span
from ppv_module.chat.reports.tips import WantedTips, tips_page
from ppv_module.chat.reports.viewers import credits_of
from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.buying import buy_with_wallet
from ppv_module.credits.corrections import correct
from ppv_module.credits.histories import history
from tests.ppv.shows.stage import Stage
from tests.support import STAFF, assert_books_balance


@pytest.fixture
def stage(billing, clock, chat, make):
    tenant = chat.tenant(name="Kyiv", rules={"min_start_credits": 1})
    make.subscriber("ivan", wallet="500 UAH")
    viewer = chat.viewer(tenant, "ivan")
    return Stage(billing, clock, chat, tenant, viewer, chat.performer(tenant, "anna", display_name="Anna"))


@pytest.fixture
def evening(stage, uow, clock):
    """A pack bought; a show with a tip, ended by the viewer; a tip taken back; a show until the credits end."""
    signed = {"actor": STAFF, "now": clock()}
    facts = {"viewer_id": stage.viewer.id, "performer_id": stage.performer.person_id}
    pack = stage.chat.pack(stage.tenant, credits=300, price_minor=5_000)
    bought = {"login": "ivan", "tenant_id": stage.tenant.id, "pack_id": pack.id}
    buy_with_wallet(uow(), **bought, key="evening", **signed)
    correct(uow(), login="ivan", delta=50, reason="sorry", key="evening-gift", **signed)
    show = stage.live()
    stage.play(show, 60)
    send_tip(uow(), **facts, credits=40, key="tip-in-show", show_id=show.id, actor=STAFF, now=clock())
    stage.play(show, 30)
    stage.end(show, by=stage.viewer.id)
    wrong = send_tip(uow(), **facts, credits=100, key="by-mistake", actor=STAFF, now=clock())
    reverse_tip(uow(), earning_id=wrong.id, reason="by mistake", actor=STAFF, now=clock())
    stage.beat()
    last = stage.live()
    stage.play(last, 300)
    return show, last


def test_everything_agrees_to_the_credit(billing, clock, evening, stage):
    _show, last = evening
    assert stage.chat.again(last).end_reason is EndReason.CREDITS_EXHAUSTED
    span = Span.of_days(date(2026, 11, 10), date(2026, 11, 10), billing.zone)
    with billing.reading() as session:
        [line] = earnings(session, WantedEarnings(span=span)).lines
        listed = shows_page(session, WantedShows()).rows
        tipped = tips_page(session, WantedTips()).rows
        credits, lines = credits_of(session, "ivan"), history(session, login="ivan").lines
        board = overview(session, now=clock(), zone=billing.zone)
        packs = by_pack(session, span=span)
        sink = system_balance(session, "income:credits")
        income = system_balance(session, "income:ppv")
        assert findings(session, span=span, now=clock(), kind=Kind.LEDGER_DIFFERS) == []

    spent = line.show_credits + line.tip_credits
    assert (line.shows, line.tips, line.tip_credits, spent) == (2, 1, 40, 350)
    assert sum(each.show.credits_charged for each in listed) == line.show_credits
    assert sum(each.billed_s for each in listed) == line.billed_s
    assert sum(each.tip.credits for each in tipped if each.tip.reversed_at is None) == line.tip_credits
    assert (credits.spent, credits.balance, sink) == (spent, 0, Money(spent, "CRD"))
    assert sum(each.credits for each in lines) == lines[0].balance == 0
    assert sum(each.show_credits + each.tip_credits for each in board.days) == spent
    assert [each.today for each in board.spent] == [line.price]
    assert [(each.credits, each.login) for each in board.top] == [(spent, "ivan")]
    assert (
        [each.net for each in packs.totals] == [each.month for each in board.sold] == [Money(5_000, "UAH")] == [income]
    )
    assert_books_balance(billing)


def test_a_payout_moves_the_benefit_from_unpaid_to_paid(billing, uow, clock, evening, stage):
    span = Span.of_days(date(2026, 11, 10), date(2026, 11, 10), billing.zone)
    asked = {"tenant_id": stage.tenant.id, "performer_id": stage.performer.person_id}
    period = {"begins_at": span.since, "ends_at": span.until}
    payout = draft_payout(uow(), **asked, **period, actor=STAFF, now=clock())

    def line():
        with billing.reading() as session:
            return earnings(session, WantedEarnings(span=span)).lines[0]

    before = line()
    assert (before.paid, before.unpaid) == (Mills(0, "UAH"), before.benefit)
    pay_payout(uow(), payout_id=payout.id, reference="bank 1", actor=STAFF, now=clock())
    after = line()
    assert (after.paid, after.unpaid) == (before.benefit, Mills(0, "UAH"))
    assert payout.amount_minor * 10 + payout.carried_mills == before.benefit.mills
    assert_books_balance(billing)


def test_a_show_whose_pages_vanish_is_found_as_closed_by_itself(billing, clock, stage, chat):
    chat.give("ivan", 600)
    show = stage.live()
    stage.play(show, 20)
    clock.advance(minutes=5)
    stage.sweep()
    with billing.reading() as session:
        found = findings(session, span=Span(), now=clock())
    assert [(each.kind, each.about, each.ours) for each in found] == [(Kind.SWEPT, show.id, "20")]
    assert_books_balance(billing)
