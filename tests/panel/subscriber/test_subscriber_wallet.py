"""Money by hand on the subscriber's page, its statement, and the second look."""

import re

import pytest
from sqlalchemy import select

from billing.ledger.models import Transfer
from olltv_module.services.fees.run import FeeDay, charge
from tests.olltv.support import dump, events
from tests.panel.client import text
from tests.support import DEC_1, GUEST, assert_books_balance, balance, money

PAGE = "/subscribers/ivan"


def correction(panel, **fields):
    values = {"key": panel.hidden(f"{PAGE}/correct", "key"), "direction": "add", "amount": "10", "reason": "paid twice"}
    return values | fields


def fee_id(billing):
    with billing.reading() as session:
        return session.scalars(select(Transfer.id).where(Transfer.key.startswith("olltv.fee:"))).first()


class TestCashDesk:
    def test_money_comes_in_once(self, panel, billing, ivan):
        key = panel.hidden(f"{PAGE}/top-up", "key")
        for _ in range(2):
            panel.done(f"{PAGE}/top-up", key=key, amount="1 234,50")
        assert balance(billing, "ivan") == money("1434.50 UAH")
        assert "1,234.50 UAH came into the wallet." in panel.page(PAGE)
        assert "Top-up from the cash desk +1,234.50 UAH" in panel.page(f"{PAGE}/statement")
        assert_books_balance(billing)

    @pytest.mark.parametrize("amount", ["", "0", "-5", "abc", "1e3", "1.999"])
    def test_what_is_no_amount_is_told_at_the_form(self, panel, billing, ivan, amount):
        answer = panel.post(f"{PAGE}/top-up", key="k" * 20, amount=amount)
        assert answer.status_code == 422
        assert balance(billing, "ivan") == money("200 UAH")

    @pytest.mark.parametrize("key", ["", "x", "<script>" * 3])
    def test_a_form_without_its_key_is_refused(self, panel, billing, ivan, key):
        assert panel.post(f"{PAGE}/top-up", key=key, amount="5").status_code == 422
        assert balance(billing, "ivan") == money("200 UAH")


class TestCorrections:
    def test_plus_and_minus_with_the_reason_in_the_statement(self, panel, billing, ivan):
        panel.done(f"{PAGE}/correct", **correction(panel))
        panel.done(f"{PAGE}/correct", **correction(panel, direction="take", amount="30,25", reason="<b>typo</b>"))
        assert balance(billing, "ivan") == money("179.75 UAH")
        page = panel.page(f"{PAGE}/statement")
        assert "Correction: paid twice +10.00 UAH 210.00 UAH" in page
        assert "Correction: <b>typo</b> -30.25 UAH 179.75 UAH" in page
        assert "<b>typo" not in panel.get(f"{PAGE}/statement").get_data(as_text=True)
        assert_books_balance(billing)

    def test_a_double_click_corrects_once(self, panel, billing, ivan):
        form = correction(panel)
        for _ in range(2):
            panel.done(f"{PAGE}/correct", **form)
        assert balance(billing, "ivan") == money("210 UAH")

    def test_below_the_floor_is_refused_with_what_is_missing(self, panel, billing, ivan):
        before = dump(billing)
        answer = panel.post(f"{PAGE}/correct", **correction(panel, direction="take", amount="200.01"))
        assert answer.status_code == 422
        assert "0.01 UAH is missing" in text(answer)
        assert dump(billing) == before

    @pytest.mark.parametrize("wrong", [{"reason": " "}, {"reason": "x" * 201}, {"direction": ""}, {"amount": "0"}])
    def test_what_is_missing_in_the_form_is_told(self, panel, billing, ivan, wrong):
        before = dump(billing)
        assert panel.post(f"{PAGE}/correct", **correction(panel, **wrong)).status_code == 422
        assert dump(billing) == before

    def test_without_the_right_nothing_is_corrected(self, person, billing, ivan):
        clerk, before = person("OLLTV"), dump(billing)
        values = {"key": "k" * 20, "direction": "add", "amount": "10", "reason": "x"}
        assert clerk.post(f"{PAGE}/correct", **values).status_code == 403
        assert clerk.post(f"{PAGE}/top-up", **values).status_code == 403
        assert clerk.post(f"{PAGE}/refund/1", reason="x").status_code == 403
        assert clerk.get("/money/proposals").status_code == 403
        assert dump(billing) == before


