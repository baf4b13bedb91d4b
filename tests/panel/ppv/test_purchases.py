"""Purchases, notices, the reconciliation and the overview in the panel."""

from datetime import UTC, datetime

import pytest

from ppv_module.chat.shows.models import EndReason
from ppv_module.credits.models import Notice, OrderState, Verdict
from tests.panel.ppv.selling import XSS
from tests.ppv.reports.counting import statements
from tests.ppv.reports.made import Made

NOV_9 = datetime(2026, 11, 9, 12, tzinfo=UTC)
PAYER = "payer@mail.example"


def test_orders_are_listed_and_narrowed(panel, trade):
    assert "ivan 600 credits 600 100.00 UAH PayPal paid" in panel.page("/ppv/purchases")
    assert "Nothing matches." in panel.page("/ppv/purchases", provider="wallet")
    assert "Nothing matches." in panel.page("/ppv/purchases", login="petro")
    assert "ivan" in panel.page("/ppv/purchases", state="paid", since="2026-11-09", until="2026-11-09")


def test_packs_have_gross_fee_and_net(panel, trade):
    page = panel.page("/ppv/purchases/packs")
    assert "600 credits Kyiv 1 600 100.00 UAH 3.00 UAH 0.00 UAH 97.00 UAH" in page
    assert "Net 97.00 UAH" in page


def test_payments_tell_why_they_granted_nothing(panel, trade, chat):
    Made(chat).payment(trade.order, at=NOV_9, gross=9_999, granted=False, flag="wrong_sum")
    page = panel.page("/ppv/purchases/payments", flagged="y")
    assert "It is not the price of the order." in page
    assert "100.00 UAH" not in page


def test_who_has_paid_is_for_people_with_the_right_for_money_alone(person, trade):
    looker, cashier = person("PPV"), person("MONEY")
    path = f"/ppv/purchases/notices/{trade.notice.id}"
    assert PAYER in cashier.page(path)
    assert looker.get(path).status_code == looker.get("/ppv/purchases/notices").status_code == 403
    assert looker.get("/exports/ppv_notices.csv").status_code == 403
    for open_page in ("/ppv/purchases", "/ppv/purchases/payments", "/ppv/reconciliation", "/exports/ppv_payments.csv"):
        assert PAYER not in looker.get(open_page).get_data(as_text=True)
        assert "x@y" not in looker.get(open_page).get_data(as_text=True)


def test_a_notice_is_tried_again_and_seen(panel, trade, chat, billing):
    path = f"/ppv/purchases/notices/{trade.notice.id}"
    assert panel.done(f"{path}/again") == path
    notice = chat.again(trade.notice)
    assert (notice.verdict, notice.due_at is None) == (Verdict.QUEUED, False)
    uow = billing.uow()
    with uow:
        uow.session.get_one(Notice, trade.notice.id).flag = "unverified"
    assert "It could not be verified within four days." in panel.page(path)
    for _click in range(2):
        panel.done(f"{path}/seen")
    assert chat.again(trade.notice).flag == ""


def test_raw_notices_stay_text(panel, trade):
    page = panel.get(f"/ppv/purchases/notices/{trade.notice.id}").get_data(as_text=True)
    assert XSS not in page
    assert "&lt;script&gt;" in page


def test_a_notice_that_is_no_text_is_shown_all_the_same(panel, trade, chat):
    odd = Made(chat).notice(at=NOV_9, raw=b"a=\xff\x00", verdict=Verdict.INVALID)
    assert "\\xff" in panel.page(f"/ppv/purchases/notices/{odd.id}")


def test_the_reconciliation_counts_by_kind_and_narrows(panel, trade, chat):
    page = panel.page("/ppv/reconciliation")
    assert "Notice not worked off 1" in page
    assert "Paid order without credits in the ledger 1" in page
    swept = {"end_reason": EndReason.TICK_TIMEOUT, "ended_by": "sweeper"}
    Made(chat).show(trade.performer, trade.viewer, ended_at=NOV_9, **swept)
    narrowed = panel.page("/ppv/reconciliation", kind="swept")
    assert "no sign of life" in narrowed
    assert "could not be verified" not in narrowed
    assert "Nothing matches." in panel.page("/ppv/reconciliation", since="2026-01-01", until="2026-01-02")


def test_the_overview_tells_what_goes_on_and_what_needs_a_look(panel, trade, chat):
    Made(chat).order(trade.pack, "ivan", state=OrderState.DISPUTED)
    page = panel.page("/ppv/overview")
    assert "Anna Petro live" in page
    assert "1 order is disputed." in page
    assert "1 notice of a payment is not worked off." in page
    assert "Credits that viewers hold 5,990 worth 99.83 UAH in “Kyiv”" in page
    assert "Sold this month 100.00 UAH today: 0.00 UAH" in page
    assert "Spent this month 11.667 UAH today: 0.167 UAH" in page
    assert "Ivan 700" in page


@pytest.mark.parametrize(
    "path",
    [
        "/ppv/overview",
        "/ppv/packs",
        "/ppv/viewers",
        "/ppv/shows",
        "/ppv/tips",
        "/ppv/earnings",
        "/ppv/payouts",
        "/ppv/purchases",
        "/ppv/purchases/packs",
        "/ppv/purchases/payments",
        "/ppv/purchases/notices",
        "/ppv/reconciliation",
    ],
)
def test_a_page_sends_as_many_statements_for_many_rows_as_for_few(panel, trade, chat, billing, path):
    def count():
        with statements(billing.engine) as sent:
            assert panel.get(path).status_code == 200
        return len(sent)

    panel.get(path)
    few, made = count(), Made(chat)
    for number in range(4):
        viewer = chat.viewer(trade.tenant, f"extra{number}", credits=5)
        made.show(chat.performer(trade.tenant), viewer, ended_at=NOV_9, credits=3)
        made.tip(trade.performer, viewer, 7, at=NOV_9)
        made.payment(made.order(chat.pack(trade.tenant), viewer.login, paid_at=NOV_9), at=NOV_9, gross=10_000)
        made.notice(at=NOV_9, verdict=Verdict.ERROR)
        made.payout(trade.performer, made.tip(trade.performer, viewer, 9, at=NOV_9))
    assert count() == few
