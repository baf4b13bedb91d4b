"""Earnings, adjustments and payouts in the panel."""

import pytest
from sqlalchemy import func, select

from ppv_module.chat.earnings.models import Earning, Payout, PayoutState
from tests.panel.client import text
from tests.panel.ppv.selling import XSS

KEY = "a-key-of-a-form"
ADJUST = {"direction": "add", "amount": "1,234", "reason": "a bonus", "key": KEY}
WHOLE = {"since": "2026-11-01", "until": "2026-11-30"}


@pytest.fixture
def count(billing):
    def number(model, *conditions):
        with billing.reading() as session:
            return session.scalar(select(func.count()).select_from(model).where(*conditions))

    return number


def test_the_report_has_shows_tips_and_sums(panel, trade):
    page = panel.page("/ppv/earnings")
    assert "Anna 1 0:01:30 90 2 610 11.667 UAH 5.834 UAH 0.000 UAH 5.834 UAH" in page
    assert "Not paid out 5.834 UAH" in page
    assert "Nothing matches." in panel.page("/ppv/earnings", since="2026-10-01", until="2026-10-31")


def test_each_currency_has_tiles_of_its_own(panel, trade, chat):
    other = chat.tenant(name="Wien", currency="EUR")
    berta, hans = chat.performer(other, "berta"), chat.viewer(other, "hans", credits=100)
    panel.done("/ppv/earnings/adjust", **ADJUST, performer=str(berta.person_id))
    page = panel.page("/ppv/earnings")
    assert hans.tenant_id == other.id
    assert "Berta 0 0:00:00 0 0 0 0.000 EUR 1.234 EUR" in page
    assert "of it adjustments: 1.234 EUR" in page
    assert "Not paid out 5.834 UAH" in page


@pytest.mark.parametrize(("direction", "mills"), [("add", 1_234), ("take", -1_234)])
def test_a_benefit_is_adjusted_once(panel, trade, billing, count, direction, mills):
    form = ADJUST | {"direction": direction, "performer": str(trade.performer.person_id)}
    for _click in range(2):
        assert panel.done("/ppv/earnings/adjust", **form) == "/ppv/earnings"
    with billing.reading() as session:
        [row] = session.scalars(select(Earning).where(Earning.note == "a bonus"))
    assert (row.benefit_mills, row.currency, row.performer_id) == (mills, "UAH", trade.performer.person_id)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "1,2345"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": ""}, "amount"),
        ({"reason": ""}, "reason"),
        ({"performer": "999"}, "performer"),
        ({"direction": "odd"}, "direction"),
    ],
)
def test_an_adjustment_that_cannot_be_read_is_told_at_its_field(panel, trade, count, changes, field):
    before = count(Earning)
    answer = panel.post("/ppv/earnings/adjust", **ADJUST | {"performer": str(trade.performer.person_id)} | changes)
    assert (answer.status_code, count(Earning)) == (422, before)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_an_adjustment_of_nothing_is_refused(panel, trade):
    form = ADJUST | {"amount": "0", "performer": str(trade.performer.person_id)}
    assert panel.post("/ppv/earnings/adjust", **form).status_code == 422


def test_a_payout_is_drafted_paid_and_stays_paid(panel, trade, chat, count):
    whose = f"{trade.tenant.id}:{trade.performer.person_id}"
    paths = {panel.done("/ppv/payouts/new", whose=whose, **WHOLE) for _click in range(2)}
    assert count(Payout) == 2
    [path] = paths
    page = panel.page(path)
    assert "draft" in page
    assert "1 November 2026" in page
    assert "30 November 2026" in page
    assert "0.83 UAH" in page
    for _click in range(2):
        assert panel.done(f"{path}/pay", reference="transfer 77") == path
    payout = chat.again(Payout(id=int(path.rpartition("/")[2])))
    assert (payout.state, payout.reference) == (PayoutState.PAID, "transfer 77")
    assert "Mark as paid" not in panel.page(path)
    answer = panel.post(f"{path}/void")
    assert (answer.status_code, chat.again(payout).state) == (409, PayoutState.PAID)


def test_everybody_of_a_chat_is_drafted_at_once(panel, trade, count):
    assert panel.done("/ppv/payouts/new", whose=f"{trade.tenant.id}:", **WHOLE).startswith("/ppv/payouts/")
    assert panel.done("/ppv/payouts/new", whose=f"{trade.tenant.id}:", **WHOLE) == "/ppv/payouts/new"
    assert "Nobody has unpaid earnings in this period." in panel.page("/ppv/payouts/new")
    assert count(Payout) == 2


def test_a_draft_is_let_go(panel, trade, chat):
    path = f"/ppv/payouts/{trade.payout.id}"
    assert "Its earnings become unpaid again" in panel.page(f"{path}/void")
    for _click in range(2):
        assert panel.done(f"{path}/void") == path
    assert (chat.again(trade.payout).state, chat.again(trade.old_tip).payout_id) == (PayoutState.VOID, None)
    assert "It pays nothing" in panel.page(path)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"since": ""}, "since"),
        ({"until": "soon"}, "until"),
        ({"whose": "9:9"}, "whose"),
        ({"until": "2026-10-01"}, "until"),
    ],
)
def test_a_draft_that_cannot_be_read_is_told_at_its_field(panel, trade, count, changes, field):
    answer = panel.post("/ppv/payouts/new", **{"whose": f"{trade.tenant.id}:", **WHOLE} | changes)
    assert (answer.status_code, count(Payout)) == (422, 1)
    assert f'id="{field}-errors"' in answer.get_data(as_text=True)


def test_nothing_to_pay_is_told_on_the_form(panel, trade):
    whose = f"{trade.tenant.id}:{trade.performer.person_id}"
    answer = panel.post("/ppv/payouts/new", whose=whose, since="2026-01-01", until="2026-01-31")
    assert answer.status_code == 422
    assert "Anna has no unpaid earnings in this period." in text(answer)


def test_payouts_are_narrowed(panel, trade):
    assert "draft" in panel.page("/ppv/payouts", performer=str(trade.performer.person_id))
    assert "Nothing matches." in panel.page("/ppv/payouts", state="paid")


def test_paying_wants_a_reference_and_the_right_for_money(panel, person, trade, chat):
    path = f"/ppv/payouts/{trade.payout.id}/pay"
    assert panel.post(path, reference="").status_code == 422
    assert chat.again(trade.payout).state is PayoutState.DRAFT
    looker = person("PPV")
    for closed in ("/ppv/payouts/new", path, "/ppv/earnings/adjust", f"/ppv/payouts/{trade.payout.id}/void"):
        assert (looker.get(closed).status_code, looker.post(closed).status_code) == (403, 403)
    assert "Mark as paid" not in looker.page(f"/ppv/payouts/{trade.payout.id}")


def test_texts_stay_text(panel, trade):
    panel.done("/ppv/earnings/adjust", **ADJUST | {"reason": XSS, "performer": str(trade.performer.person_id)})
    panel.done(f"/ppv/payouts/{trade.payout.id}/pay", reference=XSS)
    panel.done("/ppv/payouts/new", whose=f"{trade.tenant.id}:", **WHOLE)
    for path in ("/ppv/payouts", f"/ppv/payouts/{trade.payout.id}", f"/ppv/payouts/{trade.payout.id + 1}"):
        assert XSS not in panel.get(path).get_data(as_text=True)