class TestSecondLook:
    @pytest.fixture
    def proposed(self, panel, ivan):
        """A correction that Olena has proposed."""
        panel.done(f"{PAGE}/correct", **correction(panel, amount="1000.01", reason="<i>large</i>"))

    def test_a_large_one_waits(self, panel, billing, proposed):
        assert balance(billing, "ivan") == money("200 UAH")
        page = panel.page(PAGE)
        assert "The correction is proposed." in page
        assert "olena proposes a correction by +1,000.01 UAH: <i>large</i>" in page
        assert "<i>large" not in panel.get("/money/proposals").get_data(as_text=True)

    def test_the_asker_cannot_approve_his_own(self, panel, billing, proposed):
        assert "Approve" not in panel.page("/money/proposals").split("Waiting")[1].split("Decided")[0]
        for word in ("approve", "refuse"):
            answer = panel.post(f"/money/proposals/1/{word}")
            assert (answer.status_code, "You have proposed this yourself" in text(answer)) == (403, True)
        assert balance(billing, "ivan") == money("200 UAH")

    def test_another_person_approves_once(self, person, billing, proposed):
        boss = person("MONEY")
        assert "Approve" in boss.page("/money/proposals")
        for _ in range(2):
            assert boss.done("/money/proposals/1/approve") == "/money/proposals"
        assert balance(billing, "ivan") == money("1200.01 UAH")
        assert "approved staff-money" in boss.page("/money/proposals")
        assert_books_balance(billing)

    def test_another_person_refuses(self, person, panel, billing, proposed):
        person("MONEY").done("/money/proposals/1/refuse")
        assert panel.post("/money/proposals/1/withdraw").status_code == 409
        assert balance(billing, "ivan") == money("200 UAH")

    def test_the_asker_takes_it_back(self, panel, person, billing, proposed):
        panel.done("/money/proposals/1/withdraw")
        assert person("MONEY").post("/money/proposals/1/approve").status_code == 409
        assert balance(billing, "ivan") == money("200 UAH")

    def test_others_do_not_take_it_back_and_none_is_not_found(self, person, panel, proposed):
        assert person("MONEY").post("/money/proposals/1/withdraw").status_code == 403
        assert panel.post("/money/proposals/99/approve").status_code == 404
        assert panel.post(f"/money/proposals/{10**30}/approve").status_code == 404

    class TestOfEverything:
        @pytest.fixture
        def ini(self):
            return {"OLLTV_SECOND_LOOK": "0"}

        def test_the_limit_is_the_operators(self, panel, billing, ivan):
            panel.done(f"{PAGE}/correct", **correction(panel, amount="0.01"))
            assert balance(billing, "ivan") == money("200 UAH")


class TestRefunds:
    @pytest.fixture
    def watching(self, ivan, start, watch):
        watch("ivan", start)

    def test_a_fee_is_given_back_once(self, panel, billing, watching):
        number = fee_id(billing)
        assert f'href="{PAGE}/refund/{number}"' in panel.get(PAGE).get_data(as_text=True)
        page = panel.page(f"{PAGE}/refund/{number}")
        assert "Fee of Start for November 2026" in page
        assert "is not charged again" in page
        for _ in range(2):
            panel.done(f"{PAGE}/refund/{number}", reason="no signal")
        assert balance(billing, "ivan") == money("200 UAH")
        page = panel.page(f"{PAGE}/statement")
        assert "Refund of the fee of Start for November 2026: no signal +50.00 UAH 200.00 UAH" in page
        assert "given back" in page
        assert f"refund/{number}" not in panel.get(f"{PAGE}/statement").get_data(as_text=True)
        assert "was given back already" in panel.page(f"{PAGE}/refund/{number}")
        assert sum("REFUND" in each for each in events(billing)) == 1
        assert_books_balance(billing)

    def test_it_wants_a_reason(self, panel, billing, watching):
        assert panel.post(f"{PAGE}/refund/{fee_id(billing)}", reason="").status_code == 422
        assert balance(billing, "ivan") == money("150 UAH")

    def test_only_fees_of_this_subscriber(self, panel, billing, make, watching):
        make.subscriber("petro", wallet="10 UAH")
        number = fee_id(billing)
        assert panel.get(f"{PAGE}/refund/{10**30}").status_code == 404
        for path in (f"/subscribers/petro/refund/{number}", f"{PAGE}/refund/1", f"{PAGE}/refund/{2**63 - 1}"):
            assert panel.get(path).status_code == 404, path
            assert panel.post(path, reason="x").status_code == 404, path
        assert balance(billing, "ivan") == money("150 UAH")


