"""What performers have earned, by period and currency."""

from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select

from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action, Earning, PayoutState
from ppv_module.chat.reports.earnings import WantedEarnings, earnings
from ppv_module.chat.reports.spans import Span
from tests.ppv.reports.counting import statements

NOV_1 = datetime(2026, 10, 31, 22, tzinfo=UTC)
"""Midnight in Kyiv."""

NOV_10 = datetime(2026, 11, 10, 12, tzinfo=UTC)


def november(billing):
    return Span.of_days(date(2026, 11, 1), date(2026, 11, 30), billing.zone)


def report(billing, **wanted):
    wanted.setdefault("span", november(billing))
    with billing.reading() as session:
        return earnings(session, WantedEarnings(**wanted))


def test_shows_and_tips_come_together_in_one_line(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=NOV_10, seconds=90, credits=90)
    made.show(here.performer, here.viewer, ended_at=NOV_10, seconds=30, credits=30, billed_ms=30_999)
    made.tip(here.performer, here.viewer, 10, at=NOV_10)

    [line] = report(billing).lines
    assert (line.tenant, line.performer, line.currency) == ("Kyiv", "Anna", "UAH")
    assert (line.shows, line.billed_s, line.show_credits, line.tips, line.tip_credits) == (2, 120, 120, 1, 10)
    assert line.price == Mills(1500 + 500 + 167, "UAH")
    assert line.benefit == Mills(750 + 250 + 84, "UAH")
    assert line.house == line.price - line.benefit
    assert (line.paid, line.unpaid) == (Mills(0, "UAH"), line.benefit)


def test_currencies_are_never_mixed_and_each_has_its_total(billing, made, here, there):
    made.tip(here.performer, here.viewer, 600, at=NOV_10)
    made.tip(there.performer, there.viewer, 600, at=NOV_10)

    found = report(billing)
    assert [(each.performer, each.benefit) for each in found.lines] == [
        ("Anna", Mills(5000, "UAH")),
        ("Berta", Mills(7000, "EUR")),
    ]
    assert [(each.currency, each.price_mills) for each in found.totals] == [("EUR", 10_000), ("UAH", 10_000)]


def test_rows_of_another_chat_are_not_seen(billing, made, here, there):
    made.tip(here.performer, here.viewer, 600, at=NOV_10)
    made.tip(there.performer, there.viewer, 60, at=NOV_10)
    assert [each.performer for each in report(billing, tenant_id=there.tenant.id).lines] == ["Berta"]
    assert [each.performer for each in report(billing, performer_id=here.performer.person_id).lines] == ["Anna"]
    assert report(billing, tenant_id=here.tenant.id, performer_id=there.performer.person_id).lines == []


def test_a_period_begins_at_the_operators_midnight_and_ends_before_the_next(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=NOV_1 - timedelta(microseconds=1), credits=1)
    made.show(here.performer, here.viewer, ended_at=NOV_1, credits=10)
    dec_1 = datetime(2026, 11, 30, 22, tzinfo=UTC)
    made.show(here.performer, here.viewer, ended_at=dec_1 - timedelta(microseconds=1), credits=100)
    made.show(here.performer, here.viewer, ended_at=dec_1, credits=1000)

    [line] = report(billing).lines
    assert line.show_credits == 110


def test_a_show_that_began_before_the_period_belongs_to_its_end(billing, made, here):
    made.show(here.performer, here.viewer, ended_at=NOV_1 + timedelta(minutes=1), seconds=600, credits=600)
    [line] = report(billing).lines
    assert (line.shows, line.billed_s) == (1, 600)


def test_what_was_taken_back_counts_for_nobody(billing, made, here):
    made.tip(here.performer, here.viewer, 600, at=NOV_10, reversed_at=NOV_10)
    assert report(billing).lines == []


def test_only_paid_payouts_have_paid(billing, made, here):
    paid, drafted, loose = (made.tip(here.performer, here.viewer, credits, at=NOV_10) for credits in (600, 60, 6))
    made.payout(here.performer, paid, state=PayoutState.PAID)
    made.payout(here.performer, drafted)
    [line] = report(billing).lines
    assert (line.paid, line.unpaid) == (Mills(5000, "UAH"), Mills(500 + loose.benefit_mills, "UAH"))


def test_adjustments_are_part_of_the_benefit_and_shown_apart(billing, made, here):
    made.tip(here.performer, here.viewer, 600, at=NOV_10)
    facts = {"price_mills": 0, "benefit_mills": -1500}
    made.earning(here.performer, None, Action.ADJUSTMENT, 0, at=NOV_10, **facts)
    [line] = report(billing).lines
    assert (line.benefit, line.adjusted) == (Mills(3500, "UAH"), Mills(-1500, "UAH"))
    assert (line.tips, line.shows, line.tip_credits) == (1, 0, 600)


def test_totals_are_the_sum_of_the_rows(billing, made, here, there):
    for number in range(1, 8):
        made.show(here.performer, here.viewer, ended_at=NOV_10, seconds=number, credits=number)
        made.tip(there.performer, there.viewer, number * 7, at=NOV_10)
        made.tip(here.performer, here.viewer, number * 11, at=NOV_10)
    sums = select(
        Earning.currency, func.sum(Earning.credits), func.sum(Earning.price_mills), func.sum(Earning.benefit_mills)
    ).group_by(Earning.currency)
    with billing.reading() as session:
        rows = [(unit, *(int(each) for each in found)) for unit, *found in session.execute(sums)]
    found = [
        (each.currency, each.show_credits + each.tip_credits, each.price_mills, each.benefit_mills)
        for each in report(billing).totals
    ]
    assert found == sorted(rows)


def test_the_number_of_statements_does_not_grow(billing, made, here, there):
    made.tip(here.performer, here.viewer, 5, at=NOV_10)
    with statements(billing.engine) as few:
        report(billing)
    for _time in range(5):
        made.show(there.performer, there.viewer, ended_at=NOV_10)
    with statements(billing.engine) as many:
        report(billing)
    assert len(many) == len(few)
