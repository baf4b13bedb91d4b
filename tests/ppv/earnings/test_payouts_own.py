"""What a performer learns of her own earnings, and what she does not."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.periods import Month
from ppv_module.chat.earnings.adjusting import adjust
from ppv_module.chat.earnings.mills import Mills
from ppv_module.chat.earnings.models import Action
from ppv_module.chat.earnings.payouts import draft_payout, pay_payout, void_payout
from ppv_module.chat.earnings.reports_own import OwnRow, latest_tips, months, payouts, rows, today, total
from ppv_module.chat.reports.spans import Span
from tests.ppv.earnings.earned import show, tip
from tests.support import NOV_10, STAFF

KYIV = ZoneInfo("Europe/Kyiv")
MIDNIGHT = datetime(2026, 11, 9, 22, 0, tzinfo=UTC)
"""Of 10 November in Kyiv."""

SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


@pytest.fixture
def tenant(chat):
    return chat.tenant()


@pytest.fixture
def olha(chat, tenant):
    return chat.performer(tenant, "olha")


@pytest.fixture
def ivan(chat, tenant):
    return chat.viewer(tenant, "ivan-of-the-isp")


@pytest.fixture
def earned(chat, olha, ivan):
    """A show and a tip of today, a tip of October, and one that was taken back."""
    return [
        show(chat, olha, ivan, 500, at=NOV_10, seconds=90),
        tip(chat, olha, ivan, 1005, at=NOV_10 + SECOND, credits=20),
        tip(chat, olha, ivan, 300, at=NOV_10 - timedelta(days=20), credits=6),
        tip(chat, olha, ivan, 9000, at=NOV_10, reversed_at=NOV_10),
    ]


def test_months_tell_shows_seconds_credits_and_benefit(billing, olha, earned):
    with billing.reading() as session:
        found = months(session, olha, now=NOV_10, zone=KYIV)
    assert [each.month for each in found] == [Month(2026, 11), Month(2026, 10)]
    [november], [october] = (each.sums for each in found)
    assert (november.shows, november.billed_s, november.show_credits) == (1, 90, 90)
    assert (november.tips, november.tip_credits) == (1, 20)
    assert (november.price, november.benefit) == (Mills(3010, "UAH"), Mills(1505, "UAH"))
    assert (october.tips, october.benefit, october.unpaid) == (1, Mills(300, "UAH"), Mills(300, "UAH"))


def test_totals_are_the_sum_of_her_rows(billing, uow, olha, earned):
    adjust(uow(), performer_id=olha.person_id, benefit_mills=-5, reason="x", key="k", actor=STAFF, now=NOV_10)
    with billing.reading() as session:
        [sums] = total(session, olha)
        listed = rows(session, olha, Span()).rows
    counted = [each for each in listed if not each.is_reversed]
    assert sums.benefit.mills == sum(each.benefit.mills for each in counted) == 1800
    assert sums.price.mills == sum(each.price.mills for each in counted)


def test_what_was_paid_and_what_is_owed(billing, uow, olha, earned):
    period = {"begins_at": NOV_10 - 30 * DAY, "ends_at": NOV_10 - DAY}
    who = {"tenant_id": olha.tenant_id, "performer_id": olha.person_id, "actor": STAFF, "now": NOV_10}
    payout = draft_payout(uow(), **who, **period)
    with billing.reading() as session:
        assert total(session, olha)[0].paid.mills == 0
        assert [each.is_paid for each in payouts(session, olha).rows] == [False]
    pay_payout(uow(), payout_id=payout.id, reference="IBAN", actor=STAFF, now=NOV_10)
    void = draft_payout(uow(), **who, begins_at=NOV_10 - DAY, ends_at=NOV_10 + DAY)
    void_payout(uow(), payout_id=void.id, actor=STAFF, now=NOV_10)
    with billing.reading() as session:
        [sums] = total(session, olha)
        [shown] = payouts(session, olha).rows
        assert [each.is_paid for each in rows(session, olha, Span()).rows] == [False, False, False, True]
    assert (sums.paid.mills, sums.unpaid.mills) == (300, 1505)
    assert (shown.amount.minor, shown.is_paid, shown.reference) == (30, True, "IBAN")


def test_a_row_names_the_viewer_by_his_nickname_only(billing, olha, ivan, earned):
    with billing.reading() as session:
        row = rows(session, olha, Span(NOV_10, NOV_10 + SECOND)).rows[-1]
    assert (row.viewer, row.seconds, row.credits, row.action) == ("Ivan-of-the-isp", 90, 90, Action.LIVESHOW)
    assert "login" not in {each.name for each in fields(OwnRow)}
    assert ivan.login not in repr(row)


def test_rows_come_by_pages_of_their_period(billing, chat, olha, ivan):
    for number in range(60):
        tip(chat, olha, ivan, number + 1, at=NOV_10 + number * SECOND)
    with billing.reading() as session:
        first = rows(session, olha, Span(NOV_10, NOV_10 + DAY))
        second = rows(session, olha, Span(NOV_10, NOV_10 + DAY), cursor=first.next)
    assert [each.benefit.mills for each in (*first.rows, *second.rows)] == list(range(60, 0, -1))
    assert second.next is None


def test_today_begins_at_midnight_of_the_operators_place(billing, chat, olha, ivan, earned):
    tip(chat, olha, ivan, 7, at=MIDNIGHT - SECOND)
    tip(chat, olha, ivan, 8, at=MIDNIGHT)
    tip(chat, olha, ivan, 9, at=MIDNIGHT, currency="EUR")
    with billing.reading() as session:
        found = today(session, olha, currency="UAH", now=NOV_10, zone=KYIV)
    assert (found.shows, found.credits, found.tips) == (1, 120, 30)
    assert found.benefit == Mills(1513, "UAH")


def test_the_latest_tips_are_shown_without_those_taken_back(billing, chat, olha, ivan, earned):
    with billing.reading() as session:
        found = latest_tips(session, olha)
    assert [(each.viewer, each.credits) for each in found] == [("Ivan-of-the-isp", 20), ("Ivan-of-the-isp", 6)]


def test_she_sees_nothing_of_others(billing, chat, tenant, olha, ivan, earned):
    oksana = chat.performer(tenant, "oksana")
    other = chat.performer(chat.tenant(), "olena")
    with billing.reading() as session:
        for each in (oksana, other):
            assert total(session, each) == []
            assert months(session, each, now=NOV_10, zone=KYIV) == []
            assert rows(session, each, Span()).rows == []
            assert latest_tips(session, each) == []