class TestStatement:
    def test_a_line_of_a_monthly_run_leads_to_the_run(self, panel, billing, ivan, start, watch, clock):
        watch("ivan", start)
        clock.now = DEC_1
        list(charge(FeeDay(billing, clock), actor=GUEST))
        raw = panel.get(f"{PAGE}/statement").get_data(as_text=True)
        assert re.search(r'href="/fees/\d+"', raw)
        assert "Fee of Start for December 2026" in panel.page(f"{PAGE}/statement")

    def test_pages_follow_each_other_with_the_balance_running(self, panel, make, ivan, clock):
        for number in range(60):
            clock.advance(seconds=number % 2)  # some lines of one instant
            make.top_up("ivan", "1 UAH")
        first = panel.get(f"{PAGE}/statement").get_data(as_text=True)
        link = re.search(r'rel="next" href="([^"]+)"', first)[1]
        second = panel.get(link.replace("&amp;", "&")).get_data(as_text=True)
        balances = re.findall(r'data-label="Balance"[^>]*>([\d.]+)', first) + re.findall(
            r'data-label="Balance"[^>]*>([\d.]+)', second
        )
        assert balances == [f"{200 + number}.00" for number in range(60, -1, -1)]
        assert 'rel="next"' not in second

    def test_a_month_stands_alone(self, panel, make, ivan, clock):
        clock.now = DEC_1
        make.top_up("ivan", "1 UAH")
        page = panel.page(f"{PAGE}/statement", month="2026-12")
        assert "+1.00 UAH 201.00 UAH" in page
        assert "+200.00 UAH" not in page
        assert "Balance before these lines 200.00 UAH" in page
        assert "in that time" in panel.page(f"{PAGE}/statement", month="2026-10")
        assert "Write a month like 2026-11." in panel.page(f"{PAGE}/statement", month="soon")

    @pytest.mark.parametrize(("cursor", "status"), [("99999", 404), ("x", 422), ("-1", 422), ("9" * 30, 422)])
    def test_a_made_up_place_is_refused(self, panel, ivan, cursor, status):
        assert panel.get(f"{PAGE}/statement", cursor=cursor).status_code == status

    def test_a_place_in_another_wallet_is_not_found(self, panel, make, ivan):
        make.subscriber("petro", wallet="10 UAH")
        assert panel.get("/subscribers/petro/statement", cursor="1").status_code == 404

    def test_as_a_file_without_formulas(self, panel, ivan):
        panel.done(f"{PAGE}/correct", **correction(panel, reason='=HYPERLINK("http://evil")'))
        answer = panel.get(f"{PAGE}/statement.csv")
        lines = answer.get_data(as_text=True).lstrip("\ufeff").splitlines()
        assert answer.mimetype == "text/csv"
        assert lines[0] == '"Time","Reason"' or lines[0].startswith("Time,Reason,")
        assert len(lines) == 3
        assert "10.00,210.00,olena" in lines[1]
        assert not any(cell.startswith("=") for line in lines for cell in line.replace('"', "").split(","))
        assert len(panel.get(f"{PAGE}/statement.csv", month="2026-10").get_data(as_text=True).splitlines()) == 1
        assert panel.get("/subscribers/nobody/statement.csv").status_code == 404
